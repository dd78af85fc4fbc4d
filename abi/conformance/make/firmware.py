# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of traps with a firmware record: what is claimed, queued, believed; and records that are refused."""

from __future__ import annotations

from typing import Any, Final

from abi.conformance.make.book import Book
from abi.conformance.make.traps import DABT, IABT, IL, MPIDR, PAGE, SERROR, SLOTS, trap
from abi.cper import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, Raw, Section, StatusBlock, bits
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
from abi.definition import VERSIONS
from abi.layout import Layout
from abi.trap import NOTIFICATIONS, Isolated

ABOUT: Final = "A trap and a Generic Error Status Block to the record: claims, addresses, severities, strict lengths."
VA: Final = 0xFFFF_8000_1122_3340
PA: Final = SLOTS[0].pa + 0x1040
#: A data entry's flag: the threshold of corrected errors is exceeded.
_THRESHOLD: Final = 1 << 3
_TRAPS: Final = {
    "sea": DABT | IL | 0x410, "sea-far": DABT | IL | 0x10, "fetch": IABT | IL | 0x410, "serror": SERROR | IL | 0xC11,
    "isolated": DABT | IL | 0x07, "ordinary": 0x5A00_0000, "none": 0, "walk": DABT | IL | 0x95,
}


def info(va: int | None = None, pa: int | None = None, **more: Any) -> ErrorInfo:
    """A cache error with these addresses."""
    valid = (va is not None) * bits.VALID_VIRT_ADDR | (pa is not None) * bits.VALID_PHYSICAL_ADDR
    fields: dict[str, Any] = {"validation_bits": valid, "type": bits.TYPE_CACHE} | more
    return ErrorInfo(virt_fault_addr=va or 0, physical_fault_addr=pa or 0, **fields)


def arm(*infos: ErrorInfo, mpidr: int | None = MPIDR) -> ArmProcessor:
    """A processor section."""
    return ArmProcessor(infos, bits.ARM_VALID_MPIDR if mpidr is not None else 0, mpidr or 0)


def block(*sections: Section, severity: int = bits.RECOVERABLE, entry: int = bits.RECOVERABLE, flags: int = 0,
          **more: Any) -> StatusBlock:
    """A record with these sections."""
    return StatusBlock(tuple(DataEntry(s, entry, flags=flags) for s in sections), severity, **more)


def memory(pa: int | None = PA) -> PlatformMemory:
    """A memory section."""
    return PlatformMemory(bits.MEMORY_VALID_PA if pa is not None else 0, physical_addr=pa or 0)


def fill(book: Book) -> None:
    """Ask."""
    _told(book)
    _addresses(book)
    _severities(book)
    _several(book)
    _notices(book)
    strict(book, (("arm", block(arm(info(VA)))), ("memory", block(memory())),
                  ("two", block(arm(info(VA), info(None, PA)), memory()))))
    corrupt = arm(info(VA, PA, error_info=1 << 25 | 1 << 3, validation_bits=bits.VALID_PHYSICAL_ADDR | 1 << 2))
    for critical in (0, 1 << 32):
        book.host(f"notice-corrupt-{critical >> 32}", ("host.context_corrupt.firmware", "host.enabled.only"),
                  "A page lost in the background, and firmware says that a processor's context is corrupt.",
                  trap(0, notify="gpio", critical=critical), block(corrupt))
    for name, esr in _TRAPS.items():
        for notify in NOTIFICATIONS:
            book.host(f"fatal-{name}-{notify}", ("host.never_silent", "host.claim.queued"),
                      f"Trap: {name}; a fatal firmware record by {notify}: the host panics where it takes the record.",
                      trap(esr, notify=notify),
                      block(memory(), severity=1, entry=1))


_RULES: Final = ("host.claim.queued", "host.origin.kind", "host.action.possible", "host.pa.valid",
                 "host.firmware_va.usable")


