# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tables of the specification, read by docutils as Sphinx reads them, against the tables typed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from abi.generate.rst import escape
from abi.rules import all_rules
from tests.abi.test_negotiate import ENABLE_CAP_BY_HAND
from tests.generate import by_hand
from tests.generate.tools import SPEC, library

pytestmark = pytest.mark.check

TABLES = SPEC / "tables"
WHERE = Path("spec") / "tables"
NAMES = sorted(path.stem for path in TABLES.glob("*.rst"))


def doctree(path: Path) -> Any:
    """The page as docutils parses it; any warning raises."""
    return parsed(path.read_text(encoding="utf-8"), path.name)


def parsed(text: str, name: str) -> Any:
    """RST as docutils parses it."""
    core, utils = library("docutils.core"), library("docutils.utils")
    strict = {"halt_level": 2, "report_level": 2, "warning_stream": ""}
    try:
        return core.publish_doctree(text, settings_overrides=strict)
    except utils.SystemMessage as message:
        raise AssertionError(f"{name}: {message}") from None


def tables(path: Path) -> dict[str, list[dict[str, str]]]:
    """Title of each table -> its rows, each a dict by the heads of the columns."""
    nodes = library("docutils.nodes")
    found = {}
    for table in doctree(path).findall(nodes.table):
        rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]
        title = next(iter(table.findall(nodes.title))).astext()
        found[title] = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_rst_without_a_warning(name: str) -> None:
    assert list(doctree(TABLES / f"{name}.rst").children)


@pytest.mark.parametrize("text", ["2*head+2 and *this* **that**", "a `b` ``c``", "d_ e__ _f", "|g| h|", r"\i \* _`j`"])
def test_text_is_never_markup(text: str) -> None:
    assert parsed(escape(text), "text").astext() == text


def places(rows: list[dict[str, str]]) -> dict[str, tuple[int, str]]:
    return {row["Field"]: (int(row["Offset"]), row["Type"]) for row in rows}


def judge_record(folder: Path) -> None:
    rows = tables(folder / "record.rst")["struct kvm_arm_fault_info"]
    assert [(int(r["Offset"]), r["Type"], r["Field"], r["Since"]) for r in rows] == list(by_hand.FIELDS)


def judge_flags(folder: Path) -> None:
    rows = tables(folder / "flags.rst")["flags"]
    told = [(int(r["Bit"]), r["Name"], r["Since"], r["Makes valid"].replace("-", "") or None) for r in rows]
    assert told == list(by_hand.FLAGS)


def judge_codes(folder: Path) -> None:
    found = tables(folder / "codes.rst")
    told = [(field, int(row["Value"]), row["Name"]) for field, rows in found.items() for row in rows]
    assert told == [code[:3] for code in by_hand.CODES]


def judge_layouts(folder: Path) -> None:
    found = tables(folder / "ring.rst") | tables(folder / "reply.rst")
    for name, fields in by_hand.LAYOUTS.items():
        if name != "kvm_arm_fault_info":
            assert places(found[f"struct {name.replace('kvm_arm_fault_reply', 'kvm_vcpu_events')}"]) == fields
    enable = places(tables(folder / "enable.rst")["struct kvm_enable_cap"])
    assert {name: offset for name, (offset, _type) in enable.items()} == ENABLE_CAP_BY_HAND
    run = places(tables(folder / "kvm_run.rst")["struct kvm_run"])
    assert {name: offset for name, (offset, _type) in run.items()} == by_hand.KVM_RUN


def judge_versions(folder: Path) -> None:
    found = tables(folder / "versions.rst")
    assert [(row["Version"], row["Bytes"]) for row in found["versions"]] == [("1.0", "64"), ("1.1", "80")]
    read = {(row["Writer"], row["Reader"]): row["Reads"] for row in found["writer and reader"]}
    assert read == {
        ("1.0", "1.0"): "whole", ("1.0", "1.1"): "whole", ("1.1", "1.0"): "prefix", ("1.1", "1.1"): "whole",
        ("1.255", "1.0"): "prefix", ("1.255", "1.1"): "prefix",
        ("255.0", "1.0"): "refused", ("255.0", "1.1"): "refused",
    }


#: Offsets of UEFI 2.11 appendix N and ACPI 6.5 that readers go by, typed from the standards.
FIRMWARE = {
    "acpi_hest_generic_status": {"data_length": 12, "error_severity": 16},
    "acpi_hest_generic_data_v300": {"revision": 20, "error_data_length": 24, "fru_text": 44, "time_stamp": 64},
    "cper_sec_proc_arm": {"err_info_num": 4, "section_length": 8, "mpidr": 16, "psci_state": 36},
    "cper_arm_err_info": {"type": 4, "multiple_error": 5, "error_info": 8, "physical_fault_addr": 24},
    "cper_sec_mem_err": {"physical_addr": 16, "error_type": 72, "mem_dev_handle": 78},
    "cper_record_header": {"section_count": 10, "record_length": 20, "record_id": 96, "flags": 104},
}


def test_every_table_is_the_one_typed_by_hand() -> None:
    for judge in (judge_record, judge_flags, judge_codes, judge_layouts, judge_versions):
        judge(TABLES)


def test_firmware_layouts_are_those_of_the_standards() -> None:
    found = {title.split(":")[0].removeprefix("struct "): places(rows)
             for title, rows in tables(TABLES / "firmware.rst").items()}
    for name, fields in FIRMWARE.items():
        assert {field: found[name][field][0] for field in fields} == fields


def test_fields_in_other_places_are_seen(moved: Path) -> None:
    for judge in (judge_record, judge_layouts):
        with pytest.raises(AssertionError):
            judge(moved / WHERE)
    judge_flags(moved / WHERE)


def test_other_numbers_are_seen(renumbered: Path) -> None:
    for judge in (judge_flags, judge_codes):
        with pytest.raises(AssertionError):
            judge(renumbered / WHERE)
    judge_record(renumbered / WHERE)


@pytest.mark.parametrize("role", ["host", "vmm"])
def test_every_rule_stands_in_the_text_once_with_a_target_of_its_own(role: str) -> None:
    nodes = library("docutils.nodes")
    page = doctree(TABLES / f"rules-{role}.rst")
    items = list(page.findall(nodes.definition_list_item))
    rules = [rule for rule in all_rules().values() if rule.role == role]
    assert [item[0].astext() for item in items] == [rule.name for rule in rules]
    assert set(page.nameids) == {f"rule-{rule.name}" for rule in rules}
    for item, rule in zip(items, rules, strict=True):
        said = " ".join(item.astext().split())
        assert all(" ".join(text.split()) in said for text in (rule.text, rule.reason, rule.source, rule.confidence))
        assert f"Role {rule.role} " in said
