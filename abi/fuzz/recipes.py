# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Recipes: a case that breaks nothing, and what to change so that it breaks one named rule and no other.

Each is written as the broken value; what a mutator needs of it are the words in which the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from abi import definition as d
from abi import esr_fields as esr
from abi.address import NOT_ON_WALK
from abi.cper import bits, layouts
from abi.fuzz import templates as t
from abi.fuzz.case import FIRMWARE, Case, Change, build
from abi.layout import Layout
from abi.record import HEAD as RECORD_HEAD
from abi.ring_layout import COUNT_LIMIT, LOST_LIMIT, RING_HEADER, RING_SLOT, WORD, stamp_done, stamp_writing

STRICT: Final = "host.cper.strict"
HEADER: Final = "vmm.ring.header"


class Recipe(NamedTuple):
    """``broken`` breaks ``rule`` alone; it is the template of that name with a few words changed."""

    rule: str
    template: str
    broken: bytes

    @property
    def whole(self) -> bytes:
        """The bytes of the template."""
        return build(t.CASES[self.template])


_Said = tuple[str, str, dict[str, Any]]

#: Rule, template, fields that are changed; ``on`` and ``off`` are bits of flags.
_RECORDS: Final[tuple[_Said, ...]] = (
    ("vmm.major.unknown", "data", {"major": 0}),
    ("vmm.major.unknown", "claimed", {"major": 2}),
    ("vmm.major.unknown", "notice", {"major": d.RESERVED_VERSIONS[1].major}),
    ("vmm.size", "data", {"size": 0}),
    ("vmm.size", "data", {"size": d.SIZES[d.NEWEST] - 1}),
    ("vmm.size", "data", {"size": d.SIZES[d.NEWEST] + WORD}),
    ("vmm.size", "data", {"size": d.SIZES[d.V1_0]}),
    ("vmm.size", "data", {"minor": d.V1_0.minor}),
    ("vmm.size", "data", {"minor": d.NEWEST.minor + 1, "size": d.SIZES[d.NEWEST] - WORD}),
    ("vmm.size", "newer", {"size": d.SIZES[d.NEWEST] + 2 * WORD - 4}),
    ("vmm.size", "newer", {"size": 0xFFF8}),
    ("vmm.size", "newer", {"size": d.SIZES[d.V1_0]}),
    ("vmm.size", "data-1.0", {"size": d.SIZES[d.NEWEST]}),
    ("vmm.size", "data-1.0", {"size": d.SIZES[d.V1_0] - WORD}),
    ("vmm.size", "data-1.0", {"size": 1 << 15}),
    *(("vmm.critical.unknown", "newer", {"on": 1 << d.FIRST_CRITICAL_BIT + n}) for n in (1, 8, 31)),
    ("vmm.critical.unknown", "notice", {"kind": 5, "host_action": 0}),
    ("vmm.critical.unknown", "notice", {"kind": 0xFFFF, "host_action": 0}),
    ("vmm.agree", "data", {"esr": t.DABT ^ 4 << esr.EC_SHIFT}),
    ("vmm.agree", "fetch", {"esr": t.FETCH.esr ^ 4 << esr.EC_SHIFT}),
    ("vmm.agree", "fetch", {"esr": t.FETCH.esr ^ 2 << esr.EC_SHIFT}),
    ("vmm.agree", "serror", {"esr": t.ASYNC ^ 1 << esr.EC_SHIFT}),
    ("vmm.agree", "data", {"severity": d.SEVERITY_UC}),
    ("vmm.agree", "serror", {"severity": d.SEVERITY_UEU}),
    ("host.record.cause", "fetch", {"esr": t.IABT & ~esr.FSC | 7}),
    ("host.record.cause", "fetch", {"esr": t.IABT & ~esr.FSC | NOT_ON_WALK + 9}),
    ("host.record.cause", "fetch", {"esr": t.IABT & ~esr.FSC | NOT_ON_WALK + 1}),
    ("host.esr.mask", "data", {"esr": t.DABT | esr.S1PTW}),
    ("host.esr.mask", "data", {"esr": t.DABT | esr.ISV}),
    ("host.esr.mask", "claimed", {"esr": t.DABT | esr.FNV | 1 << 32}),
    ("host.esr.mask", "fetch", {"esr": t.FETCH.esr | esr.WNR}),
    ("host.esr.mask", "serror", {"esr": t.ASYNC | esr.VFV}),
    ("host.esr.mask", "serror-ids", {"esr": t.SERROR | esr.IDS | 1}),
    ("host.esr.il", "data", {"esr": t.DABT & ~esr.IL}),
    ("host.esr.il", "serror", {"esr": t.ASYNC & ~esr.IL}),
    ("host.esr.isolated", "isolated", {"esr": t.DABT | esr.EA}),
    ("host.esr.isolated", "isolated", {"esr": t.DABT & ~esr.FSC | t.ON_WALK}),
    ("host.far.valid", "serror-ids", {"on": d.FAR_VALID}),
    ("host.far.valid", "notice", {"on": d.FAR_VALID}),
    ("host.far.fnv", "data", {"esr": t.DABT | esr.FNV}),
    ("host.far.fnv", "blind", {"on": d.FAR_VALID}),
    ("host.far.fnv", "claimed", {"esr": t.DABT}),
    ("host.far.fnv", "fetch", {"esr": t.FETCH.esr | esr.FNV}),
    ("host.far.imprecise", "blind", {"on": d.FAR_IMPRECISE}),
    ("host.far.imprecise", "serror-claimed", {"on": d.FAR_IMPRECISE}),
    ("host.hpfar.valid", "data", {"on": d.HPFAR_VALID}),
    ("host.hpfar.valid", "notice", {"on": d.HPFAR_VALID}),
    ("host.hpfar.fipa", "isolated", {"hpfar": t.ISOLATED.hpfar | 1 << 63}),
    ("host.hpfar.fipa", "isolated", {"hpfar": t.ISOLATED.hpfar | 1}),
    ("host.gpa.origin", "data", {"gpa_origin": d.GPA_REVERSE, "gpa": t.DATA.gpa & ~0xFFF}),
    ("host.gpa.origin", "walk", {"gpa_origin": 0}),
    ("host.gpa.origin", "notice", {"gpa_origin": 4}),
    ("host.gpa.origin", "blind", {"gpa_origin": d.GPA_HPFAR}),
    ("host.gpa.low", "data", {"gpa": t.DATA.gpa & ~0xFFF}),
    ("host.gpa.low", "notice", {"gpa": t.NOTICE.gpa + 1}),
    ("host.gpa.low", "imprecise", {"gpa": t.DATA.gpa}),
    ("host.gpa.hpfar", "isolated", {"gpa": t.ISOLATED.gpa ^ 1 << 30}),
    ("host.gpa.hpfar", "walk", {"hpfar": t.ISOLATED.hpfar ^ 1 << 47}),
    ("host.hva.valid", "blind", {"on": d.HVA_VALID}),
    ("host.lsb.address", "blind", {"address_lsb": 12}),
    ("host.lsb.address", "data", {"address_lsb": 56}),
    ("host.lsb.address", "notice", {"address_lsb": 0xFF}),
    ("host.pa.valid", "isolated", {"off": d.PA_VALID}),
    ("host.severity.valid", "fetch", {"on": d.SEVERITY_VALID, "severity": d.SEVERITY_UER}),
    ("host.severity.valid", "data", {"severity": d.SEVERITY_UC + 1}),
    ("host.severity.valid", "serror", {"severity": 0}),
    ("host.serror.given", "serror", {"esr": t.ASYNC & ~esr.AET, "severity": d.SEVERITY_UC}),
    ("host.serror.given", "serror", {"esr": t.ASYNC & ~esr.AET | 6 << esr.AET_SHIFT, "severity": d.SEVERITY_CE}),
    ("host.serror.given", "serror-ids", {"esr": t.SERROR}),
    ("host.action.possible", "data", {"host_action": d.ACTION_ISOLATED}),
    ("host.action.possible", "isolated", {"host_action": d.ACTION_CLAIMED}),
    ("host.action.possible", "serror", {"host_action": 5}),
    ("host.action_required.kind", "data", {"off": d.ACTION_REQUIRED}),
    ("host.action_required.kind", "serror", {"on": d.ACTION_REQUIRED}),
    ("host.action_required.kind", "notice", {"on": d.ACTION_REQUIRED}),
    ("host.origin.kind", "data", {"origin": d.ORIGIN_KERNEL_FIRST}),
    ("host.origin.kind", "data", {"origin": 0}),
    ("host.origin.kind", "serror", {"origin": 0xFF}),
    ("host.origin.kind", "notice-unknown", {"origin": d.ORIGIN_TRAP}),
    ("host.firmware_severity.origin", "data", {"firmware_severity": 1}),
    ("host.firmware_severity.origin", "claimed", {"firmware_severity": 0}),
    ("host.firmware_severity.origin", "claimed", {"firmware_severity": 5}),
    ("host.firmware_va.usable", "claimed", {"firmware_va": 0}),
    ("host.firmware_va.usable", "data", {"on": d.FIRMWARE_VA_VALID, "firmware_va": t.DATA.far}),
    ("host.context_corrupt.firmware", "data", {"on": d.CONTEXT_CORRUPT}),
    ("host.context_corrupt.firmware", "isolated", {"on": d.CONTEXT_CORRUPT}),
    ("host.nested.trap", "notice", {"on": d.NESTED}),
    ("host.stage1_walk.known", "fetch", {"on": d.STAGE1_WALK}),
    ("host.stage1_walk.known", "serror", {"on": d.STAGE1_WALK}),
    ("host.invalid.zero", "blind", {"far": t.DATA.far}),
    ("host.invalid.zero", "blind", {"gpa": t.DATA.gpa & ~0xFFF}),
    ("host.invalid.zero", "data", {"hpfar": t.ISOLATED.hpfar}),
    ("host.invalid.zero", "data", {"hva": t.ISOLATED.hva}),
    ("host.invalid.zero", "data", {"firmware_va": 1}),
    ("host.invalid.zero", "blind", {"severity": d.SEVERITY_UER}),
    ("host.reserved.zero", "data", {"reserved0": 1}),
    ("host.reserved.zero", "data", {"sea_flags": d.GPA_VALID | 1 << 63}),
    ("host.reserved.zero", "serror", {"on": 1 << d.FIRST_CRITICAL_BIT - 1}),
)
#: Rule, template, bytes that are left of the record.
_CUTS: Final = (
    ("vmm.malformed", "data", 0), ("vmm.malformed", "data", RECORD_HEAD.size - 1), ("vmm.malformed", "notice", WORD),
    ("vmm.size", "data", RECORD_HEAD.size), ("vmm.size", "data", d.SIZES[d.V1_0]),
    ("vmm.size", "blind", d.SIZES[d.NEWEST] - 1), ("vmm.size", "data-1.0", d.SIZES[d.V1_0] - WORD),
    ("vmm.size", "data-1.0", d.SIZES[d.V1_0] + WORD), ("vmm.size", "newer", d.SIZES[d.NEWEST] + WORD),
)
_ENTRY_AT: Final = layouts.STATUS_BLOCK.size
_ARM_AT: Final = _ENTRY_AT + layouts.DATA_ENTRY_V3.size
_INFO_AT: Final = _ARM_AT + layouts.ARM_PROCESSOR.size
_NESTED_CONTEXT_AT: Final = _INFO_AT + 2 * layouts.ERROR_INFO.size + 8
_OLD_MEMORY: Final = layouts.MEMORY_OLD.size

