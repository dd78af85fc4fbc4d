# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The JSON schemas, judged by jsonschema on what the commands really print and really take."""

from __future__ import annotations

import copy
import itertools
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.abi.ring import by_hand as rings
from tests.cli.files import BEFORE, Files, capture, view
from tests.cli.running import called
from tests.generate import by_hand
from tests.generate.conftest import copied, regenerated
from tests.generate.tools import SPEC, library
from tests.test_checklists import edit

pytestmark = pytest.mark.check

SCHEMAS = SPEC / "schemas"
KVM = capture("kvm-linux-7.3.4.json")
records = by_hand.records


def validator(name: str, folder: Path = SCHEMAS) -> Any:
    """The judge of one schema."""
    schema = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    judge = library("jsonschema").Draft202012Validator
    judge.check_schema(schema)
    return judge(schema)


def every(name: str) -> Iterator[Any]:
    """Every subschema of one file."""

    def walk(value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            yield value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from walk(inner)

    yield from walk(json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))


NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json"))


def test_there_is_a_schema_for_each_thing_that_goes_in_and_comes_out() -> None:
    assert NAMES == ["decode", "emit", "error", "import", "inject", "ring", "trap", "vcpu", "vectors"]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_closes_every_object(name: str) -> None:
    validator(name)
    objects = [schema for schema in every(name) if schema.get("type") == "object"]
    assert objects
    assert all(schema["additionalProperties"] is False for schema in objects)
    assert all(set(schema["required"]) <= set(schema["properties"]) for schema in objects)


GOOD: dict[str, bytes] = {
    "abort": records.abort(), "abort-1.0": records.abort(minor=0), "serror": records.serror(0xC11, 3),
    "notice": records.notice(), "broken": records.abort(reserved0=1),
    "unknown flag": records.abort(flags=0x41 | 1 << 20),
    "firmware": records.abort(sea_flags=0, esr=0x92000410, far=0, gpa=0, flags=0x50, gpa_origin=0, origin=3,
                              host_action=3, firmware_severity=1, firmware_va=0x300500123),
    "newer": records.abort(size=96)[:35] + b"\x02" + records.abort()[36:] + bytes(16),
    "unknown major": records.abort()[:34] + b"\x02" + records.abort()[35:],
    "unknown critical": records.abort(flags=0x41 | 1 << 40), "unknown kind": records.abort(kind=9),
}
BAD: dict[str, bytes] = {"empty": b"", "cut": records.abort()[:50], "size": records.abort(size=72),
                         "disagree": records.abort(kind=2)}


def decoded(data: bytes, files: Files, *more: str) -> Any:
    """What decode prints of these bytes."""
    return called("decode", files.raw(data), "--json", *more).json


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_what_decode_prints_is_in_the_schema(name: str, files: Files) -> None:
    printed = decoded((GOOD | BAD)[name], files)
    validator("decode").validate(printed)
    assert validator("error").is_valid(printed) == (name in BAD)


@pytest.mark.parametrize("name", ["abort", "abort-1.0", "serror"])
def test_what_an_older_reader_prints_is_in_the_schema(name: str, files: Files) -> None:
    validator("decode").validate(decoded(GOOD[name], files, "--reader", "1.0"))


def test_what_decode_prints_of_a_ring_is_in_the_schema(files: Files) -> None:
    size = 24 + 80
    kept = [GOOD["abort"], GOOD["notice"], GOOD["unknown kind"], BAD["disagree"]]
    slots = [rings.slot(2 * n + 2, n, 0, n + 1, record) for n, record in enumerate(kept)]
    image = rings.header(slot_size=size, slots=4, head=4) + b"".join(slots)
    printed = called("decode", "--ring", files.raw(image), "--json").json
    assert len(printed) == 4
    validator("ring").validate(printed)
    assert not validator("ring").is_valid([{**printed[0], "vcpu": 1 << 32}])
    validator("ring").validate(called("decode", "--ring", files.raw(b"KFI1"), "--json").json)