def _told(book: Book) -> None:
    """Every trap by every notification, with records of each content."""
    contents = {
        "va": block(arm(info(VA))), "pa": block(arm(info(None, PA))), "both": block(arm(info(VA, PA))),
        "memory": block(memory()), "nowhere": block(memory(None)), "vendor": block(Raw(bytes(16), b"")),
        "empty": StatusBlock((), bits.RECOVERABLE, 0), "empty-status": StatusBlock((), bits.RECOVERABLE),
    }
    for trap_name, esr in _TRAPS.items():
        for notify in NOTIFICATIONS:
            for name, content in contents.items():
                book.host(f"told-{trap_name}-{notify}-{name}", _RULES,
                          f"Trap: {trap_name}; a firmware record of {name} by {notify}: claimed, queued, believed?",
                          trap(esr, notify=notify), content)


def _addresses(book: Book) -> None:
    """host.firmware_va.usable, one condition at a time; host.pa.valid."""
    cases = {
        "zero": ("a virtual address that is 0", arm(info(0))),
        "no-mpidr": ("a virtual address, and says of no PE", arm(info(VA), mpidr=None)),
        "other-pe": ("a virtual address of another PE", arm(info(VA), mpidr=MPIDR ^ 1)),
        "not-valid": ("a virtual address without its validity bit", arm(info(VA, validation_bits=0))),
        "two": ("a virtual address twice", arm(info(VA), info(VA))),
        "two-one-empty": ("a virtual address, and an error without one", arm(info(VA), info())),
        "va-and-pa-entries": ("each address of another error", arm(info(VA), info(None, PA, type=bits.TYPE_TLB))),
        "tlb": ("both addresses of a TLB error", arm(info(VA, PA, type=bits.TYPE_TLB))),
        "vendor-type": ("a physical address of a vendor's error", arm(info(None, PA, type=bits.TYPE_VENDOR))),
        "pa-0": ("a physical address that is 0", arm(info(None, 0, type=bits.TYPE_TLB))),
        "outside": ("a physical address in no memslot", arm(info(None, 0x1000, type=bits.TYPE_TLB))),
        "inside": ("a physical address in a memslot", arm(info(None, PA, type=bits.TYPE_TLB))),
        "none": ("no address", arm(info())),
    }
    for name, (what, section) in cases.items():
        for esr in ("sea", "sea-far", "fetch"):
            for version in VERSIONS:
                book.host(f"address-{name}-{esr}-{version}", ("host.firmware_va.usable", "host.pa.valid"),
                          f"Firmware has {what}: what of it is valid in the record?",
                          trap(_TRAPS[esr], version=version),
                          block(section))
    for mpidr in (None, 0, MPIDR, MPIDR ^ 1 << 40):
        book.host(f"address-trapped-by-{'nobody' if mpidr is None else f'{mpidr:x}'}", "host.firmware_va.usable",
                  f"{'No PE' if mpidr is None else f'PE {mpidr:#x}'} trapped, firmware names {MPIDR:#x}: the same?",
                  trap(_TRAPS["sea"], mpidr=mpidr), block(arm(info(VA))))
    book.host("address-no-mpidr-trapped-by-nobody", "host.firmware_va.usable",
              "Neither PE is known, so they are not the same.",
              trap(_TRAPS["sea"], mpidr=None), block(arm(info(VA), mpidr=None)))
    for name, state in (("not-enabled", {"kinds": 0b11100}), ("protected", {"protected": True})):
        for trap_name in ("sea", "serror", "isolated"):
            rules = ("host.enabled.only", "host.enable.protected", "host.never_silent")
            book.host(f"address-{trap_name}-{name}", rules,
                      f"Trap: {trap_name}; no physical address, the VM is {name}: who is told?",
                      trap(_TRAPS[trap_name], **state), block(arm(info(VA))))
    for va in (1, 1 << 63, (1 << 64) - 1):
        book.host(f"address-va-{va:x}", "host.firmware_va.usable",
                  f"Firmware's virtual address is {va:#x}: any but 0 is usable.",
                  trap(_TRAPS["sea"]), block(arm(info(va))))
    book.host("address-two-sections", "host.firmware_va.usable",
              "Two sections with an address each: FIRMWARE_VA_VALID needs just one.",
              trap(_TRAPS["sea"]), block(arm(info(VA)), arm(info(VA))))


