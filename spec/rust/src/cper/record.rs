// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A whole CPER record (UEFI N.2): header, section descriptors, sections at their offsets.

use super::section::Section;
use super::window::Window;
use crate::layout::Field;
use crate::places::{record_header as header, section_descriptor as descriptor};
use crate::refusal::{Expected, Path, Refusal, Root};
use crate::tables::{CPER_SIGNATURE, CPER_SIGNATURE_END};

/// A CPER record that was judged whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CperRecord<'a> {
    window: Window<'a>,
    end: usize,
}

impl<'a> CperRecord<'a> {
    /// Read a record that fills `data`. Sections lie in the order of their descriptors and do not
    /// overlap.
    ///
    /// # Errors
    ///
    /// `host.cper.strict`.
    pub fn parse(data: &'a [u8]) -> Result<Self, Refusal> {
        let window = Window::whole(data, Path::new(Root::Cper));
        window.gate(&header::LAYOUT)?;
        exactly(&window, &header::SIGNATURE, CPER_SIGNATURE)?;
        exactly(&window, &header::SIGNATURE_END, CPER_SIGNATURE_END)?;
        window.require(&header::RECORD_LENGTH, window.size(), window.size())?;
        let most = (window.size() - header::LAYOUT.size) / descriptor::LAYOUT.size;
        window.require(&header::SECTION_COUNT, 0, most)?;
        let mut walk = Walk::over(&window);
        walk.by_ref().try_for_each(|one| one.map(drop))?;
        Ok(Self {
            window,
            end: walk.free,
        })
    }

    /// A number of the header by its place, valid or not.
    #[must_use]
    pub fn number(&self, field: &Field) -> u64 {
        self.window.number(field)
    }

    /// The sections with their descriptors, in order.
    #[must_use = "iterators are lazy"]
    pub fn sections(&self) -> impl Iterator<Item = SectionDescriptor<'a>> {
        Walk::over(&self.window).map_while(Result::ok)
    }

    /// What follows the last section.
    #[must_use]
    pub fn tail(&self) -> &'a [u8] {
        self.window.rest(self.end).data
    }
}

/// CPER section descriptor with its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionDescriptor<'a> {
    head: Window<'a>,
    /// What it tells.
    pub section: Section<'a>,
}

impl SectionDescriptor<'_> {
    /// A number of the descriptor by its place, valid or not.
    #[must_use]
    pub fn number(&self, field: &Field) -> u64 {
        self.head.number(field)
    }
}

fn exactly(window: &Window<'_>, field: &'static Field, wanted: u64) -> Result<(), Refusal> {
    let got = window.number(field);
    if got == wanted {
        return Ok(());
    }
    Err(window.refuse(field, Expected::Exactly(wanted), got))
}

struct Walk<'a> {
    window: Window<'a>,
    number: usize,
    index: usize,
    /// The first offset where the next section may start.
    free: usize,
}

impl<'a> Walk<'a> {
    fn over(window: &Window<'a>) -> Self {
        let number = window.count(&header::SECTION_COUNT);
        Self {
            window: *window,
            number,
            index: 0,
            free: header::LAYOUT.size + number * descriptor::LAYOUT.size,
        }
    }

    fn read(&mut self) -> Result<SectionDescriptor<'a>, Refusal> {
        let at = header::LAYOUT.size + self.index * descriptor::LAYOUT.size;
        let path = self.window.path.root(Root::CperSection(self.index));
        let head = self.window.part(at, descriptor::LAYOUT.size).at(path);
        let size = self.window.size();
        let offset = head.require(&descriptor::SECTION_OFFSET, self.free, size)?;
        let length = head.require(&descriptor::SECTION_LENGTH, 0, size - offset)?;
        let body = self.window.part(offset, length).at(path);
        let section = Section::read(body, head.array(&descriptor::SECTION_TYPE))?;
        self.free = offset + length;
        Ok(SectionDescriptor { head, section })
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<SectionDescriptor<'a>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.index == self.number {
            return None;
        }
        let read = self.read();
        self.index += 1;
        Some(read)
    }
}
