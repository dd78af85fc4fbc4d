# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The demo: every case of the issue, by two processes, and a demo that would notice if one of them were wrong."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from abi.commands import demo
from abi.commands.demo_cases import Case, cases
from tests.cli.files import CAPTURES, capture
from tests.cli.running import ROOT, Ran, called, process

HOST, VMM = "reference_host.process", "reference_vmm.process"
FNV = 0x400


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo starts its processes by the name of their modules, the tests' own ones too."""
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    done = process("demo", "--json")
    assert (done.code, done.err) == (0, "")
    loaded: list[dict[str, Any]] = done.json
    return loaded


def fields(case: dict[str, Any]) -> dict[str, Any]:
    return case["host"]["fields"] or {}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    return case["vmm"] or {}


def after(case: dict[str, Any], register: str) -> int:
    value: int = case["vmm"]["after"][register]
    return value


#: The issue's list -> whether a case of the demo is that one, judged by what went in, and what must come out.
LIST: dict[str, tuple[Callable[[dict[str, Any]], bool], Callable[[dict[str, Any]], bool]]] = {
    "virtual address only: claimed, but nothing queued": (
        lambda c: fields(c).get("host_action") == "0x3" and fields(c)["far"] is not None,
        lambda c: after(c, "far_el1") == 0x300500123 and c["host"]["legacy"]["si_addr"] == "0x0",
    ),
    "FnV=1 with a usable firmware virtual address": (
        lambda c: fields(c).get("kind") == "0x1" and bool(int(fields(c)["esr"], 16) & FNV) and fields(c)["firmware_va"],
        lambda c: after(c, "far_el1") == int(fields(c)["firmware_va"], 16) and not after(c, "esr_el1") & FNV,
    ),
    "FnV=1 without one": (
        lambda c: fields(c).get("kind") == "0x1" and fields(c)["far"] is None and fields(c)["firmware_va"] is None,
        lambda c: after(c, "far_el1") == 0 and bool(after(c, "esr_el1") & FNV),
    ),
    "a page isolated before": (
        lambda c: fields(c).get("origin") == "0x5",
        lambda c: after(c, "far_el1") == 0x300500128 and c["host"]["legacy"]["si_code"] == 4,
    ),
    "instruction abort": (
        lambda c: fields(c).get("kind") == "0x2",
        lambda c: after(c, "esr_el1") == 0x86000010 and after(c, "far_el1") == 0x300500000,
    ),
    "walk abort": (
        lambda c: fields(c).get("kind") == "0x1" and int(fields(c)["esr"], 16) & 0x3F == 0x17,
        lambda c: after(c, "esr_el1") == 0x96000010 and after(c, "far_el1") == int(fields(c)["far"], 16),
    ),
    "SEI with a firmware virtual address only": (
        lambda c: fields(c).get("kind") == "0x3" and fields(c)["firmware_severity"] != "0x0",
        lambda c: answer(c)["action"] == "pend" and fields(c)["firmware_va"] is None and fields(c)["far"] is None,
    ),
    "SError without an address": (
        lambda c: fields(c).get("kind") == "0x3" and fields(c)["firmware_severity"] == "0x0",
        lambda c: answer(c)["action"] == "pend" and fields(c)["far"] is None and fields(c)["gpa"] is None,
    ),
    "abort that the host owns": (
        lambda c: c["host"]["rule"] == "host.owned",
        lambda c: c["host"]["record"] is None and c["host"]["injected"] == "0xbf000000" and c["vmm"] is None,
    ),
    "memory notice by interrupt": (
        lambda c: fields(c).get("kind") == "0x4" and answer(c)["via"] == "irq",
        lambda c: answer(c)["action"] == "interrupt" and c["host"]["by"] == "ring",
    ),
    "memory notice, polled": (
        lambda c: fields(c).get("kind") == "0x4" and answer(c)["via"] == "poll",
        lambda c: answer(c)["action"] == "log" and c["host"]["by"] == "ring",
    ),
    "machine without RAS": (
        lambda c: answer(c).get("action") == "stop",
        lambda c: bool(answer(c)["notes"]) and answer(c)["after"] == answer(c)["vcpu"],
    ),
}


@pytest.mark.parametrize("name", LIST)
def test_every_case_of_the_issue_is_there_and_ends_as_it_must(name: str, told: list[dict[str, Any]]) -> None:
    is_it, as_it_must = LIST[name]
    (case,) = [case for case in told if is_it(case)]
    assert as_it_must(case)
    assert case["wrong"] == []


def test_the_demo_has_no_case_beside_the_list(told: list[dict[str, Any]]) -> None:
    assert len(told) == len(LIST)


def test_the_demo_in_text_tells_every_case(told: list[dict[str, Any]]) -> None:
    done = process("demo")
    assert (done.code, done.err) == (0, "")
    for case in told:
        assert case["title"] in done.out
        assert case["today"] in done.out
    assert done.out.count(" right\n") == len(told)


def test_every_source_that_a_case_names_is_in_the_captures() -> None:
    for case in cases():
        found = re.findall(r"([\w.-]+\.json) ([\w-]+)", case.source)
        found += [("kvm-linux-7.3.4.json", name) for name in re.findall(r"firmware record of ([\w-]+)", case.source)]
        assert found or case.source.startswith("made")
        for file, name in found:
            assert (CAPTURES / file).is_file()
            whole = capture(file)
            assert name in whole or name in [c["name"] for c in whole["cases"]]


