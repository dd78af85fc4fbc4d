# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Sequence and lost, from what the kernel says that it has lost so far; and what is said without libbpf."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.errors import InputError
from abi.ring.slot import Envelope, lost_between
from abi.ring_layout import LOST_LIMIT
from abi.trap import Memslot
from reference_host.live import libbpf
from reference_host.live.channel import Envelopes
from reference_host.live.emitter import Vm, vm_bytes
from reference_host.live.layouts import MEMSLOTS


def envelopes(counts: Sequence[int], before: int = 0) -> list[Envelope]:
    made = Envelopes(before)
    found = [made.next(count, vcpu=7) for count in counts]
    assert [position for position, _ in found] == list(range(len(counts)))
    return [envelope for _, envelope in found]


def test_without_loss_the_sequence_counts_the_records() -> None:
    assert envelopes([0, 0, 0]) == [Envelope(7, 0, 1), Envelope(7, 0, 2), Envelope(7, 0, 3)]


def test_what_was_lost_stands_in_the_next_record() -> None:
    assert envelopes([0, 2, 2, 5]) == [Envelope(7, 0, 1), Envelope(7, 2, 4), Envelope(7, 0, 5), Envelope(7, 3, 9)]


def test_what_was_lost_before_the_reader_began_is_not_its_own() -> None:
    assert envelopes([40, 41], before=40) == [Envelope(7, 0, 1), Envelope(7, 1, 3)]


def test_a_count_that_another_pe_has_overtaken_makes_nothing_negative() -> None:
    assert envelopes([3, 1, 4]) == [Envelope(7, 3, 4), Envelope(7, 0, 5), Envelope(7, 1, 7)]


def test_lost_saturates_and_the_sequence_does_not() -> None:
    (only,) = envelopes([LOST_LIMIT + 9])
    assert only == Envelope(7, LOST_LIMIT, LOST_LIMIT + 10)


@given(st.lists(st.integers(0, 1 << 40)))
def test_the_rule_of_the_sequence_holds(counts: list[int]) -> None:
    """host.sequence, as a reader of the ring judges it; and nothing is counted twice or forgotten."""
    previous = 0
    found = envelopes(counts)
    for each in found:
        assert each.sequence > previous
        assert each.lost == lost_between(previous, each.sequence)
        previous = each.sequence
    if found:
        assert found[-1].sequence == len(found) + max(counts)


def test_without_libbpf_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libbpf, "LIBRARY", "libbpf.so.none")
    libbpf.library.cache_clear()
    with pytest.raises(InputError, match="install libbpf1") as caught:
        libbpf.library()
    assert caught.value.code == "live.libbpf"
    libbpf.library.cache_clear()


def test_too_many_memslots_are_refused() -> None:
    slots = tuple(Memslot(n << 12, 1 << 12, 0, 0) for n in range(MEMSLOTS + 1))
    assert vm_bytes(Vm(slots[:-1]))
    with pytest.raises(InputError, match=r"live\.memslots"):
        vm_bytes(Vm(slots))
