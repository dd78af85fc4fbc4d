# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The specification builds without a warning, links every rule that it names, and says what holds each."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abi.cli import COMMANDS
from abi.definition import KIND_DATA_ABORT
from abi.esr_mask import kept
from abi.rules import all_rules
from tests import trace

SPEC = Path(__file__).parent.parent / "spec"
PAGES = sorted(SPEC.glob("*.rst"))
#: The order in which the pages are read; those after the command line come as they are written.
ORDER = ["today", "record", "reply", "delivery", "versions", "rules", "trace", "relation", "security", "command-line",
         "packages", "adapters", "fuzzing", "fuzz-panel", "fuzz-own", "live", "adequacy", "lab", "kernel", "questions"]


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Build pages with the specification's own configuration."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", str(SPEC), str(source)]
    return subprocess.run([*command, str(out)], capture_output=True, text=True, check=False)


def page(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Build one page that says this, beside the texts of the VMM's rules."""
    rules = (SPEC / "tables" / "rules-vmm.rst").read_text(encoding="utf-8")
    (folder / "index.rst").write_text(f"Title\n=====\n\n{text}\n\n{rules}", encoding="utf-8")
    return build(folder, folder / "html")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole specification, built."""
    out = tmp_path_factory.mktemp("docs") / "html"
    done = build(SPEC, out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.check
def test_the_specification_builds_without_a_warning_and_has_every_rule(html: Path) -> None:
    rules = (html / "rules.html").read_text(encoding="utf-8")
    assert [name for name in all_rules() if f">{name}</span>" not in rules] == []


@pytest.mark.check
@pytest.mark.parametrize(("text", "said"), [
    (".. include:: tables/none.rst", "none.rst"), ("A ``vmm.sizes`` here.", "vmm.sizes"),
    ("A ``vmm.nothing.*`` here.", r"vmm\.nothing\.\*"), ("A ``host.far.valid`` without its text.", "host.far.valid"),
])
def test_a_warning_fails_the_build(text: str, said: str, tmp_path: Path) -> None:
    done = page(text, tmp_path)
    assert done.returncode != 0
    assert re.search(f"(WARNING|CRITICAL).*{said}", done.stderr, re.DOTALL)


@pytest.mark.check
def test_a_rule_that_a_page_names_is_a_link_to_its_text(tmp_path: Path) -> None:
    done = page("A ``vmm.size``, and ``vmm.ring.*``, and ``struct kvm_run``.", tmp_path)
    assert done.returncode == 0, done.stderr
    said = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<p>A <a class="reference internal" href="#rule-vmm-size"', said)
    assert re.findall(r'href="#rule-vmm-ring-header"[^>]*><code[^>]*><span class="pre">vmm\.ring\.\*', said)


@pytest.mark.check
@pytest.mark.parametrize("name", [path.stem for path in PAGES if path.stem != "trace"])
def test_no_rule_on_a_page_stands_without_a_link(name: str, html: Path) -> None:
    """But the term that a rule's own text stands under, and code blocks; slugs of vectors may have a rule in them."""
    said = (html / f"{name}.html").read_text(encoding="utf-8")
    said = re.sub(r"<a [^>]*>.*?</a>|<dt>.*?</dt>|<pre>.*?</pre>", "", said, flags=re.DOTALL)
    said = re.sub(r"[\w.]+(?:-[\w.]+)+", "", re.sub(r"<[^>]*>", "", said))
    assert trace.named(said) == frozenset()


@pytest.mark.check
def test_the_page_of_traces_has_every_rule_with_what_holds_it(html: Path) -> None:
    said = re.sub(r"<[^>]*>", "", (html / "trace.html").read_text(encoding="utf-8"))
    for rule, found in trace.traces().items():
        assert said.count(rule) >= 2, rule
        for vector in found.vectors[:1]:
            assert f"({vector.slug}" in said or f" {vector.slug}" in said, vector
        for test in found.tests:
            assert test.partition("::")[2] in said, test
    assert all(reason.partition("'")[0] in said for reason in trace.WITHOUT_VECTOR.values())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_names_only_rules_that_exist(path: Path) -> None:
    named = re.findall(r"``((?:host|vmm)\.[a-z0-9_.*]+)``", path.read_text(encoding="utf-8"))
    for name in named:
        known = any(rule.startswith(name[:-1]) for rule in all_rules()) if name.endswith("*") else name in all_rules()
        assert known, name


def test_every_table_is_part_of_a_page() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert [table.name for table in (SPEC / "tables").glob("*.rst") if f"tables/{table.name}" not in text] == []


def test_the_pages_stand_in_their_order() -> None:
    toctree = re.search(r"toctree::\n.*?\n\n(.*?)\n\n", (SPEC / "index.rst").read_text(encoding="utf-8"), re.DOTALL)
    assert toctree
    named = toctree[1].split()
    assert {*named, "index"} == {path.stem for path in PAGES}
    assert named == [name for name in ORDER if name in named]


def test_no_rule_is_without_vector_and_without_test() -> None:
    assert trace.untested(trace.traces()) == []


A_TEST = '''
import pytest
from tests.tables import TABLE
LEFT_OUT = ["vmm.migrate"]
MARK = pytest.mark.parametrize("rule", TABLE)
@MARK
def test_by_a_table(rule): pass
def test_by_itself():
    """vmm.once"""
    assert "vmm.target" not in LEFT_OUT
def helper(): return "vmm.far.odds"
def test_that_only_helps(): assert helper() not in LEFT_OUT
'''


def test_a_test_cites_what_it_says_and_what_it_is_parametrized_with_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(A_TEST, encoding="utf-8")
    (tmp_path / "tests" / "tables.py").write_text(
        'MORE = {"vmm.agree": 1}\nTABLE = {**MORE, "vmm.size": 2, "vmm.sizes": 3}\nOTHER = "vmm.trailing"\n',
        encoding="utf-8")
    assert trace.cited_by_tests(tmp_path) == {
        "tests/test_it.py::test_by_a_table": {"vmm.agree", "vmm.size"},
        "tests/test_it.py::test_by_itself": {"vmm.once", "vmm.target"},
    }


def test_vectors_and_evidence_are_read_off_their_files(tmp_path: Path) -> None:
    for folder in ("tests", "spec/vectors", "spec/evidence"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "spec" / "evidence" / "lab.json").write_text(json.dumps({"rules": {"vmm.size": 1}}), encoding="utf-8")
    found = trace.traces(tmp_path)
    assert found["vmm.size"] == trace.Trace((), (), ("spec/evidence/lab.json",))
    assert trace.untested(found) == list(all_rules()), "without vectors and tests every rule is told"
    shutil.copy(SPEC / "vectors" / "host-enable.json", tmp_path / "spec" / "vectors")
    found = trace.traces(tmp_path)
    assert {vector.file for vector in found["host.enable.once"].vectors} == {"host-enable"}
    assert "host.enable.once" not in trace.untested(found)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described_with_every_option_that_it_has(name: str) -> None:
    text = (SPEC / "command-line.rst").read_text(encoding="utf-8")
    found = re.search(rf"^``faultinfo {name}(?: .*)?``\n((?:  .*\n)+)", text, re.MULTILINE)
    assert found, name
    parser = argparse.ArgumentParser()
    importlib.import_module(COMMANDS[name].module).configure(parser)
    for action in parser._actions:
        for option in action.option_strings:
            assert option in ("-h", "--help", "--json") or re.search(rf"(?<![\w-]){option}(?![\w-])", found[0]), option


@pytest.mark.parametrize(("section", "schema"), [("TRAP.json", "trap"), ("VCPU.json", "vcpu")])
def test_every_key_of_a_file_is_described(section: str, schema: str) -> None:
    text = (SPEC / "command-line.rst").read_text(encoding="utf-8")
    said = re.split(r"\n(?=.*\n---)", text.partition(f"\n{section}\n---")[2])[0]
    keys = json.loads((SPEC / "schemas" / f"{schema}.json").read_text(encoding="utf-8"))["properties"]
    assert [key for key in keys if f"``{key}``" not in said] == []


def test_the_masks_that_the_text_gives_are_those_of_the_rule() -> None:
    """host.esr.mask: what Linux keeps of a data abort, without and with RAS in the VM"""
    text = (SPEC / "today.rst").read_text(encoding="utf-8")
    without, with_ras = (kept(KIND_DATA_ABORT, 0x10, vm_ras=ras) for ras in (False, True))
    assert f"ESR_EL2 & {without:#x}, with SET ({with_ras & ~without:#x})" in " ".join(text.split())


@pytest.mark.check
@pytest.mark.parametrize("name", [path.stem for path in PAGES])
def test_no_cell_of_a_table_is_an_empty_list(name: str, html: Path) -> None:
    """What a bare dash becomes."""
    assert "<li></li>" not in re.sub(r"<p></p>|\s", "", (html / f"{name}.html").read_text(encoding="utf-8"))
