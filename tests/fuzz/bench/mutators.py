# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a mutation by the kit costs, as a ratio to LLVMFuzzerMutate() on the same inputs in the same process."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from pathlib import Path

from abi.errors import InputError
from abi.fuzz.seeds import SEEDS
from tests.fuzz.bench.builds import DICTIONARY, FUZZ
from tests.fuzz.panel.planted import HEADERS, ROOT
from tests.packages import find


def cost() -> dict[str, float]:
    """Medians ``kit_ns``, ``libfuzzer_ns``, ``ratio``; its ``low`` and ``high``. Raises MissingError, InputError."""
    with tempfile.TemporaryDirectory() as folder:
        program, seeds = Path(folder, "mutators"), Path(folder, "seeds")
        seeds.mkdir()
        for name, data in SEEDS.items():
            (seeds / name).write_bytes(data)
        includes = [f"-I{path}" for path in (FUZZ, HEADERS, ROOT / "spec" / "uapi", ROOT / "spec" / "adapters" / "c")]
        _run(find("clang"), "-std=gnu11", "-O2", "-w", "-fsanitize=fuzzer", *includes,
             str(Path(__file__).with_name("mutators.c")), "-o", str(program))
        said = _run(str(program), str(seeds), "-runs=100000", "-seed=1", f"-dict={DICTIONARY}")
    turns = [tuple(map(float, line.split())) for line in said.splitlines()]
    ratios = [kit / own for kit, own in turns]
    return {
        "kit_ns": statistics.median(kit for kit, _ in turns),
        "libfuzzer_ns": statistics.median(own for _, own in turns),
        "ratio": round(statistics.median(ratios), 3), "low": round(min(ratios), 3), "high": round(max(ratios), 3),
    }


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError("bench.process", command[0], None, "exit code 0x0", hex(done.returncode), done.stderr.strip())
    return done.stdout
