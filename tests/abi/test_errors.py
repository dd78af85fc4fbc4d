# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The one shape of a complaint, for people and for machines."""

from __future__ import annotations

import copy
import pickle

from abi.errors import InputError

ERROR = InputError("vmm.size", "record.size", 0x20, "0x40", "0x41", "version 1.0 has one size")


def test_it_reads_as_a_sentence_with_the_offset_in_hex() -> None:
    assert str(ERROR) == "vmm.size: record.size at offset 0x20: expected 0x40, got 0x41 (version 1.0 has one size)"


def test_without_offset_or_hint_nothing_is_made_up() -> None:
    assert str(InputError("json.type", "trap.walk", None, "a number", "[]")) == (
        "json.type: trap.walk: expected a number, got []"
    )
    assert str(InputError("vmm.malformed", "record.esr", 0, "0x8 bytes", "0x0 bytes")) == (
        "vmm.malformed: record.esr at offset 0x0: expected 0x8 bytes, got 0x0 bytes"
    )


def test_machines_get_every_part() -> None:
    assert ERROR.as_dict() == {
        "code": "vmm.size", "path": "record.size", "offset": "0x20", "expected": "0x40", "got": "0x41",
        "hint": "version 1.0 has one size",
    }
    assert InputError("a", "b", None, "c", "d").as_dict()["offset"] is None
    assert InputError("a", "b", 0, "c", "d").as_dict()["offset"] == "0x0"


def test_it_survives_being_sent_to_another_process() -> None:
    for other in (pickle.loads(pickle.dumps(ERROR)), copy.copy(ERROR)):
        assert isinstance(other, InputError)
        assert other.as_dict() == ERROR.as_dict()
