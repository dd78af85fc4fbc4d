# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the VMM may enable, and that every reader makes of every writer's bytes what the matrix says."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.decode import Decoded, decode
from abi.definition import NEWEST, RESERVED_VERSIONS, SIZES, V1_0, V1_1, VERSIONS
from abi.layout import Version
from abi.negotiate import (
    ENABLE_CAP,
    Cell,
    Enabled,
    Refused,
    Request,
    VmState,
    cell,
    check_extension,
    enable,
    matrix,
    requested,
)
from abi.record import FaultInfo, NotUnderstood, build
from tests.abi.broken_records import VALID

EINVAL = -errno.EINVAL
FRESH = VmState()
ALL = 0b11110
CORRUPT = 1 << 32

#: Writer, reader, what is read of it, the rule that decides (design section 5).
MATRIX = (
    ((1, 0), (1, 0), "whole", "vmm.size"),
    ((1, 0), (1, 1), "whole", "vmm.size"),
    ((1, 1), (1, 0), "prefix", "vmm.trailing"),
    ((1, 1), (1, 1), "whole", "vmm.size"),
    ((1, 255), (1, 0), "prefix", "vmm.trailing"),
    ((1, 255), (1, 1), "prefix", "vmm.trailing"),
    ((255, 0), (1, 0), "refused", "vmm.major.unknown"),
    ((255, 0), (1, 1), "refused", "vmm.major.unknown"),
)


def written(writer: Version, record: FaultInfo) -> bytes:
    """A record as a host of that version writes it: later minors append, another major is anything."""
    data = bytearray(build(record).ljust(SIZES[NEWEST], b"\0"))
    if writer in VERSIONS:
        data = data[: SIZES[writer]]
    elif writer.major == 1:
        data += b"what a later version appends".ljust(32)
    data[32:36] = len(data).to_bytes(2, "little") + bytes(writer)
    return bytes(data)


def test_the_matrix_has_every_writer_the_reserved_ones_too_by_every_reader() -> None:
    assert matrix() == MATRIX
    assert {c.writer for c in matrix()} == {*VERSIONS, *RESERVED_VERSIONS}


def holds(found: Cell, data: bytes, record: FaultInfo) -> bool:
    """Whether decoding these bytes gives what the cell says."""
    got = decode(data, found.reader)
    if found.reads == "refused":
        return isinstance(got, NotUnderstood) and got.rule == found.rule and got.raw == data
    if not isinstance(got, Decoded) or got.broken:
        return False
    known = 19 if found.reader == V1_1 and found.writer != V1_0 else 17
    same = [value for n, value in enumerate(record[:known]) if n not in {4, 6}]
    read = [value for n, value in enumerate(got.record[:known]) if n not in {4, 6}]
    beyond = data[SIZES[found.reader] :] if found.reads == "prefix" else b""
    tail_holds = got.record.tail == beyond and bool(beyond) is (found.reads == "prefix")
    return same == read and tail_holds and got.record.version == found.writer


@pytest.mark.parametrize("case", ["data-1.0", "fetch", "serror", "notice"])
@pytest.mark.parametrize("found", matrix(), ids=lambda c: f"{c.writer}-to-{c.reader}")
def test_every_cell_is_what_decoding_gives(found: Cell, case: str) -> None:
    record = VALID[case]
    assert holds(found, written(found.writer, record), record)


@pytest.mark.parametrize("case", ["data-isolated", "data-claimed", "notice-claimed"])
@pytest.mark.parametrize("found", [c for c in matrix() if c.writer != V1_0], ids=lambda c: f"{c.writer}-to-{c.reader}")
def test_every_cell_holds_for_records_that_use_the_fields_of_1_1(found: Cell, case: str) -> None:
    record = VALID[case]
    assert holds(found, written(found.writer, record), record)


def test_a_wrong_cell_is_found_out() -> None:
    record = VALID["fetch"]
    for found in matrix():
        data = written(found.writer, record)
        for reads in {"whole", "prefix", "refused"} - {found.reads}:
            assert not holds(found._replace(reads=reads), data, record)


@given(writer=st.builds(Version, st.integers(0, 255), st.integers(0, 255)), reader=st.sampled_from(VERSIONS))
def test_a_cell_of_any_version_is_what_decoding_gives(writer: Version, reader: Version) -> None:
    record = VALID["data-1.0"]
    assert holds(cell(writer, reader), written(writer, record), record)


