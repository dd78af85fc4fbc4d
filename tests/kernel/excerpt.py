# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What spec/kernel.rst shows, printed from the committed evidence.

    python -m tests.kernel.excerpt     writes it anew, after lab-kernel, lab-kernel-cold-evidence or lab-kernel-mutants
"""

from __future__ import annotations

import contextlib
import io
import json
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

from tests.kernel import cold, judge
from tests.lab import printing
from tests.lab.verdicts import Verdict, summary

#: What came of the series, and of each mutant.
SHOWN, MUTANTS = judge.EVIDENCE.with_suffix(".txt"), judge.MUTANTS_EVIDENCE.with_suffix(".txt")


def excerpts() -> dict[Path, str]:
    """What each file must hold."""
    files = judge.EVIDENCE, judge.MUTANTS_EVIDENCE
    kernel, mutants = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        _kernel(kernel)
        if cold.EVIDENCE.is_file():
            print(textwrap.fill(cold.line(json.loads(cold.EVIDENCE.read_text(encoding="utf-8"))), printing.WIDTH))
    return {SHOWN: text.getvalue(), MUTANTS: "\n\n".join(map(_mutant, mutants["mutants"].items())) + "\n"}


def _kernel(found: dict[str, Any]) -> None:
    counts = Counter(case["status"] for case in found["cases"].values())
    print(f"Linux {found['kernel']['version']}, QEMU {found['qemu']}, -cpu {found['cpu']}")
    print(summary(Verdict(**one) for one in found["rules"].values()))
    print("cases: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    for enabled, unlike in found["unlike_stock"].items():
        print(f"{enabled} enabled: {', '.join(unlike) + ' not' if unlike else 'every case'} as on the stock kernel")
    built = ", ".join(f"{name} {value:.0f} s" for name, value in found["kernel_seconds"].items())
    print(textwrap.fill(f"{built}; the lab {sum(found['seconds'].values()):.0f} s; load {found['host']['load']:.0f}",
                        printing.WIDTH))


def _mutant(given: tuple[str, dict[str, Any]]) -> str:
    return "\n".join(textwrap.fill(part, printing.WIDTH, subsequent_indent="    ", break_on_hyphens=False)
                     if number else part for number, part in enumerate(judge.line(*given).split("\n")))


if __name__ == "__main__":
    for path, text in excerpts().items():
        path.write_text(text, encoding="utf-8")
