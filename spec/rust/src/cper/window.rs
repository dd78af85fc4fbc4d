// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A part of an input under its path: reads fields, and refuses with exact offsets.

use crate::layout::{Field, Layout};
use crate::refusal::{Expected, Path, Refusal};
use crate::rule::Rule;

/// Some bytes of an input, where they start in it, and the path that names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) start: usize,
    pub(crate) path: Path,
}

impl<'a> Window<'a> {
    pub(crate) const fn whole(data: &'a [u8], path: Path) -> Self {
        Self {
            data,
            start: 0,
            path,
        }
    }

    pub(crate) const fn size(&self) -> usize {
        self.data.len()
    }

    /// `length` bytes from `offset`, fewer where the window ends before.
    pub(crate) fn part(&self, offset: usize, length: usize) -> Self {
        Self {
            data: self.bytes(offset, length),
            start: self.start + offset,
            path: self.path,
        }
    }

    /// The rest from `offset`.
    pub(crate) fn rest(&self, offset: usize) -> Self {
        self.part(offset, self.size().saturating_sub(offset))
    }

    pub(crate) const fn at(self, path: Path) -> Self {
        Self { path, ..self }
    }

    /// The bytes from `offset`, none if they are not all there.
    pub(crate) fn bytes(&self, offset: usize, length: usize) -> &'a [u8] {
        let end = offset.saturating_add(length);
        self.data.get(offset..end).unwrap_or_default()
    }

    pub(crate) fn number(&self, field: &Field) -> u64 {
        field.number(self.data)
    }

    /// A number that counts bytes or structures.
    pub(crate) fn count(&self, field: &Field) -> usize {
        usize::try_from(self.number(field)).unwrap_or(usize::MAX)
    }

    pub(crate) fn array<const N: usize>(&self, field: &Field) -> [u8; N] {
        let mut array = [0; N];
        for (to, from) in array.iter_mut().zip(field.bytes(self.data)) {
            *to = *from;
        }
        array
    }

    /// Refuse a window that is too short for the layout.
    pub(crate) fn gate(&self, layout: &Layout) -> Result<(), Refusal> {
        layout.unfit(self.size()).map_or(Ok(()), |field| {
            let there = self.size().saturating_sub(field.offset);
            Err(self.refuse(field, Expected::Bytes(field.width as u64), there as u64))
        })
    }

    /// Refuse the number that the field states unless it is within the bounds, both included.
    pub(crate) fn require(
        &self,
        field: &'static Field,
        low: usize,
        high: usize,
    ) -> Result<usize, Refusal> {
        let (got, low, high) = (self.number(field), low as u64, high as u64);
        if low <= got && got <= high {
            return Ok(self.count(field));
        }
        let expected = if low == high {
            Expected::Exactly(low)
        } else {
            Expected::Range(low, high)
        };
        Err(self.refuse(field, expected, got))
    }

    pub(crate) fn refuse(&self, field: &'static Field, expected: Expected, got: u64) -> Refusal {
        Refusal {
            rule: Rule::HostCperStrict,
            path: self.path.to(field),
            offset: (self.start + field.offset) as u64,
            expected,
            got,
        }
    }

    /// Refuse the size of the window.
    pub(crate) fn refuse_size(&self, expected: Expected) -> Refusal {
        Refusal {
            rule: Rule::HostCperStrict,
            path: self.path,
            offset: self.start as u64,
            expected,
            got: self.size() as u64,
        }
    }
}
