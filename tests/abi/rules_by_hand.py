# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules of a record a second time, read off their texts and the Arm ARM, with the numbers typed by hand.

It shares no table and no constant with ``abi``: flags are bit numbers, codes are lists, every rule is
a plain sentence about one record. Slow and simple; the tests hold the real rules against it.
"""

from __future__ import annotations

from collections.abc import Callable

from abi.record import FaultInfo

Says = Callable[[FaultInfo], bool]
FAR, HPFAR, PA, HVA, FIRMWARE_VA, SEVERITY, REQUIRED, NESTED, IMPRECISE, WALK, CORRUPT = (*range(10), 32)
SEA = {0x10, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F}
SEVERITY_OF_SET = {0b00: 3, 0b10: 5, 0b11: 2}
SEVERITY_OF_AET = {0b000: 5, 0b001: 4, 0b010: 2, 0b011: 3, 0b110: 1}
SIZE_OF_MINOR = {0: 64, 1: 80}


def bits(word: int, high: int, low: int) -> int:
    """The field [high:low] of a word."""
    return word >> low & ((1 << high - low + 1) - 1)


def flag(r: FaultInfo, bit: int) -> bool:
    return bits(r.flags, bit, bit) == 1


def fsc(r: FaultInfo) -> int:
    return bits(r.esr, 5, 0)


def gpa_valid(r: FaultInfo) -> bool:
    return bits(r.sea_flags, 0, 0) == 1


def is_abort(r: FaultInfo) -> bool:
    return r.kind in {1, 2}


def asynchronous(r: FaultInfo) -> bool:
    """An SError whose ISS says something: IDS=0 and DFSC=0x11."""
    return bits(r.esr, 24, 24) == 0 and fsc(r) == 0x11


def from_firmware(r: FaultInfo) -> bool:
    return r.origin in {2, 3}


def size(r: FaultInfo) -> bool:
    if r.minor in SIZE_OF_MINOR:
        beyond = r.minor == 0 and (flag(r, HVA) or flag(r, FIRMWARE_VA))
        return r.size == SIZE_OF_MINOR[r.minor] and not beyond
    return r.size >= 80 and r.size % 8 == 0


def critical(r: FaultInfo) -> bool:
    return r.kind in {1, 2, 3, 4} and bits(r.flags, 63, 32) in {0, 1}


def agree(r: FaultInfo) -> bool:
    classes = {1: {0x24, 0x25}, 2: {0x20, 0x21}, 3: {0x2F}, 4: {0}}
    if r.kind not in classes:
        return True  # a kind that nobody knows: vmm.critical.unknown says so
    if bits(r.esr, 31, 26) not in classes[r.kind]:
        return False
    if not flag(r, SEVERITY) or r.severity not in {1, 2, 3, 4, 5}:
        return True
    if is_abort(r):
        return SEVERITY_OF_SET.get(bits(r.esr, 12, 11)) == r.severity
    return r.kind == 3 and asynchronous(r) and SEVERITY_OF_AET.get(bits(r.esr, 12, 10)) == r.severity


def cause(r: FaultInfo) -> bool:
    return not is_abort(r) or fsc(r) in SEA


def mask(r: FaultInfo) -> bool:
    kept = {
        1: {*range(26, 32), 25, *range(6), 10, 9, 8, 6},
        2: {*range(26, 32), 25, *range(6), 10, 9},
        3: {*range(26, 32), 25, 24},
        4: set(),
    }.get(r.kind, set(range(64)))
    if is_abort(r) and fsc(r) in SEA:
        kept |= {11, 12}
    if r.kind == 3 and asynchronous(r):
        kept |= {10, 11, 12, 9, *range(6)}
    return all(bit in kept for bit in range(64) if bits(r.esr, bit, bit))


def il(r: FaultInfo) -> bool:
    judged = r.kind in {2, 3} or (r.kind == 1 and r.origin != 5)
    return bits(r.esr, 25, 25) == 1 or not judged


def isolated(r: FaultInfo) -> bool:
    if r.origin != 5 or not is_abort(r):
        return True
    codes = {0x10, *range(0x12, 0x18)} if flag(r, WALK) else {0x10}
    return fsc(r) in codes and bits(r.esr, 12, 9) == 0


def far_valid(r: FaultInfo) -> bool:
    return not flag(r, FAR) or is_abort(r) or (r.kind == 3 and asynchronous(r))


def far_fnv(r: FaultInfo) -> bool:
    fnv = bits(r.esr, 10, 10) == 1
    return not is_abort(r) or fnv == (fsc(r) == 0x10 and not flag(r, FAR))


def gpa_origin(r: FaultInfo) -> bool:
    if not gpa_valid(r):
        return r.gpa_origin == 0
    needs = {1: HPFAR, 2: FAR, 3: PA}
    return r.gpa_origin in needs and flag(r, needs[r.gpa_origin])


def gpa_low(r: FaultInfo) -> bool:
    if not gpa_valid(r):
        return True
    from_far = flag(r, FAR) and not flag(r, WALK) and not flag(r, IMPRECISE) and r.gpa_origin in {1, 2}
    return bits(r.gpa, 11, 0) == (bits(r.far, 11, 0) if from_far else 0)


def gpa_hpfar(r: FaultInfo) -> bool:
    if r.gpa_origin != 1 or not flag(r, HPFAR):
        return True
    return bits(r.gpa, 63, 12) == bits(r.hpfar, 55, 4)


def severity_valid(r: FaultInfo) -> bool:
    if not flag(r, SEVERITY):
        return True
    stated = (is_abort(r) and fsc(r) == 0x10 and r.origin != 5) or r.kind == 3
    return r.severity in {1, 2, 3, 4, 5} and stated


def serror_given(r: FaultInfo) -> bool:
    if r.kind != 3 or bits(r.esr, 24, 24) == 1:
        return True
    return fsc(r) == 0x11 and bits(r.esr, 12, 10) in {0b001, 0b010, 0b011}


def action(r: FaultInfo) -> bool:
    possible = {0, 1}
    if r.origin == 5 or r.kind == 4:
        possible |= {2, 4}
    if from_firmware(r):
        possible |= {3}
    return r.host_action in possible


def origin_kind(r: FaultInfo) -> bool:
    return r.origin in {1: {1, 3, 5}, 2: {1, 3, 5}, 3: {1, 3}, 4: {0, 2}}[r.kind]


def firmware_va(r: FaultInfo) -> bool:
    return not flag(r, FIRMWARE_VA) or (r.firmware_va > 0 and r.origin == 3 and is_abort(r))


def zero(r: FaultInfo) -> bool:
    pairs = (
        (r.far, flag(r, FAR)), (r.gpa, gpa_valid(r)), (r.hpfar, flag(r, HPFAR)), (r.hva, flag(r, HVA)),
        (r.firmware_va, flag(r, FIRMWARE_VA)), (r.severity, flag(r, SEVERITY)),
    )
    return all(valid or value == 0 for value, valid in pairs)


def reserved(r: FaultInfo) -> bool:
    if r.minor > 1:
        return True  # what a later version defined is not known here
    return r.reserved0 == 0 and bits(r.sea_flags, 63, 1) == 0 and bits(r.flags, 31, 10) == 0 == bits(r.flags, 63, 33)


RULES: dict[str, Says] = {
    "vmm.major.unknown": lambda r: r.major == 1,
    "vmm.size": size,
    "vmm.critical.unknown": critical,
    "vmm.agree": agree,
    "host.record.cause": cause,
    "host.esr.mask": mask,
    "host.esr.il": il,
    "host.esr.isolated": isolated,
    "host.far.valid": far_valid,
    "host.far.fnv": far_fnv,
    "host.far.imprecise": lambda r: not flag(r, IMPRECISE) or (flag(r, FAR) and is_abort(r)),
    "host.hpfar.valid": lambda r: not flag(r, HPFAR) or r.origin == 5,
    "host.hpfar.fipa": lambda r: bits(r.hpfar, 3, 0) == 0 and bits(r.hpfar, 63, 48) == 0,
    "host.gpa.origin": gpa_origin,
    "host.gpa.low": gpa_low,
    "host.gpa.hpfar": gpa_hpfar,
    "host.hva.valid": lambda r: not flag(r, HVA) or gpa_valid(r),
    "host.lsb.address": lambda r: r.address_lsb == 0 or (r.address_lsb <= 55 and gpa_valid(r)),
    "host.pa.valid": lambda r: flag(r, PA) or r.origin != 5,
    "host.severity.valid": severity_valid,
    "host.serror.given": serror_given,
    "host.action.possible": action,
    "host.action_required.kind": lambda r: flag(r, REQUIRED) == is_abort(r),
    "host.origin.kind": origin_kind,
    "host.firmware_severity.origin":
        lambda r: r.firmware_severity in ({1, 2, 3, 4} if from_firmware(r) else {0}),
    "host.firmware_va.usable": firmware_va,
    "host.context_corrupt.firmware": lambda r: not flag(r, CORRUPT) or from_firmware(r),
    "host.nested.trap": lambda r: not flag(r, NESTED) or r.kind in {1, 2, 3},
    "host.stage1_walk.known": lambda r: not flag(r, WALK) or (r.origin == 5 and is_abort(r)),
    "host.invalid.zero": zero,
    "host.reserved.zero": reserved,
}


def broken(r: FaultInfo) -> tuple[str, ...]:
    """Names of the rules that the record breaks, in order; only for a kind from 1 to 4."""
    return tuple(name for name, kept in RULES.items() if not kept(r))
