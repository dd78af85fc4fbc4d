# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The vectors as questions that are quick to ask again and again: the input, and the answer as bytes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from abi.conformance.protocol import QUESTIONS, Message, Values, pack, unpack
from abi.conformance.vectors import Vector, folder, load


class Question(NamedTuple):
    """One vector, its input with every field, and the payload of the one right answer."""

    vector: Vector
    message: Message
    input: Values
    expected: bytes

    def is_answered(self, values: Values) -> bool:
        """Whether this is the right answer; an answer that does not fit the protocol is a wrong one."""
        try:
            return pack(self.message.answer, self.message.answer_parts, values) == self.expected
        except Exception:  # noqa: BLE001 - a wrong implementation may answer anything
            return False


def question(vector: Vector) -> Question:
    """The vector as a question."""
    message = QUESTIONS[vector.request]
    asked = unpack(message.request, message.parts, pack(message.request, message.parts, vector.input))
    return Question(vector, message, asked, pack(message.answer, message.answer_parts, vector.expect))


@cache
def every(place: Path | None = None) -> tuple[Question, ...]:
    """All questions; ``place`` instead of the folder of the vectors.

    They come in an order that has nothing to do with their subjects, so that the first few already ask about
    everything, and that stays what it is when others are added: by the CRC of the slug. So the first vector that turns
    red for a mutant is the same on every run.
    """
    vectors = sorted(load(place or folder()), key=lambda vector: (crc32(vector.slug.encode()), vector.slug))
    return tuple(map(question, vectors))
