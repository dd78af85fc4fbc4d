# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A campaign: workers of an engine run for a time, what they find is judged, made shorter and kept.

Every case that shows something is on the disk before it is looked at, so that a campaign that is stopped at any
moment, by whatever, loses nothing: the next one with the same folder goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from abi.fuzz import broken, kinds, state
from abi.fuzz.asking import AGAIN, Told
from abi.fuzz.case import SURFACES, parse
from abi.fuzz.engines.model import Engine
from abi.fuzz.findings import Finding, Store, group_of, judge
from abi.fuzz.minimise import minimise
from abi.fuzz.plan import Plan
from abi.fuzz.workers import Workers, used

#: Seconds between two looks at the workers, at what is used of the disk, and at cases that broke the target.
_LOOK, _LOOK_AT_DISK = 0.05, 0.5
#: Workers that end without having run a case: so many in a row, and the campaign ends.
_IN_VAIN: Final = 5
#: Seconds that the findings may be made shorter in all; none are when it was interrupted.
_SHORTER: Final = 60.0
#: Cases at which the target broke that are judged in one look.
_AT_ONCE: Final = 20


class Progress(NamedTuple):
    """What is shown while it runs, and at the end."""

    seconds: float
    counts: state.State
    coverage: str
    findings: int
    restarts: int


