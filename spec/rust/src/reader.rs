// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Bytes to a judged record: length, version and size first, then every rule.

use crate::abi::{KvmArmFaultInfo, FLAGS_CRITICAL, INFO_MAJOR, INFO_MINOR};
use crate::check::{check, kind_agrees};
use crate::layout::Field;
use crate::places::{record, upto};
use crate::refusal::{Expected, Path, Refusal, Root};
use crate::rule::Rule;
use crate::rule_set::RuleSet;
use crate::tables::{BEYOND, HEAD_SIZE, KIND_LAST, KNOWN, KNOWN_CRITICAL, SIZES};

/// How records are read: as which minor version, and out of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    minor: u8,
    exact: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader of the newest version, out of an area that a record may not fill: the exit union
    /// of `kvm_run`, or a slot of a ring.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            minor: INFO_MINOR,
            exact: false,
        }
    }

    /// The same out of bytes that hold just one record: a file, a message.
    #[must_use]
    pub const fn exact(self) -> Self {
        Self {
            exact: true,
            ..self
        }
    }

    /// The same as if `minor` were the newest minor version that is known.
    #[must_use]
    pub const fn of_minor(self, minor: u8) -> Self {
        let minor = if minor < INFO_MINOR {
            minor
        } else {
            INFO_MINOR
        };
        Self { minor, ..self }
    }

    /// Read one record by length, version and size; what its fields say is not judged.
    ///
    /// # Errors
    ///
    /// `vmm.malformed` (too short to say what it is), `vmm.major.unknown`, `vmm.size`.
    #[inline]
    pub fn parse<'a>(&self, data: &'a [u8]) -> Result<Record<'a>, Refusal> {
        let info = load(data);
        if data.len() < HEAD_SIZE {
            return Err(too_short(data));
        }
        if info.major != INFO_MAJOR {
            let expected = Expected::Exactly(INFO_MAJOR.into());
            return Err(refusal(
                Rule::VmmMajorUnknown,
                &record::MAJOR,
                expected,
                info.major.into(),
            ));
        }
        if !self.size_agrees(&info, data.len()) {
            return Err(self.bad_size(&info, data.len()));
        }
        let minor = self.minor.min(info.minor);
        Ok(Record {
            info: upto(info, minor),
            tail: data
                .get(size_of_minor(minor).into()..info.size.into())
                .unwrap_or_default(),
            minor: self.minor,
        })
    }

    /// Read one record and hold it against every rule.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`], and `vmm.size` (a flag is set whose field lies beyond the record),
    /// `vmm.critical.unknown`, `vmm.agree`.
    #[inline]
    pub fn read<'a>(&self, data: &'a [u8]) -> Result<Decoded<'a>, Refusal> {
        let record = self.parse(data)?;
        let broken = record.check();
        if broken.refused() {
            return Err(record.refusal(broken));
        }
        Ok(Decoded { record, broken })
    }

    /// Rule `vmm.size`, but for the flags that lie beyond ([`check`]).
    #[inline]
    fn size_agrees(self, info: &KvmArmFaultInfo, length: usize) -> bool {
        let own = size_of_minor(self.minor.min(info.minor));
        let size = usize::from(info.size);
        let fits = if info.minor <= self.minor {
            info.size == own
        } else {
            info.size >= own && info.size % 8 == 0
        };
        fits && if self.exact {
            size == length
        } else {
            size <= length
        }
    }

    #[cold]
    fn bad_size(self, info: &KvmArmFaultInfo, length: usize) -> Refusal {
        let own = size_of_minor(self.minor.min(info.minor));
        let length = length as u64;
        let size = u64::from(info.size);
        let expected = if info.minor <= self.minor && info.size != own {
            Expected::Exactly(own.into())
        } else if info.size < own {
            Expected::AtLeast(own.into())
        } else if size % 8 != 0 {
            Expected::Multiple(8, 0)
        } else if size > length {
            Expected::AtMost(length)
        } else {
            Expected::Exactly(length)
        };
        refusal(Rule::VmmSize, &record::SIZE, expected, size)
    }
}

/// A record by its fields; what they say is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The fields; those that its version, or the reader's, has not are zero.
    pub info: KvmArmFaultInfo,
    /// What a newer minor version has beyond them: kept, not judged (rule `vmm.trailing`).
    pub tail: &'a [u8],
    minor: u8,
}

