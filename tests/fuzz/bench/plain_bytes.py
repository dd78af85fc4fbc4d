# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Hypothesis on a harness in C, with plain bytes: ``python -m tests.fuzz.bench.plain_bytes HARNESS SEED SECONDS``.

The harness (``replay --serve``) is a process that is asked case by case; the last line that is printed is what was
found, a colon, and how many cases were asked.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import time

from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st

from abi.fuzz.seeds import SEEDS

_FOREVER = 1 << 30


class _FoundError(Exception):
    """The bug shows; the text says how."""


class _DoneError(Exception):
    """The time is up."""


def main(arguments: list[str]) -> int:
    """Ask until something is found or the time is up."""
    harness, number, cap = arguments[0], int(arguments[1]), float(arguments[2])
    until, asked = time.monotonic() + cap, 0
    with subprocess.Popen(
        [harness, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        give, take = process.stdin, process.stdout

        def ask(case: bytes) -> None:
            nonlocal asked
            if time.monotonic() > until:
                raise _DoneError
            asked += 1
            try:
                give.write(struct.pack("<I", len(case)) + case)
                give.flush()
            except BrokenPipeError:
                raise _FoundError("crash") from None
            for line in iter(take.readline, b"\n"):
                if not line.endswith(b"\n"):
                    raise _FoundError("crash")
                if line.endswith(b"differs\n"):
                    raise _FoundError("wrong answer")

        run = given(st.binary(max_size=512))(ask)
        for data in SEEDS.values():
            run = example(data)(run)
        run = settings(max_examples=_FOREVER, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
                       suppress_health_check=list(HealthCheck))(seed(number)(run))
        found = ""
        try:
            run()
        except _FoundError as error:
            found = str(error)
        except _DoneError:
            pass
        process.kill()
    print(f"{found}:{asked}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