def _severities(book: Book) -> None:
    """host.never_silent, host.firmware_severity.origin, host.context_corrupt.firmware, queueing."""
    for severity in (0, 1, 2, 3, 4, 7, 0xFFFF_FFFF):
        for entry in (0, 1, 2, 3, 4):
            for name, notify in (("sea", "sea"), ("serror", "sei"), ("none", "gpio")):
                for flags, kind, section in (
                    (0, "memory", memory()), (_THRESHOLD, "memory", memory()), (0, "arm", arm(info(None, PA))),
                ):
                    if severity < 5 or entry in (0, 2):
                        book.host(f"severity-{severity:x}-{entry}-{name}-{kind}-{flags}",
                                  ("host.firmware_severity.origin", "host.never_silent", "host.claim.queued"),
                                  f"Block severity {severity:#x}, entry severity {entry}: panic, claim, or neither.",
                                  trap(_TRAPS[name], notify=notify),
                                  block(section, severity=severity, entry=entry, flags=flags))
    for flags in (1, 2, 4, 16, ~_THRESHOLD & 0xFF):
        book.host(f"severity-2-2-sea-memory-{flags:x}", "host.claim.queued",
                  f"A corrected error with the flags {flags:#x}: the threshold is not exceeded.", trap(_TRAPS["sea"]),
                  block(memory(), severity=2, entry=2, flags=flags))
    corrupt = arm(info(VA, error_info=1 << 25 | 1 << 3, validation_bits=bits.VALID_VIRT_ADDR | 1 << 2))
    for bit in range(64):
        section = arm(info(VA, error_info=1 << bit, validation_bits=bits.VALID_VIRT_ADDR | 1 << 2))
        book.host(f"corrupt-bit-{bit}", "host.context_corrupt.firmware",
                  f"error_info has bit {bit} alone: two make a corrupt context, said and valid.", trap(_TRAPS["sea"]),
                  block(section))
    for name, notify in (("sea", "sea"), ("fetch", "sea"), ("serror", "sei"), ("sea", "sei"), ("none", "gpio")):
        for critical in (0, 1 << 32):
            book.host(f"corrupt-{name}-{notify}-{critical >> 32}",
                      ("host.context_corrupt.firmware", "host.enabled.only"),
                      f"By {notify}, the context is corrupt; CONTEXT_CORRUPT is enabled: {bool(critical)}.",
                      trap(_TRAPS[name], notify=notify, critical=critical), block(corrupt))


def _several(book: Book) -> None:
    """More than one section or error, in either order."""
    parts: dict[str, Section] = {
        "memory": memory(), "elsewhere": memory(0x1000), "va": arm(info(VA)), "pa": arm(info(None, PA + 0x2000)),
        "raw": Raw(bytes(16), b"xyz"),
    }
    for one, first in parts.items():
        for other, second in parts.items():
            for name, notify in (("sea", "sea"), ("none", "gpio"), ("serror", "sei")):
                book.host(f"several-{one}-{other}-{name}", _RULES,
                          f"A firmware record of {one} and then {other}: the first is not the only one that is read.",
                          trap(_TRAPS[name], notify=notify), block(first, second))
    uncounted = block(memory(), arm(info(VA)), counted=False)
    book.host("several-uncounted", "host.cper.strict", "The entry count is 0: the lengths decide.", trap(_TRAPS["sea"]),
              uncounted)


