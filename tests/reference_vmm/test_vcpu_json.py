# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""VCPU.json is read strictly: what is not said has its default, what is said wrongly is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.errors import InputError
from abi.vcpu import BASELINE, FEATURES, MACHINE_NOTIFICATIONS, Machine, Vcpu
from reference_vmm.parse import parse_vcpu

#: What the design asks for, and nothing more.
LEAST = {"pc": "0x1000", "pstate": "0x3c5", "vbar_el1": "0x8000", "sctlr_el1": "0x30d0198d"}


def read(**more: Any) -> tuple[Vcpu, Machine]:
    return parse_vcpu(json.dumps(LEAST | more))


def attempt(text: str) -> tuple[Vcpu, Machine] | InputError:
    try:
        return parse_vcpu(text)
    except InputError as error:
        return error


def refused(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as error:
        parse_vcpu(text)
    return error.value


def test_the_least_file_gives_zero_registers_and_the_default_machine() -> None:
    vcpu, machine = read()
    assert vcpu == (0x1000, 0x3C5, 0x8000, 0x30D0198D, 0, 0, 0, 0, 0, 0)
    assert machine == Machine()
    assert machine.ras
    assert machine.notifications == ("sea", "irq")


@pytest.mark.parametrize("name", Vcpu._fields)
def test_every_register_is_read_into_its_own_place(name: str) -> None:
    vcpu, _ = read(**{name: "0xfedcba9876543210"})
    assert vcpu._asdict() == read()[0]._asdict() | {name: 0xFEDCBA9876543210}


def test_the_machine_is_read() -> None:
    _, machine = read(
        ras=False, firmware_va=False, notifications=["poll", "sei", "sea"], pending_serror="0x411",
        features=["FEAT_MTE2", "nmi", "-FEAT_RAS", "-PAN", "AA32EL1"],
    )
    assert not machine.ras
    assert not machine.firmware_va
    assert machine.notifications == ("poll", "sei", "sea")
    assert machine.pending_serror == 0x411
    assert machine.features == BASELINE - {"FEAT_RAS", "FEAT_PAN"} | {"FEAT_MTE", "FEAT_NMI", "FEAT_AA32EL1"}


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_every_feature_can_be_added_and_taken_away_by_its_name(name: str) -> None:
    assert name in read(features=[name])[1].features
    assert name not in read(features=[f"-{name}"])[1].features


@pytest.mark.parametrize(
    ("written", "name"),
    [("FEAT_MTE3", "FEAT_MTE"), ("mte2", "FEAT_MTE"), ("DOUBLEFAULT2", "FEAT_DoubleFault2"), ("nv2", "FEAT_NV"),
     ("DoubleFault", "FEAT_DoubleFault2"), ("feat_mte", None), ("pauth_lr", "FEAT_PAuth_LR")],
)
def test_a_feature_is_known_without_its_prefix_case_and_number(written: str, name: str | None) -> None:
    if name is None:
        assert refused(json.dumps(LEAST | {"features": [written]})).code == "json.choice"
    else:
        assert name in read(features=[f"-{name}", written])[1].features


def test_the_greatest_iss_is_25_bits() -> None:
    assert read(pending_serror="0x1ffffff")[1].pending_serror == 0x1FFFFFF


def test_an_empty_list_of_notifications_is_no_way_to_tell() -> None:
    assert read(notifications=[])[1].notifications == ()


@pytest.mark.parametrize("key", LEAST)
def test_a_register_that_the_entry_needs_must_be_there(key: str) -> None:
    error = refused(json.dumps({k: v for k, v in LEAST.items() if k != key}))
    assert (error.code, error.path) == ("json.missing", f"vcpu.{key}")


@pytest.mark.parametrize("key", ["PC", "x0", "esr_el2", "repeats", "answered", "bound", ""])
def test_an_unknown_key_is_refused(key: str) -> None:
    error = refused(json.dumps(LEAST | {key: "0x0"}))
    assert (error.code, error.path) == ("json.unknown", f"vcpu.{key}")


@pytest.mark.parametrize(
    "value", ["", "0x", "0xg", "-0x1", "0x10000000000000000", -1, 1 << 64, 1.0, True, None, [], {}], ids=repr
)
@pytest.mark.parametrize("key", ["pc", "far_el1"])
def test_a_register_that_is_no_64_bit_number_is_refused(key: str, value: Any) -> None:
    error = refused(json.dumps(LEAST | {key: value}))
    assert (error.code, error.path) == ("json.number", f"vcpu.{key}")


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"ras": 1}, "json.type", "vcpu.ras"),
        ({"ras": "true"}, "json.type", "vcpu.ras"),
        ({"firmware_va": None}, "json.type", "vcpu.firmware_va"),
        ({"features": "FEAT_RAS"}, "json.type", "vcpu.features"),
        ({"features": ["FEAT_RAS", "FEAT_ras_"]}, "json.choice", "vcpu.features[1]"),
        ({"features": [""]}, "json.choice", "vcpu.features[0]"),
        ({"features": ["2"]}, "json.choice", "vcpu.features[0]"),
        ({"features": ["--PAN"]}, "json.choice", "vcpu.features[0]"),
        ({"features": [["FEAT_RAS"]]}, "json.choice", "vcpu.features[0]"),
        ({"features": [7]}, "json.choice", "vcpu.features[0]"),
        ({"notifications": "sea"}, "json.type", "vcpu.notifications"),
        ({"notifications": ["sea", "gpio"]}, "json.choice", "vcpu.notifications[1]"),
        ({"notifications": [["sea"]]}, "json.choice", "vcpu.notifications[0]"),
        ({"pending_serror": "0x2000000"}, "json.number", "vcpu.pending_serror"),
    ],
)
def test_a_machine_described_wrongly_is_refused(change: dict[str, Any], code: str, path: str) -> None:
    error = refused(json.dumps(LEAST | change))
    assert (error.code, error.path) == (code, path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", b"\xff\xfe", "[" * 100_000, "NaN"])
def test_a_text_that_is_no_json_object_is_refused(text: str | bytes) -> None:
    assert refused(text).code in ("json.syntax", "json.type")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(("0x1", *FEATURES, *MACHINE_NOTIFICATIONS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
keys = st.sampled_from((*Vcpu._fields, "ras", "features", "notifications", "firmware_va", "pending_serror"))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(keys, values, max_size=4))
def test_any_object_is_read_or_refused_with_the_path_of_a_key(change: dict[str, Any]) -> None:
    outcome = attempt(json.dumps(LEAST | change))
    if isinstance(outcome, InputError):
        assert outcome.code.startswith("json.")
        assert outcome.path.startswith("vcpu.")
        return
    vcpu, machine = outcome
    assert all(0 <= value < 1 << 64 for value in vcpu)
    assert machine.features <= FEATURES
    assert set(machine.notifications) <= set(MACHINE_NOTIFICATIONS)
