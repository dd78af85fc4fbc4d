# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The mutators, on small texts and on the real ones; and the tables that stand beside them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from abi.rules import RECORD_RULES, all_rules
from tests.adequacy import c_mutants, forked, off, off_c, off_python, off_rust, python_mutants, rust_mutants
from tests.adequacy import evidence as ev
from tests.adequacy.languages import LANGUAGES
from tests.adequacy.model import BOUND, MASK, NUMBER, ROLES, RULE, Finding, Mutant, changed, mutants_of, source
from tests.adequacy.outside import OUTSIDE, function
from tests.adequacy.report import TABLE, rst, rule_of
from tests.adequacy.rules import ELSEWHERE, NOT_HAD, why_not
from tests.adequacy.survivors import complaints, listed
from tests.conformance.targets import every
from tests.generate.tools import ROOT

FINDERS = {"python": python_mutants, "c": c_mutants, "rust": rust_mutants}
TABLES = {
    "python": (off_python.TABLE, off.python_checks), "c": (off_c.TABLE, off.c_checks),
    "rust": (off_rust.TABLE, off.rust_checks),
}


def texts(mutants: list[Mutant], text: str) -> dict[str, str]:
    return {mutant.name: changed(text, mutant) for mutant in mutants}


def test_python_constants_masks_and_bounds_are_found() -> None:
    text = (
        "PAGE_SHIFT = 12\n\n\ndef f(esr: int, size: int, end: int) -> bool:\n"
        "    return esr & FSC == NOT_ON_WALK and size < end and not esr & ~(IN_PAGE | 1 << size)\n"
    )
    found = texts(python_mutants.find("abi/address.py", text), text)
    assert found["abi/address.py f: esr & [FSC] <<1"].count("esr & (FSC << 1) ==") == 1
    assert "== (NOT_ON_WALK - 1)" in found["abi/address.py f: esr & FSC == [NOT_ON_WALK] -1"]
    assert "size <= end" in found["abi/address.py f: size < end < to <="]
    assert "~((IN_PAGE >> 1) |" in found["abi/address.py f: [IN_PAGE] | 1 << size >>1"]
    assert "PAGE_SHIFT = (12 + 1)" in found["abi/address.py constant: PAGE_SHIFT = [12] +1"]
    assert len(found) == 11


def test_c_constants_masks_and_bounds_are_found() -> None:
    text = (
        "#define KFI_X 1\nstatic inline bool kfi_f(__u64 esr, size_t size, size_t end)\n{\n"
        "\t/* 7 == 7 */\n\tif (size < end && (esr & KFI_ESR_FSC) == 0x10)\n\t\treturn KFI_FLAG(NESTED);\n"
        "\tswitch (esr) {\n\tcase KFI_ESR_EC_SERROR:\n\t\treturn KFI_RULE_NONE;\n\t}\n\treturn false;\n}\n"
    )
    mutants = c_mutants.find("x.h", text)
    assert [(m.kind, m.edits[0].new) for m in mutants] == [
        (BOUND, "<="), (MASK, "(KFI_ESR_FSC << 1)"), (MASK, "(KFI_ESR_FSC >> 1)"), (NUMBER, "(0x10 + 1)"),
        (NUMBER, "(0x10 - 1)"), (MASK, "(KFI_FLAG ( NESTED ) << 1)"), (MASK, "(KFI_FLAG ( NESTED ) >> 1)"),
        (NUMBER, "(KFI_ESR_EC_SERROR + 1)"), (NUMBER, "(KFI_ESR_EC_SERROR - 1)"),
    ]
    schema, numbers = c_mutants.schema(text, mutants, 5)
    assert "KFI_MASK(6, KFI_ESR_FSC)) == KFI_NUMBER(8, 0x10)" in schema
    assert "KFI_FLAG_MASK(10, NESTED)" in schema
    assert numbers == [-1, 6, 7, 8, 9, 10, 11, -1, -1], "a bound and a label are built by themselves"


