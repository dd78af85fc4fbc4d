# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The straight-line judge: it says what the rules say one by one, follows them, and a wrong one is found out."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi import rules
from abi.record import FaultInfo
from abi.rules import RECORD_RULES, check, on_record
from abi.rules.fast import Judges, straight_line
from tests.abi import strategies
from tests.abi.broken_records import BROKEN, BROKEN_TOO, VALID

Judge = Callable[[FaultInfo], bool]
#: Records on which a judge that misses a rule, or adds one, goes wrong.
TELLING = (*VALID.values(), *BROKEN.values(), *(record for _, record in BROKEN_TOO))
SOURCE = inspect.getsource(on_record)
CHECK_NAMES = [each.kept.__name__ for each in on_record.CHECKS.all]
JUDGE = straight_line(on_record, RECORD_RULES)


def disagreements(judge: Judge, module: ModuleType, records: Iterable[FaultInfo]) -> list[FaultInfo]:
    """The records of which the judge says another thing than the rules, asked one by one."""
    return [record for record in records if judge(record) is (module.CHECKS.broken(record) != ())]


@settings(max_examples=1000, deadline=None)
@given(record=st.one_of(
    strategies.valid_records(), strategies.near_valid_records(), strategies.newer_records(), strategies.records(),
))
def test_the_judge_says_what_the_rules_say_one_by_one(record: FaultInfo) -> None:
    assert disagreements(JUDGE, on_record, [record]) == []


def test_the_judge_agrees_on_every_record_made_by_hand() -> None:
    assert disagreements(JUDGE, on_record, TELLING) == []
    assert all(JUDGE(record) for record in VALID.values())
    assert not any(JUDGE(record) for record in BROKEN.values())


