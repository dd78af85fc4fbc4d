# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The numbers that the mutator draws: splitmix64, whose 64 bits of state are the seed.

Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014; the constants are those of
its reference implementation. ``spec/fuzz/kfi_mutate.h`` draws the same.
"""

from __future__ import annotations

from typing import Final

WORD: Final = (1 << 64) - 1
#: Added to the state at each draw, then the multipliers of the two steps that mix it.
GOLDEN: Final = 0x9E37_79B9_7F4A_7C15
MIX: Final = (0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB)


class Random:
    """A stream of numbers, the same for the same seed (taken modulo 2**64)."""

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & WORD

    def next(self) -> int:
        """The next 64 bits."""
        self.state = (self.state + GOLDEN) & WORD
        z = self.state
        z = (z ^ z >> 30) * MIX[0] & WORD
        z = (z ^ z >> 27) * MIX[1] & WORD
        return z ^ z >> 31

    def below(self, limit: int) -> int:
        """A number from 0 up to ``limit``, which is below 2**32 and not reached; 0 if there is none."""
        return (self.next() >> 32) * limit >> 32

    def once_in(self, number: int) -> bool:
        """True once in so many draws."""
        return self.below(number) == 0
