# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo demo``: real traps become records, cross a process boundary, end in the guest's registers.

The parent owns exit page, ring and eventfd; a host process and a VMM process do the rest. Host and
VMM are known here by name alone. Exit 1 if any guest would read a wrong register.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import Any, NamedTuple

from abi.cli import DONE, NO, add_json
from abi.commands.demo_cases import Case, cases
from abi.definition import NEWEST, SIZES
from abi.errors import InputError
from abi.exit_page import create_exit_page
from abi.ring.channel import create
from abi.terminal import styled, table

_SLOTS = 8
_WIDTH = 8


class Outcome(NamedTuple):
    """What became of one case: the host's answer, the VMM's, the vCPU as the host applied the reply."""

    case: Case
    emission: dict[str, Any]
    answer: dict[str, Any] | None
    applied: dict[str, Any] | None
    wrong: tuple[str, ...]


class Process:
    """One side, spoken to in JSON lines."""

    def __init__(self, module: str, fds: tuple[int, ...]) -> None:
        self.module = module
        command = [sys.executable, "-m", module, *map(str, fds)]
        self.popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=fds
        )

    def send(self, request: dict[str, Any]) -> None:
        """Say one line."""
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.write(json.dumps(request) + "\n")
            self.popen.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None

    def receive(self) -> dict[str, Any]:
        """Hear one line; InputError if the process has died, or died while it said it."""
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        if not line.endswith("\n"):
            raise self._died()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process and wait for it."""
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        with suppress(BrokenPipeError):  # it has died, and was told of
            self.popen.stdin.close()
        self.popen.wait()
        self.popen.stdout.close()

    def _died(self) -> InputError:
        return InputError("demo.process", self.module, None, "an answer", f"exit code {self.popen.wait()}")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Run every case through both processes and show them side by side."""
    outcomes = play(cases())
    if options.json:
        print(json.dumps([_described(outcome) for outcome in outcomes]))
    else:
        for number, outcome in enumerate(outcomes, 1):
            _show(number, outcome)
        _summary(outcomes)
    return NO if any(outcome.wrong for outcome in outcomes) else DONE


def play(these: list[Case]) -> list[Outcome]:
    """Start both processes on shared memory that outlives them, and give them the cases one by one."""
    exit_fd = create_exit_page()
    ring = create(_SLOTS, SIZES[NEWEST])
    fds = (exit_fd, ring.memory_fd, ring.wake_fd)
    host, vmm = Process("reference_host.process", fds), Process("reference_vmm.process", fds)
    try:
        return [_one(case, host, vmm) for case in these]
    finally:
        host.close()
        vmm.close()
        ring.close()
        os.close(exit_fd)


def _one(case: Case, host: Process, vmm: Process) -> Outcome:
    host.send({"trap": case.trap, "cper": case.cper})
    emission = host.receive()
    answer = applied = None
    if emission["by"]:
        vmm.send(case.vcpu)
        answer = vmm.receive()
        if answer["action"] is None:
            raise InputError("demo.process", vmm.module, None, "a record", "none: the host did not wake it")
        if emission["by"] == "exit page":
            host.send({"vcpu": answer["vcpu"], "features": answer["features"]})
            applied = host.receive()
    return Outcome(case, emission, answer, applied, tuple(_wrong(case, emission, answer, applied)))


def _wrong(
    case: Case, emission: dict[str, Any], answer: dict[str, Any] | None, applied: dict[str, Any] | None
) -> list[str]:
    """Everything that is not as it must be."""
    if answer is None:
        got = (None, emission["rule"])
        esr = int(emission["injected"], 16) if emission["injected"] else None
        wrong = [] if esr == case.esr_el1 else [f"ESR_EL1 {esr}"]
        return wrong if got == case.expect else [*wrong, f"{got}, not {case.expect}"]
    wrong = []
    if (answer["action"], answer["rule"]) != case.expect:
        wrong.append(f"{answer['action']} ({answer['rule']}), not {case.expect}")
    after = answer["after"]
    for name, expected in (("esr_el1", case.esr_el1), ("far_el1", case.far_el1)):
        if expected is not None and after[name] != expected:
            wrong.append(f"{name} {after[name]:#x}, not {expected:#x}")
    if applied is not None and (applied["refused"] or applied["vcpu"] != after):
        wrong.append(f"the reply as the host applied it gives another vCPU ({applied['refused']})")
    return wrong


def _described(outcome: Outcome) -> dict[str, Any]:
    return {
        "title": outcome.case.title,
        "source": outcome.case.source,
        "today": outcome.case.today,
        "host": outcome.emission,
        "vmm": outcome.answer,
        "wrong": list(outcome.wrong),
    }


def _show(number: int, outcome: Outcome) -> None:
    case = outcome.case
    styled(f"{number}. {case.title}", "bold")
    _line("source", case.source)
    _line("today", case.today, "red")
    _line("record", _record_text(outcome.emission))
    _line("guest", _guest_text(outcome), "red" if outcome.wrong else "green")
    for wrong in outcome.wrong:
        _line("WRONG", wrong, "bold red")


def _line(label: str, text: str, style: str = "") -> None:
    styled(f"   {label.ljust(_WIDTH)}{text}", style)


def _record_text(emission: dict[str, Any]) -> str:
    fields = emission["fields"]
    if fields is None:
        return f"none: {emission['end']} ({emission['rule']})"
    said = [f"by {emission['by']}, origin {int(fields['origin'], 16)}, host_action {int(fields['host_action'], 16)}"]
    said += [f"{name} {fields[name]}" for name in ("far", "gpa", "hva", "firmware_va") if fields[name]]
    return ", ".join(said)


def _guest_text(outcome: Outcome) -> str:
    answer = outcome.answer
    if answer is None:
        return f"SError injected by the host, ESR_EL1 {outcome.emission['injected']}"
    after = answer["after"]
    text = f"{answer['action']} ({answer['rule']})" + (f" via {answer['via']}" if answer["via"] else "")
    if after != answer["vcpu"]:
        far = f", FAR_EL1 {after['far_el1']:#x}" if answer["action"] == "inject" else ", FAR_EL1 UNKNOWN"
        text += f": ESR_EL1 {after['esr_el1']:#x}{far}"
    return text + "".join(f"; {note}" for note in answer["notes"])


def _summary(outcomes: list[Outcome]) -> None:
    print()
    rows = []
    for outcome in outcomes:
        after = outcome.answer["after"] if outcome.answer else None
        far = hex(after["far_el1"]) if after and outcome.case.far_el1 is not None else "-"
        rows.append((outcome.case.title, far, "wrong" if outcome.wrong else "right"))
    table(rows, ("the guest's", "FAR_EL1", "is"))
