# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors whose payloads stand here by hand, byte for byte: the tools could agree on a mistake."""

from __future__ import annotations

import pytest

from tests.conformance.targets import every

#: A load that took an external abort, as a record of 1.0: 64 bytes.
DATA_1_0 = """
0100000000000000 1000009200000000 785634120000ffff 7846230108000000
4000 01 00 0100 01 01 6100000000000000 0000000000000000 0c 02 03 00 00000000
"""
#: Slug -> what it asks, and the one right answer.
BY_HAND = {
    # reader 1, exact; outcome 0, tail 0, the record with 16 bytes of 1.1 that it has not; no rule.
    "reader-data-1.0-by-1.1": (
        f"01 01 4000 {DATA_1_0}",
        f"00 000000 00000000 {DATA_1_0} {'00' * 16} 0000",
    ),
    # 37 bytes: kind is cut. Outcome 2, nothing read, the rule's 13 letters.
    "reader-data-1.0-37-bytes": (
        f"01 01 2500 {DATA_1_0.replace(' ', '').replace(chr(10), '')[:74]}",
        f"02 000000 00000000 {'00' * 80} 0d00 766d6d2e6d616c666f726d6564",
    ),
}


@pytest.mark.parametrize("slug", BY_HAND)
def test_question_and_answer_are_those_typed_by_hand(slug: str) -> None:
    vector = next(v for v in every() if v.slug == slug)
    question, answer = (bytes.fromhex(text) for text in BY_HAND[slug])
    assert vector.question().hex() == question.hex()
    assert vector.answer().hex() == answer.hex()
