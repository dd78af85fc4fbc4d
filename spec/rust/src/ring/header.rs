// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The ring's header, judged whole (rule `vmm.ring.header`).

use crate::abi::{
    KvmArmFaultRing, KvmArmFaultSlot, RING_COUNT_LIMIT, RING_MAGIC, RING_MAJOR, RING_MINOR,
    RING_MIN_SLOTS,
};
use crate::layout::Field;
use crate::places::ring_header as field;
use crate::refusal::{Expected, Path, Refusal, Root};
use crate::rule::Rule;
use crate::tables::RING_WORD;

/// A header that holds. Positions and counts are as they were when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    ring: KvmArmFaultRing,
}

impl Header {
    /// Judge the header of a ring that has `size` bytes in all.
    ///
    /// # Errors
    ///
    /// `vmm.ring.header` names the first field that cannot be true.
    pub fn parse(data: &[u8], size: u64) -> Result<Self, Refusal> {
        let Some(bytes) = data.first_chunk() else {
            let expected = Expected::Bytes(KvmArmFaultRing::SIZE as u64);
            return Err(of_whole(Root::RingHeader, 0, expected, data.len() as u64));
        };
        let ring = KvmArmFaultRing::from_le_bytes(bytes);
        exactly(&field::MAGIC, RING_MAGIC.into(), ring.magic.into())?;
        exactly(&field::MAJOR, RING_MAJOR.into(), ring.major.into())?;
        check_sizes(&ring, size)?;
        // A newer minor version may use what is zero here.
        let used = ring.reserved.iter().find(|word| **word != 0);
        if let (Some(word), true) = (used, is_known(ring.minor)) {
            return Err(refusal(&field::RESERVED, Expected::Zeros, *word));
        }
        check_lost(ring.lost)?;
        let header = Self { ring };
        header.check_window(ring.head, ring.tail)?;
        Ok(header)
    }

    /// Position that the producer writes next.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.ring.head
    }

    /// Position that the consumer handles next.
    #[must_use]
    pub const fn tail(&self) -> u64 {
        self.ring.tail
    }

    /// Records dropped because the ring was full.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.ring.lost
    }

    /// How many slots there are.
    #[must_use]
    pub const fn slots(&self) -> u32 {
        self.ring.slots
    }

    /// Bytes that a slot has for its record.
    #[must_use]
    pub const fn record_size(&self) -> u64 {
        self.ring.slot_size as u64 - KvmArmFaultSlot::SIZE as u64
    }

    /// Bytes of the whole ring.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.ring.header_size as u64 + self.ring.slots as u64 * self.ring.slot_size as u64
    }

    /// Offset of the slot of `position`.
    #[must_use]
    pub const fn offset(&self, position: u64) -> u64 {
        let index = position & (self.ring.slots as u64).wrapping_sub(1); // a power of two
        self.ring.header_size as u64 + index * self.ring.slot_size as u64
    }

    /// How many positions there are from `tail` to `head`, which must not be more than slots.
    pub(super) fn check_window(&self, head: u64, tail: u64) -> Result<u64, Refusal> {
        below_limit(&field::HEAD, head)?;
        let slots = u64::from(self.ring.slots);
        match head.checked_sub(tail) {
            Some(number) if number <= slots => Ok(number),
            _ => {
                let to = tail.saturating_add(slots);
                Err(refusal(&field::HEAD, Expected::Range(tail, to), head))
            }
        }
    }
}

/// A count of lost records that no producer reaches is refused.
pub(super) fn check_lost(lost: u64) -> Result<(), Refusal> {
    below_limit(&field::LOST, lost)
}

pub(super) const fn of_whole(root: Root, offset: u64, expected: Expected, got: u64) -> Refusal {
    Refusal {
        rule: Rule::VmmRingHeader,
        path: Path::new(root),
        offset,
        expected,
        got,
    }
}

#[allow(clippy::absurd_extreme_comparisons, reason = "today RING_MINOR is 0")]
const fn is_known(minor: u8) -> bool {
    minor <= RING_MINOR
}

/// Judge the fields that never change.
fn check_sizes(ring: &KvmArmFaultRing, size: u64) -> Result<(), Refusal> {
    let own = KvmArmFaultRing::SIZE as u64;
    let header_size = u64::from(ring.header_size);
    if is_known(ring.minor) {
        exactly(&field::HEADER_SIZE, own, header_size)?;
    }
    words_from(&field::HEADER_SIZE, own, header_size)?;
    let slot_size = u64::from(ring.slot_size);
    words_from(
        &field::SLOT_SIZE,
        KvmArmFaultSlot::SIZE as u64 + RING_WORD,
        slot_size,
    )?;
    let slots = u64::from(ring.slots);
    if ring.slots < RING_MIN_SLOTS || !ring.slots.is_power_of_two() {
        let expected = Expected::PowerOfTwo(RING_MIN_SLOTS.into());
        return Err(refusal(&field::SLOTS, expected, slots));
    }
    let fit = size.saturating_sub(header_size) / slot_size;
    if slots > fit {
        return Err(refusal(&field::SLOTS, Expected::AtMost(fit), slots));
    }
    Ok(())
}

fn exactly(field: &'static Field, wanted: u64, got: u64) -> Result<(), Refusal> {
    if got == wanted {
        return Ok(());
    }
    Err(refusal(field, Expected::Exactly(wanted), got))
}

fn words_from(field: &'static Field, from: u64, got: u64) -> Result<(), Refusal> {
    if got >= from && got % RING_WORD == 0 {
        return Ok(());
    }
    Err(refusal(field, Expected::Multiple(RING_WORD, from), got))
}

fn below_limit(field: &'static Field, got: u64) -> Result<(), Refusal> {
    if got < RING_COUNT_LIMIT {
        return Ok(());
    }
    Err(refusal(field, Expected::Below(RING_COUNT_LIMIT), got))
}

const fn refusal(field: &'static Field, expected: Expected, got: u64) -> Refusal {
    Refusal {
        rule: Rule::VmmRingHeader,
        path: Path::new(Root::RingHeader).to(field),
        offset: field.offset as u64,
        expected,
        got,
    }
}
