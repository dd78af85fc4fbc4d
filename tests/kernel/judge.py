# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The series built, booted and judged by the lab as the emitter; its mutants, each caught by a rule or not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from abi.cli import DONE, NO
from tests.kernel import build, source
from tests.kernel.mutants import Mutant, mutated
from tests.kernel.series import ROOT, in_tree, patches, result
from tests.lab import cases, evidence, printing
from tests.lab.cache import Cache
from tests.lab.command import Clock, answer, ran
from tests.lab.lab import Choice
from tests.lab.packages import Packages
from tests.lab.verdicts import BROKEN, Verdict, failing

#: What a run of the lab leaves, and one of the mutants.
EVIDENCE: Final = ROOT / "spec/evidence/lab-kernel.json"
MUTANTS_EVIDENCE: Final = ROOT / "spec/evidence/lab-kernel-mutants.json"
#: How deep the evidence of the mutants takes a line each.
LINES: Final = 3
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
#: Folders of the tree that the image has nothing of.
NOT_BUILT: Final = ("Documentation/", "tools/")
#: What a mutant is judged by: all that needs no firmware.
JUDGING: Final = ("equality", "contract", "combinations", "serror.exit")


def digest() -> str:
    """Of all of the series that goes into the image, and the configuration: which kernel evidence is about.

    Of the headers that it copies comments and blanks do not count.
    """
    found = hashlib.sha256(build.FRAGMENT.read_bytes())
    for patch in patches():
        for origin, target in patch.copies:
            code = _COMMENT.sub("", (ROOT / origin).read_text(encoding="utf-8"))
            found.update(f"{target} {' '.join(code.split())}".encode())
        for change in patch.changes:
            if not change.path.startswith(NOT_BUILT):
                found.update(repr(change).encode())
    return found.hexdigest()


class Builder:
    """Builds the patched kernel in the cache, with a mutant or without; ``seconds``: what each step took."""

    def __init__(self, cache: Cache, clock: Clock, jobs: int, *, mirror: str | None, offline: bool) -> None:
        self._cache, self._clock, self._jobs = cache, clock, jobs
        self.stock = Choice(mirror=mirror, offline=offline)
        self.seconds: dict[str, float] = {}
        self._now = "", 0.0
        self._step("fetch and unpack")
        self._source = source.prepared(cache, Packages(cache, mirror, offline=offline), clock.say)
        self._step("apply")
        self._files = result(patches(), in_tree(self._source[0])).files
        self._end()

    def built(self, mutant: Mutant | None = None) -> build.Work:
        """Image and what modules are built with. Raises InputError as make does."""
        files = mutated(self._files, mutant) if mutant else self._files
        self._step("apply")
        work = build.workplace(self._cache, *self._source, files, "patched")
        self._step("configure")
        build.configure(work)
        self._step("make")
        build.make(work, build.TARGETS, self._jobs, say=self._clock.say)
        self._end()
        return work

    def _step(self, name: str) -> None:
        self._end()
        self._now = name, self._clock.seconds

    def _end(self) -> None:
        name, start = self._now
        if name:
            self.seconds[name] = round(self.seconds.get(name, 0) + self._clock.seconds - start, 1)
        self._now = "", 0.0


def lab(builder: Builder, cache: Cache, clock: Clock, path: Path) -> int:
    """Build, boot, run the whole table, show it, write its evidence. The exit code is that of ``faultinfo lab``."""
    work = builder.built()
    found, came = ran(cache, choice(builder, work), cases.chosen([]), clock)
    verdicts = [Verdict(**one) for one in found["rules"].values()]
    printing.show(found, list(came.outcomes.values()), verdicts)
    evidence.write({"series": about(), "kernel_seconds": builder.seconds} | found, path)
    return answer(came.outcomes.values(), failing(came.results, verdicts))


def about() -> dict[str, Any]:
    """Which series it was."""
    return {"digest": digest(), "patches": [patch.name for patch in patches()]}


def choice(builder: Builder, work: build.Work) -> Choice:
    """The kernel that was built, for the lab."""
    return builder.stock._replace(kernel=str(work.image), tree=work.out)


def mutants(builder: Builder, cache: Cache, clock: Clock, chosen: Sequence[Mutant], path: Path) -> int:
    """Build and judge each mutant, write what came of it at once. 1: one was not caught by the rule that it breaks."""
    found: dict[str, Any] = {"series": about(), "cases": list(JUDGING), "mutants": judged_before(path)}
    try:
        for mutant in chosen:
            builder.seconds.clear()
            work = builder.built(mutant)
            clock.say(f"judge {mutant.name}")
            judged, _ = ran(cache, choice(builder, work), cases.chosen(list(JUDGING)), clock)
            found["mutants"][mutant.name] = one = told(mutant, judged) | {
                "built": dict(builder.seconds), "judged": judged["seconds"]}
            found |= {name: judged[name] for name in ("kernel", "qemu", "host", "date")}
            evidence.write(found, path, LINES)
            print(line(mutant.name, one), flush=True)
    finally:
        builder.built()  # what the folder is for
    return NO if any(not found["mutants"][mutant.name]["caught"] for mutant in chosen) else DONE


def judged_before(path: Path) -> dict[str, Any]:
    """What came of mutants of the same series in runs before; those that are tried again are written over."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return dict(found["mutants"]) if found and found["series"]["digest"] == digest() else {}


def told(mutant: Mutant, judged: Mapping[str, Any]) -> dict[str, Any]:
    """What the judge says of a mutant: ``caught``, by the rule that it breaks; all broken rules with the first cell."""
    broken = {name: one for name, one in judged["rules"].items() if one["verdict"] == BROKEN}
    return {
        "what": mutant.what, "file": mutant.path, "rule": mutant.rule, "caught": mutant.rule in broken,
        "broken": {name: f"{one['broken']} of {one['cells']} cells: {one['why']}" for name, one in broken.items()},
        "cases": {name: case["status"] for name, case in judged["cases"].items()},
    }


def line(name: str, one: Mapping[str, Any]) -> str:
    """For people."""
    first = one["broken"].get(one["rule"], "not caught")
    others = ", ".join(rule for rule in one["broken"] if rule != one["rule"])
    return f"{name}: {one['what']}\n  {one['rule']}: {first}" + (f"\n  also {others}" if others else "")
