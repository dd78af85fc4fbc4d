// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Records, what is broken in them, and what is decided about them.

use kvm_fault_info::abi::KvmArmFaultInfo;
use kvm_fault_info::{check, decide, enter, reply, Machine, Reader, Vcpu, Way};

use crate::input::Input;
use crate::{hex, Answer};

/// minor, exact, the bytes.
fn reader<'a>(input: &mut Input<'a>) -> (Reader, &'a [u8]) {
    let reader = Reader::new().of_minor(input.byte());
    let reader = if input.byte() == 1 {
        reader.exact()
    } else {
        reader
    };
    (reader, input.0)
}

pub fn read(data: &[u8]) -> Answer {
    let (reader, data) = reader(&mut Input(data));
    reader.read(data).map(|decoded| {
        let info = hex(&decoded.info().to_le_bytes());
        let tail = hex(decoded.record().tail);
        format!("record {info}\ntail {tail}\nbroken {}", decoded.broken())
    })
}

/// minor, all fields.
pub fn judged(data: &[u8]) -> String {
    let mut input = Input(data);
    let minor = input.byte();
    let info = KvmArmFaultInfo::from_le_bytes(input.0.first_chunk().expect("all fields"));
    check(&info, minor).to_string()
}

pub fn decided(data: &[u8]) -> String {
    let mut input = Input(data);
    let vcpu = input.vcpu();
    let ways = input.ways();
    let machine = Machine {
        notifications: &ways,
        features: input.features(),
        ras: input.byte() == 1,
        firmware_va: input.byte() == 1,
        answered: input.byte() == 1,
        repeats: input.byte().into(),
        bound: input.byte().into(),
        pending_serror: (input.byte() == 1).then(|| input.word()),
    };
    if machine.pending_serror.is_none() {
        input.word();
    }
    let (reader, bytes) = reader(&mut input);
    let came = reader.read(bytes);
    let decision = decide(came.as_ref(), &vcpu, &machine);
    let after = enter(&decision, &vcpu, &machine);
    let reply = came
        .as_ref()
        .ok()
        .and_then(|decoded| reply(&decision, decoded));
    let reply = reply.map_or("none".into(), |reply| hex(&reply.to_le_bytes()));
    let via = decision.via.map_or("", Way::name);
    let reason = decision
        .reason
        .map_or(String::new(), |reason| reason.to_string());
    format!(
        "{} {} esr {:#x} far {:#x} {} iss {:#x} via {via} odds {} reason {reason}\nreply {reply}\n{}",
        decision.action.name(),
        decision.rule,
        decision.esr_el1,
        decision.far_el1,
        decision.has_far,
        decision.serror_esr,
        decision.odds,
        registers(&after),
    )
}

fn registers(vcpu: &Vcpu) -> String {
    format!(
        "after {:#x} {:#x} {:#x} {:#x} {:#x} {:#x} {:#x} {:#x} {:#x} {:#x}",
        vcpu.pc,
        vcpu.pstate,
        vcpu.vbar_el1,
        vcpu.sctlr_el1,
        vcpu.sctlr2_el1,
        vcpu.gcscr_el1,
        vcpu.esr_el1,
        vcpu.far_el1,
        vcpu.elr_el1,
        vcpu.spsr_el1,
    )
}