def test_registers_that_a_case_says_it_has_from_a_capture_are_the_captures() -> None:
    views = [
        {key: value for key, value in view.items() if key != "view"}
        for whole in [capture("kvm-linux-7.3.4.json")]
        for source in [*whole["cases"], whole["poisoned_page"], whole["claimed_without_address"]]
        for view in source["trap_registers"]
    ]
    for case in cases():
        if case.source.startswith("kvm"):
            assert {key: case.trap[key] for key in ("esr_el2", "far_el2", "hpfar_el2")} in views


# --- a demo that something is wrong with ---


def with_cases(monkeypatch: pytest.MonkeyPatch, change: Callable[[Case], Case]) -> None:
    monkeypatch.setattr(demo, "cases", lambda: [change(case) for case in cases()])


@pytest.mark.parametrize(("title", "change", "complaint"), [
    ("instruction abort", {"far_el1": 0x300500001}, "far_el1 0x300500000, not 0x300500001"),
    ("a page isolated before", {"esr_el1": 0x96000410}, "esr_el1 0x96000010, not 0x96000410"),
    ("memory notice, polled", {"expect": ("interrupt", "vmm.notify")},
     "log (vmm.notify), not ('interrupt', 'vmm.notify')"),
    ("abort that the host owns", {"esr_el1": 0xBE000000}, "ESR_EL1 3204448256"),
    ("abort that the host owns", {"expect": (None, "host.record.cause")},
     "(None, 'host.owned'), not (None, 'host.record.cause')"),
])
def test_a_result_that_is_not_what_was_expected_is_exit_1_and_named(
    title: str, change: dict[str, Any], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cases(monkeypatch, lambda case: case._replace(**change) if case.title == title else case)
    done = called("demo", "--json")
    assert done.code == 1
    assert {case["title"]: case["wrong"] for case in done.json if case["wrong"]} == {title: [complaint]}


def test_a_wrong_result_is_named_in_text_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cases(monkeypatch, lambda case: case._replace(far_el1=1) if case.title == "instruction abort" else case)
    done = called("demo")
    assert done.code == 1
    assert "WRONG   far_el1 0x300500000, not 0x1\n" in done.out
    assert re.findall(r"^(.*\S) +\S+ +wrong$", done.out, re.MULTILINE) == ["instruction abort"]


class Watched(demo.Process):
    """A process of the demo, remembered, and perhaps another program than the demo asked for."""

    instead: dict[str, str]
    all: list[Watched]

    def __init__(self, module: str, fds: tuple[int, ...]) -> None:
        super().__init__(self.instead.get(module, module), fds)
        self.all.append(self)


def watch(monkeypatch: pytest.MonkeyPatch, kind: type[Watched] = Watched, **instead: str) -> list[Watched]:
    """Replace modules of the demo's processes; the processes are in the list."""
    names = {{"host": HOST, "vmm": VMM}[side]: f"tests.cli.{module}" for side, module in instead.items()}
    seen: list[Watched] = []
    monkeypatch.setattr(demo, "Process", type("Seen", (kind,), {"instead": names, "all": seen}))
    return seen


def assert_all_ended(seen: list[Watched]) -> None:
    assert len(seen) == 2
    assert all(each.popen.poll() is not None for each in seen)


def test_a_vmm_that_writes_other_registers_than_it_says_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both by the expected FAR_EL1 and by the host, which applies the reply itself."""
    seen = watch(monkeypatch, vmm="lying_vmm")
    done = called("demo", "--json")
    assert done.code == 1
    wrong = {case["title"]: case["wrong"] for case in done.json if case["wrong"]}
    assert set(wrong) == {case["title"] for case in done.json if answer(case).get("action") == "inject"}
    assert wrong["instruction abort"] == [
        "far_el1 0x300501000, not 0x300500000", "the reply as the host applied it gives another vCPU (None)"]
    assert_all_ended(seen)


def test_a_host_that_does_not_wake_the_vmm_is_an_error_and_not_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = watch(monkeypatch, host="mute_host", vmm="impatient_vmm")
    done = called("demo")
    assert (done.code, done.out) == (3, "")
    assert (done.complaint["code"], done.complaint["path"]) == ("demo.process", "tests.cli.impatient_vmm")
    assert_all_ended(seen)


def killed_before(step: str, module: str, count: int) -> type[Watched]:
    """A process that is killed just before the demo speaks to it, or hears of it, for the count-th time."""

    class Mortal(Watched):
        left = count

        def _age(self, at: str) -> None:
            if at == step and self.module == module:
                self.left -= 1
                if not self.left:
                    self.popen.kill()
                    self.popen.wait()

        def send(self, request: dict[str, Any]) -> None:
            self._age("send")
            super().send(request)

        def receive(self) -> dict[str, Any]:
            self._age("receive")
            return super().receive()

    return Mortal


@pytest.mark.parametrize("step", ["send", "receive"])
@pytest.mark.parametrize("module", [HOST, VMM])
@pytest.mark.parametrize("count", [1, 3])
def test_a_process_killed_in_the_middle_is_a_clear_error_and_leaves_no_process(
    step: str, module: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watch(monkeypatch, killed_before(step, module, count))
    done = called("demo")
    assert (done.code, done.out) == (3, "")
    told = done.complaint
    assert (told["code"], told["path"], told["expected"]) == ("demo.process", module, "an answer")
    assert told["got"] == f"exit code {-signal.SIGKILL}"
    assert_all_ended(seen)


def test_a_process_that_cannot_start_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    seen = watch(monkeypatch, host="no_such_module")
    done: Ran = called("demo", "--json")
    assert done.code == 3
    assert json.loads(done.out)["error"]["path"] == "tests.cli.no_such_module"
    assert_all_ended(seen)
    assert "no_such_module" in capfd.readouterr().err
