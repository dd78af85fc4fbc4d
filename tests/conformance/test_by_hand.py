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
#: A load with a virtual address alone, and a notice with a page, as records of 1.1: 80 bytes.
LOAD = """
0000000000000000 1000009200000000 785634120080ffff 0000000000000000
5000 01 01 0100 00 01 4100000000000000 0000000000000000 00 00 00 00 00000000 0000000000000000 0000000000000000
"""
NOTICE = """
0100000000000000 0000000000000000 0000000000000000 0040658709000000
5000 01 01 0400 02 02 0c00000000000000 0000000000000000 15 03 00 01 00000000 00406587ff7f0000 0000000000000000
"""
#: kvm_run: exit_reason 41 at 8, the union from 32 to 288.
UNION = f"{DATA_1_0} {'00' * 192}"
PAGE = f"{'00' * 8} 29000000 {'00' * 20} {UNION}"
#: The slot of position 0, complete: stamp 2, vCPU 0, nothing lost, sequence 1, the notice.
SLOT_0 = f"0200000000000000 00000000 00000000 0100000000000000 {NOTICE}"


def ring(head: int) -> str:
    """Four slots of 104 bytes, the first complete; tail and lost 0."""
    header = f"4b464931 4000 01 00 68000000 04000000 0{head}00000000000000 {'00' * 8} {'00' * 8} {'00' * 24}"
    return f"{header} {SLOT_0} {'00' * 3 * 104}"


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
    # errno 0, exit of kind 3 0x40000001, all kinds, not answered; found, not to be saved, the whole union.
    "exit-reason-29-on": (
        f"00000000 01000040 1e00 00 00 2001 {PAGE}",
        f"01 00 0000 0001 {UNION}",
    ),
    # EINTR: not found, may be saved, "vmm.exit.lifetime".
    "exit-errno-eintr-29-0-on": (
        f"04000000 01000040 1e00 00 00 2001 {PAGE}",
        "00 01 1100 766d6d2e657869742e6c69666574696d65 0000",
    ),
    # Register 3, no later write, firmware's address is taken; no earlier report, no block. The virtual address, no
    # mask, bit 0 of the register clear, one entry and uncorrectable, a processor section, a cache error, notified
    # once, none waits, recoverable twice.
    "report-ack-empty-3-one-none": (
        f"0300000000000000 0000000000000000 00 01 0000 00000000 5000 {LOAD} 0000 0000",
        ("0000000000000000 785634120080ffff 0000000000000000 0200000000000000 11000000 02 02 01 00 02 01 01"
         "0000000000 0000 0000"),
    ),
    # The only record is dealt with: the next consumer finds nothing.
    "ring-0-to-1-after-1": (
        f"01000000 e001 {ring(1)}",
        f"{'00' * 32} 0000 0000",
    ),
    # A producer died between stamp and head: nothing is appended, the slot is published, the consumer woken.
    "produce-restart-0-to-0-whole-and-0": (
        f"00000000 07000000 e001 {ring(0)} 5000 {NOTICE}",
        f"00000000 01 000000 0000 e001 {ring(1)}",
    ),
}


@pytest.mark.parametrize("slug", BY_HAND)
def test_question_and_answer_are_those_typed_by_hand(slug: str) -> None:
    vector = next(v for v in every() if v.slug == slug)
    question, answer = (bytes.fromhex(text) for text in BY_HAND[slug])
    assert vector.question().hex() == question.hex()
    assert vector.answer().hex() == answer.hex()


def test_every_request_that_is_younger_than_the_first_ones_has_one() -> None:
    asked = {v.request for v in every() if v.slug in BY_HAND}
    assert asked == {"read", "exit", "report", "ring", "produce"}
