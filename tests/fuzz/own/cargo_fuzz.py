# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""spec/rust/fuzz built by the stable compiler: its sancov pass, and clang's libFuzzer in the place of the vendored one.

cargo-fuzz does the same with ``--sanitizer none``. The one dependency comes from the registry.
"""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Final

from tests.generate.tools import PATIENCE, ROOT, ToolError, run, tool

CRATE: Final = ROOT / "spec" / "rust" / "fuzz"
TARGET: Final = ROOT / "build" / "fuzz-own" / "cargo-fuzz"
TARGETS: Final = ("record", "firmware", "ring")
#: What rustc's nightly option -Zsanitizer=... would add on its own, of what libFuzzer needs.
SANCOV: Final = " ".join((
    "--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module", "-Cllvm-args=-sanitizer-coverage-level=4",
    *(f"-Cllvm-args=-sanitizer-coverage-{what}" for what in ("inline-8bit-counters", "pc-table", "trace-compares")),
))


def engine() -> Path:
    """Clang's libFuzzer with its main()."""
    return Path(run("clang", f"-print-file-name=libclang_rt.fuzzer-{platform.machine()}.a").strip())


def built(crate: Path = CRATE, target: Path = TARGET) -> Path:
    """The folder of the programs. Raises ToolError."""
    triple = next(line.split()[1] for line in run("rustc", "-vV").splitlines() if line.startswith("host: "))
    environment = os.environ | {
        "RUSTFLAGS": SANCOV, "CUSTOM_LIBFUZZER_PATH": str(engine()), "CARGO_TARGET_DIR": str(target),
        "CARGO_TERM_COLOR": "never",
    }
    done = subprocess.run(
        ["nice", tool("cargo"), "build", "-q", "--release", "--target", triple], cwd=crate, env=environment,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    if done.returncode:
        raise ToolError(f"cargo build ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return target / triple / "release"


def fuzz(program: Path, corpus: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a target from a corpus."""
    return subprocess.run(
        ["nice", program, "-seed=1", "-max_len=1024", *options, corpus], cwd=corpus.parent, capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )
