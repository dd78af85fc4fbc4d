// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A ring: consumed out of memory whose words change meanwhile, and read as an image.

use std::cell::{Cell, RefCell};
use std::hint::black_box;

use kvm_fault_info::ring::{Consumer, Image, Memory, Slot};
use kvm_fault_info::{Reader, Refusal};

use crate::{sum, Case, Change};

struct Shared<'a> {
    words: RefCell<Vec<u64>>,
    changes: &'a [Change],
    loads: Cell<u64>,
}

impl<'a> Shared<'a> {
    fn new(data: &[u8], changes: &'a [Change]) -> Self {
        let words = data.chunks_exact(8).map(crate::number).collect();
        Self {
            words: RefCell::new(words),
            changes,
            loads: Cell::new(0),
        }
    }
}

impl Memory for Shared<'_> {
    fn size(&self) -> u64 {
        self.words.borrow().len() as u64 * 8
    }

    fn load(&self, offset: u64) -> u64 {
        let mut words = self.words.borrow_mut();
        let number = words.len() as u64;
        let loads = self.loads.replace(self.loads.get() + 1);
        for change in self.changes.iter().filter(|one| one.after == loads) {
            if number > 0 {
                words[(change.word % number) as usize] = change.value;
            }
        }
        words.get((offset / 8) as usize).copied().unwrap_or(0)
    }

    fn store(&self, offset: u64, value: u64) {
        self.words.borrow_mut()[(offset / 8) as usize] = value;
    }
}

fn look(slot: &Slot<'_>) -> u64 {
    let envelope = slot.envelope;
    let said = Reader::new()
        .read(slot.record)
        .map_or(1, |decoded| sum(&decoded.info().to_le_bytes()));
    envelope.sequence
        ^ u64::from(envelope.lost)
        ^ u64::from(envelope.vcpu)
        ^ sum(slot.record)
        ^ said
}

/// So many records, then one more: position and record of each that came.
fn consume(memory: &Shared<'_>, dealt: usize) -> (Vec<(u64, Vec<u8>)>, Option<Refusal>) {
    let mut found: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut room = vec![0; 4096];
    let mut ring = match Consumer::new(memory) {
        Ok(ring) => ring,
        Err(refusal) => return (found, Some(refusal)),
    };
    while found.len() <= dealt {
        match ring.fetch(&mut room) {
            Ok(Some(slot)) => {
                black_box(look(&slot));
                assert!(found.last().is_none_or(|last| last.0 + 1 == slot.position));
                found.push((slot.position, slot.record.to_vec()));
            }
            Ok(None) => break,
            Err(refusal) => return (found, Some(refusal)),
        }
        if found.len() <= dealt {
            assert!(ring.commit(), "there is a slot to commit");
            assert!(!ring.commit(), "and only one");
        }
    }
    (found, None)
}

/// What an image has is what a consumer finds in it.
fn image(data: &[u8]) {
    match Image::parse(data) {
        Ok(image) => {
            black_box(image.header().record_size());
            let (found, refused) = consume(&Shared::new(data, &[]), usize::MAX);
            let slots: Vec<_> = image.slots().collect();
            assert_eq!(found.len(), slots.len());
            assert!(refused.is_none());
            for (one, (position, record)) in slots.iter().zip(&found) {
                assert_eq!(one.position, *position);
                assert_eq!(&one.record[..record.len()], record);
            }
        }
        Err(refusal) => drop(black_box(refusal.to_string())),
    }
}

/// The target: whatever the producer does, each slot is whole or refused.
pub fn ring(bytes: &[u8]) {
    let case = Case::new(bytes, true);
    let memory = Shared::new(case.data, &case.changes);
    let (_, refused) = consume(&memory, case.dealt.into());
    black_box(refused.map(|refusal| refusal.to_string()));
    black_box(consume(&memory, 0).0.len());
    image(case.data);
}
