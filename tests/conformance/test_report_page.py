# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The page of a report, read in a real browser with its network off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from abi.conformance import html, known, report
from abi.conformance.runner import Runner
from abi.conformance.vectors import Vector
from tests.conformance.browser import Browser, browsing
from tests.conformance.targets import answers, every, manners
from tests.test_checklists import edit

pytestmark = pytest.mark.check

SLUG, RULE = "esr-load-bit-11-noras", "vmm.esr.rewrite"


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as found:
        yield found


def told(command: list[str], vectors: Sequence[Vector], reasons: dict[str, str] | None = None) -> dict[str, Any]:
    """The report of a run."""
    run = Runner(command, vectors, 1.0).run()
    return report.document(run, known.judge(run.results, reasons or {}), command, "both")


def written(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "page.html"
    path.write_text(html.render(document), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def wrong() -> dict[str, Any]:
    """Some fail, one of them known, some crash the target, most pass."""
    notices = [v for v in every() if v.request == "vmm" and v.input.get("record", b"")[36:37] == b"\4"][:3]
    loads = [v for v in every() if v.slug.startswith("esr-load")]
    fails = told(answers("keeps-set"), loads, {"esr-load-bit-12-noras": "SET is not hidden yet"})
    crashes = told(manners("dies-of-a-notice"), [*every()[:40], *notices])
    assert fails["summary"]["fail"] >= 2
    assert crashes["summary"]["crashed"] == 3
    summary = {verdict: fails["summary"][verdict] + crashes["summary"][verdict] for verdict in fails["summary"]}
    return fails | {"vectors": fails["vectors"] + crashes["vectors"], "summary": summary,
                    "incidents": crashes["incidents"]}


@pytest.fixture
def page(tmp_path: Path, wrong: dict[str, Any]) -> Path:
    return written(tmp_path, wrong)


def slugs(document: dict[str, Any], *verdicts: str) -> set[str]:
    return {v["slug"] for v in document["vectors"] if v["verdict"] in verdicts}


def closed(browser: Browser, page: Path) -> None:
    """It needs nothing but itself, and nothing in it goes wrong."""
    browser.open(page)
    assert browser.asked() == [page.as_uri()]
    assert browser.complaints() == []


def searched(browser: Browser, page: Path, wrong: dict[str, Any]) -> None:
    """Search, expand, read."""
    browser.open(page)
    assert browser.shown() == slugs(wrong, "fail", "crashed")
    browser.find(f"{RULE.upper()} bit-11-noras")
    assert browser.shown() == {SLUG}
    assert browser.text("#shown") == f"1 of {len(slugs(wrong, 'fail', 'crashed'))}"
    entry = browser.element(f"[id='{SLUG}']")
    assert "By field" not in entry.text
    entry.find_element("tag name", "summary").click()
    one = next(v for v in wrong["vectors"] if v["slug"] == SLUG)
    assert browser.rows(SLUG) == [["esr_el1", "0x96000010", "0x96000810"]]
    assert browser.rows(SLUG) == [[row["field"], row["expected"], row["got"]] for row in one["fields"]]
    assert one["why"] in entry.text
    assert f"expected {one['expected']}" in entry.text.replace("\n", " ")
    assert f"got {one['got']}" in " ".join(entry.text.split())


def filtered(browser: Browser, page: Path, wrong: dict[str, Any]) -> None:
    """By verdict, by rule, by what nothing has."""
    browser.open(page)
    browser.choose("crashed")
    assert browser.shown() == slugs(wrong, "crashed")
    browser.find(SLUG)
    assert browser.shown() == set()
    browser.choose("")
    browser.element(f"[data-rule='{RULE}']").click()
    assert browser.shown() == {v["slug"] for v in wrong["vectors"] if v["verdict"] != "pass" and RULE in v["rules"]}
    browser.find("expected")
    assert browser.shown() == slugs(wrong, "fail", "crashed")
    browser.find("rule:expected")
    assert browser.shown() == set()
    browser.find("known failure")
    assert browser.shown() == {"esr-load-bit-12-noras"}


def test_it_needs_nothing_but_itself(browser: Browser, page: Path) -> None:
    closed(browser, page)


def test_a_failing_vector_is_found_expanded_and_read(browser: Browser, page: Path, wrong: dict[str, Any]) -> None:
    searched(browser, page, wrong)


def test_what_is_shown_is_chosen_by_verdict_rule_and_words(browser: Browser, page: Path, wrong: dict[str, Any]) -> None:
    filtered(browser, page, wrong)


def test_the_bytes_that_differ_are_marked(browser: Browser, page: Path) -> None:
    browser.open(page, f"#{SLUG}")
    marked = "[...document.querySelectorAll('details.v[open] mark')].map(e => e.innerText)"
    assert browser.run(f"return {marked}") == ["00", "08"]


def test_everything_shown_is_expanded_and_collapsed_at_once(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.find("esr-load")
    number = len(browser.shown())
    for button, expected in (("#open", number), ("#close", 0)):
        browser.element(button).click()
        assert browser.run("return document.querySelectorAll('details.v[open]').length") == expected


def test_an_address_with_a_slug_opens_that_vector(browser: Browser, page: Path) -> None:
    browser.open(page, f"#{SLUG}")
    assert browser.rows(SLUG)
    browser.open(page, "#esr-load-bit-9-noras")
    assert "esr-load-bit-9-noras" in browser.shown(), "it passed, and stands in a list that is closed at first"


def test_what_passed_is_found_too(browser: Browser, page: Path, wrong: dict[str, Any]) -> None:
    browser.open(page)
    browser.find("esr-load-bit-9-noras")
    assert browser.shown() == set()
    assert browser.text("#passed") == f"1 of {len(slugs(wrong, 'pass'))}"
    browser.element("#passed").click()
    assert browser.shown() == {"esr-load-bit-9-noras"}


#: The lightest and the darkest of each colour against the page, by WCAG's relative luminance.
CONTRAST = """
const light = (rgb) => { const [r, g, b] = rgb.match(/[\\d.]+/g).map((v) => v / 255)
  .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const canvas = document.createElement("div"); canvas.style.background = "Canvas"; document.body.append(canvas);
const page = getComputedStyle(canvas).backgroundColor; canvas.remove();
const found = {};
for (const e of document.querySelectorAll("p, td, .verdict, .first, .slug, mark, .not-ok, summary")) {
  const style = getComputedStyle(e), own = e.tagName === "MARK" ? style.backgroundColor : page;
  found[e.className || e.tagName] = ratio(light(style.color), light(own)); }
return [light(page), found];
"""


def test_it_can_be_read_in_light_and_dark(browser: Browser, page: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        browser.open(page)
        browser.element("#open").click()
        grounds[scheme], ratios = browser.run(CONTRAST)
        assert {"MARK", "verdict fail", "first"} <= set(ratios)
        assert {what: ratio for what, ratio in ratios.items() if ratio < 4.5} == {}
    assert grounds["light"] > 0.9
    assert grounds["dark"] < 0.1


def test_a_target_that_fails_everything_gives_a_page_that_still_works(browser: Browser, tmp_path: Path) -> None:
    document = told(manners("echoes"), every())
    path = written(tmp_path, document)
    closed(browser, path)
    assert browser.text("#shown") == f"{len(every())} of {len(every())}"
    browser.find(SLUG)
    assert SLUG in browser.shown()
    assert len(browser.shown()) < 10
    assert browser.run("const start = performance.now(); look(); document.body.offsetHeight;"
                       "return performance.now() - start") < 2000


def changed(folder: Path, wrong: dict[str, Any], old: str, new: str) -> Path:
    path = written(folder, wrong)
    edit(path, old, new)
    return path


@pytest.mark.parametrize(("old", "new"), [
    ("</h1>", '</h1><img src="https://example.invalid/x.png">'),
    ("<style>", '<link rel="stylesheet" href="https://example.invalid/x.css"><style>'),
    ("<style>", '<style>@import "other.css";'),
    ("<script>", '<script src="https://example.invalid/x.js"></script><script>'),
])
@pytest.mark.parametrize("policy", [True, False])
def test_a_page_that_needs_something_else_is_found(
    old: str, new: str, policy: bool, browser: Browser, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    path = changed(tmp_path, wrong, old, new)
    if not policy:
        edit(path, "Content-Security-Policy", "x")
    with pytest.raises(AssertionError):
        closed(browser, path)


@pytest.mark.parametrize(("old", "new", "reader"), [
    ("words.every(", "words.some(", searched),
    ("text.includes(word)", "true", searched),
    (".value.toLowerCase()", ".value", searched),
    ("e.textContent.toLowerCase()", "e.id", searched),
    ('by("find").addEventListener', 'by("open").addEventListener', searched),
    ('by("only").addEventListener', 'by("open").addEventListener', filtered),
    ("only === verdict", "true", filtered),
    ("event.target.dataset.rule}`; look()", "event.target.dataset.rule}`", filtered),
    ('word.startsWith("rule:")', "false", filtered),
    ('split(" ").includes(word.slice(5))', "length", filtered),
    ("<td>0x96000810</td>", "<td></td>", searched),
])
def test_a_page_that_finds_or_shows_the_wrong_thing_is_found(
    old: str, new: str, reader: Callable[[Browser, Path, dict[str, Any]], None], browser: Browser, tmp_path: Path,
    wrong: dict[str, Any],
) -> None:
    path = changed(tmp_path, wrong, old, new)
    with pytest.raises(AssertionError):
        reader(browser, path, wrong)
