# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Negotiation: what the VMM enables, what the host then writes, and the writer x reader matrix."""

from __future__ import annotations

import errno
from typing import Final, NamedTuple

from construct import Int8ul as u8
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.definition import ALL_KINDS, KNOWN_CRITICAL, NEWEST, RESERVED_VERSIONS, VERSIONS
from abi.layout import Field, Layout, Version

#: struct kvm_enable_cap (include/uapi/linux/kvm.h) with what the capability's arguments mean.
ENABLE_CAP: Final = Layout(
    "kvm_enable_cap",
    "What the VMM says that it understands (KVM_ENABLE_CAP on the VM).",
    Field("cap", u32, "KVM_CAP_ARM_FAULT_INFO"),
    Field("flags", u32, "zero", rules=("host.enable.known",)),
    Field("version", u64, "args[0]: the newest version, major in bits 15:8, minor in 7:0",
          rules=("host.enable.known",)),
    Field("kinds", u64, "args[1]: bit n for kind n", rules=("host.enable.known", "host.enabled.only")),
    Field("critical", u64, "args[2]: critical flags, bits as in the record's flags",
          rules=("host.enable.known", "host.enabled.only")),
    Field("reserved", u64, "args[3]: zero", rules=("host.enable.known",)),
    Field("pad", u8, "unused", number=64),
)
_BYTE: Final = 8


class Request(NamedTuple):
    """Arguments of KVM_ENABLE_CAP: the VMM's newest version, and masks of kinds and critical flags."""

    version: Version = NEWEST
    kinds: int = ALL_KINDS
    critical: int = KNOWN_CRITICAL


class Enabled(NamedTuple):
    """What holds for the VM from then on."""

    version: Version
    kinds: int
    critical: int


class VmState(NamedTuple):
    """What the host knows of the VM when the request comes."""

    enabled: Enabled | None = None
    vcpus: int = 0
    protected: bool = False


class Refused(NamedTuple):
    """A negative errno and the rule that decides it."""

    errno: int
    rule: str


def version_word(version: Version) -> int:
    """A version as args[0] has it, and as KVM_CHECK_EXTENSION returns the host's newest."""
    return version.major << _BYTE | version.minor


def check_extension(vm: VmState, host: Version = NEWEST) -> int:
    """KVM_CHECK_EXTENSION on the VM: the host's newest version, 0 where the capability is not to be had."""
    return 0 if vm.protected else version_word(host)


def requested(flags: int, args: tuple[int, int, int, int]) -> Request | Refused:
    """What ``struct kvm_enable_cap`` asks for; -EINVAL for a bit that means nothing (rule ``host.enable.known``)."""
    word, kinds, critical, reserved = args
    if flags or reserved or word >> 2 * _BYTE:
        return Refused(-errno.EINVAL, "host.enable.known")
    return Request(Version(word >> _BYTE, word & 0xFF), kinds, critical)


def enable(vm: VmState, request: Request, host: Version = NEWEST) -> Enabled | Refused:
    """The host's answer to KVM_ENABLE_CAP (rules ``host.enable.*``)."""
    if vm.protected:
        return Refused(-errno.EINVAL, "host.enable.protected")
    if vm.enabled is not None or vm.vcpus:
        return Refused(-errno.EINVAL, "host.enable.once")
    unknown = request.kinds & ~ALL_KINDS or request.critical & ~KNOWN_CRITICAL
    if request.version.major != host.major or unknown:
        return Refused(-errno.EINVAL, "host.enable.known")
    return Enabled(min(request.version, host), request.kinds, request.critical)


class Cell(NamedTuple):
    """One cell of the matrix: what a reader of one version makes of a record of another."""

    writer: Version
    reader: Version
    reads: str
    rule: str


def cell(writer: Version, reader: Version) -> Cell:
    """Decide one cell. ``reads`` is ``whole``, ``prefix`` or ``refused``."""
    if writer.major != reader.major:
        return Cell(writer, reader, "refused", "vmm.major.unknown")
    if writer.minor > reader.minor:
        return Cell(writer, reader, "prefix", "vmm.trailing")
    return Cell(writer, reader, "whole", "vmm.size")


def matrix() -> tuple[Cell, ...]:
    """Every writer version, the reserved ones too, by every reader version."""
    return tuple(cell(w, r) for w in (*VERSIONS, *RESERVED_VERSIONS) for r in VERSIONS)
