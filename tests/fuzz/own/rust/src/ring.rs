// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A ring consumed. The caller loads and stores, and changes words meanwhile.

use kvm_fault_info::ring::{Consumer, Memory, Slot};
use kvm_fault_info::{Reader, Refusal};

use crate::refused;

extern "C" {
    fn own_rust_load(word: usize) -> u64;
    fn own_rust_store(word: usize, value: u64);
}

struct Shared {
    size: usize,
}

impl Memory for Shared {
    fn size(&self) -> u64 {
        (self.size / 8 * 8) as u64
    }

    fn load(&self, offset: u64) -> u64 {
        let word = usize::try_from(offset / 8).expect("a word");
        if word >= self.size / 8 {
            return 0;
        }
        // SAFETY: the caller has that word.
        unsafe { own_rust_load(word) }
    }

    fn store(&self, offset: u64, value: u64) {
        let word = usize::try_from(offset / 8).expect("a word");
        assert!(word < self.size / 8);
        // SAFETY: the caller has that word.
        unsafe { own_rust_store(word, value) }
    }
}

/// What C sums up of a slot.
fn mix(sum: u64, slot: &Slot<'_>) -> u64 {
    let mut sum = sum;
    let facts = [
        slot.position,
        slot.envelope.vcpu.into(),
        slot.envelope.lost.into(),
        slot.envelope.sequence,
        Reader::new().read(slot.record).is_ok().into(),
    ];
    let words = slot.record.chunks_exact(8);
    let words = words.map(|word| u64::from_le_bytes(word.try_into().expect("a word")));
    for fact in facts.into_iter().chain(words) {
        sum = (sum ^ fact).wrapping_mul(0x0100_0000_01b3);
    }
    sum
}

fn consume(memory: &Shared, dealt: u32, out: &mut [u64]) -> Result<(), Refusal> {
    let mut room = [0; 65536];
    let mut ring = Consumer::new(memory)?;
    for _ in 0..=dealt {
        let Some(slot) = ring.fetch(&mut room)? else {
            break;
        };
        out[4] += 1;
        out[5] = mix(out[5], &slot);
        if out[4] <= u64::from(dealt) {
            assert!(ring.commit());
            assert!(!ring.commit());
        }
    }
    Ok(())
}

pub fn answer(size: usize, dealt: u32, out: &mut [u64]) {
    out.fill(0);
    out[0] = 1;
    if let Err(refusal) = consume(&Shared { size }, dealt, out) {
        let kept = (out[4], out[5]);
        refused(out, &refusal);
        (out[4], out[5]) = kept;
    }
}
