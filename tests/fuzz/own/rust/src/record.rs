// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A record read, judged, decided, carried out.

use std::hint::black_box;

use kvm_fault_info::{
    decide, enter, reply, Decoded, Features, Machine, Reader, Refusal, Vcpu, Way,
};

use crate::{refused, words};

/// The ways of a machine: up to the first 0, without what is no way.
fn ways(packed: u64, storage: &mut [Way; 4]) -> &[Way] {
    let numbers = packed.to_le_bytes();
    let mut found = 0;
    for number in numbers
        .into_iter()
        .take(4)
        .take_while(|&number| number != 0)
    {
        if let Some(way) = Way::ALL.get(usize::from(number) - 1) {
            storage[found] = *way;
            found += 1;
        }
    }
    &storage[..found]
}

fn read(reader: Reader, exact: bool, data: &[u8]) -> Result<Decoded<'_>, Refusal> {
    if exact {
        reader.exact().read(data)
    } else {
        reader.read(data)
    }
}

pub fn answer(given: &[u64], setup: &[u64], data: &[u8], out: &mut [u64]) {
    let mut storage = [Way::Sea; 4];
    let vcpu = Vcpu {
        pc: given[0],
        pstate: given[1],
        vbar_el1: given[2],
        sctlr_el1: given[3],
        sctlr2_el1: given[4],
        gcscr_el1: given[5],
        esr_el1: given[6],
        far_el1: given[7],
        elr_el1: given[8],
        spsr_el1: given[9],
    };
    let machine = Machine {
        features: Features(setup[0] as u32),
        repeats: setup[1] as u32,
        bound: setup[2] as u32,
        pending_serror: (setup[8] != 0).then_some(setup[3]),
        notifications: ways(setup[4], &mut storage),
        ras: setup[5] != 0,
        firmware_va: setup[6] != 0,
        answered: setup[7] != 0,
    };
    let reader = Reader::new().of_minor(setup[9] as u8);
    let came = read(reader, setup[10] != 0, data);
    out.fill(0);
    match &came {
        Ok(decoded) => {
            out[0] = 1;
            out[4] = decoded.broken().bits() << 1;
            out[5] = decoded.record().tail.len() as u64;
            words(&decoded.info().to_le_bytes(), &mut out[6..16]);
            black_box(decoded.record().tail.iter().fold(0, |sum, byte| sum ^ byte));
        }
        Err(refusal) => refused(out, refusal),
    }
    let made = decide(came.as_ref(), &vcpu, &machine);
    out[16] = made.action as u64;
    out[17] = made.rule as u64 + 1;
    out[18] = made.via.map_or(0, |way| way as u64 + 1);
    out[19] = made.has_far.into();
    out[20] = made.esr_el1;
    out[21] = made.far_el1;
    out[22] = made.serror_esr;
    out[23] = made.odds.into();
    let after = enter(&made, &vcpu, &machine);
    out[24..34].copy_from_slice(&[
        after.pc,
        after.pstate,
        after.vbar_el1,
        after.sctlr_el1,
        after.sctlr2_el1,
        after.gcscr_el1,
        after.esr_el1,
        after.far_el1,
        after.elr_el1,
        after.spsr_el1,
    ]);
    if let Some(said) = came.as_ref().ok().and_then(|decoded| reply(&made, decoded)) {
        out[34] = 1;
        words(&said.to_le_bytes(), &mut out[35..43]);
    }
}
