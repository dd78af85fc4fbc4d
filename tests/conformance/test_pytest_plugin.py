# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The pytest plugin, as a project with a Python binding uses it: each test is a project of its own."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from abi.conformance.vectors import folder, load
from tests.conformance.targets import ROOT, answers, manners

pytest_plugins = ["pytester"]

#: A few vectors, quick to collect.
FILE = folder() / "host-enable.json"
#: A project's whole test, and the answers that it declares: the reference's, one of them changed.
TEST = """
import pytest
from abi.conformance.make.book import reference

@pytest.mark.kfi({marked})
def test_conforms(kfi_vector):
    kfi_vector.check()

@pytest.fixture(scope="session")
def kfi_target():
    right = reference().ANSWERS["enable"]
    def enable(values):
        {change}
        return right(values)
    return {{"enable": enable}}
"""
#: A host that forgets that it was enabled: one vector fails.
WRONG = "if values['enabled']: return right(values | {'enabled': 0})"
FAILS = "enable-again1-vcpus0-protected0"
#: One that a command fails: it takes kinds that nobody knows.
KINDS = "enable-kinds-20"


def ran(pytester: pytest.Pytester, *arguments: object, change: str = "pass", marked: str = "") -> pytest.RunResult:
    pytester.makepyfile(TEST.format(change=change, marked=marked))
    return pytester.runpytest_inprocess(f"--kfi-vectors={FILE}", *map(str, arguments))


def by_command(pytester: pytest.Pytester, target: Sequence[str], *arguments: object) -> pytest.RunResult:
    pytester.makepyfile("def test_conforms(kfi_vector):\n    kfi_vector.check()\n")
    return pytester.runpytest_inprocess(
        f"--kfi-vectors={FILE}", f"--kfi-target={shlex.join(target)}", "--kfi-timeout=2", *map(str, arguments)
    )


def said(result: pytest.RunResult) -> str:
    return result.stdout.str() + result.stderr.str()


def known(path: Path, *slugs: str) -> str:
    path.write_text("[known-failures]\n" + "".join(f'{slug} = "not done yet"\n' for slug in slugs), encoding="utf-8")
    return f"--kfi-known-failures={path}"


def test_one_item_a_vector_and_all_pass(pytester: pytest.Pytester) -> None:
    ran(pytester).assert_outcomes(passed=len(load(FILE)))


def test_a_wrong_answer_is_told_by_field_and_in_hex(pytester: pytest.Pytester) -> None:
    result = ran(pytester, change=WRONG)
    result.assert_outcomes(passed=len(load(FILE)) - 1, failed=1)
    vector = next(v for v in load(FILE) if v.slug == FAILS)
    assert f"test_conforms[{vector.slug}]" in said(result)
    assert f"fail: {vector.slug} ({', '.join(vector.rules)}): {vector.why}" in said(result)
    result.stdout.fnmatch_lines(["*errno: expected 0x*, got 0x0*", f"expected {vector.answer().hex()}", "got      *"])
    assert "asking.py" not in said(result), "no traceback through the plugin"


def test_an_exception_of_the_project_is_shown_as_its_own(pytester: pytest.Pytester) -> None:
    result = ran(pytester, "-k", FAILS, change="raise RuntimeError('not bound yet')")
    result.assert_outcomes(failed=1, deselected=len(load(FILE)) - 1)
    assert "RuntimeError: not bound yet" in said(result)


def test_known_failures_are_expected_to_fail(pytester: pytest.Pytester) -> None:
    result = ran(pytester, known(pytester.path / "k.toml", FAILS), "-rx", change=WRONG)
    result.assert_outcomes(passed=len(load(FILE)) - 1, xfailed=1)
    assert "not done yet" in said(result)


def test_a_known_failure_that_passes_fails(pytester: pytest.Pytester) -> None:
    result = ran(pytester, known(pytester.path / "k.toml", "enable-critical-none"))
    result.assert_outcomes(passed=len(load(FILE)) - 1, failed=1)
    assert "XPASS(strict)" in said(result)


def test_what_is_not_supported_is_skipped_and_a_mark_leaves_it_out(pytester: pytest.Pytester) -> None:
    others = f"--kfi-vectors={folder() / 'vmm-captures.json'}"
    result = ran(pytester, others)
    result.assert_outcomes(skipped=len(load(folder() / "vmm-captures.json")))
    ran(pytester, marked="'enable'").assert_outcomes(passed=len(load(FILE)))
    ran(pytester, marked="'host'").assert_outcomes(passed=len(load(FILE)))


def test_items_are_chosen_by_rule(pytester: pytest.Pytester) -> None:
    number = sum("host.enable.once" in v.rules for v in load(FILE))
    result = ran(pytester, "-m", 'kfi_rule(name="host.enable.once")')
    result.assert_outcomes(passed=number, deselected=len(load(FILE)) - number)


