# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The committed evidence: whole, in its one form, and the same as a run of the whole default lab today."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.lab import evidence, excerpt, known, matrix, matrix_evidence, matrix_showing, timing, verdicts
from tests.lab.cache import default_root
from tests.lab.cases import collected
from tests.lab.compact import compacted, expanded
from tests.lab.matrix_rows import Configuration, Count, Differing, Row
from tests.lab.rows import rows
from tests.lab.showing import tally

FOLDER: Final = Path(__file__).parents[2] / "spec/evidence"
#: The whole default lab with a cold cache.
SECONDS: Final = 600


def committed(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def results(found: dict[str, Any]) -> dict[str, Any]:
    return {name: expanded(case["result"]) for name, case in found["cases"].items() if "result" in case}


@pytest.mark.parametrize(("name", "lines"), [
    ("lab.json", evidence.LINES), ("lab-matrix.json", matrix_evidence.LINES), ("lab-cold.json", timing.LINES)])
def test_it_stands_in_its_one_form(name: str, lines: int) -> None:
    assert evidence.text(committed(name), lines) == (FOLDER / name).read_text(encoding="utf-8")


def test_every_case_was_run_and_none_differs_without_a_rule() -> None:
    found = committed("lab.json")
    assert set(found["cases"]) == set(collected())
    for name, case in found["cases"].items():
        only_own = name == "live.beside"  # of a kernel that writes the record itself
        assert case["status"] == "absent" if only_own else case["status"] in ("holds", "explained"), name
    assert all(finding["rule"] for case in found["cases"].values() for finding in case.get("findings", []))


def test_there_are_enough_cells_and_none_was_left_out() -> None:
    found = results(committed("lab.json"))
    counted = [tally(rows(found[case], found)) for case in verdicts.CELLS]
    assert len({_but_for_the_address(one["hardware"]) for one in found[verdicts.CELLS[0]]["cells"].values()}) >= 24
    assert all(each.cells == each.equal + sum(each.explained.values()) and not each.absent for each in counted)


def _but_for_the_address(read: dict[str, Any]) -> tuple[Any, ...]:
    """What the guest found at its handler, without where the access was made and to what."""
    return tuple(value for name, value in sorted(read.items()) if name not in ("access", "elr_el1", "far_el1"))


def test_the_rules_are_what_the_cells_say() -> None:
    found = committed("lab.json")
    assert found["rules"] == {one.rule: one._asdict() for one in verdicts.verdicts(results(found))}


def test_the_command_lines_name_no_folder_of_a_machine() -> None:
    for boot in committed("lab.json")["boots"]:
        assert boot["command"][0] == "qemu-system-aarch64"
        assert not [part for part in boot["command"] if part.startswith("/") or "CACHE" in part]


def test_a_result_comes_back_from_its_short_form() -> None:
    for result in results(committed("lab.json")).values():
        assert expanded(compacted(result)) == result


def test_the_page_shows_what_the_evidence_says() -> None:
    for path, text in excerpt.excerpts().items():
        assert path.read_text(encoding="utf-8") == text
        assert max(map(len, text.splitlines())) <= 130


def test_what_moves_is_not_compared_and_all_else_is() -> None:
    one, other = committed("lab.json"), committed("lab.json")
    other["date"], other["qemu"], other["seconds"] = "later", "12", {}
    other["cases"]["equality.hardware"]["result"]["memslots"] = []
    assert evidence.compared(one) == evidence.compared(other)
    other["cases"]["equality.hardware"]["result"]["cells"]["str EL0"]["exit"] = "EINTR"
    assert evidence.compared(one) != evidence.compared(other)


@pytest.mark.parametrize(("name", "limit"), [
    ("lab.json", timing.WARM_LIMIT), ("lab-cold.json", timing.COLD_LIMIT)])
def test_it_was_quick_enough_warm_and_with_an_empty_cache_folder(name: str, limit: int) -> None:
    found = committed(name)
    assert found["host"]["cpus"] == 2
    if found["host"]["load"] < found["host"]["cpus"]:  # others leave it a core, at least
        assert found["seconds"]["prepare"] + found["seconds"]["run"] < limit


def test_the_run_with_an_empty_cache_folder_built_all_and_each_case_ended_as_in_a_warm_one() -> None:
    cold, warm = committed("lab-cold.json"), committed("lab.json")
    assert cold["seconds"]["build"] > warm["seconds"]["build"]
    assert set(cold["cases"]) >= {*verdicts.CELLS, "firmware.virtual", "guest_kernel.virtual", "live.vectors"}
    assert cold["cases"] == {name: warm["cases"][name]["status"] for name in cold["cases"]}


def test_the_matrix_has_every_configuration_and_two_kernels_and_three_qemus() -> None:
    found = committed("lab-matrix.json")["rows"]
    parts = {part: {row[part] for row in found} for part in Configuration._fields}
    assert len(parts["kernel"]) >= 2
    assert len(parts["qemu"]) >= 3
    assert parts["cpu"] == set(matrix.CPUS)
    assert len(found) == len(parts["kernel"]) * len(parts["qemu"]) * len(parts["cpu"])
    for row in found:
        assert set(row["groups"]) == set(matrix.GROUPS)
        assert all(isinstance(count, dict) for count in row["groups"].values()), "one has failed"
        assert row["packages"]
        assert row["emulator"].startswith(row["qemu"])
        assert row["command"][0] == "qemu-system-aarch64"
        assert not [part for part in row["command"] if part.startswith("/")]
        assert all(value > 0 for value in row["seconds"].values())
        for name, count in row["groups"].items():  # what is counted is also told, with its reason
            absent = [one for one in row["absent"] if one["group"] == name]
            assert count["absent"] == sum(len(one["cells"]) for one in absent)
            assert all(one["why"] for one in absent)
        if row["cpu"] == "cortex-a57":  # no FEAT_RAS: the negative result, by its rule
            rules = {one["rule"] for one in row["differing"] if one["field"] == "exit"}
            assert {"host.owned"} <= rules <= {"host.owned", "host.never_silent"}


def test_each_finding_of_the_matrix_is_known_and_the_page_tells_of_it() -> None:
    found = matrix_evidence.loaded(FOLDER / "lab-matrix.json")
    assert not matrix_showing.differs(found)
    findings = [(one.configuration.qemu, each) for one in found for each in one.differing if each.rule is None]
    assert {known.why(*one) for one in findings} == {one.why for one in known.KNOWN}
    page = " ".join((FOLDER / "lab-matrix.txt").read_text(encoding="utf-8").split())
    assert all(one.why in page for one in known.KNOWN)


def test_every_case_is_in_the_matrix_or_is_left_out_for_a_reason() -> None:
    left = {name for name in collected() if any(
        name == out or (out.endswith(".") and name.startswith(out)) for out in matrix.LEFT_OUT)}
    assert left | set(matrix.GROUPS) == set(collected())
    assert not left & set(matrix.GROUPS)


@pytest.mark.parametrize("changed", [
    {"field": "esr_el1"}, {"got": "0x2345601140"}, {"due": "0x2345601141"}, {"cells": ("str EL0 unaligned",)},
    {"rule": "vmm.esr.rewrite"}, {}])
def test_only_what_is_known_of_a_qemu_is_no_no(changed: dict[str, Any]) -> None:
    known_one = Differing("equality.hardware", "far_el1", "0x234560114f", "0x2345601148", None, ("ldr EL0 over 16",))
    one = known_one._replace(**changed)
    assert matrix_showing.differs([row("7.2.22", "max", one)]) is (one.rule is None and one != known_one)
    assert matrix_showing.differs([row("10.0.13", "max", one)]) is (one.rule is None)


def row(qemu: str, cpu: str, *differing: Differing) -> Row:
    bad = sum(one.rule is None for one in differing)
    return Row(Configuration("7.3.4+x", qemu, cpu), dict.fromkeys(matrix.GROUPS, Count(9, 1, bad, 0)), differing, {})


def test_a_finding_is_told_once_with_where_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    rounded = Differing("equality.hardware", "far_el1", "0x143", "0x140", None, ("ldr EL1h unaligned", "ldr EL0"))
    known = Differing("equality.hardware", "FSC", "0x10", "0x17", "vmm.esr.rewrite", ("ldr EL1h walk level 3",))
    found = [row("7.2", "max", rounded, known), row("7.2", "n1", rounded, known), row("11.1", "max", known)]
    assert list(matrix_showing.told(found, explained=False)) == [
        "NO RULE: hardware, far_el1 of ldr EL1h unaligned, ldr EL0: 0x143, not 0x140. On QEMU 7.2."]
    assert list(matrix_showing.told(found, explained=True)) == [
        "vmm.esr.rewrite: hardware, FSC of ldr EL1h walk level 3: 0x10, not 0x17. Everywhere."]
    only = [one.configuration for one in found[2:]]
    assert matrix_showing.places(only, found) == "On QEMU 11.1."
    but_one = [one.configuration for one in found[1:]]
    assert matrix_showing.places(but_one, found) == "Everywhere but on QEMU 7.2 with max."
    assert matrix_showing.differs(found)
    assert not matrix_showing.differs(found[2:])
    matrix_showing.show(found)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 130


@pytest.mark.check
def test_the_whole_lab_says_today_what_the_evidence_says(tmp_path: Path) -> None:
    target = tmp_path / "lab.json"
    done = subprocess.run(
        [sys.executable, "-m", "abi.cli", "lab", "--cache", str(default_root()), "--evidence", str(target)],
        capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 130
    today = json.loads(target.read_text(encoding="utf-8"))
    assert evidence.compared(today) == evidence.compared(committed("lab.json"))
