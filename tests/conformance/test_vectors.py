# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The vectors: made by the tool, written one way, of the schema, about every rule; and strictly read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from abi.conformance.make import GROUPS, group
from abi.conformance.protocol import QUESTIONS
from abi.conformance.vectors import Vector, folder, load, parse, text
from abi.decode import decode
from abi.definition import RECORD, SIZES
from abi.errors import InputError
from abi.negotiate import matrix
from abi.record import FaultInfo
from abi.rules import all_rules
from tests.abi.broken_records import BROKEN, MALFORMED
from tests.conformance.targets import ROOT, every
from tests.trace import DECIDED_BY, WITHOUT_VECTOR, cited_by_tests

FILES = sorted(folder().glob("*.json"))


@pytest.mark.parametrize("name", GROUPS)
def test_the_tool_makes_the_file_byte_for_byte(name: str) -> None:
    assert (folder() / f"{name}.json").read_bytes() == text(group(name)).encode()


def test_no_object_of_the_schema_is_open() -> None:
    """Whatever says what an object has says that it has nothing else; what is left open is decided by request."""
    schema = json.loads((ROOT / "spec" / "schemas" / "vectors.json").read_text())
    opened = [path for path, node in nodes(schema, "") if "properties" in node and not closed(path, node)]
    assert opened == []
    shapes = [node for _, node in nodes(schema, "") if node.get("additionalProperties") is False]
    assert len(shapes) == 2 + 2 * len(QUESTIONS) + 2  # the file, a vector, question and answer of each; two arrays


