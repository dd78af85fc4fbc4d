# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What spec/kernel.rst shows, printed from the committed evidence.

    python -m tests.kernel.excerpt     writes it anew, after lab-kernel, -off, -cold-evidence, -mutants or -selftests
"""

from __future__ import annotations

import contextlib
import io
import json
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

from tests.kernel import cold, judge, off, selftests
from tests.kernel.selftests_rows import shown
from tests.lab import printing
from tests.lab.verdicts import Verdict, summary

#: What came of the series, of each mutant, and of the tree's selftests.
SHOWN, MUTANTS, SELFTESTS = (path.with_suffix(".txt") for path in (
    judge.EVIDENCE, judge.MUTANTS_EVIDENCE, selftests.EVIDENCE))


def excerpts() -> dict[Path, str]:
    """What each file must hold."""
    files = judge.EVIDENCE, judge.MUTANTS_EVIDENCE, selftests.EVIDENCE
    kernel, mutants, tests = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        _kernel(kernel)
        for enabled, one in json.loads(off.EVIDENCE.read_text(encoding="utf-8"))["enabled"].items():
            print(off.line(enabled, one))
        if cold.EVIDENCE.is_file():
            print(textwrap.fill(cold.line(json.loads(cold.EVIDENCE.read_text(encoding="utf-8"))), printing.WIDTH))
    return {SHOWN: text.getvalue(), MUTANTS: "\n\n".join(map(_mutant, mutants["mutants"].items())) + "\n",
            SELFTESTS: _selftests(tests)}


def _kernel(found: dict[str, Any]) -> None:
    counts = Counter(case["status"] for case in found["cases"].values())
    print(f"Linux {found['kernel']['version']}, QEMU {found['qemu']}, -cpu {found['cpu']}")
    print(summary(Verdict(**one) for one in found["rules"].values()))
    print("cases: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    built = ", ".join(f"{name} {value:.0f} s" for name, value in found["kernel_seconds"].items())
    print(textwrap.fill(f"{built}; the lab {sum(found['seconds'].values()):.0f} s; load {found['host']['load']:.0f}",
                        printing.WIDTH))


def _selftests(found: dict[str, Any]) -> str:
    limits = Counter(one["limit_seconds"] for one in found["tests"].values()).most_common()
    usual, *others = (f"{limit:g} s" for limit, _ in limits)
    head = [f"Linux {found['kernel']['version']}, QEMU {found['qemu']}, -cpu {found['cpu']}",
            f"at most {usual} for a selftest"]
    for (limit, _), text in zip(limits[1:], others, strict=True):
        of = [name.split()[0] for name, one in found["tests"].items() if one["limit_seconds"] == limit]
        head.append(f"{text} for {', '.join(of)}")
    return "\n".join((textwrap.fill("; ".join(head), printing.WIDTH), "", *shown(found["tests"]), ""))


def _mutant(given: tuple[str, dict[str, Any]]) -> str:
    return "\n".join(textwrap.fill(part, printing.WIDTH, subsequent_indent="    ", break_on_hyphens=False)
                     if number else part for number, part in enumerate(judge.line(*given).split("\n")))


if __name__ == "__main__":
    for path, text in excerpts().items():
        path.write_text(text, encoding="utf-8")
