# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What Linux's APEI driver logs of a firmware record, and does: of the host's, and of a guest's that a VMM tells.

Linux 7.3.4: cper_estatus_print() in drivers/firmware/efi/cper.c, cper_print_proc_arm() in cper-arm.c
beside it, ghes_do_proc() in drivers/acpi/apei/ghes.c. The same for every kind of source; what a
synchronous one (SEA) has besides is not said here: the claim of the abort, MF_ACTION_REQUIRED, and
SIGBUS where nothing was queued (:mod:`reference_host.claim`, :mod:`reference_host.legacy`). What the
kernel acts on is :mod:`reference_host.firmware`'s; here are its words.

Modelled is what :mod:`reference_vmm.report` fills in and what the captures have; ValueError for a record
that says more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from abi.cper import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, StatusBlock, bits, build_error_info
from abi.cper.bits import CORRECTED
from reference_host.firmware import read_firmware

#: cper_severity_str(), by severity.
SEVERITIES: Final = tuple(code.name.lower().replace("informational", "info") for code in bits.SEVERITIES)
#: cper_proc_error_type_strs, by bit of an error information's type.
_TYPES: Final = {1: "cache error", 2: "TLB error", 3: "bus error", 4: "micro-architectural error"}
_ARM_SAID: Final = bits.ARM_VALID_MPIDR
_INFO_SAID: Final = bits.VALID_FLAGS | bits.VALID_ERR_INFO | bits.VALID_VIRT_ADDR | bits.VALID_PHYSICAL_ADDR
_FIRST: Final = next(flag.mask for flag in bits.ERROR_INFO_FLAGS if flag.name == "FIRST")
#: Low bits of error_info that say which of its fields are valid.
_DETAILS: Final = sum(1 << detail.valid for detail in bits.DETAILS)
_ERROR_TYPE: Final = next(f.mask for f in bits.MEMORY_VALID if f.name == "ERROR_TYPE")
_MEMORY_SAID: Final = bits.MEMORY_VALID_PA | bits.MEMORY_VALID_PA_MASK | _ERROR_TYPE
#: cper_mem_err_type_str(), for the one that a VMM knows.
_MEMORY_TYPES: Final = {0: "unknown"}
_PAGE_SHIFT: Final = 12


class Handled(NamedTuple):
    """What a kernel does with a record.

    ``lines``: printed behind ``[Hardware Error]:``, in order. ``warned``: each processor error that it
    does not act on, as its warning names it. ``processor``: for each processor section the bytes of its
    error informations in hex, as tracepoint ``ras:arm_event`` has them. ``frames``: page frame numbers
    given to memory_failure(). ``panic``: it stops, and has done nothing but print.
    """

    lines: tuple[str, ...]
    warned: tuple[str, ...]
    processor: tuple[str, ...]
    frames: tuple[int, ...]
    panic: bool


def handled(block: StatusBlock, source: int) -> Handled:
    """Say it of a block that the error source with this number holds."""
    firmware = read_firmware(block)
    if firmware is None:
        raise ValueError("not modelled: no record")
    lines = tuple(_printed(block, source))
    if firmware.fatal:
        return Handled(lines, (), (), (), panic=True)
    recoverable = firmware.severity == bits.RECOVERABLE
    return Handled(
        lines,
        tuple(_typed(info) for entry in block.entries if recoverable for info in _left(entry)),
        tuple(b"".join(map(build_error_info, section.error_info)).hex() for section in block.arm_processors),
        tuple(pa >> _PAGE_SHIFT for pa in firmware.queues),
        panic=False,
    )


def _printed(block: StatusBlock, source: int) -> Iterator[str]:
    yield f"Hardware error from APEI Generic Hardware Error Source: {source}"
    if block.error_severity == CORRECTED:
        yield "It has been corrected by h/w and requires no further action"
    yield f"event severity: {SEVERITIES[block.error_severity]}"
    for number, entry in enumerate(block.entries):
        _only(entry.validation_bits, 0, f"entry[{number}].validation_bits")
        yield f" Error {number}, type: {SEVERITIES[entry.error_severity]}"
        yield from (f"  {line}" for line in _section(entry))


def _section(entry: DataEntry) -> Iterator[str]:
    if isinstance(entry.section, PlatformMemory):
        return _memory(entry.section)
    if isinstance(entry.section, ArmProcessor):
        return _arm(entry.section)
    raise ValueError("not modelled: a section of another type")


def _memory(section: PlatformMemory) -> Iterator[str]:
    _only(section.validation_bits, _MEMORY_SAID, "memory.validation_bits")
    yield "section_type: memory error"
    if section.physical_address is not None:
        yield f"physical_address: 0x{section.physical_address:016x}"
    if section.physical_address_mask is not None:
        yield f"physical_address_mask: 0x{section.physical_address_mask:016x}"
    if section.validation_bits & _ERROR_TYPE:
        yield f"error_type: {section.error_type}, {_MEMORY_TYPES[section.error_type]}"


def _arm(section: ArmProcessor) -> Iterator[str]:
    _only(section.validation_bits, _ARM_SAID, "arm.validation_bits")
    yield "section_type: ARM processor error"
    yield f"MIDR: 0x{section.midr:016x}"
    if section.mpidr is not None:
        yield f"Multiprocessor Affinity Register (MPIDR): 0x{section.mpidr:016x}"
    for number, info in enumerate(section.error_info):
        _only(info.validation_bits, _INFO_SAID, f"error_info[{number}].validation_bits")
        yield f"Error info structure {number}:"
        yield f"num errors: {info.multiple_error + 1}"
        yield from _flags(info)
        yield f" error_type: {_typed(info)}"
        if info.validation_bits & bits.VALID_ERR_INFO:
            _only(info.error_info & _DETAILS, 0, "error_info.error_info")
            yield f" error_info: 0x{info.error_info:016x}"
        if info.virtual_address is not None:
            yield f" virtual fault address: 0x{info.virtual_address:016x}"
        if info.physical_address is not None:
            yield f" physical fault address: 0x{info.physical_address:016x}"


def _flags(info: ErrorInfo) -> Iterator[str]:
    if info.validation_bits & bits.VALID_FLAGS:
        _only(info.flags, _FIRST, "error_info.flags")
        if info.flags & _FIRST:
            yield " first error captured"


def _left(entry: DataEntry) -> Iterator[ErrorInfo]:
    """Processor errors of a recoverable section that ghes_handle_arm_hw_error() warns of instead of acting."""
    section = entry.section
    if isinstance(section, ArmProcessor) and entry.error_severity == bits.RECOVERABLE:
        yield from (info for info in section.error_info if not (info.is_cache and info.physical_address is not None))


def _typed(info: ErrorInfo) -> str:
    return f"0x{info.type:02x}: {'|'.join(name for bit, name in _TYPES.items() if info.type >> bit & 1)}"


def _only(value: int, known: int, what: str) -> None:
    """Refuse bits that are not modelled."""
    if value & ~known:
        raise ValueError(f"not modelled: {value & ~known:#x} of {what}")