#: Template, where a layout begins, the layout, field, what is added to the field.
_FIRMWARE: Final[tuple[tuple[str, int, Layout, str, int], ...]] = (
    *(("va", 0, layouts.STATUS_BLOCK, "data_length", n) for n in (-8, 1, 1 << 31)),
    ("va", 0, layouts.STATUS_BLOCK, "block_status", 1 << bits.ENTRY_COUNT_LOW),
    ("two", 0, layouts.STATUS_BLOCK, "block_status", -1 << bits.ENTRY_COUNT_LOW),
    ("va", 0, layouts.STATUS_BLOCK, "raw_data_length", 1),
    *(("raw", 0, layouts.STATUS_BLOCK, "raw_data_offset", n) for n in (-8, 1, 1 << 31)),
    ("raw", 0, layouts.STATUS_BLOCK, "raw_data_length", -8),
    *(("va", _ENTRY_AT, layouts.DATA_ENTRY_V3, "error_data_length", n) for n in (-8, 8, -1, (1 << 32) - 8 - 72)),
    ("memory", _ENTRY_AT, layouts.DATA_ENTRY_V3, "revision", 0xFF),
    *(("va", _ARM_AT, layouts.ARM_PROCESSOR, "err_info_num", n) for n in (1, -1, 1 << 11, 1 << 15)),
    *(("nested", _ARM_AT, layouts.ARM_PROCESSOR, "context_info_num", n) for n in (10, 1 << 13, 1 << 15)),
    *(("va", _ARM_AT, layouts.ARM_PROCESSOR, "section_length", n) for n in (1, -32, -72, (1 << 32) - 72 - 40)),
    *(("va", _INFO_AT, layouts.ERROR_INFO, "length", n) for n in (-1, -32, 1, 0xFF - 32, 0x80 - 32)),
    *(("nested", _NESTED_CONTEXT_AT, layouts.CONTEXT_INFO, "size", n) for n in (1 << 31, (1 << 32) - 8 - 16, 64)),
    ("nested", _ARM_AT, layouts.ARM_PROCESSOR, "validation_bits", -bits.ARM_VALID_VENDOR_INFO),
    ("memory-old", _ARM_AT, layouts.MEMORY, "validation_bits", bits.MEMORY_VALID_NEW),
)
#: Template, field of the header, what is written.
_HEADERS: Final = (
    ("one", "magic", 0), ("one", "major", 0), ("one", "major", 2), ("three", "major", 0xFF),
    ("one", "header_size", 56), ("one", "header_size", 72), ("newer", "header_size", 68), ("newer", "header_size", 0),
    ("newer", "header_size", 0xFFF8), ("one", "slot_size", 0), ("one", "slot_size", 24), ("one", "slot_size", 36),
    ("three", "slot_size", 1 << 30), ("one", "slot_size", (1 << 32) - 8), ("one", "slots", 0), ("one", "slots", 1),
    ("three", "slots", 3), ("one", "slots", 4), ("three", "slots", 1 << 31), ("three", "slots", 1 << 26),
    ("three", "head", 4), ("three", "head", 10), ("full", "head", 10), ("one", "head", COUNT_LIMIT),
    ("one", "tail", 2), ("three", "tail", 3), ("one", "lost", COUNT_LIMIT), ("one", "reserved", 1),
    ("far", "head", COUNT_LIMIT),
)
#: Template, number of the pending record from 0, field of its slot, what is written, and the rule that this breaks.
_SLOTS: Final = (
    ("one", 0, "stamp", 0, "vmm.ring.stamp"), ("one", 0, "stamp", stamp_writing(0), "vmm.ring.stamp"),
    ("one", 0, "stamp", stamp_writing(1), "vmm.ring.stamp"),
    ("one", 0, "stamp", 6, "vmm.ring.stamp"), ("three", 0, "stamp", stamp_writing(5), "vmm.ring.stamp"),
    ("three", 0, "stamp", 4, "vmm.ring.stamp"), ("full", 1, "stamp", 14, "vmm.ring.stamp"),
    ("far", 0, "stamp", 2, "vmm.ring.stamp"),
    ("one", 0, "sequence", 0, "host.sequence"), ("one", 0, "sequence", 2, "host.sequence"),
    ("one", 0, "lost", 1, "host.sequence"), ("three", 0, "sequence", 5, "host.sequence"),
    ("three", 0, "sequence", 10, "host.sequence"), ("full", 1, "lost", 1, "host.sequence"),
    ("full", 1, "sequence", 8, "host.sequence"), ("far", 1, "lost", LOST_LIMIT, "host.sequence"),
)


