# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""TRAP.json: every key is read to its field, anything else is refused with the key's path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.definition import ALL_KINDS, KNOWN_CRITICAL, NEWEST, V1_0
from abi.errors import InputError
from abi.trap import Isolated, Memslot, Trap
from reference_host.trap import parse_trap
from tests.reference_host import strategies as s

REQUIRED = {"esr_el2": "0x92000010", "far_el2": "0x300500123", "hpfar_el2": "0x8000000000500000"}
SLOT = {"gpa": "0x40000000", "size": "0x1000", "hva": "0xffff80000000", "pa": "0x0"}
PAGE = {"gpa": "0x40000000", "lsb": "0xc"}
U64 = (1 << 64) - 1
NO_NUMBERS: tuple[Any, ...] = (
    "", "0x", "zz", "-0x1", "0x1_0", " 0x1", "0x10000000000000000", 1 << 64, -1, 1.5, True, None, [], {},
)


def parse(**more: Any) -> Trap:
    return parse_trap(json.dumps(REQUIRED | more))


def refused(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_trap(text)
    return caught.value


def test_three_registers_are_enough_and_the_rest_has_defaults() -> None:
    expected = Trap(0x9200_0010, 0x3_0050_0123, 0x8000_0000_0050_0000)
    assert parse() == expected
    assert (expected.host_ras, expected.vm_ras, expected.notify, expected.version) == (True, True, "sea", NEWEST)
    assert (expected.kinds, expected.critical, expected.memslots) == (ALL_KINDS, KNOWN_CRITICAL, None)


@pytest.mark.parametrize(("key", "value", "read"), [
    ("pfar_el2", "0x8000000048000000", 0x8000_0000_4800_0000),
    ("disr_el1", "0x80000c11", 0x8000_0C11),
    ("mpidr", "0x80000000", 0x8000_0000),
    ("walk", "0x50000123", 0x5000_0123),
    ("far_el2", "0xffffffffffffffff", U64),
    ("far_el2", "0xABC", 0xABC),
    ("walk_level", -2, -2),
    ("walk_level", 3, 3),
    ("memslots", [SLOT], (Memslot(0x4000_0000, 0x1000, 0xFFFF_8000_0000, 0),)),
    ("memslots", [], ()),
    ("isolated", [PAGE], (Isolated(0x4000_0000, 12),)),
    ("host_ras", False, False),
    ("vm_ras", False, False),
    ("hyp_context", True, True),
    ("nested", True, True),
    ("protected", True, True),
    ("notify", "sei", "sei"),
    ("notify", "gpio", "gpio"),
    ("notify", "none", "none"),
    ("version", "1.0", V1_0),
])
def test_each_key_is_read_to_its_field(key: str, value: Any, read: Any) -> None:
    assert parse(**{key: value}) == parse()._replace(**{key: read})


@pytest.mark.parametrize("key", ["pfar_el2", "disr_el1", "mpidr", "walk", "walk_level", "memslots"])
def test_null_is_not_known(key: str) -> None:
    assert parse(**{key: None}) == parse()


@pytest.mark.parametrize(("more", "code", "path"), [
    ({"esr": "0x0"}, "json.unknown", "trap.esr"),
    ({"kinds": "0x1e"}, "json.unknown", "trap.kinds"),
    ({"ESR_EL2": "0x0"}, "json.unknown", "trap.ESR_EL2"),
    ({"memslots": [SLOT | {"flags": "0x0"}]}, "json.unknown", "trap.memslots[0].flags"),
    ({"memslots": [SLOT, {"gpa": "0x0"}]}, "json.missing", "trap.memslots[1].size"),
    ({"isolated": [{"gpa": "0x0"}]}, "json.missing", "trap.isolated[0].lsb"),
    ({"memslots": SLOT}, "json.type", "trap.memslots"),
    ({"isolated": None}, "json.type", "trap.isolated"),
    ({"isolated": ["0x0"]}, "json.type", "trap.isolated[0]"),
    ({"memslots": [SLOT | {"size": "0x0"}]}, "json.number", "trap.memslots[0].size"),
    ({"memslots": [SLOT | {"hva": "0xfffffffffffff001"}]}, "json.number", "trap.memslots[0].size"),
    ({"isolated": [PAGE | {"lsb": "0x38"}]}, "json.number", "trap.isolated[0].lsb"),
    ({"host_ras": 1}, "json.type", "trap.host_ras"),
    ({"nested": "true"}, "json.type", "trap.nested"),
    ({"protected": None}, "json.type", "trap.protected"),
    ({"notify": "nmi"}, "json.choice", "trap.notify"),
    ({"notify": None}, "json.choice", "trap.notify"),
    ({"notify": ["sea"]}, "json.choice", "trap.notify"),
    ({"version": "1.2"}, "json.choice", "trap.version"),
    ({"version": "1.255"}, "json.choice", "trap.version"),
    ({"version": 1.1}, "json.choice", "trap.version"),
    ({"walk_level": 4}, "json.number", "trap.walk_level"),
    ({"walk_level": -3}, "json.number", "trap.walk_level"),
    ({"walk_level": "0x1"}, "json.number", "trap.walk_level"),
    ({"walk_level": True}, "json.number", "trap.walk_level"),
    *(({"far_el2": value}, "json.number", "trap.far_el2") for value in NO_NUMBERS),
])
def test_anything_else_is_refused_with_its_path(more: dict[str, Any], code: str, path: str) -> None:
    error = refused(json.dumps(REQUIRED | more))
    assert (error.code, error.path) == (code, path)


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_register_is_named(key: str) -> None:
    error = refused(json.dumps({k: v for k, v in REQUIRED.items() if k != key}))
    assert (error.code, error.path) == ("json.missing", f"trap.{key}")
    assert key in error.hint


@pytest.mark.parametrize(("text", "code"), [
    ("", "json.syntax"), ("{", "json.syntax"), (b"\xff\xfe\xfd", "json.syntax"), ("[" * 100_000, "json.syntax"),
    ("[]", "json.type"), ('"0x0"', "json.type"), ("null", "json.type"), ("1", "json.type"),
])
def test_what_is_no_json_object_is_refused(text: str | bytes, code: str) -> None:
    assert refused(text).code == code


@pytest.mark.parametrize("lsb", ["0x0", "0x37"])
def test_the_largest_granule_is_that_of_a_56_bit_address(lsb: str) -> None:
    assert parse(isolated=[PAGE | {"lsb": lsb}]).isolated == (Isolated(0x4000_0000, int(lsb, 16)),)


@settings(max_examples=150, deadline=None)
@given(s.traps(kinds=ALL_KINDS, critical=KNOWN_CRITICAL))
def test_any_trap_survives_being_written_down(trap: Trap) -> None:
    """Numbers as hex strings, as the captures have them."""
    written = {
        key: str(value) if key == "version" else hex(value) if type(value) is int and key != "walk_level" else value
        for key, value in trap._asdict().items()
        if key not in ("kinds", "critical", "memslots", "isolated")
    }
    written["isolated"] = [{k: hex(v) for k, v in page._asdict().items()} for page in trap.isolated]
    if trap.memslots is not None:
        written["memslots"] = [{k: hex(v) for k, v in slot._asdict().items()} for slot in trap.memslots]
    assert parse_trap(json.dumps(written)) == trap


keys = st.sampled_from([*REQUIRED, "walk", "memslots", "isolated", "notify", "version", "walk_level", "nested", "x"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("0x10"))
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
                      max_leaves=6)
objects = st.dictionaries(keys, values, max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=40), objects.map(lambda more: json.dumps(REQUIRED | more))))
def test_any_text_gives_a_trap_or_an_input_error(text: str | bytes) -> None:
    code = ""
    try:
        assert isinstance(parse_trap(text), Trap)
    except InputError as error:
        code = error.code
    assert code == "" or code.startswith("json.")
