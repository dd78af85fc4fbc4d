# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo conform``: exit codes, known failures strict both ways, and the three reports."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from abi.cli import BAD_INPUT, BAD_USAGE, DONE, NO, main
from abi.conformance import command
from abi.conformance.vectors import load
from tests.conformance.targets import answers, every, manners

#: A mistake that a handful of vectors find.
WRONG = answers("keeps-set")
FAILS = {"esr-load-bit-11-noras", "esr-load-bit-12-noras", "esr-fetch-bit-11-noras", "esr-fetch-bit-12-noras"}
ONLY = ("--role", "vmm", "--only", "noras")


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vectors themselves are read once for all tests."""
    monkeypatch.setattr(command, "load", lambda path: every() if path is None else load(path))


def conform(*arguments: str, target: list[str] | None = None) -> int:
    return main(["conform", *arguments, *(["--target", *target] if target else [])])


def known(path: Path, entries: dict[str, str]) -> str:
    path.write_text("[known-failures]\n" + "".join(f'"{slug}" = "{why}"\n' for slug, why in entries.items()))
    return str(path)


def test_the_reference_conforms(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform("--role", "vmm", "--only", "captured") == DONE
    assert "ok" in capsys.readouterr().out


@pytest.mark.parametrize("terminal", [True, False])
def test_a_person_is_told_how_far_it_is_and_a_file_is_not(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert conform("--role", "vmm", "--only", "captured") == DONE
    out, err = capsys.readouterr()
    number = len([v for v in every() if v.role == "vmm" and "captured" in v.slug])
    assert bool(re.search(rf"\r\d+ of {number}\r", err)) is terminal
    assert terminal or not err
    assert " of " not in out


def test_a_wrong_target_does_not_and_is_told_why_by_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform(*ONLY, target=WRONG) == NO
    said = capsys.readouterr().out
    assert "esr-load-bit-11-noras (vmm.esr.rewrite)" in said
    assert re.search(r"esr_el1: expected 0x96000010, got 0x96000810", said)


def test_known_failures_make_it_right(tmp_path: Path) -> None:
    path = known(tmp_path / "k.toml", dict.fromkeys(FAILS, "SET is not hidden yet"))
    assert conform(*ONLY, "--known-failures", path, target=WRONG) == DONE


def test_a_failure_that_is_not_known_fails(tmp_path: Path) -> None:
    path = known(tmp_path / "k.toml", dict.fromkeys(sorted(FAILS)[1:], "SET is not hidden yet"))
    assert conform(*ONLY, "--known-failures", path, target=WRONG) == NO


def test_a_known_failure_that_passes_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = known(tmp_path / "k.toml", dict.fromkeys([*FAILS, "esr-load-bit-9-noras"], "SET is not hidden yet"))
    assert conform(*ONLY, "--known-failures", path, target=WRONG) == NO
    assert "named as a known failure: esr-load-bit-9-noras" in capsys.readouterr().out


def test_update_makes_the_file_agree_and_keeps_reasons(tmp_path: Path) -> None:
    path = known(tmp_path / "k.toml", {"esr-load-bit-11-noras": 'said "so"'.replace('"', "'"),
                                       "esr-load-bit-9-noras": "gone", "abort-both": "not asked here"})
    assert conform(*ONLY, "--known-failures", path, "--update", target=WRONG) == DONE
    table = tomllib.loads(Path(path).read_text())["known-failures"]
    assert set(table) == FAILS | {"abort-both"}
    assert table["esr-load-bit-11-noras"] == "said 'so'"
    assert table["esr-load-bit-12-noras"].startswith("unexplained: fail")
    assert conform(*ONLY, "--known-failures", path, target=WRONG) == DONE


def test_update_writes_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    assert conform(*ONLY, "--known-failures", str(path), "--update", target=WRONG) == DONE
    assert set(tomllib.loads(path.read_text())["known-failures"]) == FAILS


@pytest.mark.parametrize(("text", "code"), [
    ("[known-failures]\nno-such-vector = 'x'\n", "known.slug"),
    ("[known-failures]\nabort-both = ''\n", "known.reason"),
    ("[known-failures]\nabort-both = 1\n", "known.reason"),
    ("[failures]\nabort-both = 'x'\n", "known.syntax"),
    ("[known-failures]\n[more]\n", "known.syntax"),
    ("known-failures", "known.syntax"),
    ("", "known.syntax"),
])
def test_a_bad_file_of_known_failures_is_bad_input(
    text: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "k.toml"
    path.write_text(text)
    assert conform(*ONLY, "--known-failures", str(path), target=WRONG) == BAD_INPUT
    assert code in capsys.readouterr().err


def test_update_without_a_file_is_bad_usage() -> None:
    assert conform("--update") == BAD_USAGE


def test_vectors_that_are_not_there_or_corrupt_are_bad_input(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert conform("--vectors", str(tmp_path)) == BAD_INPUT
    assert conform("--vectors", str(tmp_path / "none")) == BAD_INPUT
    assert conform("--only", "nothing has this") == BAD_INPUT


def reports(tmp_path: Path, *, target: list[str] = WRONG) -> tuple[dict[str, Any], ET.Element, str]:
    files = {name: tmp_path / f"r.{name}" for name in ("json", "xml", "html")}
    conform(*ONLY, "--timeout", "1", "--report", str(files["json"]), "--junit", str(files["xml"]), "--html",
            str(files["html"]), target=target)
    return (json.loads(files["json"].read_text()), ET.parse(files["xml"]).getroot(),
            files["html"].read_text())


def test_the_reports_say_the_same(tmp_path: Path) -> None:
    told, junit, page = reports(tmp_path)
    assert {v["slug"] for v in told["vectors"] if v["verdict"] == "fail"} == FAILS
    assert {c.get("name") for c in junit.iter("testcase") if c.find("failure") is not None} == FAILS
    assert all(slug in page for slug in FAILS)
    assert not told["ok"]
    one = next(v for v in told["vectors"] if v["slug"] == "esr-load-bit-11-noras")
    assert one["fields"] == [{"field": "esr_el1", "expected": "0x96000010", "got": "0x96000810"}]
    assert one["expected"] != one["got"]
    number = sum(int(s.get("tests", "0")) for s in junit.iter("testsuite"))
    assert number == len(told["vectors"]) == sum(told["summary"].values())


class Page(HTMLParser):
    """What a page refers to, and the text of its expandable entries."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.entries = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "action", "data"}]
        self.entries += tag == "details" and "data-verdict" in dict(attrs)


