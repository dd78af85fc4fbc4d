// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A record: read, judged, built again, decided, carried out.

use std::hint::black_box;

use kvm_fault_info::{decide, enter, reply, Action, Decoded, Machine, Reader, Refusal, Vcpu};

use crate::{sum, Case};

fn read(reader: Reader, case: &Case<'_>) -> Result<(), Refusal> {
    let parsed = reader.parse(case.data);
    let read = reader.read(case.data);
    match &read {
        Ok(decoded) => understood(reader, decoded, case),
        Err(refusal) => {
            let broken = parsed.as_ref().map(|record| record.check().refused());
            assert!(broken.unwrap_or(true), "refused, and nothing is wrong");
            assert!(refusal.offset <= case.data.len() as u64);
            black_box(refusal.to_string());
        }
    }
    act(&read, case);
    read.map(drop)
}

/// No rule of a reader is broken, and what is built from it is read alike.
fn understood(reader: Reader, decoded: &Decoded<'_>, case: &Case<'_>) {
    let record = decoded.record();
    assert!(!decoded.broken().refused());
    black_box(decoded.broken().iter().count());
    black_box(sum(record.tail));
    let size = usize::from(record.info.size) - record.tail.len();
    let built = record.info.to_le_bytes();
    assert_eq!(&built[..size], &case.data[..size]);
    assert!(built[size..].iter().all(|byte| *byte == 0));
    if record.tail.is_empty() {
        let again = reader.exact().read(&built[..size]);
        assert_eq!(again.as_ref().map(Decoded::info), Ok(decoded.info()));
    }
}

fn act(came: &Result<Decoded<'_>, Refusal>, case: &Case<'_>) {
    let vcpu = Vcpu {
        pstate: 0x5,
        vbar_el1: 0x8000,
        ..Vcpu::default()
    };
    let machine = Machine {
        ras: case.ras,
        firmware_va: case.firmware_va,
        ..Machine::default()
    };
    let made = decide(came.as_ref(), &vcpu, &machine);
    let after = enter(&made, &vcpu, &machine);
    assert!(came.is_ok() || made.action == Action::Stop);
    assert_eq!(made.action == Action::Inject, after.pc == 0x8200);
    let said = came
        .as_ref()
        .ok()
        .and_then(|decoded| reply(&made, decoded))
        .map(|said| sum(&said.to_le_bytes()));
    assert_eq!(
        said.is_some(),
        matches!(made.action, Action::Inject | Action::Pend)
    );
    black_box((made, after, said));
}

/// The target: any bytes end as a record or as one refusal.
pub fn record(bytes: &[u8]) {
    let case = Case::new(bytes, false);
    let reader = Reader::new().of_minor(case.reader);
    let strict = read(reader.exact(), &case);
    let loose = read(reader, &case);
    assert!(
        strict.is_err() || loose.is_ok(),
        "a file is read, an exit union not"
    );
    black_box(case.exact);
}