@pytest.mark.parametrize(
    ("request_", "host", "enabled"),
    [
        (Request(), NEWEST, Enabled(V1_1, ALL, CORRUPT)),
        (Request(V1_0), NEWEST, Enabled(V1_0, ALL, CORRUPT)),
        (Request(V1_1), V1_0, Enabled(V1_0, ALL, CORRUPT)),
        (Request(Version(1, 255)), NEWEST, Enabled(V1_1, ALL, CORRUPT)),
        (Request(Version(1, 255)), V1_0, Enabled(V1_0, ALL, CORRUPT)),
        (Request(kinds=0b00110, critical=0), NEWEST, Enabled(V1_1, 0b00110, 0)),
        (Request(kinds=0), NEWEST, Enabled(V1_1, 0, CORRUPT)),
    ],
)
def test_the_host_writes_the_newest_version_that_both_know(
    request_: Request, host: Version, enabled: Enabled
) -> None:
    """Rule host.enable.known."""
    assert enable(FRESH, request_, host) == enabled


@pytest.mark.parametrize(
    "request_",
    [
        *(Request(Version(major, 0)) for major in (0, 2, 255)),
        *(Request(kinds=ALL | 1 << kind) for kind in (0, 5, 15, 63)),
        *(Request(critical=CORRUPT | 1 << bit) for bit in (0, 31, 33, 63)),
        Request(kinds=1), Request(kinds=-1), Request(critical=-1),
    ],
)
def test_another_major_or_an_unknown_bit_is_einval(request_: Request) -> None:
    """Rule host.enable.known: silence would let a VMM wait for what never comes."""
    assert enable(FRESH, request_) == Refused(EINVAL, "host.enable.known")


@pytest.mark.parametrize(
    "vm", [VmState(vcpus=1), VmState(enabled=Enabled(V1_0, ALL, 0)), VmState(Enabled(V1_1, ALL, 0), vcpus=4)]
)
def test_the_capability_is_enabled_once_and_before_the_first_vcpu(vm: VmState) -> None:
    """Rule host.enable.once."""
    assert enable(vm, Request()) == Refused(EINVAL, "host.enable.once")


@pytest.mark.parametrize("vm", [VmState(protected=True), VmState(vcpus=2, protected=True)])
def test_a_protected_vm_cannot_enable_it(vm: VmState) -> None:
    """Rule host.enable.protected."""
    assert enable(vm, Request()) == Refused(EINVAL, "host.enable.protected")
    assert enable(vm, Request(Version(2, 0))) == Refused(EINVAL, "host.enable.protected")


@settings(max_examples=300)
@given(
    version=st.builds(Version, st.integers(0, 3), st.integers(0, 255)), kinds=st.integers(0, 63),
    critical=st.integers(0, 1 << 34), vcpus=st.integers(0, 2), protected=st.booleans(),
    host=st.sampled_from(VERSIONS),
)
def test_what_is_enabled_was_asked_for_and_is_known(
    version: Version, kinds: int, critical: int, vcpus: int, protected: bool, host: Version
) -> None:
    answer = enable(VmState(None, vcpus, protected), Request(version, kinds, critical), host)
    allowed = not protected and vcpus == 0 and version.major == 1 and kinds & ~ALL == 0 and critical & ~CORRUPT == 0
    if not allowed:
        assert isinstance(answer, Refused)
        assert answer.errno == EINVAL
    else:
        assert answer == Enabled(min(version, host), kinds, critical)
        assert answer.version in VERSIONS


#: struct kvm_enable_cap of <linux/kvm.h>: cap, flags, args[4], pad[64].
ENABLE_CAP_BY_HAND = {"cap": 0, "flags": 4, "version": 8, "kinds": 16, "critical": 24, "reserved": 32, "pad": 40}


def test_the_arguments_stand_where_the_kernels_struct_has_them() -> None:
    assert (ENABLE_CAP.offsets, ENABLE_CAP.size) == (ENABLE_CAP_BY_HAND, 104)


def test_the_arguments_are_version_kinds_and_critical_flags() -> None:
    assert requested(0, (0x0101, ALL, CORRUPT, 0)) == Request(V1_1, ALL, CORRUPT)
    assert requested(0, (0x01FF, 0, 0, 0)) == Request(Version(1, 255), 0, 0)
    assert requested(0, (0xFF00, 1 << 63, 1, 0)) == Request(Version(255, 0), 1 << 63, 1)


@pytest.mark.parametrize(("flags", "args"), [
    (1, (0x101, ALL, CORRUPT, 0)), (1 << 31, (0x101, ALL, CORRUPT, 0)), (0, (0x1_0101, ALL, CORRUPT, 0)),
    (0, (1 << 63 | 0x101, ALL, CORRUPT, 0)), (0, (0x101, ALL, CORRUPT, 1)), (0, (0x101, ALL, CORRUPT, 1 << 63)),
])
def test_a_bit_that_means_nothing_is_refused(flags: int, args: tuple[int, int, int, int]) -> None:
    """host.enable.known"""
    assert requested(flags, args) == Refused(EINVAL, "host.enable.known")


def test_the_extension_says_the_newest_version_and_0_where_it_is_not_to_be_had() -> None:
    """host.enable.protected"""
    assert check_extension(FRESH) == 0x101
    assert check_extension(FRESH, V1_0) == 0x100
    assert check_extension(VmState(protected=True)) == 0