TRAP = {"esr_el2": "0x92000010", "far_el2": "0x300500123", "hpfar_el2": "0x8000000000500000"}
MORE_TRAP = {
    "memslots": [{"gpa": "0x50000000", "size": "0x100000", "hva": "0x7f0000000000", "pa": "0x80000000"}],
    "isolated": [{"gpa": "0x50000000", "lsb": "0xc"}], "walk": None, "walk_level": -1, "host_ras": True,
    "notify": "sei", "version": "1.0", "mpidr": 5,
}
TRAPS: dict[str, dict[str, Any]] = {
    "sea": TRAP, "no error": TRAP | {"esr_el2": "0x93c18005"}, "owned": TRAP | {"host_ras": False},
    "everything": TRAP | MORE_TRAP, "isolated": TRAP | MORE_TRAP | {"esr_el2": "0x92000006", "hpfar_el2": "0x500000"},
    **{f"{case['name']}-{trap['view']}": view(case, trap["view"])
       for case in KVM["cases"] for trap in case.get("trap_registers", ())},
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_that_emit_takes_and_what_it_prints_are_in_the_schemas(name: str, files: Files) -> None:
    validator("trap").validate(TRAPS[name])
    done = called("emit", files.trap(TRAPS[name]), "--json")
    assert done.code in (0, 1), done.err
    validator("emit").validate(done.json)


def test_what_import_prints_is_in_the_schema(files: Files) -> None:
    printed = called("import", "arm-sea", files.page(KVM["cases"][0]), "--json").json
    validator("import").validate(printed)
    assert not validator("import").is_valid(printed | {"record": printed["record"] + "00" * 8})
    validator("import").validate(called("import", "arm-sea", files.raw(b""), "--json").json)


VCPUS: dict[str, dict[str, Any]] = {
    "plain": {}, "no ras": {"ras": False}, "polled": {"notifications": ["poll"]},
    "features": {"features": ["mte", "-FEAT_RAS", "FEAT_DoubleFault2", "pauth_lr"], "sctlr2_el1": 0, "gcscr_el1": "0"},
    "pending": {"pending_serror": "0x1ffffff", "firmware_va": False}, "none pending": {"pending_serror": None},
}


@pytest.mark.parametrize(("vcpu", "record"), list(itertools.product(VCPUS, [*GOOD, *BAD])))
def test_a_vcpu_that_inject_takes_and_what_it_prints_are_in_the_schemas(vcpu: str, record: str, files: Files) -> None:
    validator("vcpu").validate(BEFORE | VCPUS[vcpu])
    done = called("inject", files.raw((GOOD | BAD)[record]), "--vcpu", files.vcpu(**VCPUS[vcpu]), "--json")
    assert "action" in done.json, done.err
    validator("inject").validate(done.json)


def strange(value: Any, chance: random.Random) -> Any:
    """Something else in the place of a value."""
    others: list[Any] = [
        None, True, -1, 1 << 64, "0x", "", "0x10000000000000000", "0" * 41, "0xg", "0XfF", "f" * 16, "0" * 40, {}, [],
        1.5, "2.0", "1.1", "nmi", "sea", 55, 56, "0x37", "0x38", -2, 3, 4, "0x1ffffff", "0x2000000", ["MTE"], ["-"],
        ["FEAT_"], ["sve"], ["irq", "nmi"], [{}], [{"gpa": 0, "lsb": "0x38"}], [{"gpa": 0, "lsb": "0x37"}],
        [{"gpa": 0, "lsb": 55}],
        [{"gpa": 0, "size": 0, "hva": 0, "pa": 0}], [{"gpa": 0, "size": "0x1", "hva": 0, "pa": 0}],
    ]
    return chance.choice([other for other in others if other != value])


@pytest.mark.parametrize(
    ("name", "whole"), [("trap", TRAP | MORE_TRAP), ("vcpu", BEFORE | VCPUS["features"] | VCPUS["pending"])]
)
def test_the_schema_and_the_command_refuse_the_same(name: str, whole: dict[str, Any], files: Files) -> None:
    """Keys dropped, added and given strange values, at random: never one judge alone says no."""
    chance, judge = random.Random(7), validator(name)
    verdicts = []
    for _ in range(600):
        value = copy.deepcopy(whole)
        key = chance.choice([*whole, "another"])
        if key in value and chance.random() < 0.3:
            del value[key]
        else:
            value[key] = strange(value.get(key), chance)
        path = files.json(value, "in.json")
        done = called("emit", path) if name == "trap" else called("inject", files.raw(GOOD["abort"]), "--vcpu", path)
        assert judge.is_valid(value) == (done.code in (0, 1)), (key, value.get(key), done.err)
        verdicts.append(done.code == 3)
    assert 100 < sum(verdicts) < 500


#: A number in its place -> whether it is one.
EDGES: dict[str, dict[Any, bool]] = {
    "far_el2": {"f" * 16: True, "1" + "0" * 16: False, "0" * 40: True, "0" * 41: False,
                "0x" + "0" * 24 + "f" * 16: True, (1 << 64) - 1: True, 1 << 64: False, 0: True, -1: False,
                "0x": False, "0XaB": True, "": False},
    "lsb": {"0x37": True, "37": True, "0x38": False, "0x3f": False, "0x40": False, "0x2F": True, "0x3": True,
            "0x0": True, "0" * 38 + "37": True, "0" * 38 + "38": False, "0x100": False, 55: True, 56: False},
    "pending_serror": {"0x1ffffff": True, "0x2000000": False, "0xffffff": True, "0" * 33 + "1FFFFFF": True,
                       "0" * 33 + "2000000": False, "0x10000000": False, (1 << 25) - 1: True, 1 << 25: False},
    "size": {"0x1": True, "0x0": False, "0" * 40: False, "0" * 39 + "1": True, 0: False, 1: True, "10": True},
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in EDGES.items() for value in values])
def test_a_number_at_its_bound_is_taken_or_refused_by_both(key: str, value: Any, files: Files) -> None:
    if key == "pending_serror":
        name, whole = "vcpu", BEFORE | {key: value}
        done = called("inject", files.raw(GOOD["abort"]), "--vcpu", files.json(whole, "vcpu.json"))
    else:
        slot = {"gpa": 0, "size": value, "hva": 0, "pa": 0}
        name, whole = "trap", TRAP | {
            "far_el2": {key: value}, "lsb": {"isolated": [{"gpa": 0, "lsb": value}]}, "size": {"memslots": [slot]},
        }[key]
        done = called("emit", files.trap(whole))
    assert validator(name).is_valid(whole) == (done.code != 3) == EDGES[key][value], done.err


