# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The cases of one platform on a machine, one after the other; what ends the machine costs one case."""

from __future__ import annotations

import os
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from abi.errors import InputError
from reference_vmm.kvm.path import ORDER
from tests.lab.case import PROVISIONAL_CAPS, Case, Ended, Facts, Outcome, Said
from tests.lab.lab import Lab
from tests.lab.machine import Platform
from tests.lab.ran import Boot, Ran
from tests.lab.running import Machine, MachineError

BOOT_SECONDS: Final = 180
PREPARE_SECONDS: Final = 60
#: How much longer than a case's own limit the machine may take to say that it was passed.
GRACE_SECONDS: Final = 10
OFF_SECONDS: Final = 10
#: Machines that may die on one platform until the rest of its cases is given up.
DEATHS: Final = 3

_ERROR: Final = re.compile(r"\berror\b", re.IGNORECASE)

Progress = Callable[[str], None]


class Session:
    """Runs cases, keeps what came of each."""

    def __init__(self, lab: Lab, progress: Progress, *, keep: bool = False) -> None:
        self.lab = lab
        self.progress = progress
        self.keep = keep
        self.boots: list[Boot] = []
        self.outcomes: dict[str, Outcome] = {}
        self.build_seconds = 0.0
        self.load = os.getloadavg()[0]
        self._unprepared: dict[str, str] = {}
        self._ended = False
        self._machine: Machine | None = None
        self._stopped = threading.Event()

    @property
    def ran(self) -> Ran:
        """What came of the cases so far."""
        return Ran(tuple(self.boots), self.outcomes, self.build_seconds, self.load)

    def run(self, platform: Platform, cases: Mapping[str, Case]) -> None:
        """Build what the cases of a platform need, and run them. Raises nothing that a machine does."""
        self.boot(platform, self.made(cases))

    def made(self, cases: Mapping[str, Case]) -> dict[str, Case]:
        """Build what the cases need: those for which all is there."""
        return {name: case for name, case in cases.items() if self._made(case)}

    def boot(self, platform: Platform, cases: Mapping[str, Case]) -> None:
        """Run cases for which all is built, on a new machine when one has died, until all ran or ``stop``."""
        left = dict(cases)
        for death in range(DEATHS):
            if not left or self._stopped.is_set():
                return
            if death:
                self.progress("a new machine")
            self._one_machine(platform, left)
        for case in () if self._stopped.is_set() else left.values():
            self._took(Outcome(case, problem="not run: the machine died too often"))

    def stop(self) -> None:
        """From another thread: end the machine that runs, start none."""
        self._stopped.set()
        if self._machine:
            self._machine.kill()

    def _made(self, case: Case) -> bool:
        """Whether all that the case needs is built."""
        if case.builds or case.modules:
            self.progress(f"build {case.name}")
        start = time.monotonic()
        try:
            self.lab.make(case)
        except InputError as error:
            absent = error.code == "lab.module"
            self._took(Outcome(case, absent=str(error)) if absent else Outcome(case, problem=str(error)))
            return False
        finally:
            self.build_seconds += time.monotonic() - start
        return True

    def _one_machine(self, platform: Platform, left: dict[str, Case]) -> None:
        """Run cases until none is left or the machine dies; take out of ``left`` those that ran."""
        booted = imported = 0.0
        self._ended = False
        hello: Said = {}
        death: MachineError | None = None
        with self.lab.machine(platform, left.values(), self.keep) as machine:
            self._machine = machine
            if self._stopped.is_set():
                return
            current: Case | None = None
            try:
                self.progress("boot")
                hello = machine.receive(BOOT_SECONDS)["hello"]
                booted = machine.seconds
                self.progress(f"Linux {hello['kernel']} in {booted:.1f} s")
                facts = self._facts(machine, hello)
                self._prepare(machine, left.values())
                imported = machine.seconds - booted
                while left:
                    current = left.pop(next(iter(left)))
                    self._took(self._judged(machine, current, facts))
                    if self._ended:
                        break
                current = None
                if not self._ended:
                    machine.send({"off": True})
                machine.off(OFF_SECONDS)
            except MachineError as error:
                if self._stopped.is_set():
                    return
                death = error
                if current is not None:
                    self._took(Outcome(current, problem=error.got, log=error.tail))
                elif left:  # it did not come up: the first case pays for it, so that this ends
                    case = left.pop(next(iter(left)))
                    self._took(Outcome(case, problem=f"no machine: {error.got}", log=error.tail))
            self.boots.append(Boot(
                platform.name, tuple(machine.command), hello, booted, imported, machine.seconds - booted - imported,
                str(death) if death else None, machine.serial.tail() if death else "",
            ))

    def _facts(self, machine: Machine, hello: Said) -> Facts:
        machine.send({"run": "facts", "function": "tests.lab.inside.probe:kvm", "arguments": dict(PROVISIONAL_CAPS),
                      "seconds": 10, "newest": self.lab.newest})
        said = machine.receive(10 + GRACE_SECONDS)
        platform, offered = machine.platform, dict(said.get("result", {}))
        for name in ORDER[: ORDER.index(self.lab.newest)]:
            offered[name] = 0
        return Facts(hello["kernel"], platform.cpu, self.lab.emulator.release, platform.name, offered)

    def _prepare(self, machine: Machine, cases: Iterable[Case]) -> None:
        """Each function once. One that fails is told by the cases that need it."""
        self._unprepared.clear()
        for name in dict.fromkeys(name for case in cases for name in case.prepare):
            self.progress(f"prepare {name}")
            machine.send({"prepare": name})
            said = machine.receive(PREPARE_SECONDS)
            if "error" in said:
                self._unprepared[name] = said["error"]

    def _judged(self, machine: Machine, case: Case, facts: Facts) -> Outcome:
        absent = case.needs(facts) or next(
            (f"{name} gave no result" for name in case.after if not self._result(name)), None)
        if absent:
            return Outcome(case, absent=absent)
        unprepared = next((self._unprepared[name] for name in case.prepare if name in self._unprepared), None)
        if unprepared:
            return Outcome(case, problem=unprepared)
        mark = len(machine.serial.text)
        said = self._asked(machine, case)
        log = machine.serial.since(mark)
        seconds = said["seconds"]
        if "result" not in said:
            return Outcome(case, problem=_problem(case, said), seconds=seconds, log=log)
        others = {name: self._result(name) for name in case.after}
        result: Said = said["result"]
        try:
            findings, table = case.judge(result, others), case.show(result, others)
            return Outcome(case, result, findings, seconds=seconds, log=log, table=table)
        except Exception:  # noqa: BLE001 - a wrong judge is one case's fault, what was measured stays
            return Outcome(case, result, problem=f"not judged: {traceback.format_exc()}", seconds=seconds, log=log)

    def _result(self, name: str) -> Said:
        outcome = self.outcomes.get(name)
        return (outcome.result if outcome else None) or {}

    def _asked(self, machine: Machine, case: Case) -> dict[str, Any]:
        """Have a case run, and answer what it asks on the way."""
        start = machine.seconds
        machine.send({
            "run": case.name, "function": case.inside, "arguments": dict(case.arguments), "seconds": case.seconds,
            "newest": self.lab.newest,
        })
        while "ask" in (said := machine.receive(case.seconds + GRACE_SECONDS)):
            try:
                machine.send(_answered(machine, case, said))
            except Ended as ended:
                self._ended = True
                return {"result": ended.result, "seconds": round(machine.seconds - start, 3)}
        return said

    def _took(self, outcome: Outcome) -> None:
        self.outcomes[outcome.case.name] = outcome
        why = outcome.problem or outcome.absent
        told = f": {last_line(why)}" if why else ""
        self.progress(f"{outcome.case.name}: {outcome.status} {outcome.seconds:.2f} s{told}")


def _answered(machine: Machine, case: Case, said: Said) -> dict[str, Any]:
    """What the case's own driver answers; where it fails, the inside raises what is told here."""
    try:
        return {"answer": case.answers[said["ask"]](machine, said["with"])}
    except (MachineError, Ended):
        raise
    except Exception:  # noqa: BLE001
        return {"refused": traceback.format_exc()}


def last_line(text: str) -> str:
    """The line that says what went wrong: the last of a traceback, of what make says the first error."""
    lines = text.strip().split("\n")
    if not lines[-1].startswith("make"):
        return lines[-1]
    return next((line for line in lines if _ERROR.search(line) and not line.startswith("make")), lines[-1])


def _problem(case: Case, said: Said) -> str:
    if "late" in said:
        return f"no end within {case.seconds:g} s"
    return f"signal {said['signal']}" if "signal" in said else str(said["error"])
