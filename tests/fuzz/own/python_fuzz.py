# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Python code under atheris: ``python -m tests.fuzz.own.python_fuzz [libFuzzer options] [CORPUS]``.

An input's first byte chooses the target: those of python_targets.py, or TRAP.json as text. What is
under test is instrumented, so the engine is guided by its coverage. Needs the extra ``fuzz``.
"""

from __future__ import annotations

import sys

from tests.generate.tools import library

atheris = library("atheris")
with atheris.instrument_imports(include=["abi", "reference_host", "reference_vmm"]):
    from tests.fuzz.own import heads
    from tests.fuzz.own.python_targets import TARGETS, text

_TARGETS = [(layout.size, TARGETS[name]) for name, layout in heads.TARGETS.items()]


def one_input(data: bytes) -> None:
    """One execution; any exception is a finding."""
    which = data[0] % (len(_TARGETS) + 1) if data else 0
    if which == len(_TARGETS):
        text(data[1:])
    else:
        size, run = _TARGETS[which]
        run(data[1 : 1 + size].ljust(size, b"\0"), data[1 + size :])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
