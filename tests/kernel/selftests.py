# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The kernel tree's own KVM selftests, before and after: on its kernel without the series, and on the same with it.

Both kernels are of one configuration. The same files run on both: those of the tree without the series, and what the
series adds, which must skip on the one and pass on the other. What did not come out the same in one run is run again
on both, with more time, so that a test that is unsteady by itself is told from one that the series changes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from abi.cli import DONE, NO
from abi.errors import InputError
from tests.kernel import judge, selftests_build, source
from tests.kernel.selftests_rows import DIFFERS, SIDES, Row, counts, described, row, shown
from tests.kernel.series import ROOT, patches
from tests.kernel.tap import NOT_BUILT, NOT_RUN, Told, told
from tests.lab import evidence, lab
from tests.lab.cache import Cache
from tests.lab.case import Case, Outcome
from tests.lab.command import Clock
from tests.lab.machine import Platform
from tests.lab.packages import Packages
from tests.lab.session import Session, last_line

EVIDENCE: Final = ROOT / "spec/evidence/lab-kernel-selftests.json"
#: How deep the evidence takes a line each: a side of a selftest.
LINES: Final = 3
#: For each selftest; a run that is made again has so many times as much.
SECONDS: Final = 120.0
LONGER: Final = 4
AGAIN: Final = 2
#: Beside its limit: to end a selftest whose memory is given back page by page takes long.
_GRACE: Final = 180
#: Huge pages of both sizes are what a few ask for, and two CPUs.
MACHINE: Final = Platform("selftests", memory_mib=4096, cpus=2,
                          cmdline="hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=64")
#: What an emulated machine cannot do within the limit, made smaller: one page size (6: 4 KiB, 40 bits) of up to nine,
#: 16 MiB instead of a GiB, fewer rounds or slots; and more time, where a selftest has limits of its own: 0.1 s until an
#: interrupt, 120 s for the guest. It is told with the name.
ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "access_tracking_perf_test": ("-m", "6", "-b", "16M"),
    "arch_timer": ("-e", "100000"),
    "arm64/arch_timer_edge_cases": ("-w", "500", "-i", "1"),
    "arm64/page_fault_test": ("-m", "6"),
    "arm64/vgic_lpi_stress": ("-i", "10"),
    "demand_paging_test": ("-m", "6", "-b", "16M"),
    "dirty_log_perf_test": ("-m", "6", "-b", "16M", "-i", "2"),
    "dirty_log_test": ("-m", "6", "-i", "4"),
    "kvm_page_table_test": ("-m", "6", "-b", "16M"),
    "memslot_modification_stress_test": ("-m", "6", "-b", "16M"),
    "memslot_perf_test": ("-s", "64", "-l", "1", "-t", "120"),
    "mmu_stress_test": ("-m", "1", "-s", "1"),
}

Runs = list[dict[str, dict[str, Told]]]


def digest() -> str:
    """Of the series with its selftests, and of both fragments: which kernels the evidence is about."""
    found = hashlib.sha256(judge.digest().encode())
    found.update(selftests_build.CONFIG.read_bytes())
    for patch in patches():
        for change in patch.changes:
            if change.path.startswith("tools/"):
                found.update(repr(change).encode())
    return found.hexdigest()


class Both:
    """The two kernels and the selftests, built; and the machines that run them."""

    def __init__(self, cache: Cache, clock: Clock, choice: lab.Choice, jobs: int) -> None:
        self._cache, self._clock, self._choice = cache, clock, choice
        packages = Packages(cache, choice.mirror, offline=choice.offline)
        tree, self.version = source.prepared(cache, packages, clock.say)
        before, after = selftests_build.both(cache, (tree, self.version), jobs, clock.say)
        self.images = dict(zip(SIDES, (before.image, after.image), strict=True))
        self.own = sorted(set(after.programs.names) - set(before.programs.names))
        self.files = before.programs.files | after.programs.files
        self.missing = before.programs.missing | after.programs.missing
        self.seconds: dict[str, float] = {"prepare": round(clock.seconds, 1)}
        self.told: dict[str, Any] = {}

    @property
    def names(self) -> list[str]:
        """All selftests."""
        return [*self.files, *self.missing]

    def run(self, side: str, names: Sequence[str], seconds: float) -> dict[str, Told]:
        """These selftests on one of the kernels, in a machine of their own."""
        start = self._clock.seconds
        self._clock.say(f"{len(names)} selftests on the {side} kernel, at most {seconds:g} s each")
        choice = self._choice._replace(kernel=str(self.images[side]))
        one = lab.prepared(self._cache, choice, self._clock.say)
        session = Session(one, self._clock.say)
        session.run(MACHINE._replace(cpu=one.cpu), {name: _case(name, self.files[name], seconds) for name in names})
        self.seconds[side] = round(self.seconds.get(side, 0) + self._clock.seconds - start, 1)
        self.told = {"kernel": {"version": one.kernel.version, "source": self.version}, "qemu": one.emulator.version,
                     "cpu": one.cpu, "command": evidence.command(one, session.boots[-1].command)}
        return {name: _of(outcome) for name, outcome in session.outcomes.items()}


