// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The one shape of every refusal: rule, field, offset, what was expected and what is there.

use core::error::Error;
use core::fmt;

use crate::layout::Field;
use crate::rule::Rule;

/// Why an input is refused. Nothing of it may be acted on; whoever refuses keeps the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule that decides.
    pub rule: Rule,
    /// The field at fault.
    pub path: Path,
    /// Its first byte in the input.
    pub offset: u64,
    /// What the rule wants there.
    pub expected: Expected,
    /// What is there: the number, or how many bytes.
    pub got: u64,
}

impl Refusal {
    /// Whether the input may be right but says something that this reader does not know
    /// (`vmm.major.unknown`, `vmm.critical.unknown`); everything else is malformed.
    #[must_use]
    pub const fn is_not_understood(&self) -> bool {
        matches!(self.rule, Rule::VmmMajorUnknown | Rule::VmmCriticalUnknown)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            path,
            offset,
            expected,
            got,
        } = self;
        write!(
            f,
            "{rule}: {path} at offset {offset:#x}: expected {expected}, got {got:#x}"
        )
    }
}

impl Error for Refusal {}

/// What a field should have held. Numbers that bound are allowed themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This number.
    Exactly(u64),
    /// One of two numbers.
    Either(u64, u64),
    /// From one to the other.
    Range(u64, u64),
    /// This or more.
    AtLeast(u64),
    /// This or less.
    AtMost(u64),
    /// More than this.
    Above(u64),
    /// Less than this.
    Below(u64),
    /// A multiple of the first, the second or more.
    Multiple(u64, u64),
    /// A power of two, this or more.
    PowerOfTwo(u64),
    /// Zeros.
    Zeros,
    /// So many bytes.
    Bytes(u64),
    /// No critical flag but these.
    Critical(u64),
    /// What agrees with this syndrome.
    Agreeing(u64),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exactly(number) => write!(f, "{number:#x}"),
            Self::Either(one, other) => write!(f, "{one:#x} or {other:#x}"),
            Self::Range(from, to) => write!(f, "{from:#x}..{to:#x}"),
            Self::AtLeast(from) => write!(f, ">= {from:#x}"),
            Self::AtMost(to) => write!(f, "<= {to:#x}"),
            Self::Above(number) => write!(f, "more than {number:#x}"),
            Self::Below(number) => write!(f, "below {number:#x}"),
            Self::Multiple(of, 0) => write!(f, "a multiple of {of:#x}"),
            Self::Multiple(of, from) => write!(f, "a multiple of {of:#x}, {from:#x} or more"),
            Self::PowerOfTwo(from) => write!(f, "a power of two, {from:#x} or more"),
            Self::Zeros => f.write_str("zeros"),
            Self::Bytes(number) => write!(f, "{number:#x} bytes"),
            Self::Critical(known) => write!(f, "no critical flag but {known:#x}"),
            Self::Agreeing(esr) => write!(f, "what agrees with esr {esr:#x}"),
        }
    }
}

/// Which field: `record.size`, `ring.slot[5].stamp`, `estatus.entry[0].arm.error_info[1].length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    root: Root,
    section: Option<Section>,
    item: Option<Item>,
    field: Option<&'static Field>,
}

/// What the input is, or which part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Record,
    Ring,
    RingHeader,
    RingSlot(u64),
    Status,
    StatusEntry(usize),
    Cper,
    CperSection(usize),
    Section,
    Info,
}

/// The section of a firmware record within its root, or as the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Arm,
    Memory,
}

/// One of several structures within a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    ErrorInfo(u32),
    ContextInfo(u32),
}

impl Path {
    pub(crate) const fn new(root: Root) -> Self {
        Self {
            root,
            section: None,
            item: None,
            field: None,
        }
    }

    pub(crate) const fn root(self, root: Root) -> Self {
        Self { root, ..self }
    }

    pub(crate) const fn section(self, section: Section) -> Self {
        Self {
            section: Some(section),
            ..self
        }
    }

    pub(crate) const fn item(self, item: Item) -> Self {
        Self {
            item: Some(item),
            ..self
        }
    }

    pub(crate) const fn to(self, field: &'static Field) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }

    /// The field itself; none where the whole of its structure is at fault.
    #[must_use]
    pub const fn field(&self) -> Option<&'static Field> {
        self.field
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root {
            Root::Record | Root::Cper => f.write_str("record")?,
            Root::Ring => f.write_str("ring")?,
            Root::RingHeader => f.write_str("ring.header")?,
            Root::RingSlot(position) => write!(f, "ring.slot[{position}]")?,
            Root::Status => f.write_str("estatus")?,
            Root::StatusEntry(index) => write!(f, "estatus.entry[{index}]")?,
            Root::CperSection(index) => write!(f, "record.section[{index}]")?,
            Root::Section => {}
            Root::Info => f.write_str("error_info")?,
        }
        if let Some(section) = self.section {
            let dot = if self.root == Root::Section { "" } else { "." };
            let name = match section {
                Section::Arm => "arm",
                Section::Memory => "memory",
            };
            write!(f, "{dot}{name}")?;
        }
        match self.item {
            Some(Item::ErrorInfo(index)) => write!(f, ".error_info[{index}]")?,
            Some(Item::ContextInfo(index)) => write!(f, ".context_info[{index}]")?,
            None => {}
        }
        self.field
            .map_or(Ok(()), |field| write!(f, ".{}", field.name))
    }
}
