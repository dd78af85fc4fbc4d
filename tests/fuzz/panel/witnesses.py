# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""For every planted bug a case on which it shows: made by hand, so that it is known that each can be found.

No engine is given them.
"""

from __future__ import annotations

from typing import Any, Final

from abi import definition as d
from abi import esr_fields as esr
from abi.cper import bits
from abi.cper.build import build_status_block
from abi.cper.layouts import ARM_PROCESSOR, DATA_ENTRY_V3, ERROR_INFO
from abi.cper.layouts import STATUS_BLOCK as ESTATUS
from abi.cper.values import ArmProcessor, ContextInfo, DataEntry, ErrorInfo, PlatformMemory, StatusBlock
from abi.fuzz.case import FIRMWARE, RECORD, RING, Case, Change, build
from abi.fuzz.seeds import RECORD_1_0, RECORD_1_1, STATUS_BLOCK
from abi.record import FaultInfo
from abi.record import build as build_record
from abi.ring.header import Header, build_header, new_header
from abi.ring_layout import RING_HEADER, RING_SLOT, WORD, stamp_done, stamp_writing

_NEWER: Final = 255
_SERROR: Final = esr.EC_SERROR << esr.EC_SHIFT | esr.IL | 3 << 10 | 0x11  # UER
_FETCH: Final = esr.EC_IABT_LOW << esr.EC_SHIFT | esr.IL | esr.FNV | 0x10
#: Upper bits that are not those of bit 47.
_VA: Final = 0x0000_9000_1234_5678
_PA: Final = 0x8000_1000

_SLOTS: Final = 4
_SLOT_WORDS: Final = (RING_SLOT.size + d.SIZES[d.V1_1]) // WORD
_FIRST_SLOT: Final = RING_HEADER.size // WORD
#: Loads before the copy of a slot by the second consumer begins: two headers, head and stamp twice, a slot, its stamp,
#: and lost.
_SECOND_COPY: Final = 2 * (RING_HEADER.size // WORD + 2) + _SLOT_WORDS - 1 + 2


def _record(raw: bytes, reader: int = 1) -> bytes:
    return build(Case(RECORD, reader, data=raw))


def _changed(record: FaultInfo, reader: int = 1, **fields: Any) -> bytes:
    return _record(build_record(record._replace(**fields)), reader)


def _cut(size: int) -> bytes:
    return _record(build_record(RECORD_1_1)[:size])


def _image(head: int, tail: int = 0, *, stamp: int | None = None, envelope: tuple[int, int] | None = None,
           **header: int) -> bytes:
    """A ring whose positions up to head are published; the oldest has this stamp and this (lost, sequence)."""
    ring: Header = new_header(_SLOTS, d.SIZES[d.V1_1])._replace(head=head, tail=tail)
    data = bytearray(ring.size)
    data[: RING_HEADER.size] = build_header(ring._replace(**header))
    for position in range(tail, min(head, tail + _SLOTS)):
        oldest = position == tail
        lost, sequence = envelope if envelope and oldest else (0, position + 1)
        done = stamp_done(position) if stamp is None or not oldest else stamp
        start = ring.offset(position)
        slot = RING_SLOT.codec.fast.pack(done, 0, lost, sequence) + build_record(RECORD_1_1)
        data[start : start + len(slot)] = slot
    return bytes(data)


def _ring(image: bytes, *changes: Change, dealt: int = 0) -> bytes:
    return build(Case(RING, dealt=dealt, changes=changes, data=image))


def _block(section: ArmProcessor | PlatformMemory) -> bytes:
    return build_status_block(StatusBlock((DataEntry(section),)))


def _firmware(data: bytes) -> bytes:
    return build(Case(FIRMWARE, data=data))


def _arm(**fields: Any) -> bytes:
    section = STATUS_BLOCK.arm_processors[0]
    return _block(section._replace(**fields))


def _info(**fields: Any) -> ErrorInfo:
    return STATUS_BLOCK.arm_processors[0].error_info[0]._replace(**fields)


def _poked(data: bytes, offset: int, width: int, value: int) -> bytes:
    return _firmware(data[:offset] + value.to_bytes(width, "little") + data[offset + width :])


_ARM: Final = ESTATUS.size + DATA_ENTRY_V3.size
_INFO: Final = _ARM + ARM_PROCESSOR.size
_CONTEXT: Final = _INFO + ERROR_INFO.size
_RAW: Final = build_status_block(STATUS_BLOCK)
_VENDOR: Final = _arm(vendor=b"vendor", validation_bits=bits.ARM_VALID_MPIDR | bits.ARM_VALID_VENDOR_INFO)

#: By the name of the bug.
WITNESSES: Final = {
    "size-trusted": _cut(72),
    "size-zero": _changed(RECORD_1_1, size=0),
    "size-in-a-byte": _changed(RECORD_1_1, minor=_NEWER, size=0x108),
    "head-for-record": _cut(40),
    "version-end": _cut(79),
    "version-indexes": _changed(RECORD_1_1, minor=2),
    "major-ignored": _changed(RECORD_1_1, major=2),
    "major-by-minor": _changed(RECORD_1_1, major=2, minor=_NEWER),
    "critical-ignored": _changed(RECORD_1_1, flags=RECORD_1_1.flags | 1 << 33),
    "critical-signed": _changed(RECORD_1_1, flags=RECORD_1_1.flags | 1 << 63),
    "kind-in-a-byte": _changed(RECORD_1_1, kind=0x0100 | d.KIND_DATA_ABORT),
    "reserved-used": _changed(RECORD_1_1, reserved0=8),
    "tail-of-an-serror": _changed(RECORD_1_1, minor=_NEWER, size=96, kind=d.KIND_SERROR, esr=_SERROR, tail=bytes(16)),
    "gpa-without-lsb": _changed(RECORD_1_0, sea_flags=0),
    "far-if-not-zero": _changed(RECORD_1_1, far=_VA),
    "fnv-of-a-fetch": _changed(RECORD_1_1, kind=d.KIND_INSTRUCTION_ABORT, esr=_FETCH, flags=d.ACTION_REQUIRED),
    "fnv-of-an-serror": _changed(RECORD_1_1, kind=d.KIND_SERROR, esr=_SERROR),
    "flag-not-known": _changed(RECORD_1_1, reader=0),
    "va-sign-extended": _changed(RECORD_1_1, firmware_va=_VA),
    "corrupt-serror-resumed": _changed(RECORD_1_1, kind=d.KIND_SERROR, esr=_SERROR, flags=d.CONTEXT_CORRUPT),
    "ring-index": _ring(_image(_SLOTS + 1, _SLOTS)),
    "ring-product": _ring(_image(1, slots=1 << 29)),
    "ring-one-more": _ring(_image(_SLOTS + 1)),
    "ring-stamp-being-written": _ring(_image(1, stamp=stamp_writing(1))),
    "ring-first-look": _ring(
        _image(1, stamp=stamp_writing(0)), Change(RING_HEADER.size // WORD + 2, _FIRST_SLOT, stamp_done(0)),
    ),
    "ring-second-look": _ring(_image(1), Change(_SECOND_COPY + 2, _FIRST_SLOT, stamp_writing(_SLOTS))),
    "ring-double-fetch": _ring(
        _image(1), Change(_SECOND_COPY + 4, _FIRST_SLOT + RING_SLOT.offsets["sequence"] // WORD, 99),
    ),
    "ring-tail-read-back": _ring(
        _image(2), Change(RING_HEADER.size // WORD + 2, RING_HEADER.offsets["tail"] // WORD, 5), dealt=1,
    ),
    "ring-lost-ignored": _ring(_image(1, envelope=(4, 5))),
    "ring-sequence-goes-back": _ring(_image(3, 2, envelope=(0, 1))),
    "section-length-trusted": _poked(
        _arm(), _ARM + ARM_PROCESSOR.offsets["section_length"], 4, 0x100,
    ),
    "info-length-zero": _poked(_VENDOR, _INFO + ERROR_INFO.offsets["length"], 1, 0),
    "count-in-a-byte": _poked(_arm(), _ARM + ARM_PROCESSOR.offsets["err_info_num"], 2, 0x0101),
    "context-size-wraps": _poked(_arm(context_info=(ContextInfo(4, bytes(24)),)), _CONTEXT + 4, 4, 0xFFFF_FFFF),
    "contexts-just-fit": _firmware(_arm(context_info=(ContextInfo(4, b""), ContextInfo(4, b"")))),
    "old-memory-section": _firmware(_block(PlatformMemory(bits.MEMORY_VALID_NEW, old=True))),
    "pa-without-its-bit": _firmware(_arm(error_info=(_info(physical_fault_addr=_PA),))),
    "mpidr-without-its-bit": _firmware(_arm(validation_bits=0)),
    "corrupt-without-its-bit": _firmware(_arm(error_info=(_info(error_info=1 << 3 | 1 << 25),))),
    "count-of-addresses": _firmware(_arm(error_info=(
        _info(), _info(validation_bits=bits.VALID_PHYSICAL_ADDR, type=bits.TYPE_TLB, physical_fault_addr=_PA),
    ))),
}

#: Those of the second panel.
SECOND: Final = {
    "uc-never-compared": _changed(
        RECORD_1_1, flags=RECORD_1_1.flags | d.SEVERITY_VALID, severity=d.SEVERITY_UC,
    ),
    "walk-level-3-hidden": _changed(RECORD_1_0, esr=RECORD_1_0.esr | 0x17, flags=RECORD_1_0.flags | d.STAGE1_WALK),
    "fetch-that-writes": _changed(RECORD_1_1, kind=d.KIND_INSTRUCTION_ABORT, esr=_FETCH | esr.WNR),
    "ring-header-longer": _ring(_image(0, header_size=RING_HEADER.size + WORD, slots=2)),
    "ring-lost-wraps": _ring(_image(1, envelope=(4, (1 << 32) + 5), lost=1 << 33)),
    "revision-beyond-the-end": _poked(_RAW[: ESTATUS.size + 4], ESTATUS.offsets["data_length"], 4, 4),
    "raw-data-within": _poked(
        _RAW, ESTATUS.offsets["raw_data_offset"], 8, 8 << 32 | len(_RAW) - 8,
    ),
    "severity-of-the-block": _firmware(build_status_block(StatusBlock((DataEntry(
        ArmProcessor((_info(validation_bits=bits.VALID_PHYSICAL_ADDR, physical_fault_addr=_PA),)), bits.CORRECTED,
    ),)))),
}
