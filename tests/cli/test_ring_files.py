# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``decode --ring``: every record in the image of a ring, and no record hidden by a bad one."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from tests.abi.ring.by_hand import NONE, header, slot
from tests.cli import by_hand
from tests.cli.files import Files
from tests.cli.running import Ran, Runner, called

SLOT = 8 + 16 + 80


def image(*records: bytes, **head: Any) -> bytes:
    """A ring of four slots of which the first hold the records given; ``head`` is what its header says."""
    slots = [slot(2 * n + 2, NONE, 0, n + 1, record.ljust(80, b"\0")) for n, record in enumerate(records)]
    free = [slot(0, 0, 0, 0, bytes(80))] * (4 - len(records))
    return header(**{"slot_size": SLOT, "head": len(records)} | head) + b"".join(slots + free)


def decoded(files: Files, data: bytes, *more: str) -> Ran:
    return called("decode", "--ring", files.raw(data), *more)


def test_every_record_of_a_ring_is_decoded_as_if_it_were_alone(files: Files, run: Runner) -> None:
    alone = [by_hand.abort(), by_hand.abort(0), by_hand.notice()]
    done = run("decode", "--ring", files.raw(image(*alone)), "--json")
    assert (done.code, done.err) == (0, "")
    singles = [called("decode", files.raw(record), "--json").json for record in alone]
    envelopes = [{"position": hex(n), "vcpu": NONE, "lost": 0, "sequence": n + 1} for n in range(3)]
    assert done.json == [envelope | single for envelope, single in zip(envelopes, singles, strict=True)]


def test_an_empty_ring_holds_nothing(files: Files) -> None:
    assert decoded(files, image(), "--json")[:2] == (0, "[]\n")


BAD = {
    "malformed": (by_hand.abort(kind=2), "vmm.agree"),
    "of another major version": (by_hand.abort(major=9), "vmm.major.unknown"),
    "with an unknown critical flag": (by_hand.abort(flags=0x41 | 1 << 63), "vmm.critical.unknown"),
    "longer than its slot": (by_hand.abort(size=96), "vmm.size"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_record_is_kept_raw_and_hides_no_other(name: str, files: Files) -> None:
    """Rules vmm.malformed, vmm.major.unknown, vmm.critical.unknown: never ignore, never crash."""
    bad, rule = BAD[name]
    ring = image(by_hand.abort(), bad, by_hand.notice())
    done = decoded(files, ring, "--json")
    assert (done.code, done.complaint["code"]) == (3, rule)
    first, second, third = done.json
    assert (first["kind"], third["kind"]) == ("0x1", "0x4")
    assert (second["rule"], second["raw"], second["sequence"]) == (rule, bad.hex(), 2)
    text = decoded(files, ring)
    assert (text.code, text.complaint["code"]) == (3, rule)
    assert f"kept raw: {bad.hex()}" in text.out
    assert "MEMORY_NOTICE" in text.out


#: Header that lies -> field, offset, expected, got.
LIES: dict[str, tuple[dict[str, int], str, int, str, str]] = {
    "head behind tail": ({"head": 1, "tail": 2}, "head", 16, "0x2 to 0x6", "0x1"),
    "head too far ahead": ({"head": 5}, "head", 16, "0x0 to 0x4", "0x5"),
    "hostile head": ({"head": (1 << 64) - 1}, "head", 16, "below 0x4000000000000000", "0xffffffffffffffff"),
    "hostile lost": ({"lost": (1 << 64) - 1}, "lost", 32, "below 0x4000000000000000", "0xffffffffffffffff"),
    "slots no power of two": ({"slots": 3}, "slots", 12, "a power of two, 0x2 or more", "0x3"),
    "hostile slots": ({"slots": 1 << 31}, "slots", 12, "0x4 or fewer in 0x1e0 bytes", "0x80000000"),
    "no slots": ({"slots": 0}, "slots", 12, "a power of two, 0x2 or more", "0x0"),
    "hostile slot_size": ({"slot_size": 0xFFFFFFF8}, "slots", 12, "0x0 or fewer in 0x1e0 bytes", "0x4"),
    "slot_size 0": ({"slot_size": 0}, "slot_size", 8, "a multiple of 0x8, 0x20 or more", "0x0"),
    "hostile header_size": ({"header_size": 0xFFF8}, "header_size", 4, "0x40", "0xfff8"),
    "another major version": ({"major": 2}, "major", 6, "0x1", "0x2"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_ring_whose_header_lies_is_refused(name: str, files: Files) -> None:
    """Rule vmm.ring.header: every index follows from it."""
    head, field, offset, expected, got = LIES[name]
    done = decoded(files, image(by_hand.abort(), **head))
    assert (done.code, done.out) == (3, "")
    assert done.complaint == {
        "code": "vmm.ring.header", "path": f"ring.header.{field}", "offset": hex(offset), "expected": expected,
        "got": got,
    }


@pytest.mark.parametrize(("offset", "value", "code", "field"), [
    (64, 3, "vmm.ring.stamp", "stamp"), (64 + 16, 7, "host.sequence", "sequence"),
    (64 + SLOT + 12, 9, "host.sequence", "lost"),
])
def test_a_slot_that_lies_is_refused(offset: int, value: int, code: str, field: str, files: Files) -> None:
    data = bytearray(image(by_hand.abort(), by_hand.abort()))
    struct.pack_into("<I", data, offset, value)
    told = decoded(files, bytes(data)).complaint
    assert (told["code"], told["offset"]) == (code, hex(offset))
    assert str(told["path"]).endswith(f".{field}")


def test_a_lying_ring_is_refused_by_the_process_too(files: Files, run: Runner) -> None:
    path: Path = files.raw(image(by_hand.abort(), head=9, tail=1)[:200])
    done = run("decode", "--ring", path)
    assert (done.code, done.out, done.complaint["code"]) == (3, "", "vmm.ring.header")
