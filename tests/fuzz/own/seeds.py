# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The seed corpora of the OSS-Fuzz folder: ``python -m tests.fuzz.own.seeds`` writes them from the bases."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.fuzz.own import bases
from tests.fuzz.own.python_targets import TARGETS
from tests.generate.tools import ROOT

FOLDER: Final = ROOT / "spec" / "fuzz" / "oss-fuzz" / "seeds"
NUMBER: Final = 8
TRAP: Final = b'{"esr_el2": "0x92000010", "far_el2": "0x0", "hpfar_el2": "0x0"}'
#: Beyond this an input is no seed.
LONGEST: Final = 1024


def wanted() -> dict[Path, bytes]:
    """File -> input: of each target the first different ones that are understood."""
    files = {}
    for name, found in bases.all_bases(share=0.1).items():
        told = [base for base in found if TARGETS[name](base.head, base.data)]
        some = [base.head + base.data for base in told if len(base.head + base.data) <= LONGEST]
        for n, data in enumerate(dict.fromkeys(some[: 4 * NUMBER : 4])):
            files[FOLDER / name / f"{n:02}.bin"] = data
    return files


def as_corpus(folder: Path) -> None:
    """The same and a TRAP.json, for atheris: the number of the target before each."""
    folder.mkdir(parents=True)
    for n, (path, data) in enumerate(wanted().items()):
        (folder / str(n)).write_bytes(bytes([list(TARGETS).index(path.parent.name)]) + data)
    (folder / "text").write_bytes(bytes([len(TARGETS)]) + TRAP)


if __name__ == "__main__":
    for path, data in wanted().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
