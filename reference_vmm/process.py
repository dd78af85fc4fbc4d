# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The VMM as a process of its own: woken by the host, it reads what came and answers.

``python -m reference_vmm.process EXIT_FD RING_FD WAKE_FD``. Each line in is a VCPU.json; the VMM
waits for the eventfd, takes the record from the exit page or the ring, and answers with one line:
decision, registers as it writes them, and the features that it runs the vCPU with.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from abi.cper import build_status_block
from abi.decode import Decoded
from abi.exit_page import VmmSide, attach_exit_page
from abi.record import NotUnderstood
from abi.reply import FaultReply, build_reply
from abi.ring.channel import attach
from abi.ring.consumer import Consumer
from abi.ring.wake import drain, notify, wait
from reference_vmm.answer import reply_for
from reference_vmm.decide import decide
from reference_vmm.inject import apply
from reference_vmm.parse import Unreadable, parse, parse_vcpu
from reference_vmm.report import UNTOLD, report

#: Seconds that the VMM waits for the host before it says that nothing came.
PATIENCE = 10.0


class Vmm:
    """One vCPU's VMM side."""

    def __init__(self, exit_fd: int, ring_fd: int, wake_fd: int) -> None:
        self.page = VmmSide(attach_exit_page(exit_fd))
        self.ring = Consumer(attach(ring_fd))
        self.wake_fd = wake_fd

    def serve(self, text: str) -> dict[str, Any]:
        """Wait for one record, decide, and reply where the host waits for one."""
        vcpu, machine = parse_vcpu(text)
        if not wait(self.wake_fd, PATIENCE):
            return {"action": None}
        drain(self.wake_fd)
        parsed, waiting = self._take()
        decision = decide(parsed, vcpu, machine)
        after = apply(decision, vcpu, machine)
        record = parsed.record if isinstance(parsed, Decoded) else None
        if waiting:
            reply = reply_for(decision, record) if record else None
            self.page.reply(build_reply(reply or FaultReply()))
        told = record is not None and decision.action not in UNTOLD
        block = report(record, firmware_va=machine.firmware_va) if record and told else None
        return {
            "action": decision.action,
            "rule": decision.rule,
            "via": decision.via,
            "notes": decision.notes,
            "vcpu": vcpu._asdict(),
            "after": after._asdict(),
            "features": sorted(machine.features),
            "report": build_status_block(block).hex() if block else None,
        }

    def _take(self) -> tuple[Decoded | NotUnderstood | Unreadable, bool]:
        """The record and whether the host waits for a reply to it: exits come before the ring.

        One wake-up may stand for several records; what is left wakes again.
        """
        exit_ = self.page.fetch()
        if exit_ is not None:
            if self.ring.pending():
                notify(self.wake_fd)
            return parse(exit_.union, exact=False), True
        slot = self.ring.fetch()
        parsed = parse(slot.record if slot else b"", exact=False)
        if slot is not None:
            self.ring.commit(slot)
            if self.ring.pending():
                notify(self.wake_fd)
        return parsed, False


def main() -> None:
    """Serve until standard input ends."""
    vmm = Vmm(*map(int, sys.argv[1:4]))
    for line in sys.stdin:
        print(json.dumps(vmm.serve(line)), flush=True)


if __name__ == "__main__":
    main()
