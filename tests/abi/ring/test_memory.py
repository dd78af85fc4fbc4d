# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""That a word is stored and loaded whole, measured between two processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from abi.ring.memory import Memory, fence

ROOT = Path(__file__).parents[3]
TWO_CPUS = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="tearing shows on two CPUs only")


def measure(offset: int, enough: int) -> tuple[int, int]:
    """Changes that another process saw, and those of them to a value that was never written."""
    command = [sys.executable, "-m", "tests.abi.ring.tearing", str(offset), str(enough)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
    changes, torn = map(int, done.stdout.split())
    return changes, torn


@pytest.mark.two_cpus
@TWO_CPUS
def test_an_aligned_word_is_never_seen_half_stored() -> None:
    """What rule host.ring.publish rests on: a million changes seen by another CPU, fewer if it is busy."""
    changes, torn = measure(64, 1_000_000)
    assert changes > 1000
    assert torn == 0


@pytest.mark.two_cpus
@TWO_CPUS
def test_the_measurement_would_notice_a_word_that_is_stored_in_halves() -> None:
    """The same store across the border of two cache lines, which no layout of ours does."""
    changes, torn = measure(60, 1_000_000)
    assert changes >= torn > 0


def test_loads_and_stores_are_little_endian_whole_words() -> None:
    memory = Memory(bytearray(range(16)))
    assert memory.load(8) == 0x0F0E0D0C0B0A0908
    assert memory.load_half(4) == 0x07060504
    assert memory.copy(3, 4) == b"\3\4\5\6"
    assert memory.copy_words(16) == bytes(range(16))
    assert memory.copy_words(64) == bytes(range(16))


def test_memory_of_a_broken_size_keeps_its_last_bytes_out_of_words() -> None:
    memory = Memory(bytearray(13))
    assert (memory.size, len(memory.words)) == (13, 1)


def test_a_fence_can_be_met_by_any_number_of_calls() -> None:
    for _ in range(1000):
        fence()