def test_rust_patterns_become_comparisons_and_constants_are_found() -> None:
    text = (
        "use crate::abi::KIND;\nconst fn f<'a>(esr: u64, size: u64, end: u64) -> bool {\n"
        "    match esr & 0x3f {\n        A | B if size < end => true,\n"
        "        _ => matches!(vcpu.mode(), C | D),\n    }\n}\n"
    )
    plain = rust_mutants.plain(text)
    assert "k if (k == A || k == B) && (size < end) => true" not in plain, "names of one letter are no constants"
    text = text.replace("A | B", "KIND_A | KIND_B").replace("C | D", "MODE_C | MODE_D")
    plain = rust_mutants.plain(text)
    assert "k if (k == KIND_A || k == KIND_B) && (size < end) => true" in plain
    assert "({ let k = vcpu.mode(); k == MODE_C || k == MODE_D })" in plain
    mutants = rust_mutants.find("x.rs", text)
    assert [m.edits[0].new for m in mutants if m.kind == BOUND] == ["<="], "a bracket of a type is no comparison"
    schema, numbers = rust_mutants.schema(plain, mutants, 0)
    assert "if crate::chosen::is(0) { 126 } else if crate::chosen::is(1) { 31 } else { 0x3f }" in schema
    assert "KIND_A.wrapping_sub(1)" in schema
    assert numbers.count(-1) == 1


@pytest.mark.parametrize("name", FINDERS)
def test_every_mutant_has_a_name_of_its_own_that_holds_no_line_and_changes_the_text(name: str) -> None:
    finder = FINDERS[name]
    mutants = mutants_of(ROOT, finder.FILES, finder.find)
    assert len({mutant.name for mutant in mutants}) == len(mutants) > 400
    assert {mutant.path for mutant in mutants} == set(finder.FILES)
    if name == "python":
        for mutant in mutants[::50]:
            compile(changed(source(mutant.path), mutant), mutant.path, "exec")
    path = next(iter(finder.FILES))
    moved = ("# a line\n" if name == "python" else "// a line\n") + source(path)
    assert [m.name for m in finder.find(path, moved)] == [m.name for m in finder.find(path, source(path))]


def switched_off(name: str) -> set[tuple[str, str]]:
    """Rules and roles in which a mutant of the implementation switches them off."""
    table, checks = TABLES[name]
    found = off.mutants(table, checks())
    for mutants in found.values():
        assert len({mutant.name for mutant in mutants}) == len(mutants)
    return {(mutant.rule, role) for role, mutants in found.items() for mutant in mutants}


def test_every_rule_is_switched_off_in_its_role_or_that_is_not_had_for_a_reason() -> None:
    """By each implementation, in each role in which any has the rule: so no cell of the page is empty."""
    off_by = {name: switched_off(name) for name in TABLES}
    every_ = set().union(*off_by.values())
    assert {rule for rule, _role in every_} == set(all_rules()) - set(ELSEWHERE)
    for rule in all_rules():
        own = "vmm" if rule.startswith("vmm.") else "host"
        assert rule in ELSEWHERE or (rule, own) in every_
    for name, found in off_by.items():
        here = {(rule, role) for rule, role in every_ if (name, role) in NOT_HAD}
        reasons = {(rule, role) for role in ROLES for rule in NOT_HAD.get((name, role), {})}
        assert found == here - reasons
        assert reasons <= here
        assert {rule for rule, role in found if role == "vmm"} >= set(RECORD_RULES)


def test_a_cell_of_the_page_that_nothing_fills_is_an_error() -> None:
    assert why_not("host.sequence", "host", "rust") == "has not this role"
    assert "producer" in why_not("host.sequence", "host", "c")
    with pytest.raises(KeyError):
        why_not("host.sequence", "host", "python")
    evidence = ev.read()
    for kind in [name for name in evidence["killers"]["c"]["vmm"]["spec/c/kfi_decide.h"] if "vmm.once" in name]:
        del evidence["killers"]["c"]["vmm"]["spec/c/kfi_decide.h"][kind]
    with pytest.raises(KeyError, match="once"):
        rst(evidence)


def test_rules_that_no_vector_asks_about_are_decided_by_a_test_that_is_there() -> None:
    asked = {rule for vector in every() for rule in vector.rules}
    assert set(ELSEWHERE) == set(all_rules()) - asked


def test_functions_that_are_not_measured_are_there() -> None:
    there = {
        function(mutant.name) for finder in FINDERS.values() for mutant in mutants_of(ROOT, finder.FILES, finder.find)
    }
    assert set(OUTSIDE) <= there


