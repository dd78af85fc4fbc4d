# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of firmware records of unusual shape: contexts, vendor bytes, old lengths, raw data."""

from __future__ import annotations

from typing import Final

from abi.conformance.make.book import Book
from abi.conformance.make.firmware import PA, VA, arm, block, info, memory, strict
from abi.conformance.make.traps import DABT, IL, trap
from abi.cper import (
    ContextInfo,
    DataEntry,
    PlatformMemory,
    Raw,
    Section,
    StatusBlock,
    build_arm_processor_section,
    build_platform_memory_section,
)
from abi.cper.bits import ARM_VALID_VENDOR_INFO, MEMORY_VALID_NEW, MEMORY_VALID_PA
from abi.cper.guid import PLATFORM_MEM, PROC_ARM
from abi.cper.layouts import CONTEXT_ALIGN, MEMORY, MEMORY_OLD

ABOUT: Final = "Firmware records of unusual shape: what is read of them, and which are refused whole."
_SEA: Final = DABT | IL | 0x410


def fill(book: Book) -> None:
    """Ask."""
    context = ContextInfo(5, bytes(range(16)))
    full = arm(info(VA))._replace(context_info=(context, context), vendor=b"vendor..")
    full = full._replace(validation_bits=full.validation_bits | ARM_VALID_VENDOR_INFO)
    old = DataEntry(memory()._replace(old=True), revision=0x201, time_stamp=None)
    strict(book, (("raw", block(arm(info(VA)), raw_data=b"8 bytes.", gap=bytes(4))), ("context", block(full)),
                  ("old", StatusBlock((old,)))))
    _processors(book)
    _memories(book)


def _ask(book: Book, slug: str, why: str, *sections: Section) -> None:
    book.host(f"section-{slug}", ("host.cper.strict", "host.firmware_va.usable", "host.pa.valid"), why, trap(_SEA),
              block(*sections))


def _processors(book: Book) -> None:
    """Padding of contexts, vendor bytes with their bit and without, what follows the section in its entry."""
    for size in (0, 1, 7, 8, 9, 16, 24):
        padding = bytes(-(8 + size) % CONTEXT_ALIGN)
        for name, kept in (("padded", padding), ("bare", b"")):
            _ask(book, f"context-of-{size}-{name}",
                 f"A register array of {size} bytes, {name}: contexts are of multiples of 16.",
                 arm(info(VA))._replace(context_info=(ContextInfo(5, b"\xA5" * size, padding=kept),)))
            _ask(book, f"context-of-{size}-{name}-then-one",
                 f"A register array of {size} bytes, {name}, and another after it.", arm(info(VA))._replace(
                context_info=(ContextInfo(5, b"\xA5" * size, padding=kept), ContextInfo(5, b"\x5A" * 8))))
    plain = arm(info(VA))
    raw = build_arm_processor_section(plain)
    for bit in (0, ARM_VALID_VENDOR_INFO):
        for name, vendor in (("zeros", bytes(8)), ("bytes", b"\1" * 8), ("last", bytes(7) + b"\1")):
            one = plain._replace(validation_bits=plain.validation_bits | bit, vendor=vendor)
            _ask(book, f"vendor-{name}-{int(bool(bit))}",
                 f"Vendor bytes ({name}), VENDOR_INFO is {int(bool(bit))}: are they said to be there?", one)
    for name, rest in (("zeros", bytes(8)), ("first", b"\1" + bytes(7)), ("last", bytes(7) + b"\1")):
        _ask(book, f"processor-then-{name}", f"What follows the section within error_data_length is: {name}.",
             Raw(PROC_ARM, raw + rest))
    for extra in (1, 8):
        longer = info(VA)._replace(extra=b"\xA5" * extra)
        _ask(book, f"error-info-{extra}-longer", f"An error information is {extra} bytes longer than its fields.",
             arm(longer))
        _ask(book, f"error-info-{extra}-longer-then-one",
             f"An error information is {extra} bytes longer, and another follows it.", arm(longer, info(None, PA)))


def _memories(book: Book) -> None:
    """Both lengths, their neighbours, and validity bits of fields that the old one lacks."""
    whole = build_platform_memory_section(memory())
    for size in (0, MEMORY_OLD.size - 1, MEMORY_OLD.size, MEMORY_OLD.size + 1, MEMORY.size - 1, MEMORY.size,
                 MEMORY.size + 1):
        _ask(book, f"memory-of-{size}",
             f"A memory section of {size} bytes: UEFI has {MEMORY.size}, and had {MEMORY_OLD.size}.",
             Raw(PLATFORM_MEM, whole.ljust(size, b"\0")[:size]))
    for bits in (MEMORY_VALID_NEW - 1, MEMORY_VALID_NEW, 1 << 63):
        for name, size in (("old", MEMORY_OLD.size), ("new", MEMORY.size)):
            said = build_platform_memory_section(PlatformMemory(bits | MEMORY_VALID_PA, physical_addr=PA))
            _ask(book, f"memory-{name}-valid-{bits:x}", f"The {name} length with validation_bits {bits:#x}.",
                 Raw(PLATFORM_MEM, said[:size]))
            _ask(book, f"memory-{name}-valid-{bits:x}-alone",
                 f"The {name} length with validation_bits {bits:#x}, and no physical address.",
                 Raw(PLATFORM_MEM, bits.to_bytes(8, "little") + said[8:size]))
