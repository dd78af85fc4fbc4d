# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of the firmware record's lengths, counts and validity bits, in a record that has one of everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from abi.conformance.make.book import Book
from abi.conformance.make.firmware import PA, VA, arm, block, info
from abi.conformance.make.traps import DABT, FNV, IL, trap
from abi.cper import ArmProcessor, DataEntry, PlatformMemory, Raw, Section, StatusBlock, bits
from abi.cper.build import build_status_block
from abi.cper.layouts import (
    ARM_PROCESSOR,
    CONTEXT_INFO,
    DATA_ENTRY_V2,
    DATA_ENTRY_V3,
    ERROR_INFO,
    MEMORY,
    MEMORY_OLD,
    STATUS_BLOCK,
)
from abi.cper.values import ContextInfo
from abi.layout import Layout

ABOUT: Final = "Generic Error Status Blocks with contexts, vendor data and raw data: every number a little wrong."
_TRAP: Final = DABT | IL | FNV | 0x10
_NEAR: Final = (-32, -8, -1, 1, 8, 32)
#: A number of a block: what it is called, where it is, and its width.
Number = tuple[str, int, int]


def _full() -> ArmProcessor:
    """A section that nests all that a section can; the vendor's bytes are declared."""
    contexts = (ContextInfo(4, bytes(range(1, 25)), padding=bytes(0)), ContextInfo(5, bytes(16), padding=bytes(8)))
    section = arm(info(VA), info()._replace(extra=bytes(8)))
    valid = section.validation_bits | bits.ARM_VALID_VENDOR_INFO
    return section._replace(context_info=contexts, vendor=b"vendor", validation_bits=valid)


def _blocks() -> dict[str, StatusBlock]:
    """Blocks by name."""
    plain = block(arm(info(VA)))
    old = PlatformMemory(bits.MEMORY_VALID_PA, physical_addr=PA, old=True)
    second = DataEntry(arm(info(VA)), revision=0x201, time_stamp=None)
    return {
        "full": block(_full()),
        "padded": block(arm(info(VA))._replace(context_info=(ContextInfo(4, bytes(4), padding=bytes(4)),) * 2)),
        "bare": block(arm(info(VA))._replace(context_info=(ContextInfo(4, b"\1" * 4),) * 2)),
        "padded-long": block(arm(info(VA))._replace(context_info=(ContextInfo(4, bytes(20), padding=bytes(4)),) * 2)),
        "padded-last": block(arm(info(VA))._replace(
            context_info=(ContextInfo(4, bytes(4), padding=bytes(4)), ContextInfo(4, b"")))),
        "empty-contexts": block(arm(info(VA))._replace(context_info=(ContextInfo(4, b""),) * 9)),
        "empty-section": block(arm(info(VA)), Raw(bytes(16), b"")),
        "trailing": block(arm(info(VA))._replace(trailing=bytes(8))),
        "empty": block(arm(), arm(info(VA))),
        "old-memory": block(old, arm(info(VA))),
        "raw-section": block(Raw(bytes(16), b"xyz"), arm(info(VA))),
        "raw-data": plain._replace(raw_data=b"raw data", gap=bytes(4)),
        "raw-data-close": plain._replace(raw_data=b"\1"),
        "raw-data-alone": StatusBlock(raw_data=b"raw data"),
        "nothing": StatusBlock(),
        "old-revision": StatusBlock((second, DataEntry(arm(info(VA, PA))))),
        "uncounted": plain._replace(counted=False),
    }


