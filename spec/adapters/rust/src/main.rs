// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A conformance target in Rust: the crate as a VMM uses it. `cargo build --release`, then
//! `faultinfo conform --role vmm --target target/release/kfi-adapter`.

mod frames;
#[rustfmt::skip] // generated
mod protocol;

use std::sync::atomic::AtomicU64;

use frames::{serve, Answer, Request};
use kvm_fault_info::ring::{Consumer, Slot};
use kvm_fault_info::{decide, enter, Features, Machine, Reader, Refusal, Vcpu, Way};
use protocol as p;

#[rustfmt::skip]
fn reader(minor: u8, exact: u8) -> Reader {
    let reader = Reader::new().of_minor(minor);
    if exact == 0 { reader } else { reader.exact() }
}

#[rustfmt::skip]
fn refused(refusal: &Refusal) -> u8 {
    if refusal.is_not_understood() { p::OUTCOME_NOT_UNDERSTOOD } else { p::OUTCOME_MALFORMED }
}

#[rustfmt::skip]
fn vmm(request: &mut Request) -> Option<Answer> {
    let q = p::VmmRequest::from_le_bytes(request.fixed()?);
    let came = reader(q.reader, q.exact).read(request.part()?);
    let ways: Vec<Way> = q.ways.iter().take_while(|way| **way != p::VIA_NONE)
        .filter_map(|way| Way::ALL.get(usize::from(*way) - 1).copied()).collect();
    let machine = Machine {
        ras: q.ras != 0, features: Features(q.features), notifications: &ways, firmware_va: q.firmware_va != 0,
        pending_serror: (q.has_pending_serror != 0).then_some(q.pending_serror.into()),
        repeats: q.repeats, bound: q.bound, answered: q.answered != 0,
    };
    let vcpu = Vcpu {
        pc: q.pc, pstate: q.pstate, vbar_el1: q.vbar_el1, sctlr_el1: q.sctlr_el1, sctlr2_el1: q.sctlr2_el1,
        gcscr_el1: q.gcscr_el1, esr_el1: q.esr_el1, far_el1: q.far_el1, elr_el1: q.elr_el1, spsr_el1: q.spsr_el1,
    };
    let d = decide(came.as_ref(), &vcpu, &machine);
    let after = enter(&d, &vcpu, &machine);
    let (info, tail) = came.as_ref().map_or_else(|_| Default::default(), |r| (*r.info(), r.record().tail.len()));
    let answer = p::VmmAnswer {
        outcome: came.as_ref().map_or_else(refused, |_| p::OUTCOME_VALUE), action: d.action as u8,
        via: d.via.map_or(p::VIA_NONE, |way| way as u8 + 1),
        notes: u8::from(d.has_far) | u8::from(d.odds) << 1,
        serror_esr: u32::try_from(d.serror_esr).ok()?, tail: u32::try_from(tail).ok()?, zero: 0, info: info.to_le_bytes(),
        pc: after.pc, pstate: after.pstate, esr_el1: after.esr_el1, far_el1: after.far_el1,
        elr_el1: after.elr_el1, spsr_el1: after.spsr_el1,
    };
    Some(Answer::new(&answer.to_le_bytes()).part(d.rule.name().as_bytes()))
}

fn check(request: &mut Request) -> Option<Answer> {
    let q = p::CheckRequest::from_le_bytes(request.fixed()?);
    let (outcome, rule, broken) = match reader(q.reader, q.exact).read(request.part()?) {
        Ok(record) => (p::OUTCOME_VALUE, "", record.broken().to_string().replace(',', "")),
        Err(refusal) => (refused(&refusal), refusal.rule.name(), String::new()),
    };
    let answer = Answer::new(&p::CheckAnswer { outcome, zero: 0 }.to_le_bytes());
    Some(answer.part(rule.as_bytes()).part(broken.as_bytes()))
}

/// A consumer deals with so many records, and fetches one more.
fn consume<'b>(memory: &[AtomicU64], buffer: &'b mut [u8], mut dealt: u32) -> Result<Option<Slot<'b>>, Refusal> {
    let mut ring = Consumer::new(memory)?;
    while dealt > 0 && ring.fetch(buffer)?.is_some() && ring.commit() {
        dealt -= 1;
    }
    ring.fetch(buffer)
}

fn ring(request: &mut Request) -> Option<Answer> {
    let dealt = p::RingRequest::from_le_bytes(request.fixed()?).dealt;
    let words =
        request.part()?.chunks_exact(8).map(|word| AtomicU64::new(u64::from_le_bytes(word.try_into().unwrap())));
    let (memory, mut buffer) = (words.collect::<Vec<_>>(), vec![0; 1 << 16]);
    let died = consume(&memory, &mut buffer, dealt).map(|_| ());
    let (answer, rule, record) = match died.and_then(|()| consume(&memory, &mut buffer, 0)) {
        Ok(None) => (p::RingAnswer::default(), "", &[][..]),
        Err(refusal) => (p::RingAnswer::default(), refusal.rule.name(), &[][..]),
        Ok(Some(Slot { position, envelope: e, record })) => {
            let (sequence, lost, vcpu) = (e.sequence, e.lost, e.vcpu);
            (p::RingAnswer { position, sequence, lost, vcpu, found: 1, zero: [0; 7] }, "", record)
        }
    };
    Some(Answer::new(&answer.to_le_bytes()).part(rule.as_bytes()).part(record))
}

fn main() -> std::io::Result<()> {
    serve(["adapter.rs", "1", "1.0 1.1", "vmm check ring"], |kind, request| match kind {
        p::TYPE_VMM => Some(vmm(request)),
        p::TYPE_CHECK => Some(check(request)),
        p::TYPE_RING => Some(ring(request)),
        _ => None,
    })
}
