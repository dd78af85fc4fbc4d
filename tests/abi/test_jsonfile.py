# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The JSON of the command line is read strictly: anything else is an InputError that names the key."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi import jsonfile
from abi.errors import InputError
from abi.jsonfile import DEPTH, array, boolean, choice, number, only, parse_object, signed

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def refused(call: Callable[..., object], *args: Any) -> InputError:
    with pytest.raises(InputError) as raised:
        call(*args)
    assert raised.value.code.startswith("json.")
    str(raised.value).encode()
    return raised.value


def test_an_object_is_read() -> None:
    assert parse_object('{"pc": "0x10", "inner": {"a": [1, null, true]}}', "vcpu") == {
        "pc": "0x10", "inner": {"a": [1, None, True]}
    }
    assert parse_object(b"\n{ }\n", "vcpu") == {}


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{", "}", '{"a"}', '{"a":}', '{"a":1,}', "{'a': 1}", '{"a": 0x10}', '{"a": 1} {"b": 2}', '{"a": 1}x',
        '{"a": 01}', '{"a": "\n"}', '{"a": "\\x41"}', "\ufeff{}", "// {}", '{"a": tru}', "\x00",
        b"\xff\xfe\x00", b"\x80", b'{"\xc3": 1}', "[" * 100_000, '{"a":' * 100_000, '{"a": ' + "9" * 5000 + "}",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    error = refused(parse_object, text, "trap")
    assert (error.code, error.path) == ("json.syntax", "trap")


def test_a_syntax_error_says_where() -> None:
    assert refused(parse_object, '{"a": 1, }', "trap").offset in {8, 9}


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "null", "true", "1.5", "NaN"])
def test_what_is_no_object_is_refused(text: str) -> None:
    error = refused(parse_object, text, "trap")
    assert (error.code, error.path, error.offset) == ("json.type", "trap", 0)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a": 1, "a": 1}', "trap.a"),
        ('{"a": 1, "b": 2, "a": 3}', "trap.a"),
        ('{"o": {"k": 1, "k": 2}}', "trap.k"),
        ('{"l": [{"k": 1}, {"k": 1, "k": 1}]}', "trap.k"),
        ('{"a": 1, "\\u0061": 2}', "trap.a"),
        ('{"\\ud800": 1, "\\ud800": 2}', "trap.\\ud800"),
    ],
)
def test_a_key_that_comes_twice_is_refused(text: str, path: str) -> None:
    """The library keeps the last and says nothing: the file would not mean what its reader sees."""
    error = refused(parse_object, text, "trap")
    assert (error.code, error.path) == ("json.duplicate", path)


def nested(depth: int, *, objects: bool) -> str:
    """An object with ``depth`` levels in all, the outermost one of them."""
    inner = depth - 1
    return '{"a":' + ('{"a":' * inner + "1" + "}" * inner if objects else "[" * inner + "]" * inner) + "}"


@pytest.mark.parametrize("objects", [True, False], ids=["objects", "arrays"])
def test_nesting_has_a_bound(objects: bool) -> None:
    parse_object(nested(DEPTH, objects=objects), "trap")
    for depth in (DEPTH + 1, 100, 500, *range(900, 1100), 20_000):
        error = refused(parse_object, nested(depth, objects=objects), "trap")
        assert error.code in {"json.depth", "json.syntax"}, depth


def deeper(levels: int, value: Any) -> int:
    return number(value, "trap.a") if levels == 0 else deeper(levels - 1, value)


def test_no_depth_passes_that_cannot_be_shown_in_an_error_further_down() -> None:
    """An error shows what it got, from deeper in the stack than where it was read."""
    for depth in range(2, sys.getrecursionlimit() + 10):
        try:
            value = parse_object(nested(depth, objects=False), "trap")
        except InputError:
            continue
        refused(deeper, 60, value["a"])


def test_unknown_and_missing_keys_are_refused() -> None:
    only({"a": 1, "b": 2}, ("a", "b", "c"), ("a",), "trap")
    only({}, (), (), "trap")
    error = refused(only, {"a": 1, "A": 1}, ("a",), (), "trap")
    assert (error.code, error.path, error.hint) == ("json.unknown", "trap.A", "keys: a")
    error = refused(only, {"b": 1}, ("a", "b"), ("a",), "trap.memslots[3]")
    assert (error.code, error.path, error.hint) == ("json.missing", "trap.memslots[3].a", "required: a")


