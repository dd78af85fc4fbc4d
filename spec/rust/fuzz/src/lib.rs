// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What the fuzz targets do with their input: a case as `abi/fuzz/case.py` lays it out, a head of 8 bytes, for a ring
//! the words that change, then the data. Every byte string is one. Each function uses all that the crate hands out.

mod firmware;
mod record;
mod ring;

pub use firmware::firmware;
pub use record::record;
pub use ring::ring;

const HEAD: usize = 8;
const CHANGE: usize = 16;
const MOST_CHANGES: usize = 4;

/// A word that changes after so many loads.
struct Change {
    after: u64,
    word: u64,
    value: u64,
}

/// A case that was taken apart; its surface is the target's own.
struct Case<'a> {
    reader: u8,
    exact: bool,
    ras: bool,
    firmware_va: bool,
    dealt: u8,
    changes: Vec<Change>,
    data: &'a [u8],
}

impl<'a> Case<'a> {
    fn new(bytes: &'a [u8], is_ring: bool) -> Self {
        let (start, mut data) = bytes.split_at(bytes.len().min(HEAD));
        let mut head = [0; HEAD];
        head[..start.len()].copy_from_slice(start);
        let mut changes = Vec::new();
        let wanted = usize::from(head[4]) % (MOST_CHANGES + 1);
        for _ in 0..if is_ring { wanted } else { 0 } {
            let Some((one, rest)) = data.split_first_chunk::<CHANGE>() else {
                break;
            };
            changes.push(Change {
                after: number(&one[..4]),
                word: number(&one[4..8]),
                value: number(&one[8..]),
            });
            data = rest;
        }
        Self {
            reader: head[1] % 2,
            exact: head[2] & 1 != 0,
            ras: head[2] & 2 == 0,
            firmware_va: head[2] & 4 == 0,
            dealt: head[3] % 8,
            changes,
            data,
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Every byte is looked at.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum ^ u64::from(*byte))
}
