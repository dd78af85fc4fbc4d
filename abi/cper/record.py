# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A whole CPER record from bytes: header, section descriptors, sections at their offsets.

Rule ``host.cper.strict`` as in :mod:`abi.cper.parse`. Sections lie in the order of their descriptors
and do not overlap; UEFI does not say so in words, every producer does it, and an overlap would let two
descriptors read one section differently. Linux only stores and fetches such records (ERST).
"""

from __future__ import annotations

from abi.cper import sections
from abi.cper.layouts import RECORD_HEADER, SECTION_DESCRIPTOR, SIGNATURE, SIGNATURE_END
from abi.cper.values import Record, SectionDescriptor
from abi.cper.window import Head, Window


def parse_record(data: bytes) -> Record:
    """Read a CPER record that fills ``data``; raises InputError."""
    window = Window.whole(data, "record")
    head = window.head(RECORD_HEADER)
    _check_signature(window, head)
    window.require(RECORD_HEADER, "record_length", head.pop("record_length"), (window.size, window.size),
                   "the input must hold the record, no more and no less")
    number = head.pop("section_count")
    most = (window.size - RECORD_HEADER.size) // SECTION_DESCRIPTOR.size
    window.require(RECORD_HEADER, "section_count", number, (0, most),
                   f"each has a descriptor of {SECTION_DESCRIPTOR.size:#x} bytes")
    position = RECORD_HEADER.size + number * SECTION_DESCRIPTOR.size
    found = []
    for index in range(number):
        descriptor, position = _section(window, index, position)
        found.append(descriptor)
    tail = window.bytes_at(position, window.size - position)
    return Record(tuple(found), tail=tail, **head)


def _check_signature(window: Window, head: Head) -> None:
    signature, end = head.pop("signature"), head.pop("signature_end")
    if signature != SIGNATURE:
        raise window.refuse(RECORD_HEADER, "signature", SIGNATURE.hex(), signature.hex(), 'it is "CPER"')
    window.require(RECORD_HEADER, "signature_end", end, (SIGNATURE_END, SIGNATURE_END), "fixed")


def _section(window: Window, index: int, free: int) -> tuple[SectionDescriptor, int]:
    """Read a section and where it ends; ``free`` is the first offset where it may start."""
    at = RECORD_HEADER.size + index * SECTION_DESCRIPTOR.size
    own = window.part(at, SECTION_DESCRIPTOR.size, f"section[{index}]")
    head = own.head(SECTION_DESCRIPTOR)
    offset, length = head.pop("section_offset"), head.pop("section_length")
    own.require(SECTION_DESCRIPTOR, "section_offset", offset, (free, window.size),
                "it starts after the descriptors and the sections before it")
    own.require(SECTION_DESCRIPTOR, "section_length", length, (0, window.size - offset),
                "the section must end within record_length")
    body = Window(window.data, offset, offset + length, own.path)
    section = sections.section(body, head.pop("section_type"))
    gap = window.bytes_at(free, offset - free)
    return SectionDescriptor(section, gap=gap, **head), offset + length