@pytest.mark.parametrize("key", ["\x1b[31m", "a\nb", "\ud800", "\u202e", "é"])
def test_an_unknown_key_is_shown_in_plain_letters(key: str) -> None:
    """A path goes to a terminal: no control characters, nothing that cannot be encoded."""
    error = refused(only, {key: 1}, (), (), "trap")
    assert error.path.isascii()
    assert error.path.isprintable()


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("0x0", 0), ("0x92000010", 0x9200_0010), ("0XfF", 255), ("ff", 255), ("0xffffffffffffffff", (1 << 64) - 1),
        ("0x0000000000000000000000001", 1), (0, 0), (5, 5), ((1 << 64) - 1, (1 << 64) - 1),
    ],
)
def test_numbers_are_hex_strings_or_integers(value: str | int, result: int) -> None:
    assert number(value, "trap.x") == result


@pytest.mark.parametrize(
    "value",
    [
        "", "0x", "x", "0xg", "-1", "-0x1", "+0x1", "0x1_0", " 0x1", "0x1 ", "0x1\n", "1.0", "0x1p3", "\u0661",
        "0x10000000000000000", "f" * 17, "0x" + "f" * 100_000, "0" * 100_000, -1, 1 << 64, 1.0, 1e400, True, False,
        None, [], ["0x1"], {}, {"a": 1},
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_what_is_no_64_bit_number_is_refused(value: Any) -> None:
    error = refused(number, value, "trap.esr_el2")
    assert (error.code, error.path) == ("json.number", "trap.esr_el2")
    assert '"0xffffffffffffffff"' in error.expected


def test_a_limit_binds() -> None:
    assert number("0x1ffffff", "x", 0x1FF_FFFF) == 0x1FF_FFFF
    assert '"0x1ffffff"' in refused(number, "0x2000000", "x", 0x1FF_FFFF).expected


def test_a_small_integer_lies_between_its_bounds() -> None:
    assert [signed(n, "x", -2, 3) for n in range(-2, 4)] == list(range(-2, 4))


@pytest.mark.parametrize("value", [-3, 4, "0x1", 1.0, True, False, None, [], 10**400], ids=lambda v: str(v)[:9])
def test_what_is_no_small_integer_is_refused(value: Any) -> None:
    error = refused(signed, value, "trap.level", -2, 3)
    assert (error.code, error.path) == ("json.number", "trap.level")


def test_true_and_false_are_read() -> None:
    assert boolean(value=True, path="x") is True
    assert boolean(value=False, path="x") is False


@pytest.mark.parametrize("value", [0, 1, "true", None, [], {}, 1.0], ids=str)
def test_what_is_neither_true_nor_false_is_refused(value: Any) -> None:
    assert refused(boolean, value, "trap.nested").code == "json.type"


def test_one_of_the_words_is_a_choice() -> None:
    assert choice("sea", "x", ("sea", "irq")) == "sea"


@pytest.mark.parametrize("value", ["", "SEA", "sea ", None, 1, True, ["sea"], {"sea": 1}, 1.5], ids=str)
def test_any_other_word_is_refused(value: Any) -> None:
    error = refused(choice, value, "trap.notify", ("sea", "irq"))
    assert (error.code, error.expected) == ("json.choice", "sea or irq")


def test_an_array_is_read() -> None:
    assert array([1, 2], "x") == [1, 2]


@pytest.mark.parametrize("value", [{}, "[]", None, 1, ()], ids=str)
def test_what_is_no_array_is_refused(value: Any) -> None:
    assert refused(array, value, "trap.memslots").code == "json.type"


READERS: dict[str, Callable[[Any], object]] = {
    "number": lambda value: number(value, "x"),
    "signed": lambda value: signed(value, "x", -2, 3),
    "boolean": lambda value: boolean(value, "x"),
    "choice": lambda value: choice(value, "x", ("sea",)),
    "array": lambda value: array(value, "x"),
    "only": lambda value: only(value, ("a",), ("a",), "x") if isinstance(value, dict) else None,
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@settings(max_examples=150)
@given(value=JSON)
def test_any_value_is_taken_or_is_an_input_error(reader: Callable[[Any], object], value: Any) -> None:
    refusal: InputError | None = None
    try:
        reader(value)
    except InputError as error:
        refusal = error
    assert refusal is None or refusal.code.startswith("json.")


@settings(max_examples=300)
@given(text=st.text() | st.binary() | JSON.map(json.dumps) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_text_is_an_object_or_an_input_error(text: str | bytes) -> None:
    got: object
    try:
        got = type(parse_object(text, "x"))
    except InputError as error:
        got = error.code
    assert got in {dict, "json.syntax", "json.type", "json.depth", "json.duplicate"}


@settings(max_examples=200)
@given(value=st.dictionaries(st.text(), JSON, max_size=5))
def test_every_shallow_object_is_read_as_the_library_reads_it(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    if not jsonfile._too_deep(value):
        assert json.dumps(parse_object(text, "x")) == text