def _notices(book: Book) -> None:
    """Kind 4: a page lost in the background."""
    rules = ("host.gpa.space", "host.gpa.origin", "host.lsb.address", "host.action.possible", "host.enabled.only")
    states: dict[str, dict[str, Any]] = {
        "isolated": {"isolated": (Isolated(SLOTS[0].gpa + 0x1000, 16),)}, "failed": {"isolated": ()},
        "protected": {"protected": True}, "not-enabled": {"kinds": 0b1110}, "no-slots": {"memslots": ()},
        "slots-unknown": {"memslots": None}, "v10": {"version": VERSIONS[0]}, "nested": {"nested": True},
        "no-ras": {"host_ras": False, "vm_ras": False}, "page-itself": {"isolated": (Isolated(PAGE, 12),)},
    }
    for name, state in states.items():
        for esr in ("none", "ordinary", "sea"):
            for content, record in (("memory", block(memory())), ("cache", block(arm(info(None, PA)))),
                                    ("elsewhere-first", block(memory(0x1000), memory(SLOTS[1].pa)))):
                book.host(f"notice-{name}-{esr}-{content}", rules,
                          f"A page lost in the background ({name}), firmware's {content} record by interrupt.",
                          trap(_TRAPS[esr], notify="gpio", **state), record)


def strict(book: Book, contents: tuple[tuple[str, StatusBlock], ...]) -> None:
    """host.cper.strict: each length and count one less and one more; every length of the whole."""
    for name, content in contents:
        raw = build_status_block(content)
        for place, offset, width in _numbers(content):
            value = int.from_bytes(raw[offset : offset + width], "little")
            for other in (value - 1, value + 1, 0, (1 << 8 * width) - 1):
                if 0 <= other < 1 << 8 * width and other != value:
                    lie = raw[:offset] + other.to_bytes(width, "little") + raw[offset + width :]
                    book.host(f"strict-{name}-{place}-{other:x}", "host.cper.strict",
                              f"The number {place} is {other:#x} where it should be {value:#x}.", trap(_TRAPS["sea"]),
                              lie)
        ends = {0, 1, STATUS_BLOCK.size - 1, STATUS_BLOCK.size, len(raw) - 1, len(raw), len(raw) + 1, len(raw) + 8}
        for length in sorted(ends | set(range(0, len(raw), 16))):
            book.host(f"strict-{name}-cut-{length}", "host.cper.strict",
                      f"{length} bytes of a firmware record of {len(raw)}: taken whole, or not at all.",
                      trap(_TRAPS["sea"]), (raw + bytes(8))[:length])


def _numbers(content: StatusBlock) -> list[tuple[str, int, int]]:
    """Name, offset and width of each length and count."""
    names: tuple[str, ...] = ("block_status", "raw_data_offset", "raw_data_length", "data_length")
    found = [_at(STATUS_BLOCK, name, 0) for name in names]
    at = STATUS_BLOCK.size
    for entry in content.entries:
        head = DATA_ENTRY_V3 if entry.revision >= 0x300 else DATA_ENTRY_V2
        found += [_at(head, "error_data_length", at), _at(head, "revision", at)]
        at += head.size
        if isinstance(entry.section, ArmProcessor):
            names = ("err_info_num", "context_info_num", "section_length")
            found += [_at(ARM_PROCESSOR, name, at) for name in names]
            found.append(_at(ERROR_INFO, "length", at + ARM_PROCESSOR.size))
            at += ARM_PROCESSOR.size + ERROR_INFO.size * len(entry.section.error_info)
            for context in entry.section.context_info:
                found += [_at(CONTEXT_INFO, "size", at), _at(CONTEXT_INFO, "version", at)]
                at += CONTEXT_INFO.size + len(context.registers) + len(context.padding)
            at += len(entry.section.vendor)
        else:
            at += MEMORY_OLD.size if isinstance(entry.section, PlatformMemory) and entry.section.old else MEMORY.size
    return found


def _at(layout: Layout, name: str, base: int) -> tuple[str, int, int]:
    return f"{base:x}-{name.replace('_', '-')}", base + layout.offsets[name], layout.field(name).width