def test_the_page_is_one_file_that_refers_to_nothing(tmp_path: Path) -> None:
    _, _, page = reports(tmp_path)
    parsed = Page()
    parsed.feed(page)
    assert parsed.references == []
    assert parsed.entries == len(FAILS)
    assert "default-src 'none'" in page
    assert "://" not in page


def test_what_a_target_says_cannot_break_the_reports(tmp_path: Path) -> None:
    code = ("import sys; sys.stderr.write('</pre><script>alert(1)</script>\\x00]]>&'); sys.stderr.flush(); sys.exit(7)")
    told, junit, page = reports(tmp_path, target=["python3", "-c", code])
    assert told["target"] is None
    assert junit.find(".//error") is not None
    assert "<script>alert" not in page


def test_a_report_that_cannot_be_written_is_bad_input_and_the_others_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html = tmp_path / "r.html"
    code = conform(*ONLY, "--report", str(tmp_path / "no" / "r.json"), "--html", str(html), target=WRONG)
    said = capsys.readouterr()
    assert code == BAD_INPUT
    assert "file.write" in said.err
    assert "NOT OK" in said.out
    assert "esr-load-bit-11-noras" in html.read_text()


def test_smoke_is_told_trial_by_trial(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform("--smoke") == DONE
    assert "BYE: right" in capsys.readouterr().out
    assert conform("--smoke", "--timeout", "1", target=manners("no-handshake")) == NO
    assert "garbled" in capsys.readouterr().out


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform(*ONLY, "--json", target=WRONG) == NO
    assert json.loads(capsys.readouterr().out)["summary"]["fail"] == len(FAILS)


@pytest.mark.parametrize("name", ["dies-half-way", "fails-at-the-end"])
def test_a_target_that_breaks_fails_even_where_every_answer_is_right(name: str) -> None:
    assert conform("--role", "host", "--only", "enable-", target=manners(name)) == NO
