# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The engines: each started once on one bug with one seed, until it finds it or its time is up.

Executions are counted by the harness itself (``struct kfi_state``), the same for all; seconds are those of the
whole process, from its start to its end, and of all that it starts.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from abi.fuzz.seeds import SEEDS
from tests.fuzz.bench.builds import AFL, DICTIONARY, KIT_LIBFUZZER, PLAIN_LIBFUZZER, REPLAY, Flavour, Shop
from tests.fuzz.bench.process import Ended, ended
from tests.packages import find

#: Longest case; a ring of some slots has room.
_LONGEST: Final = 4096
_ASAN: Final = "symbolize=0:detect_leaks=0:abort_on_error=1"
#: What the harness says before it aborts on a difference.
_DIFFERS: Final = b"kfi: difference"


class Outcome(NamedTuple):
    """One run: what was found ("" nothing, else "crash" or "wrong answer"), after how many executions and seconds.

    ``cpu``: seconds of the CPU that the engine and its target had of them; the machine may do other things.
    """

    found: str
    executions: int
    seconds: float
    cpu: float


class Engine(NamedTuple):
    """An engine, how it is built, and what runs it: harness, shop, seed, seconds, an empty folder."""

    name: str
    title: str
    kit: bool
    flavour: Flavour
    run: Callable[[Path, Shop, int, int, Path], Outcome]


def _libfuzzer(harness: Path, seed: int, cap: int, folder: Path, *more: str) -> Outcome:
    corpus = _seeds(folder)
    command = [harness, corpus, f"-seed={seed}", f"-max_total_time={cap}", f"-max_len={_LONGEST}", "-timeout=5",
               f"-artifact_prefix={folder}/found-", "-verbosity=0", *more]
    run = _ended(command, cap, folder)
    found = bool(list(folder.glob("found-*")))
    return Outcome(_how(run.said) if found else "", _executions(folder, run) + found, run.seconds, run.cpu)


def kit_libfuzzer(harness: Path, shop: Shop, seed: int, cap: int, folder: Path) -> Outcome:
    """LibFuzzer with the kit's mutator in it."""
    return _libfuzzer(harness, seed, cap, folder)


def plain_libfuzzer(harness: Path, shop: Shop, seed: int, cap: int, folder: Path) -> Outcome:
    """LibFuzzer as it is, with the dictionary."""
    return _libfuzzer(harness, seed, cap, folder, f"-dict={DICTIONARY}")


def _afl(harness: Path, seed: int, cap: int, folder: Path, variables: dict[str, str], *more: str) -> Outcome:
    out = folder / "out"
    command = [find("afl-fuzz"), "-i", _seeds(folder), "-o", out, "-V", cap, "-s", seed, "-G", _LONGEST, "-t", "2000",
               "-m", "none", *more, "--", harness]
    run = _ended(command, cap, folder, {
        "AFL_BENCH_UNTIL_CRASH": "1", "AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1",
        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_FORKSRV_INIT_TMOUT": "10000", **variables,
    })
    executions = _executions(folder, run)
    crashes = sorted(out.glob("default/crashes/id*"))
    if not crashes:
        return Outcome("", executions, run.seconds, run.cpu)
    again = _ended([harness], cap, folder, {"KFI_FUZZ_STATE": str(folder / "again")}, crashes[0])
    return Outcome(_how(again.said), executions + 1, run.seconds, run.cpu)


def kit_afl(harness: Path, shop: Shop, seed: int, cap: int, folder: Path) -> Outcome:
    """AFL++ with the kit's mutator, and no other."""
    library = {"AFL_CUSTOM_MUTATOR_LIBRARY": str(shop.mutator()), "AFL_CUSTOM_MUTATOR_ONLY": "1"}
    return _afl(harness, seed, cap, folder, library)


def plain_afl(harness: Path, shop: Shop, seed: int, cap: int, folder: Path) -> Outcome:
    """AFL++ as it is, with the dictionary."""
    return _afl(harness, seed, cap, folder, {}, "-x", str(DICTIONARY))


def hypothesis(harness: Path, shop: Shop, seed: int, cap: int, folder: Path) -> Outcome:
    """Hypothesis with plain bytes, the seeds as its first examples; it has no coverage and no dictionary."""
    command = [sys.executable, "-m", "tests.fuzz.bench.plain_bytes", str(harness), str(seed), str(cap)]
    run = _ended(command, cap, folder)
    last = re.search(r"^(crash|wrong answer|):(\d+)$", run.said.decode("utf-8", "replace").strip().rpartition("\n")[2])
    if last is None:
        raise InputError("bench.process", "hypothesis", None, "how many cases were asked", repr(run.said[-300:]))
    return Outcome(last[1], int(last[2]), run.seconds, run.cpu)


ENGINES: Final = {
    engine.name: engine for engine in (
        Engine("kit-libfuzzer", "kit on libFuzzer", True, KIT_LIBFUZZER, kit_libfuzzer),
        Engine("libfuzzer", "libFuzzer", False, PLAIN_LIBFUZZER, plain_libfuzzer),
        Engine("kit-afl", "kit on AFL++", True, AFL, kit_afl),
        Engine("afl", "AFL++", False, AFL, plain_afl),
        Engine("hypothesis", "hypothesis", False, REPLAY, hypothesis),
    )
}
#: The kit on an engine, and that engine without it.
PAIRS: Final = (("kit-libfuzzer", "libfuzzer"), ("kit-afl", "afl"))


def _seeds(folder: Path) -> Path:
    corpus = folder / "seeds"
    corpus.mkdir()
    for name, data in SEEDS.items():
        (corpus / name).write_bytes(data)
    return corpus


def _ended(command: Sequence[object], cap: int, folder: Path, variables: Mapping[str, str] | None = None,
           given: Path = Path(os.devnull)) -> Ended:
    fixed = {"ASAN_OPTIONS": _ASAN, "KFI_FUZZ_STATE": str(folder / "state")}
    return ended(command, cap, folder, fixed | dict(variables or {}), given)


def _executions(folder: Path, run: Ended) -> int:
    """As the harness has counted. Raises InputError if it has not even run the seeds: that is no run in vain."""
    state = folder / "state"
    count = struct.unpack_from("<Q", state.read_bytes())[0] if state.exists() and state.stat().st_size else 0
    if count < len(SEEDS):
        raise InputError("bench.process", "the engine", None, f"{len(SEEDS):#x} executions or more", f"{count:#x}",
                         run.said.decode("utf-8", "replace").strip()[-500:])
    return int(count)


def _how(said: bytes) -> str:
    return "wrong answer" if _DIFFERS in said else "crash"
