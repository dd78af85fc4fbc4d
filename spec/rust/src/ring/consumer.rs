// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The VMM's side of the ring: a slot is copied once, checked, and freed when it was dealt with.

use core::mem::size_of;

use super::header::{check_lost, Header};
use super::memory::Memory;
use super::slot::{check_sequence, check_stamp, Slot};
use crate::abi::{KvmArmFaultEnvelope, KvmArmFaultRing, KvmArmFaultSlot};
use crate::places::ring_header;
use crate::refusal::Refusal;
use crate::tables::{RING_ENVELOPE, RING_WORD};

const HEAD: u64 = ring_header::HEAD.offset as u64;
const TAIL: u64 = ring_header::TAIL.offset as u64;
const LOST: u64 = ring_header::LOST.offset as u64;

/// The one consumer of a ring, new or taken over from one that is dead.
///
/// Delivery is at least once: a consumer that dies before [`Self::commit`] leaves the record to its
/// successor, who sees it again with the same sequence. Waiting for the eventfd is the caller's: look
/// at [`Self::pending`] before, so that a wake-up that somebody took before is not missed.
#[derive(Debug)]
pub struct Consumer<'m, M: Memory + ?Sized> {
    memory: &'m M,
    header: Header,
    /// Never read back: the producer could write it too.
    tail: u64,
    previous: Option<u64>,
    fetched: Option<u64>,
}

impl<'m, M: Memory + ?Sized> Consumer<'m, M> {
    /// Attach to a ring; its header is read once.
    ///
    /// # Errors
    ///
    /// `vmm.ring.header`; nothing was stored then.
    pub fn new(memory: &'m M) -> Result<Self, Refusal> {
        let mut bytes = [0; KvmArmFaultRing::SIZE];
        let there = usize::try_from(memory.size()).unwrap_or(usize::MAX);
        let bytes = &mut bytes[..there.min(KvmArmFaultRing::SIZE)];
        copy(memory, 0, bytes);
        let header = Header::parse(bytes, memory.size())?;
        Ok(Self {
            memory,
            header,
            tail: header.tail(),
            previous: None,
            fetched: None,
        })
    }

    /// The header as it was when the consumer was attached.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// How many records are published and not committed.
    ///
    /// # Errors
    ///
    /// `vmm.ring.header`: head cannot be true.
    pub fn pending(&self) -> Result<u64, Refusal> {
        self.header.check_window(self.memory.load(HEAD), self.tail)
    }

    /// The oldest record that is not committed, none if there is none; it stays where it is.
    ///
    /// The slot is copied once into `buffer` and its stamp is checked before and after (rules
    /// `vmm.single_fetch`, `vmm.ring.stamp`). The buffer should have [`Header::record_size`] bytes;
    /// of a longer slot only its beginning is copied, and a record that goes on is then refused by
    /// its size (rule `vmm.size`).
    ///
    /// # Errors
    ///
    /// `vmm.ring.header`, `vmm.ring.stamp`, `host.sequence`.
    pub fn fetch<'b>(&mut self, buffer: &'b mut [u8]) -> Result<Option<Slot<'b>>, Refusal> {
        self.fetched = None;
        if self.pending()? == 0 {
            return Ok(None);
        }
        let (position, start) = (self.tail, self.header.offset(self.tail));
        check_stamp(&self.header, position, self.memory.load(start))?;
        let mut envelope = [0; KvmArmFaultEnvelope::SIZE];
        copy(self.memory, start + RING_ENVELOPE, &mut envelope);
        let size = usize::try_from(self.header.record_size()).unwrap_or(usize::MAX);
        let size = size.min(buffer.len());
        let record = &mut buffer[..size];
        copy(self.memory, start + KvmArmFaultSlot::SIZE as u64, record);
        check_stamp(&self.header, position, self.memory.load(start))?;
        let envelope = KvmArmFaultEnvelope::from_le_bytes(&envelope);
        let lost = self.memory.load(LOST);
        check_lost(lost)?;
        check_sequence(&self.header, position, &envelope, lost, self.previous)?;
        self.fetched = Some(envelope.sequence);
        Ok(Some(Slot {
            position,
            envelope,
            record,
        }))
    }

    /// Free the slot that [`Self::fetch`] returned last: its record was dealt with (rule
    /// `vmm.ring.tail`). False if there is none.
    pub fn commit(&mut self) -> bool {
        let Some(sequence) = self.fetched.take() else {
            return false;
        };
        self.tail += 1;
        self.memory.store(TAIL, self.tail);
        self.previous = Some(sequence);
        true
    }
}

/// Copy words, each by one load, to fill `to`.
fn copy<M: Memory + ?Sized>(memory: &M, offset: u64, to: &mut [u8]) {
    for (n, part) in to.chunks_mut(size_of::<u64>()).enumerate() {
        let word = memory.load(offset + n as u64 * RING_WORD).to_le_bytes();
        part.copy_from_slice(&word[..part.len()]);
    }
}

impl KvmArmFaultSlot {
    /// The envelope in the slot.
    #[must_use]
    pub const fn envelope(&self) -> KvmArmFaultEnvelope {
        KvmArmFaultEnvelope {
            vcpu: self.vcpu,
            lost: self.lost,
            sequence: self.sequence,
        }
    }
}
