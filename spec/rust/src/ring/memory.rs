// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Shared memory as words, each loaded and stored by one access.

#[cfg(target_has_atomic = "64")]
use core::sync::atomic::{AtomicU64, Ordering};

use crate::tables::RING_WORD;

/// Memory that another process writes at the same time.
///
/// It is implemented for `[AtomicU64]`, which is what a mapping can be seen as. Implement it for a
/// mapping of your own if you need to; offsets are multiples of 8, and the numbers are those that a
/// little-endian machine would see.
pub trait Memory {
    /// Bytes of the memory.
    fn size(&self) -> u64;

    /// Load one word by one load. Nothing that comes later in the program may be done before it
    /// (acquire). An offset beyond the end gives 0.
    fn load(&self, offset: u64) -> u64;

    /// Store one word by one store. Nothing that comes earlier in the program may be done after it
    /// (release). An offset beyond the end stores nothing.
    fn store(&self, offset: u64, value: u64);
}

#[cfg(target_has_atomic = "64")]
impl Memory for [AtomicU64] {
    fn size(&self) -> u64 {
        self.len() as u64 * RING_WORD
    }

    fn load(&self, offset: u64) -> u64 {
        let word = word(self, offset);
        word.map_or(0, |word| u64::from_le(word.load(Ordering::Acquire)))
    }

    fn store(&self, offset: u64, value: u64) {
        if let Some(word) = word(self, offset) {
            word.store(value.to_le(), Ordering::Release);
        }
    }
}

#[cfg(target_has_atomic = "64")]
fn word(words: &[AtomicU64], offset: u64) -> Option<&AtomicU64> {
    words.get(usize::try_from(offset / RING_WORD).ok()?)
}
