// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! ARM Processor Error Section (UEFI N.2.4.4): error informations, contexts, vendor information.

use super::window::Window;
use crate::layout::Field;
use crate::places::{arm_processor as arm, context_info as context, error_info as info};
use crate::refusal::{Expected, Item, Path, Refusal, Root, Section};
use crate::tables::{
    CPER_ARM_VALID_MPIDR, CPER_ARM_VALID_VENDOR_INFO, CPER_CONTEXT_ALIGN, CPER_CORRUPT,
    CPER_CORRUPT_VALID, CPER_TYPE_CACHE, CPER_TYPE_VENDOR, CPER_VALID_ERR_INFO,
    CPER_VALID_PHYSICAL_ADDR, CPER_VALID_VIRT_ADDR,
};

/// An ARM Processor Error Section that was judged whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArmProcessor<'a> {
    body: Window<'a>,
    contexts_at: usize,
    vendor_at: usize,
}

impl<'a> ArmProcessor<'a> {
    /// Read a section whose container is `data`.
    ///
    /// # Errors
    ///
    /// `host.cper.strict`.
    pub fn parse(data: &'a [u8]) -> Result<Self, Refusal> {
        Self::read(Window::whole(
            data,
            Path::new(Root::Section).section(Section::Arm),
        ))
    }

    pub(super) fn read(window: Window<'a>) -> Result<Self, Refusal> {
        window.gate(&arm::LAYOUT)?;
        let length = window.require(&arm::SECTION_LENGTH, arm::LAYOUT.size, window.size())?;
        if !is_zero(window.rest(length).data) {
            let expected = Expected::Exactly(window.size() as u64);
            return Err(window.refuse(&arm::SECTION_LENGTH, expected, length as u64));
        }
        let body = window.part(0, length);
        let contexts_at = judge(&body, &arm::ERR_INFO_NUM, arm::LAYOUT.size, error_info)?;
        let vendor_at = judge(&body, &arm::CONTEXT_INFO_NUM, contexts_at, context_info)?;
        let has_vendor = body.number(&arm::VALIDATION_BITS) & CPER_ARM_VALID_VENDOR_INFO != 0;
        if !has_vendor && !is_zero(body.rest(vendor_at).data) {
            let expected = Expected::Exactly(vendor_at as u64);
            return Err(window.refuse(&arm::SECTION_LENGTH, expected, length as u64));
        }
        Ok(Self {
            body,
            contexts_at,
            vendor_at,
        })
    }

    /// Which fields are valid.
    #[must_use]
    pub fn validation_bits(&self) -> u64 {
        self.body.number(&arm::VALIDATION_BITS)
    }

    /// MPIDR_EL1 of the processor that the error concerns, none where it is not valid.
    #[must_use]
    pub fn mpidr(&self) -> Option<u64> {
        let valid = self.validation_bits() & CPER_ARM_VALID_MPIDR != 0;
        valid.then(|| self.body.number(&arm::MPIDR))
    }

    /// A number of the head of the section by its place, valid or not.
    #[must_use]
    pub fn number(&self, field: &Field) -> u64 {
        self.body.number(field)
    }

    /// The error informations, in order.
    #[must_use = "iterators are lazy"]
    pub fn error_infos(&self) -> impl Iterator<Item = ErrorInfo<'a>> {
        Walk::over(&self.body, &arm::ERR_INFO_NUM, arm::LAYOUT.size, error_info)
            .map_while(Result::ok)
    }

    /// The contexts, in order.
    #[must_use = "iterators are lazy"]
    pub fn contexts(&self) -> impl Iterator<Item = ContextInfo<'a>> {
        Walk::over(
            &self.body,
            &arm::CONTEXT_INFO_NUM,
            self.contexts_at,
            context_info,
        )
        .map_while(Result::ok)
    }

    /// What follows the contexts: the vendor's, or zeros.
    #[must_use]
    pub fn vendor(&self) -> &'a [u8] {
        self.body.rest(self.vendor_at).data
    }

    /// Whether any error information says that the processor context is corrupt.
    #[must_use]
    pub fn context_corrupt(&self) -> bool {
        self.error_infos()
            .any(|info| info.context_corrupt() == Some(true))
    }
}

/// ARM Processor Error Information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorInfo<'a> {
    window: Window<'a>,
}

impl<'a> ErrorInfo<'a> {
    /// Read the one structure that fills `data`.
    ///
    /// # Errors
    ///
    /// `host.cper.strict`.
    pub fn parse(data: &'a [u8]) -> Result<Self, Refusal> {
        let window = Window::whole(data, Path::new(Root::Info));
        let (info, _) = error_info(&window)?;
        window.require(&info::LENGTH, window.size(), window.size())?;
        Ok(info)
    }

    /// A number by its place, valid or not.
    #[must_use]
    pub fn number(&self, field: &Field) -> u64 {
        self.window.number(field)
    }

