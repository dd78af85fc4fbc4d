# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""How each rule is switched off in the Rust crate, which has the VMM's side alone."""

from __future__ import annotations

from typing import Final

from tests.adequacy.off import Off, Table

_DECIDE, _ENTRY, _READER, _WHY, _HEADER, _SLOT, _CONSUMER = (
    f"spec/rust/src/{name}.rs"
    for name in ("decide", "entry", "reader", "why", "ring/header", "ring/slot", "ring/consumer")
)

_VMM: Final = {
    "vmm.major.unknown": Off(_WHY, "if r.major != INFO_MAJOR {", "if false {"),
    "vmm.size": Off(
        _READER, "info.major == INFO_MAJOR && size_fits(info, self.minor) && ends", "info.major == INFO_MAJOR"),
    "vmm.malformed": Off(
        _DECIDE, "Err(refusal) => return by(Action::Stop, refusal.rule)",
        "Err(refusal) => return by(Action::Retry, refusal.rule)"),
    "vmm.trailing": Off(_READER, "data.get(size_of_minor(minor).into()..info.size.into())", "data.get(..0)"),
    "vmm.enum.unknown": Off(_READER, "self.info.flags & (known_flags(self.minor) | FLAGS_CRITICAL)", "self.info.flags"),
    "vmm.far.source": Off(_DECIDE, "record.has(FLAG_FIRMWARE_VA_VALID) && machine.firmware_va", "false"),
    "vmm.far.odds": Off(_DECIDE, "odds: odds(record),", "odds: false,"),
    "vmm.esr.rewrite": Off(_DECIDE, "if on_walk { fsc } else { FSC_NOT_ON_WALK }", "fsc"),
    "vmm.sea.vector": Off(_ENTRY, "if vcpu.ease(features)", "if false"),
    "vmm.entry.state": Off(_ENTRY, "        spsr_el1: vcpu.pstate,\n", ""),
    "vmm.target": Off(_DECIDE, "    if record.has(FLAG_NESTED) {\n", "    if true {\n        None\n    } else if "
                      "record.has(FLAG_NESTED) {\n"),
    "vmm.notify": Off(_DECIDE, "if !machine.ras {", "if false {"),
    "vmm.serror.worse": Off(_DECIDE, "Some(pending) if rank(iss) <= rank(pending)", "Some(pending) if false"),
    "vmm.once": Off(_DECIDE, "if machine.answered {", "if false {"),
    "host.sequence": Off(
        _CONSUMER, "        check_sequence(&self.header, position, &envelope, lost, self.previous)?;\n", ""),
    "host.ring.publish": Off(_SLOT, "if stamp == done {", "if stamp == done || stamp + 1 == done {"),
    "host.byte_order": Off(
        "spec/rust/src/abi.rs", "far: u64::from_le_bytes(take(bytes, 16))",
        "far: u64::from_be_bytes(take(bytes, 16))"),
    "vmm.ring.tail": Off(
        _CONSUMER, "        self.fetched = Some(envelope.sequence);\n",
        "        self.fetched = Some(envelope.sequence);\n        self.memory.store(TAIL, self.tail + 1);\n"),
    "vmm.ring.header": Off(_HEADER, "        check_sizes(&ring, size)?;\n", ""),
    "vmm.ring.stamp": Off(_SLOT, "if stamp == done {", "if true {"),
}

TABLE: Final[Table] = {"vmm": _VMM}