@pytest.mark.parametrize("name", ["decode", "emit", "inject"])
def test_output_with_a_key_more_or_less_or_a_wrong_value_is_refused(name: str, files: Files) -> None:
    printed = {
        "decode": lambda: decoded(GOOD["abort"], files),
        "emit": lambda: called("emit", files.trap(TRAP), "--json").json,
        "inject": lambda: called("inject", files.raw(GOOD["abort"]), "--vcpu", files.vcpu(), "--json").json,
    }[name]()
    judge = validator(name)
    assert judge.is_valid(printed)
    assert not judge.is_valid(printed | {"another": 1})
    for key in printed:
        assert not judge.is_valid({k: v for k, v in printed.items() if k != key}), key
        assert not judge.is_valid(printed | {key: 1.5}), key


def test_a_field_may_be_null_only_where_its_flag_is_clear_and_is_null_then(files: Files) -> None:
    printed, judge = decoded(GOOD["abort"], files), validator("decode")
    assert judge.is_valid(printed | {"flags": ["ACTION_REQUIRED"], "far": None})
    assert not judge.is_valid(printed | {"flags": ["ACTION_REQUIRED"]})
    assert not judge.is_valid(printed | {"sea_flags": "0x0"})
    assert judge.is_valid(printed | {"sea_flags": "0x0", "gpa": None})
    assert not judge.is_valid(printed | {"esr": None})
    assert not judge.is_valid(printed | {"severity": "0x100", "flags": [*printed["flags"], "SEVERITY_VALID"]})
    assert not judge.is_valid(printed | {"flags": ["FAR_VALID", "FAR_INVALID"]})


def judge_places(folder: Path) -> None:
    """What the schema tells people of each field is where the table typed by hand has it."""
    for schema in json.loads((folder / "decode.json").read_text(encoding="utf-8"))["oneOf"][:2]:
        said = {name: re.match(r"offset (\d+), (u\d+): ", field.get("description", ""))
                for name, field in schema["properties"].items()}
        told = {name: (int(found[1]), found[2]) for name, found in said.items() if found}
        for name, place in by_hand.LAYOUTS["kvm_arm_fault_info"].items():
            assert told[name] == place, name


def test_the_places_told_are_right() -> None:
    judge_places(SCHEMAS)


def test_fields_in_other_places_are_told_wrong(moved: Path) -> None:
    with pytest.raises(AssertionError, match="esr"):
        judge_places(moved / "spec" / "schemas")


def test_a_definition_with_another_size_refuses_what_is_printed(tmp_path: Path, files: Files) -> None:
    """A field that moves from 1.1 into 1.0 makes records of 1.0 larger than 64 bytes."""
    copy = copied(tmp_path / "copy")
    edit(copy / "abi" / "definition.py", 'as SIGBUS si_addr", V1_1,', 'as SIGBUS si_addr", V1_0,')
    other = regenerated(copy, "schema-import") / "spec" / "schemas"
    printed = called("import", "arm-sea", files.page(KVM["cases"][0]), "--json").json
    assert len(printed["record"]) == 128
    assert validator("import").is_valid(printed)
    assert not validator("import", other).is_valid(printed)