@cache
def recipes() -> tuple[Recipe, ...]:
    """All of them, those for records first."""
    return (*_of_records(), *_of_firmware(), *_of_rings())


def _of_records() -> Iterator[Recipe]:
    for rule, name, changes in _RECORDS:
        case = t.CASES[name]
        yield Recipe(rule, name, build(case._replace(data=_changed(case.data, **changes))))
    for rule, name, left in _CUTS:
        case = t.CASES[name]
        yield Recipe(rule, name, build(case._replace(data=case.data[:left].ljust(left, b"\0"))))


def _changed(data: bytes, *, on: int = 0, off: int = 0, **changes: int) -> bytes:
    made = bytearray(data)
    if on or off:
        changes["flags"] = int.from_bytes(_bytes(data, d.RECORD, "flags"), "little") & ~off | on
    for name, value in changes.items():
        _put(made, 0, d.RECORD, name, value)
    return bytes(made)


def _of_firmware() -> Iterator[Recipe]:
    for name, at, layout, field, added in _FIRMWARE:
        case = t.CASES[f"firmware-{name}"]
        made = bytearray(case.data)
        number = int.from_bytes(_bytes(case.data[at:], layout, field), "little")
        _put(made, at, layout, field, number + added & (1 << 8 * layout.field(field).width) - 1)
        yield Recipe(STRICT, f"firmware-{name}", build(Case(FIRMWARE, data=bytes(made))))
    whole = t.CASES["firmware-va"]
    for left in (0, layouts.STATUS_BLOCK.size - 1, layouts.STATUS_BLOCK.size, len(whole.data) - 1, len(whole.data) + 1):
        yield Recipe(STRICT, "firmware-va", build(whole._replace(data=whole.data[:left].ljust(left, b"\0"))))