def _case(name: str, program: Path, seconds: float) -> Case:
    made = selftests_build.stripped(name, program)
    arguments = {"program": made.name, "arguments": list(ARGUMENTS.get(name, ())), "seconds": seconds}
    return Case(name, "a selftest of the kernel's tree", "tests.lab.inside.selftest:ran", arguments,
                prepare=("tests.lab.inside.selftest:shell",), builds=(made,), platform=MACHINE.name,
                seconds=seconds + _GRACE)


def _of(outcome: Outcome) -> Told:
    if outcome.result is None:
        return Told(NOT_RUN, last_line(outcome.problem or outcome.absent or ""), seconds=outcome.seconds)
    return told(outcome.result, outcome.seconds)


def compared(both: Both, chosen: Sequence[str], seconds: float) -> list[Row]:
    """Run all on both, then again what did not come out the same."""
    names = [name for name in both.names if not chosen or name in chosen]
    absent = {name: Told(NOT_BUILT, both.missing[name]) for name in names if name in both.missing}
    runs: Runs = [{side: absent | both.run(side, [n for n in names if n in both.files], seconds) for side in SIDES}]
    for _ in range(AGAIN):
        unlike = [name for name in names if name not in absent and row(name, name in both.own, runs).wanted]
        if not unlike:
            break
        runs.append({side: both.run(side, unlike, seconds * LONGER) for side in SIDES})
    return [row(name, name in both.own, runs) for name in names]


def selftests(both: Both, clock: Clock, chosen: Sequence[str], seconds: float, path: Path) -> int:
    """Build, run, compare, show, write the evidence. 1: one is not as it was before.

    Where only some are chosen, the others stay in the evidence as they came out on the same kernels before. Raises
    InputError ``kernel.selftest`` for a name that no selftest has.
    """
    for name in chosen:
        if name not in both.names:
            raise InputError("kernel.selftest", name, None, "a selftest's name", "no such selftest",
                             f"the selftests: {', '.join(both.names)}")
    rows = compared(both, chosen, seconds)
    tests = {" ".join((one.name, *ARGUMENTS.get(one.name, ()))): described(one) | {"limit_seconds": seconds}
             for one in rows}
    print("\n".join(shown(tests)))
    about = {"series": judge.about() | {"digest": digest()}, **both.told}
    kept = before(path, about) if chosen else {}
    ran = {one.name for one in rows}
    tests |= {name: one for name, one in kept.items() if name.split()[0] not in ran}
    tests = dict(sorted(tests.items(), key=lambda item: both.names.index(item[0].split()[0])))
    found = {**about, "date": dt.datetime.now(dt.UTC).isoformat("T", "seconds"), "host": evidence.host(),
             "seconds": both.seconds | {"all": round(clock.seconds, 1)}, "counts": counts(tests), "tests": tests}
    evidence.write(found, path, LINES)
    return NO if any(one.state == DIFFERS for one in rows) else DONE


def before(path: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """What came of selftests of the same series on the same kernels, QEMU and CPU in runs before."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    same = all(found.get(name) == about.get(name) for name in ("series", "kernel", "qemu", "cpu"))
    return dict(found["tests"]) if found and same else {}


def committed() -> dict[str, Any]:
    """The evidence that the repository has."""
    found: dict[str, Any] = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    return found
