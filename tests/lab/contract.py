# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a kernel is asked beside the accesses: replies that it must take or refuse, and ways to enable the capability.

What must come of each is the reference host's answer to the same (:mod:`reference_host.reply`, :mod:`abi.negotiate`).
A kernel without the extension must refuse every byte that it does not know (rule ``host.reply.reserved``).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from abi.definition import ALL_KINDS, KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT, KNOWN_CRITICAL, NEWEST, SIZES, V1_0
from abi.esr_fields import EC_SHIFT, FNV, IL
from abi.layout import Version
from abi.negotiate import Enabled, VmState, enable, requested, version_word
from abi.negotiate import Refused as NotEnabled
from abi.reply import FaultReply
from abi.vcpu import Vcpu
from reference_host.reply import Refused, apply_reply
from reference_vmm.kvm.inject import stock
from reference_vmm.kvm.path import KINDS
from tests.lab.case import Finding, Said

_ABORT: Final = FaultReply(ext_dabt_pending=1)
_NEXT_MAJOR: Final = NEWEST._replace(major=NEWEST.major + 1)
_NEWEST_MINOR: Final = NEWEST._replace(minor=0xFF)


class Asked(NamedTuple):
    """A reply to the record of an ``access``."""

    reply: FaultReply
    access: str = "ldr"

    @property
    def kind(self) -> int:
        """Of the record."""
        return KIND_INSTRUCTION_ABORT if self.access == "fetch" else KIND_DATA_ABORT


class Enabling(NamedTuple):
    """KVM_ENABLE_CAP with these arguments, ``times``, after ``vcpus`` were made; ``shows``: the version of a record."""

    args: tuple[int, int, int, int]
    times: int = 1
    vcpus: int = 0
    shows: bool = False


REPLIES: Final = {
    "no address": Asked(_ABORT),
    "no address, a fetch": Asked(FaultReply(ext_iabt_pending=1), "fetch"),
    "address and syndrome": Asked(_ABORT._replace(
        ext_abt_has_esr=1, ext_abt_esr=0x10, ext_abt_has_far=1, ext_abt_far=0x2345601140)),
    "a data abort for a fetch": Asked(_ABORT, "fetch"),
    "an instruction abort for a load": Asked(FaultReply(ext_iabt_pending=1)),
    "both aborts": Asked(_ABORT._replace(ext_iabt_pending=1)),
    "a flag of 2": Asked(FaultReply(ext_dabt_pending=2)),
    "padding": Asked(_ABORT._replace(pad=b"\0\1")),
    "reserved": Asked(_ABORT._replace(reserved=bytes(31) + b"\1")),
    "FnV in the syndrome": Asked(_ABORT._replace(ext_abt_has_esr=1, ext_abt_esr=0x10 | FNV)),
    "FSC of a translation fault": Asked(_ABORT._replace(ext_abt_has_esr=1, ext_abt_esr=0x07)),
    "an address without its flag": Asked(_ABORT._replace(ext_abt_far=0x1000)),
    "a walk without an address": Asked(_ABORT._replace(ext_abt_has_esr=1, ext_abt_esr=0x17)),
    "SError syndrome beyond its ISS": Asked(FaultReply(serror_pending=1, serror_has_esr=1, serror_esr=1 << 25)),
}
_USUAL: Final = (version_word(NEWEST), KINDS, KNOWN_CRITICAL, 0)
ENABLINGS: Final = {
    "as usual": Enabling(_USUAL),
    "twice": Enabling(_USUAL, times=2),
    "after the first vCPU": Enabling(_USUAL, vcpus=1),
    "an older minor version": Enabling((version_word(V1_0), *_USUAL[1:]), shows=True),
    "a newer minor version": Enabling((version_word(_NEWEST_MINOR), *_USUAL[1:]), shows=True),
    "another major version": Enabling((version_word(_NEXT_MAJOR), *_USUAL[1:])),
    "an unknown kind": Enabling((_USUAL[0], ALL_KINDS | 1 << 40, *_USUAL[2:])),
    "an unknown critical flag": Enabling((*_USUAL[:2], KNOWN_CRITICAL | 1 << 63, 0)),
    "a reserved argument": Enabling((*_USUAL[:3], 1)),
}
#: What a request comes to that is not refused.
TAKEN: Final = "taken"
EINVAL: Final = errno.errorcode[errno.EINVAL]
#: The rules that the way a vCPU was entered shows.
_FNV, _ENTRY = "host.reply.fnv", "host.reply.entry"
_HEAD: Final = 0x3F << EC_SHIFT | IL