class Campaign:
    """One run of a campaign. ``stop`` says whether it is to end before its time."""

    def __init__(
        self, engine: Engine, plan: Plan, tell: Callable[[Progress], None], stop: Callable[[], bool]
    ) -> None:
        self.engine, self.plan, self._tell, self._stop = engine, plan, tell, stop
        self.store = Store(plan.findings)
        self.notes: list[str] = []
        self.workers = Workers(engine, plan)
        plan.scratch.mkdir(exist_ok=True)
        self.asker = kinds.asker(plan)
        self._judged: set[Path] = set()
        self._vain = self._restarts = 0
        self._before = self.counts()
        self._first = self._before.executions
        self._coverage = ""
        #: It has ended before its time, for a reason that is noted.
        self.cut_short = False
        self._begun = time.monotonic()

    def run(self) -> Progress:
        """Run until its time is over, it is stopped, or it cannot go on; then judge the rest."""
        deadline = self._begun + self.plan.seconds
        try:
            self._seeds()
            for number in range(self.plan.workers):
                if not self._over(deadline):
                    self.workers.start(number, deadline - time.monotonic())
            self._watch(deadline)
        finally:
            for number, worker in self.workers.running.items():
                if worker.ended() is not None:
                    worker.hear()
                    self.engine.ended(self.plan, number, worker.told)
            self.workers.stop()
            self._collect(every=True)
            if not self._stop():
                self._leaks()
                self._shorten()
            self.asker.close()
            for mark in AGAIN:  # nobody is asked any more: whoever is left has been left behind
                self.workers.orphans(mark)
            shutil.rmtree(self.plan.scratch, ignore_errors=True)
        if not (self.store.groups or self._stop() or self.counts().executions > self._first):
            self.notes.append(f"no worker of {self.engine.name} has run a case: it needs more time, or cannot start")
            self.cut_short = True
        return self.progress()

    def counts(self) -> state.State:
        """What all workers have counted, in this run and before."""
        total = state.State()
        for path in sorted(self.plan.out.glob("workers/*/state")):
            total = total.plus(state.read(path))
        return total

    def progress(self) -> Progress:
        """Where it stands."""
        return Progress(time.monotonic() - self._begun, self.counts(), self._coverage, len(self.store.groups),
                        self._restarts)

    def _over(self, deadline: float) -> bool:
        return self._stop() or time.monotonic() >= deadline

    def _seeds(self) -> None:
        """Ask every seed once; one that shows something is a finding, one that breaks the target is no seed."""
        left = 0
        for path in sorted(self.plan.seeds.iterdir()):
            if self._stop():
                return
            told = self._take(path.read_bytes())
            if told.broke:
                path.unlink()
            left += not told.broke
        if not left:
            (self.plan.seeds / "empty").write_bytes(b"")
            self.notes.append("every seed breaks the target; the engine begins with nothing")

    def _watch(self, deadline: float) -> None:
        looked = told = 0.0
        while not self._over(deadline):
            time.sleep(_LOOK)
            for number, worker in list(self.workers.running.items()):
                worker.hear()
                self._coverage = self.engine.coverage(self.plan, number, worker.told) or self._coverage
                if worker.ended() is not None and not self._again(number, deadline):
                    return
            self._collect()
            now = time.monotonic()
            if now - looked > _LOOK_AT_DISK:
                looked = now
                self.workers.orphans()
                if used(self.plan.out) > self.plan.disk:
                    self.notes.append(f"the folder has more than {self.plan.disk:#x} bytes (--disk): stopped")
                    self.cut_short = True
                    return
            if now - told > 1:
                told = now
                self._tell(self.progress())

    def _again(self, number: int, deadline: float) -> bool:
        """A worker has ended: start it again; False if that is in vain. Raises InputError ``engine.failed``."""
        worker = self.workers.running[number]
        worker.hear()
        code = worker.ended()
        run = self.counts().executions
        self._vain = 0 if run > self._before.executions else self._vain + 1
        self._before = self.counts()
        self.engine.ended(self.plan, number, worker.told)
        worker.end(0)
        del self.workers.running[number]
        if deadline - time.monotonic() < 1:
            return bool(self.workers.running) or time.monotonic() < deadline
        if self._vain >= _IN_VAIN:
            end = worker.told.decode("utf-8", "replace").strip().splitlines()[-12:]
            if self._collect(every=True) or self.store.groups:
                self.notes.append("the engine cannot go on: each case that it begins with breaks the target")
                self.cut_short = True
                return False
            raise InputError("engine.failed", self.engine.name, None, "a worker that runs cases",
                             f"exit code {code}, {_IN_VAIN} times", "\n".join(end))
        self._restarts += 1
        self.workers.start(number, deadline - time.monotonic())
        return True

    def _collect(self, *, every: bool = False) -> int:
        """Judge the cases that have come; how many of them were."""
        paths = [path for path in (*self.plan.raw.glob("[0-9a-f]*"), *self.engine.broken(self.plan))
                 if path not in self._judged]
        for path in paths if every else paths[:_AT_ONCE]:
            self._judged.add(path)
            with contextlib.suppress(OSError):
                self._take(path.read_bytes(), path)
                if path.parent in (self.plan.raw, self.plan.broke):
                    path.unlink()
        return len(paths)

    def _take(self, case: bytes, path: Path | None = None) -> Told:
        """Ask a case again and keep what it shows; what does not show again is kept under what the engine said."""
        told = self._ask(case, path)
        found = judge(case, told)
        if not found and path is not None:
            found = [_unseen(case, path)]
        for finding in found:
            self._keep(finding)
        return told

    def _ask(self, case: bytes, path: Path | None) -> Told:
        if path is not None and path.name.startswith("leak-"):
            return kinds.leak(self.plan, [path])
        return self.asker.ask(case)

    def _leaks(self) -> None:
        """Halve the engine's cases until one is left that leaks."""
        cases = self.engine.leaky(self.plan)
        told = kinds.leak(self.plan, cases) if cases else Told(())
        while len(cases) > 1 and told.broke and not self._stop():
            half = cases[: len(cases) // 2]
            first = kinds.leak(self.plan, half)
            cases, told = (half, first) if first.broke else (cases[len(half):], told)
        if told.broke and cases:
            for finding in judge(cases[0].read_bytes(), kinds.leak(self.plan, cases)):
                self._keep(finding)

    def _keep(self, finding: Finding) -> None:
        self.store.add(finding, kinds.reproducer(self.plan, finding))

    def _shorten(self) -> None:
        """Make the case of each finding as short as can be."""
        documents = self.store.documents()
        for said in documents:
            group = group_of(said)
            case = bytes.fromhex(said["case"])
            if not self._shows(case, group):
                continue
            short = minimise(case, partial(self._shows, group=group), _SHORTER / max(len(documents), 6))
            if short != case:
                self.store.groups[group] = len(case) + 1
                for finding in judge(short, self.asker.ask(short)):
                    if finding.group == group:
                        self._keep(finding)

    def _shows(self, case: bytes, group: tuple[str, str, str]) -> bool:
        return not self._stop() and any(finding.group == group for finding in judge(case, self.asker.ask(case)))


def _unseen(case: bytes, path: Path) -> Finding:
    """What an engine has seen and nobody has since."""
    kind = path.name.split("-")[0].split(":")[0]
    breaks = broken.rules(case)
    mark = hashlib.sha1(case, usedforsecurity=False).hexdigest()[:8]
    return Finding((breaks or ("vmm.malformed",))[0], "", f"{kind} {mark}, not seen again",
                   SURFACES[parse(case).surface], breaks, (), confirmed=False, case=case)
