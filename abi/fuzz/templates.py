# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Cases that break nothing: a record of each kind, origin and version, firmware records, rings.

From these the mutator starts where the case that it has is of no use, and these the recipes of
:mod:`abi.fuzz.recipes` break.
"""

from __future__ import annotations

from typing import Final

from abi import definition as d
from abi import esr_fields as esr
from abi.address import NOT_ON_WALK
from abi.cper import bits
from abi.cper.build import build_status_block
from abi.cper.guid import SECTION_TYPES
from abi.cper.layouts import REVISION_V3
from abi.cper.values import (
    ArmProcessor,
    ContextInfo,
    DataEntry,
    ErrorInfo,
    PlatformMemory,
    Raw,
    StatusBlock,
)
from abi.fuzz import seeds
from abi.fuzz.case import EXACT, FIRMWARE, RECORD, RING, Case, Change
from abi.record import FaultInfo, build, new
from abi.ring.header import Header, build_header
from abi.ring.slot import Envelope, build_envelope
from abi.ring_layout import COUNT_LIMIT, RING_HEADER, RING_SLOT, RING_VERSION, WORD, slot_size_for, stamp_done

DABT: Final = esr.EC_DABT_LOW << esr.EC_SHIFT | esr.IL | NOT_ON_WALK
IABT: Final = esr.EC_IABT_LOW << esr.EC_SHIFT | esr.IL | NOT_ON_WALK
SERROR: Final = esr.EC_SERROR << esr.EC_SHIFT | esr.IL
#: An SError of AET=UER.
ASYNC: Final = SERROR | 3 << esr.AET_SHIFT | esr.DFSC_ASYNC
#: On a walk, of level 1.
ON_WALK: Final = NOT_ON_WALK + 5
_VA: Final = seeds.RECORD_1_0.far
_GPA: Final = seeds.RECORD_1_0.gpa
_PAGE: Final = _GPA & ~0xFFF
_TOLD: Final = d.FIRMWARE_SEVERITIES[1].value

_ABORT: Final = new(kind=d.KIND_DATA_ABORT, origin=d.ORIGIN_TRAP, esr=DABT, flags=d.ACTION_REQUIRED)
#: Nothing but the abort is known.
BLIND: Final = _ABORT._replace(esr=DABT | esr.FNV)
DATA: Final = new(**{n: v for n, v in seeds.RECORD_1_0._asdict().items() if n not in {"size", "major", "minor"}})
ISOLATED: Final = _ABORT._replace(
    origin=d.ORIGIN_ISOLATED, host_action=d.ACTION_ISOLATED, esr=DABT | esr.WNR, far=_VA, hpfar=_PAGE >> 8, gpa=_GPA,
    sea_flags=d.GPA_VALID, gpa_origin=d.GPA_HPFAR, address_lsb=12, hva=0x7F00_0123_4128,
    flags=d.ACTION_REQUIRED | d.FAR_VALID | d.HPFAR_VALID | d.PA_VALID | d.HVA_VALID,
)
FETCH: Final = _ABORT._replace(
    kind=d.KIND_INSTRUCTION_ABORT, esr=IABT & ~esr.FSC | ON_WALK, far=_VA, flags=d.ACTION_REQUIRED | d.FAR_VALID,
)
FETCH_CLAIMED: Final = _ABORT._replace(
    kind=d.KIND_INSTRUCTION_ABORT, esr=IABT | esr.FNV | 2 << esr.SET_SHIFT, origin=d.ORIGIN_BOTH, gpa=_PAGE,
    sea_flags=d.GPA_VALID, gpa_origin=d.GPA_REVERSE, severity=d.SEVERITY_UC, firmware_severity=_TOLD + 1,
    flags=d.ACTION_REQUIRED | d.PA_VALID | d.SEVERITY_VALID | d.CONTEXT_CORRUPT,
)
SERROR_TAKEN: Final = new(
    kind=d.KIND_SERROR, origin=d.ORIGIN_TRAP, esr=ASYNC, severity=d.SEVERITY_UER, flags=d.SEVERITY_VALID | d.NESTED,
)
NOTICE: Final = new(
    kind=d.KIND_MEMORY_NOTICE, origin=d.ORIGIN_FIRMWARE, host_action=d.ACTION_ISOLATED, firmware_severity=_TOLD,
    sea_flags=d.GPA_VALID, gpa=_PAGE, gpa_origin=d.GPA_REVERSE, address_lsb=21, hva=0x7FFF_8765_4000,
    flags=d.PA_VALID | d.HVA_VALID,
)
#: A minor version that nobody knows yet: two words more, and a descriptive flag without a name.
NEWER: Final = DATA._replace(
    minor=d.NEWEST.minor + 1, size=DATA.size + 2 * WORD, tail=bytes(range(2 * WORD)), reserved0=7,
    flags=DATA.flags | 1 << d.FIRST_CRITICAL_BIT - 1,
)

RECORDS: Final[dict[str, FaultInfo]] = {
    "data": DATA, "blind": BLIND, "isolated": ISOLATED, "fetch": FETCH, "fetch-claimed": FETCH_CLAIMED,
    "serror": SERROR_TAKEN, "notice": NOTICE, "newer": NEWER,
    "claimed": seeds.RECORD_1_1,
    "walk": ISOLATED._replace(
        esr=DABT & ~esr.FSC | ON_WALK, gpa=_PAGE, hva=0x7F00_0123_4000, flags=ISOLATED.flags | d.STAGE1_WALK,
    ),
    "imprecise": DATA._replace(gpa=_PAGE, flags=DATA.flags | d.FAR_IMPRECISE),
    "fetch-isolated": ISOLATED._replace(kind=d.KIND_INSTRUCTION_ABORT, esr=IABT, host_action=d.ACTION_FAILED),
    "serror-claimed": SERROR_TAKEN._replace(
        origin=d.ORIGIN_BOTH, firmware_severity=_TOLD, esr=ASYNC | esr.EA, far=_VA,
        flags=d.SEVERITY_VALID | d.FAR_VALID | d.CONTEXT_CORRUPT,
    ),
    "serror-ids": SERROR_TAKEN._replace(esr=SERROR | esr.IDS, severity=0, flags=0),
    "notice-unknown": new(kind=d.KIND_MEMORY_NOTICE, host_action=d.ACTION_FAILED),
}

_INFO: Final = ErrorInfo(bits.VALID_PHYSICAL_ADDR | bits.VALID_ERR_INFO, bits.TYPE_BUS, error_info=1 << 3,
                         physical_fault_addr=0x8_8123_4000)
_THRESHOLD: Final = next(f.mask for f in bits.SECTION_FLAGS if f.name == "ERROR_THRESHOLD_EXCEEDED")
#: Everything that nests: two error informations, one of them longer, contexts with and without padding, vendor.
NESTED: Final = ArmProcessor(
    (seeds.STATUS_BLOCK.arm_processors[0].error_info[0], _INFO._replace(extra=bytes(range(1, 9)))),
    bits.ARM_VALID_MPIDR | bits.ARM_VALID_VENDOR_INFO, mpidr_raw=0x8000_0000,
    context_info=(ContextInfo(4, bytes(range(16)), padding=bytes(8)), ContextInfo(5, bytes(range(24)))),
    vendor=b"vendor!!",
)
MEMORY: Final = PlatformMemory(bits.MEMORY_VALID_PA | bits.MEMORY_VALID_PA_MASK, physical_addr=0x8_8123_4000,
                               physical_addr_mask=d.CRITICAL | 0xFFFF_F000)
_VA_INFO: Final = seeds.STATUS_BLOCK.arm_processors[0].error_info[0]
#: A virtual address, and the word that the context is corrupt (UEFI N.2.4.4.1, error information of a cache error).
_CORRUPT: Final = ArmProcessor((_VA_INFO._replace(
    validation_bits=_VA_INFO.validation_bits | bits.VALID_ERR_INFO,
    error_info=sum(1 << f.valid | 1 << f.low for f in bits.DETAILS if f.name == "proc_context_corrupt"),
),), bits.ARM_VALID_MPIDR, mpidr_raw=seeds.STATUS_BLOCK.arm_processors[0].mpidr_raw)
#: As short as it can be: a context without registers that ends its section.
_BARE: Final = ArmProcessor((_VA_INFO,), context_info=(ContextInfo(0, b""),))
BLOCKS: Final[dict[str, StatusBlock]] = {
    "va": seeds.STATUS_BLOCK,
    "corrupt": StatusBlock((DataEntry(_CORRUPT),)),
    "bare": StatusBlock((DataEntry(_BARE),)),
    "memory-moved": StatusBlock((DataEntry(MEMORY, bits.CORRECTED, flags=_THRESHOLD),), bits.CORRECTED),
    "nested": StatusBlock((DataEntry(NESTED),), bits.FATAL),
    "memory": StatusBlock((DataEntry(MEMORY, revision=REVISION_V3 - 0xFF, time_stamp=None),), counted=False),
    "memory-old": StatusBlock((DataEntry(MEMORY._replace(old=True)),), bits.CORRECTED, bits.CORRECTABLE),
    "two": StatusBlock((DataEntry(ArmProcessor((_INFO,))), DataEntry(Raw(SECTION_TYPES[3].guid, b"\1" * 12)))),
    "raw": StatusBlock((DataEntry(ArmProcessor((_INFO,), bits.ARM_VALID_MPIDR, trailing=bytes(8))),), gap=bytes(4),
                       raw_data=b"raw data"),
    "empty": StatusBlock((), block_status=0),
}


def ring(records: tuple[bytes, ...], tail: int = 0, slots: int = 4, lost: int = 0, room: int = 0) -> bytes:
    """The image of a ring in which these records are pending from ``tail`` on.

    ``lost`` records were dropped before the first of them. Slots that are free hold what they last held:
    nothing, or the stamp of their last position. ``room`` are bytes for a record, 0: what the longest needs.
    """
    head, size = tail + len(records), slot_size_for(room or max(map(len, records)))
    made = bytearray(build_header(Header(RING_HEADER.size, *RING_VERSION, size, slots, head, tail, lost)))
    made += bytes(slots * size)
    for position in range(max(head - slots, 0), head):
        start = RING_HEADER.size + position % slots * size
        made[start : start + WORD] = stamp_done(position).to_bytes(WORD, "little")
        if position >= tail:
            gap = lost if position == tail else 0
            envelope = build_envelope(Envelope(position % 2, min(gap, (1 << 32) - 1), position + 1 + lost))
            record = records[position - tail]
            made[start + WORD : start + RING_SLOT.size + len(record)] = envelope + record
    return bytes(made)


def newer_ring(image: bytes) -> bytes:
    """The same ring of a minor version that nobody knows yet: a longer header, its reserved words in use."""
    header = bytearray(image[: RING_HEADER.size])
    header[RING_HEADER.offsets["minor"]] = RING_VERSION.minor + 1
    header[RING_HEADER.offsets["header_size"]] += WORD
    header[RING_HEADER.offsets["reserved"]] = 1
    return bytes(header) + bytes(WORD) + image[RING_HEADER.size :]


_BYTES: Final = {name: build(record) for name, record in RECORDS.items()}
_DATA_1_0: Final = build(seeds.RECORD_1_0)
#: Position of the oldest record that is pending, by name of the ring.
TAILS: Final = {"one": 0, "three": 5, "full": 7, "far": COUNT_LIMIT - 3}
RINGS: Final[dict[str, bytes]] = {
    "one": ring((_BYTES["data"],), slots=2),
    "three": ring((_BYTES["data"], _BYTES["notice"], _BYTES["serror"]), TAILS["three"], lost=3),
    "full": ring((_DATA_1_0,) * 2, TAILS["full"], slots=2),
    "far": ring((_DATA_1_0,) * 2, TAILS["far"], slots=2, lost=(1 << 32) + 5),
    "newer": newer_ring(ring((_BYTES["notice"],) * 2, slots=2)),
}

_SLOT_SIZE: Final = slot_size_for(len(_BYTES["data"]))
_SLOT_AT: Final = RING_HEADER.size + TAILS["three"] % 4 * _SLOT_SIZE
#: Loads until the header is read, then until the stamp of the first record is looked at for the second time.
_READ: Final = RING_HEADER.size // WORD
_COPIED: Final = _READ + 1 + _SLOT_SIZE // WORD
#: What a consumer that reads everything once does not see: after so many loads, where, what it then is.
_LATE: Final = {
    "tail": (_READ, RING_HEADER.offsets["tail"], TAILS["three"] + 4),
    "sizes": (_READ, RING_HEADER.offsets["slot_size"], 1 << 32 | RING_SLOT.size + WORD),
    "sequence": (_READ + 5, _SLOT_AT + RING_SLOT.offsets["sequence"], 99),
    "record": (_READ + 9, _SLOT_AT + RING_SLOT.size + 4 * WORD, (1 << 64) - 1),
}


def _there_and_back(after: int, offset: int, value: int) -> tuple[Change, Change]:
    """A word of the ring of three that changes, until its first record has been copied."""
    now = int.from_bytes(RINGS["three"][offset : offset + WORD], "little")
    return Change(after, offset // WORD, value), Change(_COPIED, offset // WORD, now)


#: By name. A record of 1.0 is there as a file, one of 1.1 for a reader that knows 1.0 alone.
CASES: Final[dict[str, Case]] = {
    **{name: Case(RECORD, data=data) for name, data in _BYTES.items()},
    "data-1.0": Case(RECORD, 0, EXACT, data=_DATA_1_0),
    "isolated-to-1.0": Case(RECORD, 0, data=_BYTES["isolated"]),
    **{f"firmware-{name}": Case(FIRMWARE, data=build_status_block(block)) for name, block in BLOCKS.items()},
    **{f"ring-{name}": Case(RING, dealt=n % 3, data=image) for n, (name, image) in enumerate(RINGS.items())},
    "ring-changing": Case(RING, changes=(Change(after=(1 << 32) - 1),), data=RINGS["one"]),
    **{f"ring-late-{name}": Case(RING, changes=_there_and_back(*change), data=RINGS["three"])
       for name, change in _LATE.items()},
}
