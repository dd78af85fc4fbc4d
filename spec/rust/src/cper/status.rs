// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A Generic Error Status Block and its data entries (ACPI 6.5, 18.3.2.7.1).

use super::section::Section;
use super::window::Window;
use crate::places::data_entry as entry;
use crate::places::status_block as block;
use crate::refusal::{Expected, Path, Refusal, Root};
use crate::tables::{CPER_COUNT_MASK, CPER_COUNT_SHIFT, CPER_REVISION_V3};

const SIZE: usize = block::LAYOUT.size;

/// A Generic Error Status Block that was judged whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusBlock<'a> {
    window: Window<'a>,
    counted: bool,
}

impl<'a> StatusBlock<'a> {
    /// Read a block that fills `data`.
    ///
    /// # Errors
    ///
    /// `host.cper.strict`.
    pub fn parse(data: &'a [u8]) -> Result<Self, Refusal> {
        let window = Window::whole(data, Path::new(Root::Status));
        window.gate(&block::LAYOUT)?;
        check_extent(&window)?;
        let mut walk = Walk::over(&window);
        walk.by_ref().try_for_each(|one| one.map(drop))?;
        let (status, number) = (window.number(&block::BLOCK_STATUS), walk.index as u64);
        let count = (status & CPER_COUNT_MASK) >> CPER_COUNT_SHIFT;
        if count != 0 && count != number {
            let expected = Expected::Either(number, 0);
            return Err(window.refuse(&block::BLOCK_STATUS, expected, count));
        }
        let counted = count == number;
        Ok(Self { window, counted })
    }

    /// `block_status` without the number of entries.
    #[must_use]
    pub fn block_status(&self) -> u64 {
        self.window.number(&block::BLOCK_STATUS) & !CPER_COUNT_MASK
    }

    /// Whether `block_status` has the number of entries; some firmware leaves it 0.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        self.counted
    }

    /// The worst severity of the entries, as firmware says it.
    #[must_use]
    pub fn error_severity(&self) -> u64 {
        self.window.number(&block::ERROR_SEVERITY)
    }

    /// The data entries, in order.
    #[must_use = "iterators are lazy"]
    pub fn entries(&self) -> impl Iterator<Item = DataEntry<'a>> {
        Walk::over(&self.window).map_while(Result::ok)
    }

    /// The raw data behind the entries, and what lies between.
    #[must_use]
    pub fn raw_data(&self) -> (&'a [u8], &'a [u8]) {
        let length = self.window.count(&block::RAW_DATA_LENGTH);
        if length == 0 {
            return (&[], &[]);
        }
        let after = SIZE + self.window.count(&block::DATA_LENGTH);
        let offset = self.window.count(&block::RAW_DATA_OFFSET);
        let raw = self.window.bytes(offset, length);
        (raw, self.window.bytes(after, offset.saturating_sub(after)))
    }
}

/// Refuse a block that does not end where the input ends.
fn check_extent(window: &Window<'_>) -> Result<(), Refusal> {
    let room = window.size() - SIZE;
    if window.number(&block::RAW_DATA_LENGTH) == 0 {
        return window.require(&block::DATA_LENGTH, room, room).map(drop);
    }
    let length = window.require(&block::DATA_LENGTH, 0, room)?;
    let offset = window.require(&block::RAW_DATA_OFFSET, SIZE + length, window.size())?;
    let rest = window.size() - offset;
    window
        .require(&block::RAW_DATA_LENGTH, rest, rest)
        .map(drop)
}

/// Generic Error Data Entry with its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataEntry<'a> {
    head: Window<'a>,
    /// What it tells.
    pub section: Section<'a>,
}

impl<'a> DataEntry<'a> {
    /// Read the entry at the start of the window, and how long it is.
    fn read(window: &Window<'a>) -> Result<(Self, usize), Refusal> {
        window.gate(&entry::LAYOUT_V2)?;
        let later = window.number(&entry::REVISION) >= CPER_REVISION_V3;
        let layout = if later {
            entry::LAYOUT
        } else {
            entry::LAYOUT_V2
        };
        window.gate(&layout)?;
        let room = window.size() - layout.size;
        let length = window.require(&entry::ERROR_DATA_LENGTH, 0, room)?;
        let body = window.part(layout.size, length);
        let section = Section::read(body, window.array(&entry::SECTION_TYPE))?;
        let head = window.part(0, layout.size);
        Ok((Self { head, section }, layout.size + length))
    }

    /// Severity of the section.
    #[must_use]
    pub fn error_severity(&self) -> u64 {
        self.head.number(&entry::ERROR_SEVERITY)
    }

    /// Revision of the entry.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.head.number(&entry::REVISION)
    }

    /// Which of the other fields are valid.
    #[must_use]
    pub fn validation_bits(&self) -> u64 {
        self.head.number(&entry::VALIDATION_BITS)
    }

    /// Flags of the section.
    #[must_use]
    pub fn flags(&self) -> u64 {
        self.head.number(&entry::FLAGS)
    }

    /// GUID of the replaceable unit, valid or not.
    #[must_use]
    pub fn fru_id(&self) -> [u8; 16] {
        self.head.array(&entry::FRU_ID)
    }

    /// Its name, valid or not.
    #[must_use]
    pub fn fru_text(&self) -> [u8; 20] {
        self.head.array(&entry::FRU_TEXT)
    }

    /// BCD, valid or not; none where the revision has no such field.
    #[must_use]
    pub fn time_stamp(&self) -> Option<u64> {
        let later = self.head.size() == entry::LAYOUT.size;
        later.then(|| self.head.number(&entry::TIME_STAMP))
    }
}

/// As many entries as fill the window; each is at least a header long.
struct Walk<'a> {
    rest: Window<'a>,
    index: usize,
}

impl<'a> Walk<'a> {
    fn over(window: &Window<'a>) -> Self {
        let rest = window.part(SIZE, window.count(&block::DATA_LENGTH));
        Self { rest, index: 0 }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<DataEntry<'a>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.size() == 0 {
            return None;
        }
        let path = self.rest.path.root(Root::StatusEntry(self.index));
        Some(DataEntry::read(&self.rest.at(path)).map(|(entry, length)| {
            self.rest = self.rest.rest(length);
            self.index += 1;
            entry
        }))
    }
}
