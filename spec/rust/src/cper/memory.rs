// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Platform Memory Error Section (UEFI N.2.5), of either length.

use super::window::Window;
use crate::layout::Field;
use crate::places::memory as field;
use crate::refusal::{Expected, Path, Refusal, Root, Section};
use crate::tables::{CPER_MEMORY_VALID_NEW, CPER_MEMORY_VALID_PA, CPER_MEMORY_VALID_PA_MASK};

/// A Platform Memory Error Section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlatformMemory {
    bytes: [u8; field::LAYOUT.size],
    old: bool,
}

impl PlatformMemory {
    /// Read a section that fills `data`.
    ///
    /// # Errors
    ///
    /// `host.cper.strict`; as Linux, the old length with validity bits of fields that it lacks.
    pub fn parse(data: &[u8]) -> Result<Self, Refusal> {
        let path = Path::new(Root::Section).section(Section::Memory);
        Self::read(&Window::whole(data, path))
    }

    pub(super) fn read(window: &Window<'_>) -> Result<Self, Refusal> {
        let (new, short) = (field::LAYOUT.size, field::LAYOUT_OLD.size);
        if window.size() != new && window.size() != short {
            return Err(window.refuse_size(Expected::Either(new as u64, short as u64)));
        }
        let old = window.size() == short;
        let valid = window.number(&field::VALIDATION_BITS);
        if old && valid >= CPER_MEMORY_VALID_NEW {
            let expected = Expected::Below(CPER_MEMORY_VALID_NEW);
            return Err(window.refuse(&field::VALIDATION_BITS, expected, valid));
        }
        let mut bytes = [0; field::LAYOUT.size];
        bytes[..window.size()].copy_from_slice(window.data);
        Ok(Self { bytes, old })
    }

    /// Whether it is the shorter section of UEFI 2.1; the fields that it lacks are zero.
    #[must_use]
    pub const fn is_old(&self) -> bool {
        self.old
    }

    /// A number by its place, valid or not.
    #[must_use]
    pub fn number(&self, field: &Field) -> u64 {
        field.number(&self.bytes)
    }

    fn valid(&self, bits: u64) -> bool {
        self.number(&field::VALIDATION_BITS) & bits != 0
    }

    /// The host's physical address, none where it is not valid.
    #[must_use]
    pub fn physical_address(&self) -> Option<u64> {
        let valid = self.valid(CPER_MEMORY_VALID_PA);
        valid.then(|| self.number(&field::PHYSICAL_ADDR))
    }

    /// Which bits of the address are significant, none where it is not valid.
    #[must_use]
    pub fn physical_address_mask(&self) -> Option<u64> {
        let valid = self.valid(CPER_MEMORY_VALID_PA_MASK);
        valid.then(|| self.number(&field::PHYSICAL_ADDR_MASK))
    }
}
