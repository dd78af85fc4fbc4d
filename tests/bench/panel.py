# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is measured on: valid records of every kind, origin and version, with the traps they come from.

Every trap goes through the reference host, so the records are what a host writes, not what is quick to
read. The firmware records are captures.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from abi.captures import case, load
from abi.cper import StatusBlock, parse_status_block
from abi.decode import Decoded, decode
from abi.definition import KIND_MEMORY_NOTICE, ORIGIN_UNKNOWN, VERSIONS
from abi.record import FaultInfo, build
from abi.trap import Isolated, Memslot, Trap
from reference_host.emit import emit

_SLOT: Final = Memslot(0x4000_0000, 0x2000_0000, 0x7F00_0000_0000, 0x4000_0000)
_PAGE: Final = 0x4800_8000
_VA: Final = 0x3_0050_0123
_MPIDR: Final = 0x8000_0000
_MARKED_HPFAR: Final = 1 << 63 | 0x500000

#: Data aborts: FAR valid; FnV=1; SET=UC; SET=UEO, EA, a write; parity; from EL1, cache maintenance; on a walk.
_DATA_ABORTS: Final = (
    0x92000010, 0x92000410, 0x92001010, 0x92001A50, 0x92000018, 0x96000150, 0x92000015,
)
_INSTRUCTION_ABORTS: Final = (0x82000010, 0x86000010, 0x82000410, 0x82001A10, 0x82000018)
#: SErrors: UEO, UER, UEU with EA, and IMPLEMENTATION DEFINED.
_SERRORS: Final = (0xBE000811, 0xBE000C11, 0xBE000611, 0xBF000000)
#: Stage-2 translation faults: data read, data write, fetch, stage-1 walk.
_ISOLATED: Final = (0x92000007, 0x92000047, 0x82000006, 0x92000087)


class Sample(NamedTuple):
    """One record: where it comes from, its value, its bytes. ``trap`` is None where no trap makes one."""

    trap: Trap | None
    block: StatusBlock | None
    record: FaultInfo
    raw: bytes


@cache
def valid() -> tuple[Sample, ...]:
    """Records that keep every rule."""
    samples = [_emitted(trap, block) for trap, block in _traps()]
    notice = next(s.record for s in samples if s.record.kind == KIND_MEMORY_NOTICE)
    samples += [_sample(notice._replace(origin=ORIGIN_UNKNOWN, firmware_severity=0))]
    return tuple(samples)


@cache
def broken() -> tuple[Sample, ...]:
    """Readable records, each of which breaks a rule of the host: judged early, in the middle or late."""
    lies: list[dict[str, Any]] = [{"reserved0": 1}, {"gpa_origin": 7}, {"address_lsb": 60}, {"hpfar": 1}]
    return tuple(
        _sample(sample.record._replace(**lies[n % len(lies)]), keeps=False) for n, sample in enumerate(valid())
    )


def exits() -> list[Sample]:
    """Those that a host delivers by the exit page."""
    return [s for s in valid() if s.trap is not None and s.record.kind != KIND_MEMORY_NOTICE]


def _traps() -> list[tuple[Trap, StatusBlock | None]]:
    virtual = parse_status_block(bytes.fromhex(load("kvm-linux-7.3.4.json")["claimed_without_address"]["cper"]))
    lost = parse_status_block(bytes.fromhex(case(load("apei-linux-7.3.4.json"), "memory-pa")["cper"]))
    plain = Trap(0, _VA, 0, mpidr=_MPIDR, memslots=(_SLOT,), isolated=(Isolated(_PAGE, 12),))
    walked = plain._replace(hpfar_el2=_MARKED_HPFAR, walk=_SLOT.gpa)
    aborts = _DATA_ABORTS + _INSTRUCTION_ABORTS
    some: list[tuple[Trap, StatusBlock | None]] = []
    for version in VERSIONS:
        some += [(walked._replace(esr_el2=esr, version=version), None) for esr in aborts]
        some += [(plain._replace(esr_el2=esr, version=version), virtual) for esr in aborts]
        some += [(plain._replace(esr_el2=esr, version=version), None) for esr in _SERRORS]
        some += [(plain._replace(esr_el2=esr, version=version, notify="sei"), virtual) for esr in _SERRORS]
        some += [(plain._replace(esr_el2=esr, hpfar_el2=_PAGE >> 8, walk_level=3, version=version), None)
                 for esr in _ISOLATED]
        some += [(plain._replace(notify="gpio", far_el2=0, version=version), lost)]
    return some


def _emitted(trap: Trap, block: StatusBlock | None) -> Sample:
    record = emit(trap, block).record
    assert record is not None, f"no record of esr {trap.esr_el2:#x}"
    return _sample(record)._replace(trap=trap, block=block)


def _sample(record: FaultInfo, *, keeps: bool = True) -> Sample:
    raw = build(record)
    decoded = decode(raw)
    assert isinstance(decoded, Decoded)
    assert keeps is not bool(decoded.broken), f"{decoded}"
    return Sample(None, None, record, raw)