impl Record<'_> {
    /// The flags that the reader knows, and every critical one. A descriptive flag that it does
    /// not know is ignored (rule `vmm.enum.unknown`).
    #[must_use]
    #[inline]
    pub const fn flags(&self) -> u64 {
        self.info.flags & (known_flags(self.minor) | FLAGS_CRITICAL)
    }

    /// Whether every bit of `flag` is set, and known to the reader.
    #[must_use]
    #[inline]
    pub const fn has(&self, flag: u64) -> bool {
        self.flags() & flag == flag
    }

    /// The rules that the record breaks, as the reader that read it judges.
    #[must_use]
    #[inline]
    pub fn check(&self) -> RuleSet {
        check(&self.info, self.minor)
    }

    /// The one refusal of a record that breaks rules of [`RuleSet::refused`].
    #[cold]
    fn refusal(&self, broken: RuleSet) -> Refusal {
        let r = &self.info;
        let agreeing = Expected::Agreeing(r.esr);
        let unknown = r.flags & FLAGS_CRITICAL & !KNOWN_CRITICAL;
        if broken.contains(Rule::VmmSize) {
            let expected = Expected::Exactly(r.flags & !beyond(r.minor));
            refusal(Rule::VmmSize, &record::FLAGS, expected, r.flags)
        } else if broken.contains(Rule::VmmCriticalUnknown) && unknown != 0 {
            let expected = Expected::Critical(KNOWN_CRITICAL);
            refusal(Rule::VmmCriticalUnknown, &record::FLAGS, expected, unknown)
        } else if broken.contains(Rule::VmmCriticalUnknown) {
            let expected = Expected::Range(1, KIND_LAST.into());
            refusal(
                Rule::VmmCriticalUnknown,
                &record::KIND,
                expected,
                r.kind.into(),
            )
        } else if kind_agrees(r) {
            refusal(
                Rule::VmmAgree,
                &record::SEVERITY,
                agreeing,
                r.severity.into(),
            )
        } else {
            refusal(Rule::VmmAgree, &record::KIND, agreeing, r.kind.into())
        }
    }
}

/// A record that may be acted on, and the `host.` rules that it breaks all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    record: Record<'a>,
    broken: RuleSet,
}

impl<'a> Decoded<'a> {
    /// The record.
    #[must_use]
    #[inline]
    pub const fn record(&self) -> &Record<'a> {
        &self.record
    }

    /// Its fields.
    #[must_use]
    #[inline]
    pub const fn info(&self) -> &KvmArmFaultInfo {
        &self.record.info
    }

    /// What the host did wrong.
    #[must_use]
    #[inline]
    pub const fn broken(&self) -> RuleSet {
        self.broken
    }
}

/// Bytes of a record; minor versions that are not known answer as the newest.
#[inline]
pub(crate) const fn size_of_minor(minor: u8) -> u16 {
    SIZES[index(minor)]
}

/// Flags whose field lies beyond a record of that minor version (rule `vmm.size`).
#[inline]
pub(crate) const fn beyond(minor: u8) -> u64 {
    BEYOND[index(minor)]
}

/// Flags that a reader of that minor version knows.
#[inline]
pub(crate) const fn known_flags(minor: u8) -> u64 {
    KNOWN[index(minor)]
}

const fn index(minor: u8) -> usize {
    (if minor < INFO_MINOR {
        minor
    } else {
        INFO_MINOR
    }) as usize
}

/// The fields, zero where the bytes end before them.
#[inline]
fn load(data: &[u8]) -> KvmArmFaultInfo {
    let whole = data.first_chunk();
    whole.map_or_else(|| load_shorter(data), KvmArmFaultInfo::from_le_bytes)
}

fn load_shorter(data: &[u8]) -> KvmArmFaultInfo {
    let mut bytes = [0; KvmArmFaultInfo::SIZE];
    for (to, from) in bytes.iter_mut().zip(data) {
        *to = *from;
    }
    KvmArmFaultInfo::from_le_bytes(&bytes)
}

#[cold]
fn too_short(data: &[u8]) -> Refusal {
    let field = record::LAYOUT.unfit(data.len()).unwrap_or(&record::KIND);
    let expected = Expected::Bytes(field.width as u64);
    let there = data.len().saturating_sub(field.offset) as u64;
    refusal(Rule::VmmMalformed, field, expected, there)
}

#[cold]
const fn refusal(rule: Rule, field: &'static Field, expected: Expected, got: u64) -> Refusal {
    Refusal {
        rule,
        path: Path::new(Root::Record).to(field),
        offset: field.offset as u64,
        expected,
        got,
    }
}
