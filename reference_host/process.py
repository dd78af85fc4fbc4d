# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The host as a process of its own: JSON lines in, records out by exit page and ring.

``python -m reference_host.process EXIT_FD RING_FD WAKE_FD``. Each line is a request:
``{"trap": TRAP.json, "cper": hex or null}`` emits and delivers, ``{"vcpu": VCPU.json registers,
"features": [...]}`` applies the reply that waits. Each answer is one line.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from abi.cper import parse_status_block
from abi.definition import KIND_MEMORY_NOTICE, KIND_SERROR, KVM_EXIT_ARM_SEA, KVM_EXIT_ARM_SERROR
from abi.exit_page import HostSide, attach_exit_page
from abi.record import FaultInfo, build
from abi.reply import parse_reply
from abi.ring.channel import attach
from abi.ring.producer import Producer
from abi.ring.wake import notify
from abi.ring_layout import NO_VCPU
from abi.vcpu import Vcpu
from reference_host.command import described
from reference_host.emit import emit
from reference_host.reply import Applied, apply_reply, without_reply
from reference_host.trap import parse_trap


class Host:
    """One vCPU's host side: it remembers the record that waits for its answer."""

    def __init__(self, exit_fd: int, ring_fd: int, wake_fd: int) -> None:
        self.page = HostSide(attach_exit_page(exit_fd))
        self.ring = Producer(attach(ring_fd), wake_fd)
        self.wake_fd = wake_fd
        self.record = FaultInfo()

    def serve(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one request."""
        if "trap" in request:
            return self.emit(request["trap"], request["cper"])
        return self.apply(Vcpu(**request["vcpu"]), frozenset(request["features"]))

    def emit(self, trap: dict[str, Any], cper: str | None) -> dict[str, Any]:
        """Emit a record and deliver it where its kind goes (spec/delivery.rst)."""
        block = parse_status_block(bytes.fromhex(cper)) if cper else None
        emission = emit(parse_trap(json.dumps(trap)), block)
        record = emission.record
        raw = build(record) if record else None
        by = self._deliver(record, raw) if record and raw else None
        return described(emission, raw) | {"by": by}

    def _deliver(self, record: FaultInfo, raw: bytes) -> str:
        self.record = record
        if record.kind == KIND_MEMORY_NOTICE:
            self.ring.produce(raw, NO_VCPU)
            return "ring"
        self.page.publish(raw, KVM_EXIT_ARM_SERROR if record.kind == KIND_SERROR else KVM_EXIT_ARM_SEA)
        notify(self.wake_fd)
        return "exit page"

    def apply(self, vcpu: Vcpu, features: frozenset[str]) -> dict[str, Any]:
        """Carry out the reply, as the next KVM_RUN would find it, and end the exit."""
        events = self.page.take_reply()
        self.page.enter()
        if events is None:
            return {"vcpu": without_reply(self.record, vcpu, features).vcpu._asdict(), "refused": None}
        result = apply_reply(parse_reply(events), vcpu, self.record.kind, features)
        if isinstance(result, Applied):
            return {"vcpu": result.vcpu._asdict(), "refused": None}
        return {"vcpu": vcpu._asdict(), "refused": result.rule}


def main() -> None:
    """Serve until standard input ends."""
    host = Host(*map(int, sys.argv[1:4]))
    for line in sys.stdin:
        print(json.dumps(host.serve(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