def test_a_child_that_crashes_or_hangs_is_no_news_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked, "PACE", 0.2)

    def work(job: str, place: forked.Place) -> str:
        place.at = 7
        if job == "crash":
            os._exit(3)
        while job == "hang":
            pass
        if job == "sleep":
            time.sleep(60)
        return job

    ended = dict(forked.each(["a", "crash", "hang", "sleep", "b"], work, patience=2))
    assert [(ended[n].how, ended[n].value, ended[n].at) for n in range(5)] == [
        ("done", "a", 7), ("crash", None, 7), ("hang", None, 7), ("hang", None, 7), ("done", "b", 7),
    ]


def finding(name: str, killer: str | None) -> Finding:
    return Finding(Mutant(name, MASK, "x.h", ()), "c", "host", killer, "answer" if killer else "")


def test_a_survivor_needs_a_reason_and_a_reason_needs_a_survivor(tmp_path: Path) -> None:
    path = tmp_path / "survivors.toml"
    path.write_text('[[survivors]]\nreason = "equivalent"\nc = ["host x.h f: a", "host x.h f: b"]\n')
    reasons = listed(path)
    assert complaints([finding("x.h f: a", None), finding("x.h f: b", None)], reasons) == []
    assert complaints([finding("x.h f: a", None), finding("x.h f: b", "slug"), finding("x.h f: c", None)], reasons) == [
        "c host x.h f: c: no vector turns red", "c host x.h f: b: listed as a survivor, but slug",
    ]
    assert complaints([finding("x.h f: a", None)], reasons) == [
        "c host x.h f: b: listed as a survivor, but there is no such mutant",
    ]
    for wrong in ('reason = ""\nc = ["host x.h f: a"]', 'reason = "r"', 'reason = "r"\nc = ["host a b", "host a b"]'):
        path.write_text(f"[[survivors]]\n{wrong}\n")
        with pytest.raises(ValueError, match="survivors"):
            listed(path)


def recorded(killer: str) -> ev.Evidence:
    return {"killers": {"c": {"host": {"x.h": {"f: a": killer}}}}}


@pytest.mark.parametrize(("old", "new", "same"), [
    ("one", "one", True), ("one", "two", False), ("one", "-", False), ("one (crash)", "two", True),
    ("one", "two (hang)", True), ("one (crash)", "-", False),
])
def test_what_is_recorded_is_compared(old: str, new: str, same: bool) -> None:
    assert (ev.differences(recorded(old), recorded(new)) == []) is same


def test_the_evidence_is_of_the_mutants_that_there_are_and_the_table_is_made_from_it() -> None:
    evidence = ev.read()
    assert ev.text(evidence) == ev.FILE.read_text(encoding="ascii"), ev.REFRESH
    assert TABLE.read_text(encoding="utf-8") == rst(evidence), ev.REFRESH
    assert evidence["vectors"] == len(every()), ev.REFRESH
    alive = {key for key, killer in ev.flat(evidence).items() if killer == "-"}
    assert alive == set(listed()), ev.REFRESH
    slugs = {vector.slug for vector in every()}
    assert {killer.partition(" ")[0] for killer in ev.flat(evidence).values()} - {"-"} <= slugs
    for name, finder in FINDERS.items():
        names = {m.name for m in mutants_of(ROOT, finder.FILES, finder.find) if function(m.name) not in OUTSIDE}
        there = {name_ for implementation, _role, name_ in ev.flat(evidence) if implementation == name}
        rules = {name_ for name_ in there if rule_of(name_) or name_.startswith("target ")}
        assert there - rules <= names, ev.REFRESH
        assert all(" case [" in missing or missing.startswith("spec/") for missing in names - there), ev.REFRESH


def test_a_rule_that_is_off_is_killed_by_a_vector_that_names_it() -> None:
    rules = {vector.slug: vector.rules for vector in every()}
    others = set()
    for (_implementation, role, name), killer in ev.flat(ev.read()).items():
        rule = rule_of(name)
        if rule and killer != "-" and rule not in rules[killer.partition(" ")[0]]:
            others.add((rule, role))
    assert others == {("host.byte_order", "host")}, "whatever is turned round, something looks wrong before"


def test_every_implementation_has_its_roles_and_kinds() -> None:
    counts = ev.read()["counts"]
    assert set(counts) == set(LANGUAGES)
    for name, roles in counts.items():
        assert set(roles) == ({"vmm"} if name == "rust" else set(ROLES))
        for kinds in roles.values():
            assert {RULE, NUMBER, MASK, BOUND} == set(kinds)
            assert kinds[RULE][1] <= 1, "rules: 100 %, but the check of vmm.major.unknown that comes second"
