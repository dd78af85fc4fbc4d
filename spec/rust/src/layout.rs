// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What a field is: a name, an offset, a width. The fields themselves are in [`crate::places`].

/// One field of a layout, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, as the kernel spells it.
    pub name: &'static str,
    /// Its first byte, from the start of the layout.
    pub offset: usize,
    /// Its bytes.
    pub width: usize,
}

impl Field {
    /// A field.
    #[must_use]
    pub const fn new(name: &'static str, offset: usize, width: usize) -> Self {
        Self {
            name,
            offset,
            width,
        }
    }

    /// Offset of the first byte after it.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.offset + self.width
    }

    /// The bytes of the field in those of a layout; none where they do not hold it whole.
    #[must_use]
    pub fn bytes<'a>(&self, layout: &'a [u8]) -> &'a [u8] {
        layout.get(self.offset..self.end()).unwrap_or_default()
    }

    /// The number that the field holds, the lowest 64 bits of it.
    #[must_use]
    pub fn number(&self, layout: &[u8]) -> u64 {
        let bytes = self.bytes(layout).iter().take(8).rev();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// A run of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of all of them.
    pub size: usize,
    /// In the order of their offsets.
    pub fields: &'static [Field],
}

impl Layout {
    /// A layout.
    #[must_use]
    pub const fn new(size: usize, fields: &'static [Field]) -> Self {
        Self { size, fields }
    }

    /// The first field that does not fit whole into `length` bytes.
    #[must_use]
    pub fn unfit(&self, length: usize) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.end() > length)
    }
}
