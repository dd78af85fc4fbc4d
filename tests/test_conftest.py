# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A test that is skipped is red, however it is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SKIPS = {
    "a mark": "import pytest\n@pytest.mark.skip(reason='no compiler')\ndef test_it(): ...",
    "a call": "import pytest\ndef test_it(): pytest.skip('no compiler')",
    "a fixture": "import pytest\n@pytest.fixture\ndef f(): pytest.skip('no compiler')\ndef test_it(f): ...",
    "a module": "import pytest\npytest.skip('no compiler', allow_module_level=True)",
}


@pytest.mark.parametrize("how", SKIPS)
def test_a_skip_is_a_failure_with_its_reason(how: str, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(SKIPS[how])
    result = pytester.runpytest_inprocess()
    assert result.ret != 0
    assert "skipped" not in result.parseoutcomes()
    assert "no compiler" in result.stdout.str()


def test_what_is_expected_to_fail_is_no_skip(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False")
    pytester.runpytest_inprocess().assert_outcomes(xfailed=1)


def test_what_one_cpu_cannot_show_may_be_skipped(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers = two_cpus")
    pytester.makepyfile("import pytest\n@pytest.mark.two_cpus\n" + SKIPS["a mark"].partition("\n")[2])
    pytester.runpytest_inprocess().assert_outcomes(skipped=1)
