# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Negotiation: what the VMM enables, what the host then writes, and the writer x reader matrix."""

from __future__ import annotations

import errno
from typing import NamedTuple

from abi.definition import ALL_KINDS, KNOWN_CRITICAL, NEWEST, RESERVED_VERSIONS, VERSIONS
from abi.layout import Version


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
