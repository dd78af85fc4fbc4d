# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The measurement itself, against what is recorded; and that it would notice vectors that are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from abi.conformance.vectors import folder
from tests.adequacy import evidence as ev
from tests.adequacy import questions
from tests.adequacy.measure import BaselineError, Measured, measure
from tests.adequacy.model import IMPLEMENTATIONS, changed
from tests.adequacy.python_mutants import find
from tests.adequacy.survivors import complaints, listed

pytestmark = pytest.mark.check


def measured(name: str, place: Path | None = None) -> Measured:
    return measure(name, questions.every(place))


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_the_measurement_is_what_was_recorded(name: str) -> None:
    found = measured(name)
    assert not ev.differences(ev.read(), ev.made([found], len(questions.every()))), f"refresh with {ev.REFRESH}"
    assert not complaints(found.findings, listed())
    assert not found.outside, "functions of tests/adequacy/outside.py that do decide"


def test_vectors_that_are_gone_are_missed(tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder(), tmp_path / "vectors"))
    for name in ("vmm-ring", "vmm-edges"):
        (place / f"{name}.json").unlink()
    found = complaints(measured("rust", place).findings, listed())
    assert any("without vmm.ring.tail: no vector turns red" in line for line in found)
    assert any("ring/slot.rs check_stamp" in line for line in found)


def test_an_implementation_that_is_wrong_already_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Path(shutil.copytree(folder(), tmp_path / "vectors"))
    group = (place / "vmm-captures.json").read_text(encoding="ascii")
    (place / "vmm-captures.json").write_text(group.replace('"action": "inject"', '"action": "stop"'), encoding="ascii")
    with pytest.raises(BaselineError, match="captured-"):
        measured("rust", place)


def test_a_change_of_the_rules_reaches_the_judge_that_is_made_of_their_text() -> None:
    """abi.rules.fast reads the module's text, which must be the changed one."""
    from tests.adequacy import forked, model, python_run

    path = "abi/rules/on_record.py"
    text = model.source(path)
    mutant = next(m for m in find(path, text) if "lsb_address: r.address_lsb <= [LSB_MAX]" in m.name)

    def work(_job: int, _place: forked.Place) -> list[bool]:
        python_run.fresh(path, changed(text, mutant))
        from abi.record import new
        from abi.rules import RECORD_RULES, on_record
        from abi.rules.fast import straight_line

        record = new(kind=4, sea_flags=1, gpa_origin=3, flags=4, address_lsb=56)
        return [straight_line(on_record, RECORD_RULES)(record), not on_record.CHECKS.broken(record)]

    ((_number, done),) = forked.each([0], work)
    assert done.value in ([True, True], [False, False])
    assert done.value == [mutant.name.endswith("+1")] * 2