def test_a_command_is_asked_once_for_all(pytester: pytest.Pytester) -> None:
    program = pytester.path / "target.sh"
    program.write_text('#!/bin/sh\necho started >> "$0.log"\nexec "$@"\n', encoding="ascii")
    program.chmod(0o700)
    right = [sys.executable, str(ROOT / "spec" / "adapters" / "python" / "adapter.py")]
    result = by_command(pytester, [str(program), "env", f"PYTHONPATH={ROOT}", *right], "-k", "protected1")
    chosen = sum("protected1" in v.slug for v in load(FILE))
    result.assert_outcomes(passed=chosen, deselected=len(load(FILE)) - chosen)
    assert Path(f"{program}.log").read_text(encoding="ascii") == "started\n"


def test_a_command_that_answers_wrongly_fails_by_vector(pytester: pytest.Pytester) -> None:
    result = by_command(pytester, answers("enables-anything"), "-k", f"[{KINDS}]")
    result.assert_outcomes(failed=1, deselected=len(load(FILE)) - 1)
    assert "errno: expected 0x16, got 0x0" in said(result)


def test_a_command_that_cannot_start_or_breaks_fails(pytester: pytest.Pytester) -> None:
    result = by_command(pytester, ["/nonexistent/target"], "-k", FAILS)
    assert result.parseoutcomes()["failed"] == 1
    assert "cannot be started" in said(result)
    result = by_command(pytester, manners("fails-at-the-end"))
    result.assert_outcomes(passed=len(load(FILE)), errors=1)
    assert "the target broke, and no vector is to blame" in said(result)


def test_settings_may_stand_in_the_ini_file(pytester: pytest.Pytester) -> None:
    target = shlex.join(answers("enables-anything"))
    known(pytester.path / "k.toml", KINDS)
    pytester.makeini(f"[pytest]\nkfi_target = {target}\nkfi_vectors = {FILE}\nkfi_known_failures = k.toml\n")
    pytester.makepyfile("def test_conforms(kfi_vector):\n    kfi_vector.check()\n")
    result = pytester.runpytest_inprocess("-k", f"[{KINDS}]")
    result.assert_outcomes(xfailed=1, deselected=len(load(FILE)) - 1)


@pytest.mark.parametrize(("option", "code", "complaint"), [
    ("--kfi-vectors=none.json", pytest.ExitCode.INTERRUPTED, "file.read: *none.json"),
    ("--kfi-known-failures=none.toml", pytest.ExitCode.INTERRUPTED, "file.read: *none.toml"),
    ("--kfi-known-failures=unknown.toml", pytest.ExitCode.INTERRUPTED, "known.slug: *no-such-vector"),
    ("--kfi-timeout=soon", pytest.ExitCode.USAGE_ERROR, "*kfi_timeout: expected seconds, got 'soon'"),
    ("--kfi-target=", pytest.ExitCode.TESTS_FAILED, "nothing to ask: give --kfi-target"),
])
def test_a_wrong_option_is_told_and_nothing_runs(
    option: str, code: pytest.ExitCode, complaint: str, pytester: pytest.Pytester
) -> None:
    known(pytester.path / "unknown.toml", "no-such-vector")
    pytester.makepyfile("def test_conforms(kfi_vector):\n    kfi_vector.check()\n")
    result = pytester.runpytest_inprocess(f"--kfi-vectors={FILE}", option)
    assert result.ret == code
    (result.stderr if code == pytest.ExitCode.USAGE_ERROR else result.stdout).fnmatch_lines([f"{complaint}*"])
    if code != pytest.ExitCode.USAGE_ERROR:
        result.assert_outcomes(errors=1)


def test_a_mark_that_names_nothing_is_told(pytester: pytest.Pytester) -> None:
    result = ran(pytester, marked="'vmn'")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["kfi(vmn): the vectors are of enable, host"])


def test_the_page_that_tells_of_it_works_as_it_stands(pytester: pytest.Pytester) -> None:
    page = (ROOT / "spec" / "packages.rst").read_text(encoding="utf-8")
    (block,) = re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", page, re.MULTILINE)
    pytester.makepyfile(textwrap.dedent(block), binding="""
        from abi.conformance.make.book import reference

        fetch = reference().ANSWERS["ring"]
    """)
    result = pytester.runpytest_inprocess("-m", 'kfi_rule(name="vmm.ring.stamp")')
    rings = [v for v in load() if v.request == "ring"]
    stamps = sum("vmm.ring.stamp" in v.rules for v in rings)
    result.assert_outcomes(passed=stamps, deselected=len(rings) - stamps)
    assert all(f"``--kfi-{option}``" in page for option in ("target", "vectors", "known-failures", "timeout"))


def test_where_it_is_not_used_it_costs_nothing(pytester: pytest.Pytester) -> None:
    """It is loaded, its help is there, and nothing else of the package is imported."""
    pytester.makepyfile("""
        import sys

        def test_not_used(request):
            assert request.config.pluginmanager.has_plugin("kfi")
            mine = {name for name in sys.modules if name.split(".")[0] in ("abi", "reference_host", "construct")}
            assert mine == {"abi", "abi.conformance", "abi.conformance.pytest_plugin"}
    """)
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=1)
    assert "--kfi-target" in pytester.runpytest_subprocess("--help").stdout.str()
