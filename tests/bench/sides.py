# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host and the VMM of the measurement across processes, without the JSON of the demo.

``python -m tests.bench.sides host|vmm CPU EXIT_FD WAKE_FD BACK_FD ROUNDS TURNS``; CPU is where the side
stays, ``any`` where the scheduler puts it. A round is TURNS turns by
the record's own way (emit, publish, wake; fetch, parse, decide, answer), then TURNS turns of the bare
one: a blocking eventfd there and back, one build here and one decode there. The host prints, for each
round, the median nanoseconds of a turn of each way.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from abi.decode import decode
from abi.definition import KIND_SERROR, KVM_EXIT_ARM_SEA, KVM_EXIT_ARM_SERROR
from abi.exit_page import HostSide, VmmSide, attach_exit_page
from abi.record import build
from abi.ring.wake import drain, notify, wait
from abi.vcpu import Machine, Vcpu
from reference_host.emit import emit
from reference_vmm.decide import decide
from reference_vmm.parse import parse
from tests.bench.panel import Sample, exits

_VCPU = Vcpu(pc=0x100010DC, pstate=0x600002C5, vbar_el1=0x10000800, sctlr_el1=0xC50079)
#: Turns before anything is counted.
_WARM = 40


def host(exit_fd: int, wake_fd: int, back_fd: int, rounds: int, turns: int) -> None:
    """Drive both ways in turns, and print what each took."""
    page = HostSide(attach_exit_page(exit_fd))
    samples = exits()

    def record(sample: Sample) -> None:
        assert sample.trap is not None
        record = emit(sample.trap, sample.block).record
        assert record is not None
        page.publish(build(record), KVM_EXIT_ARM_SERROR if record.kind == KIND_SERROR else KVM_EXIT_ARM_SEA)
        notify(wake_fd)
        wait(back_fd, None)
        drain(back_fd)

    def bare(sample: Sample) -> None:
        build(sample.record)
        os.eventfd_write(wake_fd, 1)
        os.eventfd_read(back_fd)

    _turns(record, samples, _WARM)
    _turns(bare, samples, _WARM)
    medians = [
        [statistics.median(_turns(way, samples, turns)) for way in (record, bare)] for _ in range(rounds)
    ]
    print(json.dumps(medians))


def vmm(exit_fd: int, wake_fd: int, back_fd: int, rounds: int, turns: int) -> None:
    """Answer as many turns of each way as the host drives."""
    page = VmmSide(attach_exit_page(exit_fd))
    samples = exits()
    machine = Machine()

    def record(_sample: Sample) -> None:
        wait(wake_fd, None)
        drain(wake_fd)
        found = page.fetch()
        assert found is not None, "woken without an exit"
        decide(parse(found.union, exact=False), _VCPU, machine)
        notify(back_fd)

    def bare(sample: Sample) -> None:
        os.eventfd_read(wake_fd)
        decode(sample.raw)
        os.eventfd_write(back_fd, 1)

    for count in (_WARM, *[turns] * rounds):
        _turns(record, samples, count)
        _turns(bare, samples, count)


def _turns(way: Callable[[Sample], None], samples: Sequence[Sample], count: int) -> list[int]:
    """Nanoseconds of each turn, the samples one after the other."""
    times = []
    for n in range(count):
        sample = samples[n % len(samples)]
        start = time.perf_counter_ns()
        way(sample)
        times.append(time.perf_counter_ns() - start)
    return times


def main(side: str, cpu: str, *numbers: str) -> None:
    """Run one side, the collector held as in every measurement here."""
    if cpu != "any":
        os.sched_setaffinity(0, {int(cpu)})
    gc.disable()
    {"host": host, "vmm": vmm}[side](*map(int, numbers))


if __name__ == "__main__":
    main(*sys.argv[1:])
