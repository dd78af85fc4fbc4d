// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Rings: images, and a consumer that takes what is there.

use std::sync::atomic::{AtomicU64, Ordering};

use kvm_fault_info::ring::{Consumer, Header, Image, Slot};
use kvm_fault_info::Refusal;

use crate::{hex, optional, refused, Answer};

fn ring_header(header: &Header) -> String {
    let (head, tail, lost) = (header.head(), header.tail(), header.lost());
    format!("ring {:#x} {head:#x} {tail:#x} {lost:#x}", header.slots())
}

fn slot(slot: &Slot<'_>) -> String {
    let (envelope, record) = (slot.envelope, hex(slot.record));
    let (vcpu, lost, sequence) = (envelope.vcpu, envelope.lost, envelope.sequence);
    format!(
        "\nslot {:#x} {vcpu:#x} {lost:#x} {sequence:#x} {record}",
        slot.position
    )
}

pub fn image(data: &[u8]) -> Answer {
    let image = Image::parse(data)?;
    let slots: String = image.slots().map(|one| slot(&one)).collect();
    Ok(ring_header(image.header()) + &slots)
}

/// The memory, taken to its end or to the first refusal; at last tail as the producer sees it.
pub fn consumed(data: &[u8]) -> String {
    let words: Vec<AtomicU64> = data
        .chunks_exact(8)
        .map(|word| AtomicU64::new(u64::from_le_bytes(word.try_into().expect("a word"))))
        .collect();
    let mut text = String::new();
    if let Err(refusal) = consume(&words, &mut text) {
        text += &refused(&refusal);
    }
    let tail = words.get(3).map(|word| word.load(Ordering::SeqCst));
    text + &format!("\ntail {}", optional(tail))
}

fn consume(words: &[AtomicU64], text: &mut String) -> Result<(), Refusal> {
    let mut ring = Consumer::new(words)?;
    let mut buffer = [0; 512];
    while let Some(one) = ring.fetch(&mut buffer)? {
        *text += &slot(&one);
        assert!(ring.commit(), "there is a slot to commit");
        assert!(!ring.commit(), "and only one");
    }
    Ok(())
}
