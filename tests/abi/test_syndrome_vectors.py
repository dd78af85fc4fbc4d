# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Syndromes that others printed, reported or tested, with what they themselves said of them.

tests/captures/esr_vectors.json holds for each value what its source stated; the label is its text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from abi.syndrome import Syndrome, as_dict, decode, encode

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "captures" / "esr_vectors.json").read_text(encoding="utf-8"))["vectors"]
EACH = pytest.mark.parametrize("vector", VECTORS, ids=[f"{n}-{v['esr']}" for n, v in enumerate(VECTORS)])

#: What the source states of a syndrome, or what the layout has there, and we do not show; with the reason.
NOT_SHOWN = {
    (0x1F30_0000, "CV"): "EC 0x07 is not taken apart: its ISS is given raw",
    (0x1F30_0000, "COND"): "EC 0x07 is not taken apart: its ISS is given raw",
    (0x3600_0002, "BTYPE"): "EC 0x0d is not taken apart: its ISS is given raw",
    (0x7200_0000, "DnI"): "EC 0x1c is not taken apart: its ISS is given raw",
    (0x7200_0000, "BnA"): "EC 0x1c is not taken apart: its ISS is given raw",
    (0xF200_0800, "Comment"): "EC 0x3c is not taken apart: its ISS is given raw",
}
#: Sources take these for ordinary aborts; hardware cannot report them, and we say so.
IMPOSSIBLE = {
    0x8400_0015: "IL=0 with EC 0x21",
    0x9000_0005: "IL=0 with EC 0x24 and ISV=0",
    0x0000_0000: "IL=0 with EC 0x00",
}

SEA = ("FSC", "synchronous external abort")
SAME, LOWER = ("EC", "Data Abort from the same"), ("EC", "Data Abort from a lower")
#: Every label, and the texts of ours that must say the same.
LABELS: dict[str, tuple[tuple[str, str], ...]] = {
    "data abort, same EL; alignment; read": (SAME, ("FSC", "alignment fault"), ("WnR", "read")),
    "instruction abort, not write": (("EC", "Instruction Abort from the same"),),
    "SError": (("EC", "SError"),),
    "translation, level 1, from EL0": (LOWER, ("FSC", "translation fault, level 1")),
    "Oops - BTI": (("EC", "BTI"),),
    "Oops - FPAC": (("EC", "FPAC"),),
    "Oops - BUG": (("EC", "BRK"),),
    "level 0 translation fault": (("FSC", "translation fault, level 0"),),
    "level 1 translation fault": (("FSC", "translation fault, level 1"),),
    "level 2 translation fault": (("FSC", "translation fault, level 2"),),
    "level -1 translation fault": (("FSC", "translation fault, level -1"),),
    "level 2 permission fault": (("FSC", "permission fault, level 2"),),
    "level 3 permission fault": (("FSC", "permission fault, level 3"),),
    "L1 instruction permission fault": (("EC", "Instruction Abort"), ("FSC", "permission fault, level 1")),
    "alignment fault": (("FSC", "alignment fault"),),
    "ttbr address size fault": (("FSC", "address size fault, level 0 or TTBR"),),
    "synchronous external abort; DABT (current EL)": (SAME, SEA),
    "synchronous external abort": (SEA,),
    "synchronous external abort, not on table walk; read; EC 0x25":
        (SAME, SEA, ("FSC", "not on a translation table walk"), ("WnR", "read")),
    "SEA Handle": (SEA,),
    "Synchronous External Abort: synchronous external abort (0x92000410) at 0x3751c6b4": (LOWER, SEA),
    "synchronous external abort (0x92000610) at 0x429958": (LOWER, SEA),
    "User TA data-abort at address 0x0 (translation fault)": (LOWER, ("FSC", "translation fault")),
    "User TA prefetch-abort (translation fault)":
        (("EC", "Instruction Abort from a lower"), ("FSC", "translation fault")),
    "MMIO abort without valid syndrome (NISV)": (LOWER, ("ISV", "do not describe")),
    "SError Interrupt on CPUn, code": (("EC", "SError"),),
    # These name no fault.
    "Internal error: Oops": (), "Internal error: Oops; pte=0": (), "DFSC 0x0f": (),
}


def text(syndrome: Syndrome, name: str) -> str:
    names = ("DFSC", "IFSC") if name == "FSC" else (name,)
    return next(f.text for f in syndrome.fields if f.name in names)


def bits12_11(syndrome: Syndrome) -> int:
    """What is shown for bits 12:11: SET, LST, or bits that are reserved."""
    shown = syndrome.get("SET") if syndrome.get("LST") is None else syndrome.get("LST")
    return syndrome.reserved >> 11 & 3 if shown is None else shown


def disagreements(vector: dict[str, Any], key: str) -> set[tuple[int, str]]:
    esr = int(vector["esr"], 16)
    ours = as_dict(esr) | {"bits12_11": bits12_11(decode(esr))}
    return {(esr, name) for name, value in vector[key].items() if name != "label" and ours.get(name) != value}


@EACH
def test_decodes_to_what_the_source_stated(vector: dict[str, Any]) -> None:
    assert disagreements(vector, "fields_stated_by_source") <= NOT_SHOWN.keys()
    assert disagreements(vector, "fields") <= NOT_SHOWN.keys()


def test_every_listed_exception_still_disagrees() -> None:
    assert {pair for v in VECTORS for pair in disagreements(v, "fields")} == NOT_SHOWN.keys()


@EACH
def test_the_fault_that_the_source_names_is_the_one_we_name(vector: dict[str, Any]) -> None:
    label = vector["fields_stated_by_source"].get("label")
    syndrome = decode(int(vector["esr"], 16))
    for name, part in LABELS[label] if label else ():
        assert part in text(syndrome, name)


def test_every_label_of_the_table_is_in_the_captures() -> None:
    assert {v["fields_stated_by_source"].get("label") for v in VECTORS} - {None} == LABELS.keys()


@EACH
def test_none_has_reserved_bits_and_all_encode_back(vector: dict[str, Any]) -> None:
    esr = int(vector["esr"], 16)
    assert decode(esr).reserved == 0
    assert encode(decode(esr)) == esr
    assert encode({n: v for n, v in as_dict(esr).items() if n not in ("ISS", "ISS2") or len(as_dict(esr)) == 4}) == esr


def test_exactly_the_impossible_ones_are_called_so() -> None:
    called = {int(v["esr"], 16) for v in VECTORS if "not possible" in text(decode(int(v["esr"], 16)), "IL")}
    assert called == IMPOSSIBLE.keys()
