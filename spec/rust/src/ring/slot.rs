// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A slot, and what its stamp and its sequence must be (rules `vmm.ring.stamp`, `host.sequence`).

use super::header::Header;
use crate::abi::KvmArmFaultEnvelope;
use crate::layout::Field;
use crate::places::ring_slot as field;
use crate::refusal::{Expected, Path, Refusal, Root};
use crate::rule::Rule;
use crate::tables::RING_LOST_LIMIT;

/// One published record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot<'a> {
    /// Its number since the ring was made, from 0.
    pub position: u64,
    /// What stands around the record.
    pub envelope: KvmArmFaultEnvelope,
    /// The record, and the zeros that may follow its end.
    pub record: &'a [u8],
}

/// `stamp` must say that the position is complete.
pub(super) fn check_stamp(header: &Header, position: u64, stamp: u64) -> Result<(), Refusal> {
    let done = 2 * position + 2;
    if stamp == done {
        return Ok(());
    }
    let stamped = Expected::Exactly(done);
    Err(refusal(
        Rule::VmmRingStamp,
        header,
        position,
        &field::STAMP,
        stamped,
        stamp,
    ))
}

/// sequence and lost must fit the count of the header, read after the slot, and `previous`, the
/// sequence of the slot before where it was seen.
pub(super) fn check_sequence(
    header: &Header,
    position: u64,
    envelope: &KvmArmFaultEnvelope,
    lost: u64,
    previous: Option<u64>,
) -> Result<(), Refusal> {
    let sequence = envelope.sequence;
    let refuse = |field, expected, got| {
        Err(refusal(
            Rule::HostSequence,
            header,
            position,
            field,
            expected,
            got,
        ))
    };
    let first = position + 1;
    if sequence < first || sequence - first > lost {
        let expected = Expected::Range(first, first + lost);
        return refuse(&field::SEQUENCE, expected, sequence);
    }
    let Some(previous) = previous.or(if position == 0 { Some(0) } else { None }) else {
        return Ok(());
    };
    if sequence <= previous {
        return refuse(&field::SEQUENCE, Expected::Above(previous), sequence);
    }
    let between = u32::try_from(sequence - previous - 1).unwrap_or(RING_LOST_LIMIT);
    if envelope.lost != between {
        let expected = Expected::Exactly(between.into());
        return refuse(&field::LOST, expected, envelope.lost.into());
    }
    Ok(())
}

fn refusal(
    rule: Rule,
    header: &Header,
    position: u64,
    field: &'static Field,
    expected: Expected,
    got: u64,
) -> Refusal {
    Refusal {
        rule,
        path: Path::new(Root::RingSlot(position)).to(field),
        offset: header.offset(position) + field.offset as u64,
        expected,
        got,
    }
}
