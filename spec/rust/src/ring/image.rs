// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A ring out of bytes that nobody writes: a file, a dump, a copy.

use core::ops::Range;

use super::header::{of_whole, Header};
use super::slot::{check_sequence, check_stamp, Slot};
use crate::abi::KvmArmFaultSlot;
use crate::refusal::{Expected, Refusal, Root};

/// A ring whose header and published records were judged; it ends with its last slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    header: Header,
    data: &'a [u8],
}

impl<'a> Image<'a> {
    /// Read a whole ring. Slots outside of the window from tail to head are not looked at: they are
    /// free, or were being written when the image was taken.
    ///
    /// # Errors
    ///
    /// `vmm.ring.header`, `vmm.ring.stamp`, `host.sequence`.
    pub fn parse(data: &'a [u8]) -> Result<Self, Refusal> {
        let size = data.len() as u64;
        let header = Header::parse(data, size)?;
        if size != header.size() {
            let expected = Expected::Bytes(header.size());
            return Err(of_whole(Root::Ring, header.size(), expected, size));
        }
        let image = Self { header, data };
        image.walk().try_for_each(|slot| slot.map(drop))?;
        Ok(image)
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The records that are published and not consumed, oldest first.
    #[must_use]
    pub fn slots(&self) -> Slots<'a> {
        Slots(self.walk())
    }

    fn walk(&self) -> Walk<'a> {
        Walk {
            image: *self,
            positions: self.header.tail()..self.header.head(),
            previous: None,
        }
    }
}

/// The records of an [`Image`].
#[derive(Clone, Debug)]
pub struct Slots<'a>(Walk<'a>);

impl<'a> Iterator for Slots<'a> {
    type Item = Slot<'a>;

    fn next(&mut self) -> Option<Slot<'a>> {
        self.0.next()?.ok()
    }
}

#[derive(Clone, Debug)]
struct Walk<'a> {
    image: Image<'a>,
    positions: Range<u64>,
    previous: Option<u64>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<Slot<'a>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        let position = self.positions.next()?;
        let header = &self.image.header;
        let start = usize::try_from(header.offset(position)).ok()?;
        let size = usize::try_from(header.record_size()).ok()?;
        let (head, rest) = self.image.data.get(start..)?.split_first_chunk()?;
        let slot = KvmArmFaultSlot::from_le_bytes(head);
        Some(self.judge(position, &slot).map(|()| Slot {
            position,
            envelope: slot.envelope(),
            record: rest.get(..size).unwrap_or_default(),
        }))
    }
}

impl Walk<'_> {
    fn judge(&mut self, position: u64, slot: &KvmArmFaultSlot) -> Result<(), Refusal> {
        let header = &self.image.header;
        check_stamp(header, position, slot.stamp)?;
        let envelope = slot.envelope();
        check_sequence(header, position, &envelope, header.lost(), self.previous)?;
        self.previous = Some(slot.sequence);
        Ok(())
    }
}