class Kept(NamedTuple):
    """One thing that was asked of the kernel, the rule that decides it, what came of it and what had to."""

    rule: str
    asked: str
    got: str
    wanted: str

    @property
    def wrong(self) -> str:
        """What was wrong; "": nothing."""
        return f"{self.got}, not {self.wanted}" if self.got != self.wanted else ""


def replies(result: Said) -> Iterator[Kept]:
    """What each reply shows."""
    extended = result["extended"]
    for name, got in result["replies"].items():
        if "absent" in got:
            continue
        asked = REPLIES[name]
        before = Vcpu(**{field: int(value, 16) for field, value in got["before"].items()})
        wanted = apply_reply(asked.reply, before, asked.kind, frozenset(result["features"]))
        if not extended and stock(asked.reply) != asked.reply:
            wanted = Refused(-errno.EINVAL, "host.reply.reserved")
        if isinstance(wanted, Refused):
            yield Kept(wanted.rule, name, got["errno"] or TAKEN, EINVAL)
        elif got["errno"]:
            yield Kept("host.reply.entry", name, got["errno"], TAKEN)
        else:
            after = before._asdict() | {field: int(value, 16) for field, value in got["after"].items()}
            yield from _entered(name, after, wanted.vcpu._asdict())
    if result["repeats"] is not None:
        again = "the same exit" if result["repeats"] else "another exit, or none"
        yield Kept("host.reply.none", "the next KVM_RUN without a reply", again, "the same exit")


def _entered(name: str, after: Mapping[str, int], wanted: Mapping[str, int]) -> Iterator[Kept]:
    """How the vCPU was entered, by the rule of each register."""
    for rule in (_FNV, _ENTRY):
        fields = [field for field in wanted if _decided(rule, field)]
        differ = [field for field in fields if (after[field] ^ wanted[field]) & _decided(rule, field)]
        yield Kept(rule, name, _registers(after if differ else wanted, differ or fields[:1]),
                   _registers(wanted, differ or fields[:1]))


def _decided(rule: str, field: str) -> int:
    """The bits of a register that show whether the rule is kept: of ESR_EL1 EC and IL are the entry's."""
    if field == "esr_el1":
        return _HEAD if rule == _ENTRY else ~_HEAD
    return -1 if (field == "far_el1") == (rule == _FNV) else 0


def _registers(values: Mapping[str, int], names: list[str]) -> str:
    return ", ".join(f"{name} {values[name]:#x}" for name in names)


def enablings(result: Said) -> Iterator[Kept]:
    """What each way to enable the capability shows; nothing on a kernel without it."""
    for name, got in result["enablings"].items():
        state, wanted = VmState(vcpus=ENABLINGS[name].vcpus), ""
        rule = "host.enable.known"
        for _ in range(ENABLINGS[name].times):
            asked = requested(0, ENABLINGS[name].args)
            answer = asked if isinstance(asked, NotEnabled) else enable(state, asked)
            if isinstance(answer, Enabled):
                state = state._replace(enabled=answer)
            else:
                rule, wanted = answer.rule, EINVAL
        yield Kept(rule, name, got or TAKEN, wanted or TAKEN)
        if ENABLINGS[name].shows and state.enabled:
            yield Kept("host.enabled.only", f"{name}: the record", result["written"][name],
                       written(state.enabled.version, SIZES[state.enabled.version]))


def written(version: Version, size: int) -> str:
    """What is told of a record."""
    return f"{version}, {size} bytes"


def judged(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """A kernel with the extension keeps all of it; of one without it, each break stands with its rule."""
    extended = result["extended"]
    return tuple(
        Finding(kept.asked, kept.wanted, kept.got, None if extended else kept.rule)
        for kept in (*replies(result), *enablings(result)) if kept.wrong)