    /// What its length has beyond the known fields.
    #[must_use]
    pub fn extra(&self) -> &'a [u8] {
        self.window.rest(info::LAYOUT.size).data
    }

    fn valid(&self, bits: u64) -> bool {
        self.number(&info::VALIDATION_BITS) & bits != 0
    }

    /// The virtual fault address, none where it is not valid. It may be 0 all the same.
    #[must_use]
    pub fn virtual_address(&self) -> Option<u64> {
        let valid = self.valid(CPER_VALID_VIRT_ADDR);
        valid.then(|| self.number(&info::VIRT_FAULT_ADDR))
    }

    /// The host's physical fault address, none where it is not valid.
    #[must_use]
    pub fn physical_address(&self) -> Option<u64> {
        let valid = self.valid(CPER_VALID_PHYSICAL_ADDR);
        valid.then(|| self.number(&info::PHYSICAL_FAULT_ADDR))
    }

    /// A cache error, among others (UEFI 2.9A and newer).
    #[must_use]
    pub fn is_cache(&self) -> bool {
        self.number(&info::TYPE) & CPER_TYPE_CACHE != 0
    }

    /// Whether the processor context is corrupt; none where the record does not say.
    #[must_use]
    pub fn context_corrupt(&self) -> Option<bool> {
        let details = self.number(&info::ERROR_INFO);
        let vendors = self.number(&info::TYPE) & CPER_TYPE_VENDOR != 0;
        let said = self.valid(CPER_VALID_ERR_INFO) && details & CPER_CORRUPT_VALID != 0 && !vendors;
        said.then_some(details & CPER_CORRUPT != 0)
    }
}

/// ARM Processor Context Information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextInfo<'a> {
    /// Version of the structure.
    pub version: u64,
    /// Which registers.
    pub kind: u64,
    /// The registers, raw.
    pub registers: &'a [u8],
    /// How many zeros pad it.
    pub padding: usize,
}

type Read<'a, T> = fn(&Window<'a>) -> Result<(T, usize), Refusal>;

/// Structures of one kind, one after the other; each leaves room for those that follow.
struct Walk<'a, T> {
    body: Window<'a>,
    position: usize,
    left: usize,
    index: u32,
    kind: Kind,
    read: Read<'a, T>,
}

/// Of what kind: the least that one takes, and its name.
#[derive(Clone, Copy)]
struct Kind {
    size: usize,
    name: fn(u32) -> Item,
}

impl<'a, T> Walk<'a, T> {
    fn over(body: &Window<'a>, count: &'static Field, at: usize, read: Read<'a, T>) -> Self {
        Self {
            body: *body,
            position: at,
            left: body.count(count),
            index: 0,
            kind: kind_of(count),
            read,
        }
    }
}

fn kind_of(count: &'static Field) -> Kind {
    if *count == arm::ERR_INFO_NUM {
        Kind {
            size: info::LAYOUT.size,
            name: Item::ErrorInfo,
        }
    } else {
        Kind {
            size: context::LAYOUT.size,
            name: Item::ContextInfo,
        }
    }
}

impl<T> Iterator for Walk<'_, T> {
    type Item = Result<T, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let rest = self.body.size() - self.position;
        let room = rest.saturating_sub(self.kind.size * self.left);
        let window = self.body.part(self.position, room);
        let path = window.path.item((self.kind.name)(self.index));
        Some((self.read)(&window.at(path)).map(|(one, length)| {
            self.position += length;
            self.index += 1;
            one
        }))
    }
}

/// Refuse a count that cannot be, then every structure; where they end.
fn judge<'a, T>(
    body: &Window<'a>,
    count: &'static Field,
    at: usize,
    read: Read<'a, T>,
) -> Result<usize, Refusal> {
    let mut walk = Walk::over(body, count, at, read);
    body.require(count, 0, (body.size() - at) / walk.kind.size)?;
    walk.by_ref().try_for_each(|one| one.map(drop))?;
    Ok(walk.position)
}

fn error_info<'a>(window: &Window<'a>) -> Result<(ErrorInfo<'a>, usize), Refusal> {
    window.gate(&info::LAYOUT)?;
    let length = window.require(&info::LENGTH, info::LAYOUT.size, window.size())?;
    let window = window.part(0, length);
    Ok((ErrorInfo { window }, length))
}

/// Zeros up to a multiple of 16 are padding, anything else is what comes next.
fn context_info<'a>(window: &Window<'a>) -> Result<(ContextInfo<'a>, usize), Refusal> {
    window.gate(&context::LAYOUT)?;
    let room = window.size() - context::LAYOUT.size;
    let size = window.require(&context::SIZE, 0, room)?;
    let length = context::LAYOUT.size + size;
    let wanted = length.next_multiple_of(CPER_CONTEXT_ALIGN) - length;
    let padding = window.rest(length).data.get(..wanted);
    let padding = padding.map_or(0, |bytes| if is_zero(bytes) { wanted } else { 0 });
    let context = ContextInfo {
        version: window.number(&context::VERSION),
        kind: window.number(&context::TYPE),
        registers: window.bytes(context::LAYOUT.size, size),
        padding,
    };
    Ok((context, length + padding))
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
