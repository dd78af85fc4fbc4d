# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Records by hand: one valid for each kind and origin, and for each rule records that break it alone.

``BROKEN`` has one record a rule, ``BROKEN_TOO`` what it takes to break every further clause of it,
``MALFORMED`` bytes that never become a record. Numbers of the syndrome are written as they stand in
ESR_EL2: EC 0x24/0x25 in bits 31:26 with IL is 0x92000000/0x96000000, EC 0x20/0x21 0x82000000/0x86000000,
EC 0x2F 0xBE000000; IDS adds 0x01000000.
"""

from __future__ import annotations

from abi.definition import (
    ACTION_REQUIRED,
    CONTEXT_CORRUPT,
    FAR_IMPRECISE,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    GPA_VALID,
    HPFAR_VALID,
    HVA_VALID,
    NESTED,
    PA_VALID,
    SEVERITY_VALID,
    STAGE1_WALK,
    V1_0,
)
from abi.record import FaultInfo, new

#: A load that took an external abort; a walk of FAR found the page, SET says recoverable.
DATA = new(
    kind=1, origin=1, esr=0x9200_0010, far=0xFFFF_0000_1234_5678, sea_flags=GPA_VALID, gpa=0x8_0123_4678,
    gpa_origin=2, host_action=1, severity=3, address_lsb=12,
    flags=FAR_VALID | ACTION_REQUIRED | SEVERITY_VALID,
)
#: Claimed by a firmware record that has a virtual address alone: the hardware gave none (FnV=1).
DATA_CLAIMED = new(
    kind=1, origin=3, esr=0x9600_0450, host_action=3, firmware_severity=1, firmware_va=0xFFFF_8000_0ABC_D000,
    flags=ACTION_REQUIRED | FIRMWARE_VA_VALID,
)
#: A store to a page isolated before; HPFAR_EL2 gives the page, the memslot the VMM's address.
DATA_ISOLATED = new(
    kind=1, origin=5, esr=0x9200_0050, far=0x7F12_3456_7ABC, hpfar=0x0801_2340, sea_flags=GPA_VALID,
    gpa=0x8_0123_4ABC, gpa_origin=1, host_action=2, address_lsb=12, hva=0x7F00_0123_4ABC,
    flags=FAR_VALID | HPFAR_VALID | PA_VALID | HVA_VALID | ACTION_REQUIRED,
)
#: The same page held a table of the guest: the walk for FAR touched it at level 2.
DATA_WALK = DATA_ISOLATED._replace(
    esr=0x9200_0016, gpa=0x8_0123_4000, hva=0x7F00_0123_4000, flags=DATA_ISOLATED.flags | STAGE1_WALK,
)
#: A fetch, on a walk, of nowhere that anybody knows.
FETCH = new(kind=2, origin=1, esr=0x8200_0015, far=0xFFFF_8000_1000_0000, flags=FAR_VALID | ACTION_REQUIRED)
#: A fetch claimed by a firmware record whose physical address was mapped back to the guest's page.
FETCH_CLAIMED = new(
    kind=2, origin=3, esr=0x8600_1410, sea_flags=GPA_VALID, gpa=0x4000_0000, gpa_origin=3, host_action=1,
    severity=5, firmware_severity=2, flags=ACTION_REQUIRED | PA_VALID | SEVERITY_VALID | CONTEXT_CORRUPT,
)
FETCH_ISOLATED = new(
    kind=2, origin=5, esr=0x8200_0010, far=0x40_1000, hpfar=0x0040_0000, sea_flags=GPA_VALID, gpa=0x4000_0000,
    gpa_origin=1, host_action=4, flags=FAR_VALID | HPFAR_VALID | PA_VALID | ACTION_REQUIRED,
)
#: An SError with AET=UER, and one whose syndrome is IMPLEMENTATION DEFINED.
SERROR = new(kind=3, origin=1, esr=0xBE00_0C11, severity=3, flags=SEVERITY_VALID | NESTED)
SERROR_CLAIMED = new(kind=3, origin=3, esr=0xBE00_0611, severity=4, firmware_severity=1, flags=SEVERITY_VALID)
SERROR_IDS = new(kind=3, origin=1, esr=0xBF00_0000)
NOTICE = new(kind=4, origin=0, host_action=2)
NOTICE_CLAIMED = new(
    kind=4, origin=2, host_action=2, firmware_severity=1, sea_flags=GPA_VALID, gpa=0x9_8765_4000, gpa_origin=3,
    address_lsb=21, hva=0x7FFF_8765_4000, flags=PA_VALID | HVA_VALID,
)
VALID = {
    "data": DATA,
    "data-claimed": DATA_CLAIMED,
    "data-isolated": DATA_ISOLATED,
    "data-walk": DATA_WALK,
    "data-1.0": new(V1_0, **{k: v for k, v in DATA._asdict().items() if k not in {"size", "major", "minor"}}),
    "fetch": FETCH,
    "fetch-claimed": FETCH_CLAIMED,
    "fetch-isolated": FETCH_ISOLATED,
    "serror": SERROR,
    "serror-claimed": SERROR_CLAIMED,
    "serror-ids": SERROR_IDS,
    "notice": NOTICE,
    "notice-claimed": NOTICE_CLAIMED,
}
DATA_1_0 = VALID["data-1.0"]


def _with(record: FaultInfo, *, on: int = 0, off: int = 0) -> FaultInfo:
    return record._replace(flags=record.flags & ~off | on)


#: A load of which nothing but the abort is known: FnV=1 and no flag that makes a field valid.
BLIND = new(kind=1, origin=1, esr=0x9200_0410, flags=ACTION_REQUIRED)

BROKEN: dict[str, FaultInfo] = {
    "vmm.major.unknown": DATA._replace(major=2),
    "vmm.size": _with(DATA_1_0, on=HVA_VALID),
    "vmm.critical.unknown": NOTICE._replace(kind=5, host_action=0),
    "vmm.agree": DATA._replace(esr=0x8200_0010),
    "host.record.cause": BLIND._replace(esr=0x9200_0007),
    "host.esr.mask": DATA._replace(esr=0x9200_0090),
    "host.esr.il": DATA._replace(esr=0x9000_0010),
    "host.esr.isolated": DATA_ISOLATED._replace(esr=0x9200_0250),
    "host.far.valid": _with(SERROR_IDS, on=FAR_VALID),
    "host.far.fnv": DATA._replace(esr=0x9200_0410),
    "host.far.imprecise": _with(BLIND, on=FAR_IMPRECISE),
    "host.hpfar.valid": _with(DATA, on=HPFAR_VALID),
    "host.hpfar.fipa": DATA_ISOLATED._replace(hpfar=DATA_ISOLATED.hpfar | 1 << 63),
    "host.gpa.origin": DATA_WALK._replace(gpa_origin=0),
    "host.gpa.low": DATA._replace(gpa=DATA.gpa & ~0xFFF),
    "host.gpa.hpfar": DATA_ISOLATED._replace(gpa=DATA_ISOLATED.gpa ^ 1 << 30),
    "host.hva.valid": _with(BLIND, on=HVA_VALID),
    "host.lsb.address": BLIND._replace(address_lsb=12),
    "host.pa.valid": _with(DATA_ISOLATED, off=PA_VALID),
    "host.severity.valid": _with(FETCH._replace(esr=0x8200_0815, severity=0), on=SEVERITY_VALID),
    "host.serror.given": SERROR._replace(esr=0xBE00_1811, severity=1),
    "host.action.possible": DATA._replace(host_action=2),
    "host.action_required.kind": _with(DATA, off=ACTION_REQUIRED),
    "host.origin.kind": DATA._replace(origin=4),
    "host.firmware_severity.origin": DATA._replace(firmware_severity=1),
    "host.firmware_va.usable": DATA_CLAIMED._replace(firmware_va=0),
    "host.context_corrupt.firmware": _with(DATA, on=CONTEXT_CORRUPT),
    "host.nested.trap": _with(NOTICE, on=NESTED),
    "host.stage1_walk.known": _with(FETCH, on=STAGE1_WALK),
    "host.invalid.zero": BLIND._replace(far=1),
    "host.reserved.zero": DATA._replace(reserved0=1),
}

_SIZES = tuple(
    ("vmm.size", record) for record in (
        DATA._replace(size=79), DATA._replace(size=88), DATA._replace(size=64), DATA_1_0._replace(size=80),
        DATA._replace(minor=0), DATA_1_0._replace(minor=1), DATA._replace(minor=2, size=72),
        DATA._replace(minor=255, size=84),
        _with(DATA_1_0, on=FIRMWARE_VA_VALID)._replace(origin=3, firmware_severity=1, firmware_va=1),
    )
)
_UNDERSTOOD = (
    ("vmm.major.unknown", DATA._replace(major=0)),
    ("vmm.major.unknown", DATA._replace(major=255)),
    ("vmm.critical.unknown", NOTICE._replace(kind=0xFFFF, host_action=0)),
    ("vmm.critical.unknown", new(kind=0, origin=1, esr=0x0200_0410, flags=ACTION_REQUIRED)),
    ("vmm.critical.unknown", new(kind=5, esr=0x9200_0011, severity=3, flags=SEVERITY_VALID)),
    ("vmm.critical.unknown", _with(DATA, on=1 << 33)._replace(minor=2)),
    ("vmm.critical.unknown", _with(DATA, on=1 << 63)._replace(minor=255)),
    ("vmm.agree", FETCH._replace(esr=0x9200_0015)),
    ("vmm.agree", SERROR_IDS._replace(esr=0xBB00_0000)),
    ("vmm.agree", DATA._replace(severity=2)),
    ("vmm.agree", DATA._replace(esr=0x9200_0810)),
    ("vmm.agree", FETCH_CLAIMED._replace(severity=1)),
    ("vmm.agree", SERROR._replace(severity=2)),
    ("vmm.agree", SERROR_IDS._replace(severity=5, flags=SEVERITY_VALID)),
)
_SYNDROME = (
    ("host.record.cause", FETCH._replace(esr=0x8200_0011)),
    ("host.record.cause", FETCH._replace(esr=0x8200_0019)),
    ("host.record.cause", FETCH._replace(esr=0x8200_003F)),
    *(("host.esr.mask", DATA._replace(esr=DATA.esr | 1 << bit)) for bit in (7, 13, 14, 15, 16, 23, 24, 32, 63)),
    *(("host.esr.mask", FETCH._replace(esr=FETCH.esr | 1 << bit)) for bit in (6, 7, 8, 13, 14, 15, 24, 32, 55)),
    *(("host.esr.mask", SERROR._replace(esr=SERROR.esr | 1 << bit)) for bit in (6, 7, 13, 14, 15, 16, 18, 32)),
    *(("host.esr.mask", SERROR_IDS._replace(esr=SERROR_IDS.esr | 1 << bit)) for bit in (0, 4, 9, 10, 12, 23)),
    *(("host.esr.mask", NOTICE._replace(esr=1 << bit)) for bit in (0, 9, 25)),
    ("host.esr.il", FETCH._replace(esr=0x8000_0015)),
    ("host.esr.il", FETCH_ISOLATED._replace(esr=0x8000_0010)),
    ("host.esr.il", SERROR._replace(esr=0xBC00_0C11)),
    ("host.esr.isolated", DATA_ISOLATED._replace(esr=0x9200_1850)),
    ("host.esr.isolated", DATA_ISOLATED._replace(esr=0x9200_0054)),
    ("host.esr.isolated", FETCH_ISOLATED._replace(esr=0x8200_0018)),
    ("host.esr.isolated", DATA_WALK._replace(esr=0x9200_0018)),
    ("host.esr.isolated", DATA_WALK._replace(esr=0x9200_0216)),
    ("host.esr.isolated", DATA_WALK._replace(esr=0x9200_0816)),
    ("host.serror.given", SERROR._replace(esr=0xBE00_0011, severity=5)),
    ("host.serror.given", new(kind=3, origin=1, esr=0xBE00_1011)),
    ("host.serror.given", new(kind=3, origin=1, esr=0xBE00_1C11)),
    ("host.serror.given", new(kind=3, origin=1, esr=0xBE00_0000)),
    ("host.severity.valid", DATA._replace(severity=0)),
    ("host.severity.valid", DATA._replace(severity=6)),
    ("host.severity.valid", SERROR._replace(severity=0)),
    ("host.severity.valid", _with(NOTICE, on=SEVERITY_VALID)),
    ("host.severity.valid", _with(FETCH._replace(severity=3), on=SEVERITY_VALID)),
    ("host.severity.valid", _with(DATA_ISOLATED._replace(severity=3), on=SEVERITY_VALID)),
)
_ADDRESSES = (
    ("host.far.valid", _with(NOTICE, on=FAR_VALID)),
    ("host.far.fnv", BLIND._replace(esr=0x9200_0010)),
    ("host.far.fnv", FETCH._replace(esr=0x8200_0415)),
    ("host.far.imprecise", _with(SERROR, on=FAR_VALID | FAR_IMPRECISE)),
    ("host.hpfar.valid", _with(SERROR, on=HPFAR_VALID)),
    ("host.hpfar.fipa", DATA_ISOLATED._replace(hpfar=DATA_ISOLATED.hpfar | 1)),
    ("host.hpfar.fipa", DATA_ISOLATED._replace(hpfar=DATA_ISOLATED.hpfar | 8)),
    ("host.hpfar.fipa", DATA_ISOLATED._replace(hpfar=DATA_ISOLATED.hpfar | 1 << 56)),
    ("host.gpa.origin", _with(DATA_WALK._replace(gpa_origin=1, hpfar=0), off=HPFAR_VALID)),
    ("host.gpa.origin", BLIND._replace(sea_flags=GPA_VALID, gpa_origin=2)),
    ("host.gpa.origin", BLIND._replace(sea_flags=GPA_VALID, gpa_origin=3)),
    ("host.gpa.origin", BLIND._replace(sea_flags=GPA_VALID, gpa_origin=4)),
    ("host.gpa.origin", BLIND._replace(gpa_origin=2)),
    ("host.gpa.low", DATA._replace(gpa=DATA.gpa ^ 0x800)),
    ("host.gpa.low", DATA_WALK._replace(gpa=DATA_ISOLATED.gpa)),
    ("host.gpa.low", _with(DATA, on=FAR_IMPRECISE)),
    ("host.gpa.low", _with(DATA._replace(gpa_origin=3), on=PA_VALID)),
    ("host.gpa.low", FETCH_CLAIMED._replace(gpa=0x4000_0001)),
    ("host.gpa.hpfar", DATA_ISOLATED._replace(gpa=DATA_ISOLATED.gpa ^ 1 << 12)),
    ("host.gpa.hpfar", DATA_ISOLATED._replace(gpa=DATA_ISOLATED.gpa | 1 << 56)),
    ("host.lsb.address", DATA._replace(address_lsb=56)),
    ("host.lsb.address", DATA._replace(address_lsb=255)),
    ("host.pa.valid", _with(FETCH_ISOLATED, off=PA_VALID)),
    ("host.firmware_va.usable", DATA_CLAIMED._replace(origin=1, host_action=0, firmware_severity=0)),
    ("host.firmware_va.usable", _with(SERROR_CLAIMED._replace(firmware_va=8), on=FIRMWARE_VA_VALID)),
    ("host.firmware_va.usable", _with(NOTICE_CLAIMED._replace(firmware_va=8), on=FIRMWARE_VA_VALID)),
    ("host.invalid.zero", BLIND._replace(gpa=1)),
    ("host.invalid.zero", BLIND._replace(hpfar=0x10)),
    ("host.invalid.zero", BLIND._replace(hva=1)),
    ("host.invalid.zero", BLIND._replace(firmware_va=1)),
    ("host.invalid.zero", BLIND._replace(severity=1)),
    ("host.stage1_walk.known", _with(NOTICE, on=STAGE1_WALK)),
)
_HOST = (
    ("host.action.possible", DATA._replace(host_action=3)),
    ("host.action.possible", DATA_CLAIMED._replace(host_action=4)),
    ("host.action.possible", DATA_CLAIMED._replace(host_action=2)),
    ("host.action.possible", SERROR._replace(host_action=4)),
    ("host.action.possible", DATA_ISOLATED._replace(host_action=3)),
    ("host.action.possible", NOTICE._replace(host_action=3)),
    ("host.action.possible", NOTICE._replace(host_action=5)),
    ("host.action_required.kind", _with(FETCH, off=ACTION_REQUIRED)),
    ("host.action_required.kind", _with(SERROR, on=ACTION_REQUIRED)),
    ("host.action_required.kind", _with(NOTICE, on=ACTION_REQUIRED)),
    ("host.origin.kind", DATA._replace(origin=0)),
    ("host.origin.kind", DATA._replace(origin=2, firmware_severity=1)),
    ("host.origin.kind", DATA._replace(origin=6)),
    ("host.origin.kind", _with(SERROR._replace(origin=5), on=PA_VALID)),
    ("host.origin.kind", SERROR._replace(origin=0)),
    *(("host.origin.kind", NOTICE._replace(origin=origin)) for origin in (1, 4, 255)),
    ("host.origin.kind", NOTICE_CLAIMED._replace(origin=3)),
    ("host.origin.kind", _with(NOTICE._replace(origin=5), on=PA_VALID)),
    ("host.firmware_severity.origin", DATA_CLAIMED._replace(firmware_severity=0)),
    ("host.firmware_severity.origin", NOTICE_CLAIMED._replace(firmware_severity=5)),
    ("host.firmware_severity.origin", DATA_ISOLATED._replace(firmware_severity=4)),
    ("host.context_corrupt.firmware", _with(DATA_ISOLATED, on=CONTEXT_CORRUPT)),
    ("host.context_corrupt.firmware", _with(NOTICE, on=CONTEXT_CORRUPT)),
    *(("host.reserved.zero", _with(DATA, on=1 << bit)) for bit in (10, 20, 31)),
    *(("host.reserved.zero", DATA._replace(sea_flags=GPA_VALID | 1 << bit)) for bit in (1, 63)),
    ("host.reserved.zero", DATA_1_0._replace(reserved0=1 << 31)),
)
#: Further records, each of which breaks that rule alone.
BROKEN_TOO: tuple[tuple[str, FaultInfo], ...] = (*_SIZES, *_UNDERSTOOD, *_SYNDROME, *_ADDRESSES, *_HOST)

#: Bytes too short to say what they are (rule ``vmm.malformed``), and the field that is cut.
MALFORMED = {
    b"": "sea_flags",
    bytes(7): "sea_flags",
    bytes(8): "esr",
    bytes(31): "gpa",
    bytes(33): "size",
    bytes.fromhex("00" * 32 + "5000"): "major",
    bytes.fromhex("00" * 32 + "500001"): "minor",
    bytes.fromhex("00" * 32 + "50000101"): "kind",
    bytes.fromhex("00" * 32 + "5000010101"): "kind",
    bytes.fromhex("00" * 32 + "50000201"): "kind",
}
