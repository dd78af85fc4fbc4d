# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""loop.c for Python: ``python -m tests.fuzz.own.python_loop FOLDER SEED SECONDS EXECUTIONS``.

The inputs come from stream.c, drawn as those of C are; FOLDER has it, the bases and the state. An
execution is one call of a target on one input. Ends with 1 at a finding, which stands in ``state.finding``.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import IO, Final

from tests.fuzz.own import heads
from tests.fuzz.own.builds import PYTHON_BATCH
from tests.fuzz.own.python_targets import TARGETS

EVERY: Final = 5
_HEADS: Final = [layout.size for layout in heads.TARGETS.values()]
_RUN: Final = list(TARGETS.values())


class State:
    """What has been counted, as loop.c writes it."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        names = ["seed", "batches", "milliseconds"]
        self.numbers = [seed, 0, 0, *[0] * 3 * len(TARGETS)]
        for name in TARGETS:
            names += [name, "understood", "refused"]
        self.names = names
        if path.exists():
            self.numbers = [int(line.split()[1]) for line in path.read_text(encoding="ascii").splitlines()]
            assert self.numbers[0] == seed

    def write(self) -> None:
        """Replace the file."""
        new = self.path.with_suffix(".new")
        lines = (f"{name} {number}\n" for name, number in zip(self.names, self.numbers, strict=True))
        new.write_text("".join(lines), encoding="ascii")
        new.rename(self.path)

    @property
    def executions(self) -> int:
        """Of all targets."""
        return sum(self.numbers[3::3])

    def count(self, target: int, understood: int, executions: int = PYTHON_BATCH) -> None:
        """One more batch."""
        self.numbers[1] += 1
        for n, more in enumerate((executions, understood, executions - understood)):
            self.numbers[3 + 3 * target + n] += more


def run_batch(source: IO[bytes], finding: Path) -> tuple[int, int]:
    """The target of a batch and how many inputs it understood. Raises what a target raises."""
    understood = target = 0
    for _ in range(PYTHON_BATCH):
        sizes = source.read(8)
        target, size = int.from_bytes(sizes[:4], "little"), int.from_bytes(sizes[4:], "little")
        head, data = source.read(_HEADS[target]), source.read(size)
        try:
            understood += _RUN[target](head, data)
        except BaseException:
            finding.write_bytes(bytes([target]) + head + data)
            raise
    return target, understood


def run(folder: Path, seed: int, seconds: float, executions: int) -> int:
    """Until one of the two is reached; 1 at a finding."""
    state = State(folder / "state", seed)
    start, before, written = time.monotonic(), state.numbers[2], 0.0
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(1))
    command: list[str | Path] = [folder / "stream", folder / "bases", str(seed), str(state.numbers[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20) as stream:
        assert stream.stdout
        try:
            while not stopped and state.executions < executions and (took := time.monotonic() - start) < seconds:
                state.count(*run_batch(stream.stdout, folder / "state.finding"))
                state.numbers[2] = before + int(1000 * (time.monotonic() - start))
                if took - written >= EVERY:
                    state.write()
                    written = took
        except Exception:  # noqa: BLE001 - any is a finding
            traceback.print_exc()
            return 1
        finally:
            stream.kill()
    state.write()
    print(f"{state.executions} executions in {state.numbers[2] // 1000} s")
    return 0


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
