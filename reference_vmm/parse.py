# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Step 1: what comes in: a record's bytes, a kvm_run page, the registers of the vCPU (VCPU.json)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from abi.address import IN_PAGE, far_valid, is_external_abort, kind_of
from abi.decode import Decoded, decode
from abi.definition import (
    ACTION_NOT_CLAIMED,
    ACTION_REQUIRED,
    CRITICAL,
    FAR_VALID,
    GPA_VALID,
    GPA_WALK,
    KIND_SERROR,
    KVM_EXIT_ARM_SEA,
    KVM_RUN,
    NEWEST,
    ORIGIN_TRAP,
    RECORD,
    SEVERITY_VALID,
    V1_0,
)
from abi.errors import InputError
from abi.esr_fields import FSC, SET, SET_SHIFT
from abi.jsonfile import array, boolean, number, only, parse_object
from abi.layout import ARM_SEA, Codec, Version
from abi.record import KNOWN, FaultInfo, NotUnderstood, new
from abi.severity import SEVERITY_OF_SET
from abi.vcpu import BASELINE, FEATURES, MACHINE_NOTIFICATIONS, Machine, Vcpu

_UNION: Final = KVM_RUN.offsets["exit"]
_SEA: Final = Codec(RECORD.upto(ARM_SEA))
_REQUIRED: Final = ("pc", "pstate", "vbar_el1", "sctlr_el1")
_MACHINE_KEYS: Final = ("ras", "features", "notifications", "firmware_va", "pending_serror")
_BY_NAME: Final = {name.removeprefix("FEAT_").rstrip("0123456789").lower(): name for name in FEATURES}


class Unreadable(NamedTuple):
    """A malformed record: the bytes are kept (rule ``vmm.malformed``), ``error`` says what is wrong."""

    raw: bytes
    error: InputError


def parse(
    data: bytes | memoryview, reader: Version = NEWEST, *, exact: bool = True
) -> Decoded | NotUnderstood | Unreadable:
    """Any bytes give one of the three; nothing is raised.

    Flags that ``reader`` does not know are left out: their fields were not read, and the steps that
    follow must not act on them (rule ``vmm.enum.unknown``).
    """
    try:
        decoded = decode(data, reader, exact=exact)
    except InputError as error:
        return Unreadable(bytes(data), error)
    if reader is NEWEST or not isinstance(decoded, Decoded):
        return decoded
    known = decoded.record.flags & (KNOWN[reader] | CRITICAL)
    return decoded._replace(record=decoded.record._replace(flags=known))


def import_arm_sea(page: bytes | memoryview) -> FaultInfo:
    """A version 1.0 record from the first 288 bytes or more of a kvm_run page with KVM_EXIT_ARM_SEA.

    The kernel's gpa is the page alone, found by a walk of FAR_EL2; its low bits come from gva (rule
    ``host.gpa.low``). SET is hidden where the VM has no RAS, so a SET of 0 says nothing. Raises
    InputError for a short page, another exit reason, or a syndrome that is no external abort.
    """
    if len(page) < KVM_RUN.size:
        raise InputError("kvm_run.length", "kvm_run", 0, f">= {KVM_RUN.size:#x} bytes", f"{len(page):#x} bytes")
    run = dict(zip(KVM_RUN.codec.names, KVM_RUN.codec.fast.unpack_from(page), strict=True))
    if run["exit_reason"] != KVM_EXIT_ARM_SEA:
        raise InputError(
            "vmm.exit.reason", "kvm_run.exit_reason", KVM_RUN.offsets["exit_reason"],
            f"{KVM_EXIT_ARM_SEA:#x} (KVM_EXIT_ARM_SEA)", hex(run["exit_reason"]),
            "the union holds another exit, or what is left of one",
        )
    sea_flags, esr, gva, gpa = _SEA.fast.unpack_from(page, _UNION)
    kind = kind_of(esr)
    if not 0 < kind < KIND_SERROR or not is_external_abort(esr):
        raise InputError(
            "host.record.cause", "kvm_run.arm_sea.esr", _UNION + RECORD.offsets["esr"],
            "the syndrome of an external abort", hex(esr),
        )
    return _imported(sea_flags, esr, gva, gpa)


def _imported(sea_flags: int, esr: int, gva: int, gpa: int) -> FaultInfo:
    has_far = far_valid(esr)
    has_gpa = bool(sea_flags & GPA_VALID)
    severity = SEVERITY_OF_SET[(esr & SET) >> SET_SHIFT] if esr & SET and esr & FSC == 0x10 else 0
    return new(
        V1_0,
        sea_flags=sea_flags,
        esr=esr,
        far=gva if has_far else 0,
        gpa=gpa & ~IN_PAGE | (gva & IN_PAGE if has_far else 0) if has_gpa else 0,
        kind=kind_of(esr),
        host_action=ACTION_NOT_CLAIMED,
        origin=ORIGIN_TRAP,
        flags=ACTION_REQUIRED | (FAR_VALID if has_far else 0) | (SEVERITY_VALID if severity else 0),
        gpa_origin=GPA_WALK if has_gpa else 0,
        severity=severity,
    )


def parse_vcpu(text: str | bytes, name: str = "vcpu") -> tuple[Vcpu, Machine]:
    """Read VCPU.json (spec/command-line.rst): registers, and how the machine is set up.

    ``features`` change the baseline: a name adds, ``-NAME`` takes away. ``sctlr2_el1`` is 0 where the
    vCPU has none. Raises InputError ``json.*``.
    """
    value = parse_object(text, name)
    only(value, (*Vcpu._fields, *_MACHINE_KEYS), _REQUIRED, name)
    registers = {key: number(value[key], f"{name}.{key}") for key in Vcpu._fields if key in value}
    machine: dict[str, Any] = {
        key: boolean(value[key], f"{name}.{key}") for key in ("ras", "firmware_va") if key in value
    }
    if "features" in value:
        machine["features"] = _features(array(value["features"], f"{name}.features"), f"{name}.features")
    if "notifications" in value:
        machine["notifications"] = tuple(
            _known(item, MACHINE_NOTIFICATIONS, f"{name}.notifications[{n}]")
            for n, item in enumerate(array(value["notifications"], f"{name}.notifications"))
        )
    if value.get("pending_serror") is not None:
        machine["pending_serror"] = number(value["pending_serror"], f"{name}.pending_serror", (1 << 25) - 1)
    return Vcpu(**registers), Machine(**machine)


def _features(items: list[Any], path: str) -> frozenset[str]:
    features = set(BASELINE)
    for n, item in enumerate(items):
        text = item if isinstance(item, str) else ""
        bare = text.removeprefix("-").removeprefix("FEAT_").rstrip("0123456789").lower()
        name = _known(_BY_NAME.get(bare, item), tuple(sorted(FEATURES)), f"{path}[{n}]")
        if text.startswith("-"):
            features.discard(name)
        else:
            features.add(name)
    return frozenset(features)


def _known(item: Any, known: tuple[str, ...], path: str) -> str:
    if item not in known:
        raise InputError("json.choice", path, None, " or ".join(known), repr(item))
    return str(item)