def test_every_check_is_one_expression_of_the_record_and_constants() -> None:
    """What the judge is made from: anything more would be lost on the way."""
    functions = [node for node in ast.parse(SOURCE).body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == CHECK_NAMES
    assert len(set(CHECK_NAMES)) == len(CHECK_NAMES)
    for function in functions:
        assert len(function.body) == 1, function.name
        assert isinstance(function.body[0], ast.Return), function.name
        calls = [node for node in ast.walk(function.body[0]) if isinstance(node, ast.Call | ast.Lambda)]
        assert calls == [], function.name
        names = {node.id for node in ast.walk(function.body[0]) if isinstance(node, ast.Name)}
        assert all(name == "r" or type(getattr(on_record, name)) in {int, tuple} for name in names), function.name


@pytest.fixture
def altered(tmp_path: Path) -> Callable[[str], ModuleType]:
    """A copy of the module of rules with another text."""

    def load(text: str) -> ModuleType:
        path = tmp_path / "altered_rules.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location("altered_rules", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def negated(name: str) -> str:
    """The module's text with one check turned into its opposite."""
    tree = ast.parse(SOURCE)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    returned = function.body[0]
    assert isinstance(returned, ast.Return)
    assert returned.value is not None
    returned.value = ast.UnaryOp(ast.Not(), returned.value)
    return ast.unparse(ast.fix_missing_locations(tree))


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_an_altered_rule_alters_the_judge(name: str, altered: Callable[[str], ModuleType]) -> None:
    module = altered(negated(name))
    judge = straight_line(module, RECORD_RULES)
    assert disagreements(judge, module, TELLING) == []
    assert disagreements(judge, on_record, TELLING) != []


@pytest.mark.parametrize(
    ("old", "new", "record"),
    [
        ("LSB_MAX = 55", "LSB_MAX = 11", VALID["data"]),
        ("r.major == 1", "r.major == 2", VALID["data"]),
        ("range(0x12, 0x18)", "range(0x12, 0x16)", VALID["data-walk"]),
        ("1 <= r.firmware_severity <= 4", "1 <= r.firmware_severity <= 1", VALID["fetch-claimed"]),
    ],
)
def test_an_altered_number_alters_the_judge(
    old: str, new: str, record: FaultInfo, altered: Callable[[str], ModuleType]
) -> None:
    assert SOURCE.count(old) == 1
    module = altered(SOURCE.replace(old, new))
    assert not straight_line(module, RECORD_RULES)(record)
    assert JUDGE(record)


@pytest.mark.parametrize(
    "expression",
    [
        "r.kind == 2 or r.kind == 3", "r.kind != 2 and r.kind != 3", "not (r.kind == 2 or r.kind == 3)",
        "(r.kind == 2 or r.kind == 3) and r.major == 1", "(r.kind < 2 and r.kind > 0) or r.major == 1",
        "r.major == 1 or r.kind == 1", "r.major == 1 and r.kind == 1", "r.kind == 1 or r.major == 1 or r.kind == 2",
        "r.major == 1 if r.kind == 1 else r.major == 2 if r.kind <= 3 else r.kind == 4",
        "(r.kind == 1) is (r.major == 1)", "1 <= r.kind <= 2", "r.kind in (1, 4)", "TABLE[r.kind] == r.major",
        "not r.kind & -2", "r.major == ONE + r.kind - 1",
    ],
)
def test_what_the_kind_decides_is_decided_as_the_expression_does(
    expression: str, altered: Callable[[str], ModuleType]
) -> None:
    """The judges are made with the kind put in; a synthetic rule for each form that an expression can have."""
    module = altered(
        "from abi.rules.model import Checks\nCHECKS, ONE, TABLE = Checks(), 1, (0, 1, 2, 1, 2)\n"
        f"@CHECKS('vmm.size')\ndef one(r):\n    return {expression}\n"
    )
    records = [FaultInfo(kind=kind, major=major) for kind in (1, 2, 3, 4) for major in (1, 2)]
    assert disagreements(straight_line(module, ("vmm.size",)), module, records) == []
    assert {module.CHECKS.broken(record) for record in records} == {(), ("vmm.size",)}


@pytest.mark.parametrize("rule", RECORD_RULES)
def test_a_judge_without_a_rule_is_found_out_by_that_rules_record(rule: str) -> None:
    wrong = straight_line(on_record, tuple(name for name in RECORD_RULES if name != rule))
    assert BROKEN[rule] in disagreements(wrong, on_record, TELLING)


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_a_judge_without_one_of_a_rules_checks_is_found_out(
    name: str, altered: Callable[[str], ModuleType]
) -> None:
    tree = ast.parse(SOURCE)
    tree.body = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == name)]
    wrong = straight_line(altered(ast.unparse(tree)), RECORD_RULES)
    assert disagreements(wrong, on_record, TELLING) != []


@pytest.mark.parametrize("answer", [True, False])
def test_a_judge_that_always_says_the_same_is_found_out(answer: bool) -> None:
    assert disagreements(lambda _record: answer, on_record, TELLING) != []


def test_without_the_modules_text_the_rules_are_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen application has no source."""

    def no_source(_module: ModuleType) -> str:
        raise OSError("could not get source code")

    monkeypatch.setattr(inspect, "getsource", no_source)
    monkeypatch.setattr(rules, "_JUDGES", Judges(on_record, RECORD_RULES))
    for rule, record in BROKEN.items():
        assert check(record) == (rule,)
    assert check(VALID["data"]) == ()


def test_the_judges_are_made_only_when_enough_records_were_read() -> None:
    judges = Judges(on_record, RECORD_RULES, patience=3)
    record = VALID["data"]
    for _ in range(3):
        assert judges[record.kind](record)
        assert not judges
    assert judges[record.kind](record)
    assert set(judges) == {record.kind}


def test_an_unknown_kind_is_asked_rule_by_rule() -> None:
    judges = Judges(on_record, RECORD_RULES)
    assert not judges[9](VALID["data"]._replace(kind=9))
    assert not judges
