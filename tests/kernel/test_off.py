# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""With the capability off nothing may differ from the distribution's kernel: what is compared, and what is recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from abi.cli import DONE, NO
from tests.kernel import build, judge, off
from tests.kernel.mutants import Mutant
from tests.lab import cases
from tests.lab.cache import Cache
from tests.lab.command import Clock
from tests.lab.lab import Choice


class Built(judge.Builder):
    """Its kernel was built: the image is below ``own``."""

    def __init__(self) -> None:
        self.stock = Choice()

    def built(self, mutant: Mutant | None = None) -> build.Work:
        assert mutant is None
        return build.Work(Path("tree"), Path("own"))


def evidence(chosen: dict[str, object], change: dict[str, str], rules: dict[str, str]) -> dict[str, Any]:
    status = dict.fromkeys(chosen, "holds") | change
    return {"rules": rules, "cases": {name: {"status": one} for name, one in status.items()}, "seconds": {"run": 1.0},
            "date": "", "kernel": {"version": "7"}, "qemu": "11", "cpu": "max", "host": {"cpus": 2}}


@pytest.mark.parametrize(("change", "stock", "rules", "unlike"), [
    ({}, {}, {}, []), ({"contract": "differs"}, {}, {}, ["contract"]),
    ({}, {"contract": "explained"}, {}, ["contract"]),
    ({"contract": "failed"}, {"contract": "failed"}, {}, ["contract"]), ({}, {}, {"host.far.fnv": "kept"}, ["rules"])])
def test_a_case_that_is_not_as_on_the_stock_kernel_or_fails_is_named(
    change: dict[str, str], stock: dict[str, str], rules: dict[str, str], unlike: list[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enabled = []

    def ran(_cache: object, choices: list[Choice], chosen: dict[str, object], _clock: object) -> list[Any]:
        ours, other = choices
        assert (ours.kernel, ours.tree, other.kernel) == ("own/arch/arm64/boot/Image", Path("own"), "newest")
        assert ours.newest == other.newest
        enabled.append(ours.newest)
        return [(evidence(chosen, change, rules), None), (evidence(chosen, stock, {}), None)]

    monkeypatch.setattr(off, "each_ran", ran)
    code = off.off(Built(), Cache(tmp_path), Clock(), tmp_path / "off.json")
    assert code == (NO if unlike else DONE)
    assert enabled == list(off.OFF.values())
    found = json.loads((tmp_path / "off.json").read_text(encoding="utf-8"))
    assert {name: one["unlike"] for name, one in found["enabled"].items()} == dict.fromkeys(off.OFF, unlike)
    told = capsys.readouterr().out
    assert all(name in told for name in unlike)
    assert told.count("not as on the stock kernel") == (len(off.OFF) if unlike else 0)


def test_every_case_was_the_same_on_both_kernels_and_none_failed() -> None:
    found = json.loads(off.EVIDENCE.read_text(encoding="utf-8"))["enabled"]
    assert set(found) == set(off.OFF)
    for one in found.values():
        assert one["unlike"] == []
        assert set(one["cases"]) == set(cases.chosen(list(off.OFF_CASES)))
        assert all(ours == stock != "failed" for ours, stock in one["cases"].values())
