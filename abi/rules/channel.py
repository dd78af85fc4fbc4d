# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules of delivery: the exit page and the ring, for both sides."""

from __future__ import annotations

from typing import Final

from abi.rules.model import INFERRED, READ, Rule

CHANNEL_RULES: Final = (
    Rule("host.exit.publish",
         "The record is written to the exit union before exit_reason says that it is there.",
         "A VMM must not find an exit whose record is still the last one's.",
         "Linux Documentation/virt/kvm/api.rst, struct kvm_run", READ),
    Rule("vmm.exit.reason",
         "A record is read only from a page whose exit_reason is KVM_EXIT_ARM_SEA or the SError exit.",
         "The union holds whatever the last exit left there.",
         "Linux Documentation/virt/kvm/api.rst, struct kvm_run", READ),
    Rule("vmm.exit.lifetime",
         "The record on the page lives until the next KVM_RUN on that vCPU: after one that fails there is none, "
         "whatever exit_reason says. An answer names the exit that it answers.",
         "The next exit overwrites it; a KVM_RUN that fails at once, by immediate_exit, leaves the last exit_reason.",
         "Linux Documentation/virt/kvm/api.rst, immediate_exit; rust-vmm kvm-ioctls VcpuFd::run()", INFERRED),
    Rule("vmm.single_fetch", "Shared memory is copied once, then read.",
         "What is checked must be what is used.", "this specification"),
    Rule("host.ring.publish",
         "Position p: stamp 2p+1, then envelope and record, then stamp 2p+2, then head p+1; stamps and head are "
         "each one "
         "aligned 8-byte store.",
         "A reader must be able to tell a whole slot from one that is being written.", "this specification"),
    Rule("host.ring.full", "When the ring is full the producer counts lost in the header and does not block.",
         "A host must not wait for a VMM.", "this specification"),
    Rule("host.ring.restart",
         "A restarted producer goes on from the header: a slot at head with stamp 2*head+2 is whole and is "
         "published; one with stamp 2*head+1, or that of its last use (0: never used), is written anew; any other "
         "stamp is no producer's, and the ring is refused. Then it wakes the consumer again.",
         "What was written must not be lost with the process that wrote it.", "this specification"),
    Rule("host.sequence",
         "sequence counts every record of the channel from 1, lost ones too: it is the sequence of the slot before, "
         "plus 1, plus "
         "lost (which saturates).",
         "A gap that nobody counted is a lost error.", "this specification"),
    Rule("vmm.ring.header",
         "A ring is refused whose header lies: magic, sizes, slots not a power of two from 2, beyond its mapping, "
         "head "
         "behind tail, or "
         "head more than slots ahead of tail.",
         "Every index follows from it.", "this specification"),
    Rule("vmm.ring.stamp", "A slot is used only if its stamp is 2p+2 before and after it was copied.",
         "Anything else is another position's or half written.", "this specification"),
    Rule("vmm.ring.tail", "The consumer stores tail only after it has dealt with the record.",
         "It may die in between; then the record is read again, and its sequence tells.", "this specification"),
)
