# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which way is taken with which kernel; kernels that do not exist yet are played here."""

from __future__ import annotations

from typing import Final

import pytest

from abi.definition import (
    ALL_KINDS,
    KIND_MEMORY_NOTICE,
    KNOWN_CRITICAL,
    KVM_EXIT_ARM_SEA,
    KVM_EXIT_ARM_SERROR,
    KVM_RUN,
    NEWEST,
    RECORD,
    V1_0,
)
from abi.errors import InputError
from abi.layout import Version
from abi.negotiate import version_word
from abi.record import build
from abi.trap import Trap
from reference_host.emit import emit
from reference_vmm.kvm import path
from reference_vmm.kvm.answer import arm_sea
from reference_vmm.kvm.run import Exit

RECORD_OF: Final = emit(Trap(0x92000010, 0x300500123, 0)).record
OFFERS_ALL: Final = {path.RECORD: version_word(NEWEST), path.ARM_SEA: 1}


class Kernel:
    """Says what it offers, keeps what was enabled."""

    def __init__(self, offers: dict[str, int]) -> None:
        self.offers = offers
        self.enabled: list[tuple[str, tuple[int, ...]]] = []

    def extension(self, name: str) -> int:
        return self.offers.get(name, 0)

    def enable(self, name: str, *args: int) -> None:
        self.enabled.append((name, args))


def exited(reason: str, number: int, union: bytes) -> Exit:
    page = number.to_bytes(4, "little").rjust(KVM_RUN.offsets["exit_reason"] + 4, b"\0")
    page = page.ljust(KVM_RUN.offsets["exit"], b"\0") + union
    return Exit(reason, page.ljust(KVM_RUN.size, b"\0"))


def test_a_kernel_with_the_capability_is_the_emitter_whatever_else_it_has() -> None:
    kernel = Kernel(OFFERS_ALL)
    found = path.enabled(kernel)
    assert found.extended
    assert (found.source, found.version, found.kinds) == (path.written, NEWEST, path.KINDS)
    assert kernel.enabled == [(path.RECORD, (version_word(NEWEST), path.KINDS, KNOWN_CRITICAL))]
    assert path.KINDS == ALL_KINDS ^ 1 << KIND_MEMORY_NOTICE


@pytest.mark.parametrize(("newest", "enabled"), [(path.ARM_SEA, [(path.ARM_SEA, ())]), ("", [])])
def test_an_older_vmm_enables_what_it_knows(newest: str, enabled: list[tuple[str, tuple[int, ...]]]) -> None:
    kernel = Kernel(OFFERS_ALL)
    assert path.enabled(kernel, newest).capability == newest
    assert kernel.enabled == enabled


@pytest.mark.parametrize(("host", "written"), [(V1_0, V1_0), (NEWEST._replace(minor=9), NEWEST)])
def test_the_version_is_the_newest_that_both_know(host: Version, written: Version) -> None:
    assert path.enabled(Kernel({path.RECORD: version_word(host)})).version == written


@pytest.mark.parametrize("word", [0x0200, 0x10100, 1])
def test_another_major_version_is_refused_and_nothing_enabled(word: int) -> None:
    kernel = Kernel(OFFERS_ALL | {path.RECORD: word})
    with pytest.raises(InputError) as caught:
        path.enabled(kernel)
    assert caught.value.code == "vmm.major.unknown"
    assert kernel.enabled == []


def test_a_stock_kernel_is_read_by_the_import_and_an_older_one_not_at_all() -> None:
    kernel = Kernel({path.ARM_SEA: 1})
    found = path.enabled(kernel)
    assert (found.capability, found.extended, kernel.enabled) == (path.ARM_SEA, False, [(path.ARM_SEA, ())])
    older = Kernel({})
    found = path.enabled(older)
    assert (found.capability, found.extended, older.enabled) == ("", False, [])
    assert found.source(exited("KVM_EXIT_ARM_SEA", KVM_EXIT_ARM_SEA, b"")) is None


def test_the_record_is_read_from_the_exit_union_alone() -> None:
    assert RECORD_OF is not None
    data = build(RECORD_OF)
    for name, number in (("KVM_EXIT_ARM_SEA", KVM_EXIT_ARM_SEA), ("KVM_EXIT_ARM_SERROR", KVM_EXIT_ARM_SERROR)):
        got = path.written(exited(name, number, data))
        assert got is not None
        assert got[: RECORD.size] == data
    assert path.written(exited("KVM_EXIT_MMIO", 6, data)) is None
    assert path.written(exited("EINTR", KVM_EXIT_ARM_SEA, data)) is None


def test_the_import_sees_nothing_of_what_lies_behind_arm_sea() -> None:
    assert RECORD_OF is not None
    told = arm_sea(exited("KVM_EXIT_ARM_SEA", KVM_EXIT_ARM_SEA, build(RECORD_OF)))
    assert told is not None
    assert RECORD_OF.version == NEWEST
    assert (told[RECORD.offsets["major"]], told[RECORD.offsets["minor"]]) == (V1_0.major, V1_0.minor)