def nodes(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from nodes(item, f"{path}/{key}")


def closed(path: str, node: dict[str, Any]) -> bool:
    """The two halves of a condition only narrow the vector, which is closed."""
    return node.get("additionalProperties") is False or path.endswith(("/if", "/then", "/properties"))


def test_there_is_no_file_that_the_tool_does_not_make() -> None:
    assert {path.stem for path in FILES} == set(GROUPS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_what_its_schema_says(path: Path) -> None:
    jsonschema = import_module("jsonschema")
    schema = json.loads((ROOT / "spec" / "schemas" / "vectors.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(path.read_text())
    # A schema of thousands of entries is slow to check: from all over, and every shape of each request.
    seen: dict[Any, Any] = {}
    for entry in document["vectors"]:
        seen.setdefault((entry["request"], *sorted(entry["input"]), *sorted(entry["expect"])), entry)
    document["vectors"] = [*seen.values(), *document["vectors"][::50]]
    validator.validate(document)
    for change in ({"extra": 1}, {"slug": "Not A Slug"}, {"role": "guest"}, {"input": {"pc": 1}},
                   {"expect": {"x": "0x0"}}):
        wrong = document | {"vectors": [document["vectors"][0] | change]}
        assert not validator.is_valid(wrong), change


def test_every_rule_has_a_vector_or_stands_among_those_that_cannot() -> None:
    with_ = {rule for vector in every() for rule in vector.rules}
    assert {rule for rule in all_rules() if rule not in with_} == set(WITHOUT_VECTOR)


@pytest.mark.parametrize("rule", WITHOUT_VECTOR)
def test_a_rule_without_a_vector_has_tests_that_decide_it(rule: str) -> None:
    """They are there, and cite the rule themselves."""
    cited = cited_by_tests(ROOT)
    assert DECIDED_BY[rule]
    assert [test for test in DECIDED_BY[rule] if rule not in cited.get(test, ())] == []


def test_every_rule_that_a_record_alone_can_break_has_one_that_says_just_that() -> None:
    said = {
        rule for v in every() if v.request == "check"
        for rule in (v.expect.get("broken") or v.expect.get("rule", b"")).decode().split()
        if len(v.expect.get("broken", b"").split()) < 2
    }
    assert set(BROKEN) <= said


@pytest.mark.parametrize("of", ["", "reader-"])
def test_every_cell_of_the_matrix_is_asked_as_the_cell_says(of: str) -> None:
    for cell in matrix():
        found = next(v for v in every() if v.slug == f"{of}matrix-{cell.writer}-by-{cell.reader}-kind-1")
        outcome, tail = found.expect["outcome"], found.expect.get("tail", 0)
        assert {"whole": (0, False), "prefix": (0, True), "refused": (1, False)}[cell.reads] == (outcome, tail > 0)


@pytest.mark.parametrize("request_", ["vmm", "read"])
def test_both_sides_of_every_size_are_asked(request_: str) -> None:
    lengths = {(len(v.input["record"]), v.expect["outcome"]) for v in every()
               if v.request == request_ and v.slug.startswith(("read-data", "reader-data"))}
    for size in SIZES.values():
        assert {(size - 1, 2), (size, 0), (size + 1, 2)} <= lengths


def test_what_a_reader_answers_is_what_plain_construct_reads() -> None:
    """A second way through the package; the fields of the answer are those of the bytes."""
    asked = 0
    for vector in every():
        if vector.request == "vmm" and vector.expect["outcome"] == 0 and vector.input.get("reader"):
            found = decode(vector.input["record"], exact=bool(vector.input.get("exact")), plain=True)
            record: FaultInfo = found.record  # type: ignore[assignment] # outcome 0
            numbers = RECORD.codec.fast.unpack(vector.expect["info"])
            assert numbers == tuple(record[: len(numbers)])
            asked += 1
    assert asked > 500


def test_bytes_that_are_cut_are_malformed() -> None:
    malformed = {v.input.get("record", b"") for v in every() if v.request == "vmm" and v.expect["outcome"] == 2}
    assert set(MALFORMED) <= malformed


def test_captured_answers_are_what_the_hardware_showed() -> None:
    """From the capture's own numbers: vmm.far.source, vmm.esr.rewrite, vmm.sea.vector."""
    cases = {c["name"]: c for c in json.loads(
        (ROOT / "tests" / "captures" / "kvm-linux-7.3.4.json").read_text())["cases"]}
    expected = next(v for v in every() if v.slug == "captured-data-read-el1").expect
    saw = cases["hw-data-read-el1"]["guest_saw"]
    assert expected["esr_el1"] == int(saw["esr_el1"], 16)
    assert expected["far_el1"] == int(cases["data-read-el1"]["va"], 16)
    assert expected["spsr_el1"] == int(saw["spsr_el1"], 16)


SMALL = text(group("vmm-captures"))


@pytest.mark.parametrize(("old", "new", "code"), [
    ('"role": "vmm"', '"role": "host"', "vectors.request"),
    ('"request": "vmm"', '"request": "guest"', "vectors.request"),
    ('"slug": "captured-data-read-el1"', '"slug": "Captured"', "vectors.slug"),
    ('"slug": "captured-data-read-el1-no-ras"', '"slug": "captured-data-read-el1"', "vectors.slug"),
    ('"vmm.far.source"', '"vmm.far.sauce"', "vectors.rule"),
    ('"pc": "0x100010dc"', '"pc": "0x0100010dc"', "vectors.canonical"),
    ('"pc": "0x100010dc"', '"pc": "0x1000000000010dc00"', "json.number"),
    ('"pc": "0x100010dc"', '"pc": "0x100010dc", "pc": "0x1"', "json.duplicate"),
    ('"pc": "0x100010dc"', '"pc": "0x100010dc", "pp": "0x1"', "json.unknown"),
    ('"outcome": "value"', '"outcome": "maybe"', "json.choice"),
    ('"outcome": "value", ', "", "json.missing"),
    ('"protocol": 1', '"protocol": 2', "vectors.protocol"),
    ('"vectors": [', '"vectors":  [', "vectors.canonical"),
    ('"ras": true', '"ras": 1', "json.type"),
    (' "vectors": [', ' "more": 1,\n "vectors": [', "json.unknown"),
    ("}\n", "", "json.syntax"),
])
def test_a_file_is_read_strictly(old: str, new: str, code: str) -> None:
    assert old in SMALL
    index = SMALL.rindex(old) if old == "}\n" else SMALL.index(old)
    with pytest.raises(InputError) as caught:
        parse(SMALL[:index] + new + SMALL[index + len(old) :], "x")
    assert caught.value.code == code


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b'{"a"', '{"é": 1}'.encode("utf-16")])
def test_bytes_that_are_no_vectors_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse(data, "x")


def test_an_empty_folder_and_a_lost_one_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(InputError) as caught:
            load(path)
        assert caught.value.code == "file.read"


def test_every_request_is_asked() -> None:
    assert {v.request for v in every()} == set(QUESTIONS)


#: What a reason must name beside the rule: a bit, a number, a register, a field, or one of what this is about.
NAMED = re.compile(r"[A-Z]{2,}|_|\d|\b(record|records|reply|abort|SError|vCPU|guest|page|slot|header|reader|machine)\b")
LEAST = 40


def hollow(vector: Vector) -> bool:
    """A label in the place of a reason."""
    why = vector.why
    plain = re.sub(r"[\W_]+", " ", why).strip().lower()
    label = plain == re.sub(r"[\W_]+", " ", vector.slug).strip()
    return label or len(why) < LEAST or len(why.split()) < 6 or not NAMED.search(why) or not why.endswith((".", "?"))


def test_every_vector_says_why_it_is_there() -> None:
    assert sorted({(vector.slug, vector.why) for vector in every() if hollow(vector)}) == []


@pytest.mark.parametrize("why", [
    "FSC 0x0.", "Kinds 0x10.", "exit import data fsc 00 off", "Exit-import-data-fsc-00-off?", "PFAR_EL2 with PFV=1",
    "It is there because it was thought to be good to have it, and so it stays.",
    "FSC 0x10 of an abort, given, and no end",
])
def test_a_label_is_no_reason(why: str) -> None:
    vector = next(v for v in every() if v.slug == "exit-import-data-fsc-00-off")
    assert not hollow(vector)
    assert hollow(vector._replace(why=why))