def _of_rings() -> Iterator[Recipe]:
    for name, field, value in _HEADERS:
        case = t.CASES[f"ring-{name}"]
        made = bytearray(case.data)
        _put(made, 0, RING_HEADER, field, value)
        yield Recipe(HEADER, f"ring-{name}", build(case._replace(data=bytes(made))))
    for name, number, field, value, rule in _SLOTS:
        case = t.CASES[f"ring-{name}"]
        made = bytearray(case.data)
        _put(made, _slot(case.data, t.TAILS[name] + number), RING_SLOT, field, value)
        yield Recipe(rule, f"ring-{name}", build(case._replace(data=bytes(made), dealt=number)))
    yield from _changing()


def _changing() -> Iterator[Recipe]:
    """A page that changes: the header after it was read, the stamp while the slot is copied."""
    case = t.CASES["ring-changing"]
    loads = RING_HEADER.size // WORD
    for word, value, after, rule in (
        (RING_HEADER.offsets["head"], 3, loads, HEADER),
        (RING_HEADER.offsets["lost"], COUNT_LIMIT, loads + 1, HEADER),
        (RING_HEADER.size, stamp_writing(0), loads + 3, "vmm.ring.stamp"),
        (RING_HEADER.size, 6, loads + 3, "vmm.ring.stamp"),
    ):
        yield Recipe(rule, "ring-changing", build(case._replace(changes=(Change(after, word // WORD, value),))))
    made = bytearray(case.data)
    _put(made, RING_HEADER.size, RING_SLOT, "stamp", stamp_writing(0))
    done = Change(loads + 2, RING_HEADER.size // WORD, stamp_done(0))
    yield Recipe("vmm.ring.stamp", "ring-changing", build(case._replace(data=bytes(made), changes=(done,))))


def _slot(image: bytes, position: int) -> int:
    size, slots = (int.from_bytes(_bytes(image, RING_HEADER, name), "little") for name in ("slot_size", "slots"))
    return RING_HEADER.size + position % slots * size


def _bytes(data: bytes, layout: Layout, field: str) -> bytes:
    return data[layout.offsets[field] : layout.end(field)]


def _put(data: bytearray, at: int, layout: Layout, name: str, value: int) -> None:
    field = layout.field(name)
    start = at + layout.offsets[name]
    data[start : start + field.element] = value.to_bytes(field.element, "little")