def fill(book: Book) -> None:
    """Ask."""
    for name, content in _blocks().items():
        raw = build_status_block(content)
        book.host(f"length-{name}", "host.cper.strict",
                  f"A sound firmware record ({name}), no part of which is refused.",
                  trap(_TRAP), raw)
        for place, offset, width in (*_numbers(content), *_nested(content)):
            value = int.from_bytes(raw[offset : offset + width], "little")
            for near in _NEAR:
                _lie(book, f"{name}-{place}", raw, offset, width, value + near)
            for bit in range(8 * width):
                if place.endswith(("validation-bits", "block-status", "type")):
                    _lie(book, f"{name}-{place}", raw, offset, width, value ^ 1 << bit)
        for length in range(max(0, len(raw) - 12), len(raw) + 9):
            book.host(f"length-{name}-cut-{length}", "host.cper.strict",
                      f"{length} bytes of a firmware record of {len(raw)}: taken whole, or not at all.", trap(_TRAP),
                      (raw + bytes(8))[:length])
    _fitted(book)
    _many(book)
    _short_head(book)


def _lie(book: Book, name: str, raw: bytes, offset: int, width: int, value: int) -> None:
    if 0 <= value < 1 << 8 * width:
        was = int.from_bytes(raw[offset : offset + width], "little")
        book.host(f"length-{name}-{value:x}", "host.cper.strict",
                  f"{name}: the number is {value:#x} in the place of {was:#x}.", trap(_TRAP),
                  raw[:offset] + value.to_bytes(width, "little") + raw[offset + width :])


def _fitted(book: Book) -> None:
    """Sections that fill what holds them, and those of another length, whose every other number is right."""
    head, old = bytes(ARM_PROCESSOR.size), MEMORY_OLD.size
    for name, section, lengths in (
        ("arm", b"", range(ARM_PROCESSOR.size - 2, ARM_PROCESSOR.size + 3)),
        ("old", b"", range(old - 2, old + 3)), ("new", b"", range(MEMORY.size - 2, MEMORY.size + 3)),
    ):
        kind = ArmProcessor().section_type if name == "arm" else PlatformMemory().section_type
        for length in lengths:
            for stated in (length, ARM_PROCESSOR.size) if name == "arm" else (0,):
                data = bytearray((head + section).ljust(length, b"\0")[:length])
                at = ARM_PROCESSOR.offsets["section_length"]
                if name == "arm":
                    data[at : at + 4] = stated.to_bytes(4, "little")
                book.host(f"length-section-{name}-{length}-{stated}", "host.cper.strict",
                          f"A section of {length} bytes ({name}) that states {stated}.", trap(_TRAP),
                          block(Raw(kind, bytes(data)), arm(info(VA))))
    for bit in range(64):
        for is_old in (True, False):
            said = PlatformMemory(1 << bit, physical_addr=PA, old=is_old) if not is_old or bit < 15 else None
            raw = build_status_block(block(said or PlatformMemory(0, physical_addr=PA, old=is_old), arm(info(VA))))
            at = STATUS_BLOCK.size + DATA_ENTRY_V3.size + MEMORY.offsets["validation_bits"]
            book.host(f"length-memory-{'old' if is_old else 'new'}-valid-{bit}", ("host.cper.strict", "host.pa.valid"),
                      f"A memory section of the {'old' if is_old else 'new'} length with validity bit {bit} alone.",
                      trap(_TRAP), raw[:at] + (1 << bit).to_bytes(8, "little") + raw[at + 8 :])


def _short_head(book: Book) -> None:
    """A last entry of revision 3 for which there is the room that the head of an older one takes."""
    whole = build_status_block(block(arm(info(VA)), Raw(bytes(16), b"")))
    data = bytearray(whole[: DATA_ENTRY_V2.size - DATA_ENTRY_V3.size])
    at = STATUS_BLOCK.offsets["data_length"]
    data[at : at + 4] = (len(data) - STATUS_BLOCK.size).to_bytes(4, "little")
    book.host("length-last-head-of-64", "host.cper.strict",
              "A data entry of revision 3 whose head is cut to the 64 bytes of an older one.", trap(_TRAP), bytes(data))


