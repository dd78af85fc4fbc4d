# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Sections from bytes: ARM processor errors with all they nest, platform memory errors.

What Linux 7.3 checks, and what is stricter here. Its handler (``ghes_handle_arm_hw_error``) steps by
the length of each error information and stops silently when one does not fit; a length below 32 makes
it read overlapping or the same bytes again; its log (``cper_print_proc_arm``) ignores that length and
steps by 32. section_length is compared with its container in the log only; the trace event walks the
contexts before any check. Here every number must fit before it is used, an error information has 32
bytes or more, and bytes that neither a count nor the vendor bit declares must be zero, since a count
that is too small would otherwise hide an error. Contexts: UEFI pads each with zeros to a multiple of 16,
not every firmware does; zeros up to that multiple are padding, anything else is what comes next.
"""

from __future__ import annotations

from abi.cper.bits import ARM_VALID_VENDOR_INFO, MEMORY_VALID_NEW
from abi.cper.guid import PLATFORM_MEM, PROC_ARM
from abi.cper.layouts import (
    ARM_PROCESSOR,
    CONTEXT_ALIGN,
    CONTEXT_INFO,
    ERROR_INFO,
    MEMORY,
    MEMORY_OLD,
)
from abi.cper.values import ArmProcessor, ContextInfo, ErrorInfo, PlatformMemory, Raw, Section
from abi.cper.window import Head, Window


def section(window: Window, section_type: bytes) -> Section:
    """Read the section that fills ``window``; its name is appended to the path if it is a known one."""
    if section_type == PROC_ARM:
        return arm_processor(window.part(0, window.size, "arm"))
    if section_type == PLATFORM_MEM:
        return platform_memory(window.part(0, window.size, "memory"))
    return Raw(section_type, window.bytes_at(0, window.size))


def arm_processor(window: Window) -> ArmProcessor:
    """Read an ARM Processor Error Section; the window is its container."""
    head = window.head(ARM_PROCESSOR)
    length = head.pop("section_length")
    window.require(ARM_PROCESSOR, "section_length", length, (ARM_PROCESSOR.size, window.size),
                   "it counts the whole section, and must fit into what holds it")
    trailing = window.bytes_at(length, window.size - length)
    if any(trailing):
        raise window.refuse(ARM_PROCESSOR, "section_length", hex(window.size), hex(length),
                            "what follows the section in its container is not zero")
    body = window.part(0, length)
    infos, position = _error_infos(body, head.pop("err_info_num"))
    contexts, position = _contexts(body, head.pop("context_info_num"), position)
    vendor = _vendor(body, head, position)
    return ArmProcessor(error_info=infos, context_info=contexts, vendor=vendor, trailing=trailing,
                        mpidr_raw=head.pop("mpidr"), **head)


def _error_infos(window: Window, number: int) -> tuple[tuple[ErrorInfo, ...], int]:
    position = ARM_PROCESSOR.size
    most = (window.size - position) // ERROR_INFO.size
    window.require(ARM_PROCESSOR, "err_info_num", number, (0, most),
                   f"each has {ERROR_INFO.size:#x} bytes or more within section_length")
    infos = []
    for index in range(number):
        reserved = ERROR_INFO.size * (number - index - 1)
        room = window.part(position, window.size - position - reserved, f"error_info[{index}]")
        info, length = _error_info(room)
        infos.append(info)
        position += length
    return tuple(infos), position


def _error_info(window: Window) -> tuple[ErrorInfo, int]:
    head = window.head(ERROR_INFO)
    length = head.pop("length")
    window.require(ERROR_INFO, "length", length, (ERROR_INFO.size, window.size),
                   "it must fit before the next one, within section_length")
    return ErrorInfo(extra=window.bytes_at(ERROR_INFO.size, length - ERROR_INFO.size), **head), length


def error_info(window: Window) -> ErrorInfo:
    """Read one ARM Processor Error Information that fills the window."""
    info, length = _error_info(window)
    window.require(ERROR_INFO, "length", length, (window.size, window.size), "the input holds just one")
    return info


def _contexts(window: Window, number: int, position: int) -> tuple[tuple[ContextInfo, ...], int]:
    most = (window.size - position) // CONTEXT_INFO.size
    window.require(ARM_PROCESSOR, "context_info_num", number, (0, most),
                   f"each has {CONTEXT_INFO.size:#x} bytes or more within section_length")
    contexts = []
    for index in range(number):
        reserved = CONTEXT_INFO.size * (number - index - 1)
        room = window.part(position, window.size - position - reserved, f"context_info[{index}]")
        context, length = _context(room)
        contexts.append(context)
        position += length
    return tuple(contexts), position


def _context(window: Window) -> tuple[ContextInfo, int]:
    head = window.head(CONTEXT_INFO)
    size = head.pop("size")
    window.require(CONTEXT_INFO, "size", size, (0, window.size - CONTEXT_INFO.size),
                   "it must fit before the next one, within section_length")
    length = CONTEXT_INFO.size + size
    padding = bytes(-length % CONTEXT_ALIGN)
    if window.bytes_at(length, min(len(padding), window.size - length)) != padding:
        padding = b""
    registers = window.bytes_at(CONTEXT_INFO.size, size)
    return ContextInfo(registers=registers, padding=padding, **head), length + len(padding)


def _vendor(window: Window, head: Head, position: int) -> bytes:
    vendor = window.bytes_at(position, window.size - position)
    if any(vendor) and not head["validation_bits"] & ARM_VALID_VENDOR_INFO:
        raise window.refuse(ARM_PROCESSOR, "section_length", hex(position), hex(window.size),
                            "VENDOR_INFO is clear, so only zeros may follow what the counts cover")
    return vendor


def platform_memory(window: Window) -> PlatformMemory:
    """Read a Platform Memory Error Section of either length.

    As Linux, refuse the old length with validity bits of fields that it lacks.
    """
    if window.size not in (MEMORY_OLD.size, MEMORY.size):
        raise window.refuse_size(f"{MEMORY.size:#x} bytes, or {MEMORY_OLD.size:#x} of old",
                                 "the section fills what holds it")
    old = window.size == MEMORY_OLD.size
    head = window.head(MEMORY_OLD if old else MEMORY)
    if old and head["validation_bits"] >= MEMORY_VALID_NEW:
        raise window.refuse(MEMORY_OLD, "validation_bits", f"below {MEMORY_VALID_NEW:#x}",
                            hex(head["validation_bits"]), "the old section lacks the fields of these bits")
    return PlatformMemory(old=old, **head)
