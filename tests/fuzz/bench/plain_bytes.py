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
from contextlib import suppress

from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st

from abi.fuzz.seeds import SEEDS

_FOREVER = 1 << 30


class _EndError(KeyboardInterrupt):
    """Something was found, or the time is up: an exception that hypothesis lets through, and does not try again."""


def main(arguments: list[str]) -> int:
    """Ask until something is found or the time is up."""
    harness, number, cap = arguments[0], int(arguments[1]), float(arguments[2])
    until, asked, found = time.monotonic() + cap, 0, ""
    with subprocess.Popen(
        [harness, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        give, take = process.stdin, process.stdout

        def ask(case: bytes) -> None:
            nonlocal asked, found
            if time.monotonic() > until:
                raise _EndError
            asked += 1
            found = answer(case)
            if found:
                raise _EndError

        def answer(case: bytes) -> str:
            try:
                give.write(struct.pack("<I", len(case)) + case)
                give.flush()
            except BrokenPipeError:
                return "crash"
            for line in iter(take.readline, b"\n"):
                if not line.endswith(b"\n"):
                    return "crash"
                if line.endswith(b"differs\n"):
                    return "wrong answer"
            return ""

        run = given(st.binary(max_size=512))(ask)
        for data in SEEDS.values():
            run = example(data)(run)
        run = settings(max_examples=_FOREVER, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
                       suppress_health_check=list(HealthCheck))(seed(number)(run))
        with suppress(_EndError):
            run()
        process.kill()
        with suppress(BrokenPipeError):  # what a crash has left unwritten
            give.close()
    print(f"{found}:{asked}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