def _many(book: Book) -> None:
    """More error informations than there is room for, each short of it by a byte."""
    for number in (1, 2, 31, 32, 33, 34, 64):
        for each in (31, 32):
            whole = build_status_block(block(arm(*(info(VA) for _ in range(number)))))
            start = STATUS_BLOCK.size + DATA_ENTRY_V3.size
            data = bytearray(whole[start:][: ARM_PROCESSOR.size + each * number])
            at = ARM_PROCESSOR.offsets["section_length"]
            data[at : at + 4] = len(data).to_bytes(4, "little")
            book.host(f"length-{number}-infos-of-{each}", "host.cper.strict",
                      f"{number} pieces of error information in {each} bytes for each.", trap(_TRAP),
                      block(Raw(ArmProcessor().section_type, bytes(data))))
    whole = build_status_block(block(arm(info(VA)))._replace(raw_data=b"raw data"))
    for less in range(-2, 3):
        data = bytearray(whole)
        for name, value in (("raw_data_offset", len(whole) - 8 - less), ("raw_data_length", 8 + less)):
            at = STATUS_BLOCK.offsets[name]
            data[at : at + 4] = value.to_bytes(4, "little")
        book.host(f"length-raw-data-overlaps-{less % 256:x}", "host.cper.strict",
                  f"Raw data ends where the block ends and begins {less} bytes before the entries end.", trap(_TRAP),
                  bytes(data))
    for valid in (bits.MEMORY_VALID_NEW - 1, bits.MEMORY_VALID_NEW, bits.MEMORY_VALID_NEW + 1):
        said = build_status_block(block(PlatformMemory(0, physical_addr=PA, old=True), arm(info(VA))))
        at = STATUS_BLOCK.size + DATA_ENTRY_V3.size + MEMORY.offsets["validation_bits"]
        book.host(f"length-memory-old-validity-{valid:x}", "host.cper.strict",
                  f"A memory section of the old length with validity bits {valid:#x}.", trap(_TRAP),
                  said[:at] + valid.to_bytes(8, "little") + said[at + 8 :])


def _numbers(content: StatusBlock) -> Iterator[Number]:
    """Each length, count and set of validity bits that is not nested in a section."""
    for name in ("block_status", "raw_data_offset", "raw_data_length", "data_length"):
        yield _at(STATUS_BLOCK, name, 0)
    for at, entry in _entries(content):
        head = DATA_ENTRY_V3 if entry.revision >= 0x300 else DATA_ENTRY_V2
        yield _at(head, "error_data_length", at)
        yield _at(head, "revision", at)


def _nested(content: StatusBlock) -> Iterator[Number]:
    for start, entry in _entries(content):
        at = start + (DATA_ENTRY_V3.size if entry.revision >= 0x300 else DATA_ENTRY_V2.size)
        if isinstance(entry.section, ArmProcessor):
            for name in ("validation_bits", "err_info_num", "context_info_num", "section_length"):
                yield _at(ARM_PROCESSOR, name, at)
            yield from _items(entry.section, at + ARM_PROCESSOR.size)


def _items(section: ArmProcessor, start: int) -> Iterator[Number]:
    ends = accumulate((ERROR_INFO.size + len(item.extra) for item in section.error_info), initial=start)
    *places, after = ends
    for at in places:
        for name in ("length", "validation_bits", "type"):
            yield _at(ERROR_INFO, name, at)
    sizes = (CONTEXT_INFO.size + len(c.registers) + len(c.padding) for c in section.context_info)
    for at in [*accumulate(sizes, initial=after)][:-1]:
        yield _at(CONTEXT_INFO, "size", at)


def _entries(content: StatusBlock) -> Iterator[tuple[int, DataEntry]]:
    at = STATUS_BLOCK.size
    for entry in content.entries:
        yield at, entry
        at += (DATA_ENTRY_V3 if entry.revision >= 0x300 else DATA_ENTRY_V2).size + _size(entry.section)


def _size(section: Section) -> int:
    """Bytes of a section, by building it alone."""
    whole = build_status_block(StatusBlock((DataEntry(section),)))
    return len(whole) - STATUS_BLOCK.size - DATA_ENTRY_V3.size


def _at(layout: Layout, name: str, base: int) -> Number:
    return f"{base:x}-{name.replace('_', '-')}", base + layout.offsets[name], layout.field(name).width
