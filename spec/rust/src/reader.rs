// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Bytes to a judged record: length, version and size first, then every rule.

use crate::abi::{KvmArmFaultInfo, FLAGS_CRITICAL, INFO_MAJOR, INFO_MINOR};
use crate::check::{check, refusals, size_fits};
use crate::places::{load_older, upto};
use crate::refusal::Refusal;
use crate::rule_set::RuleSet;
use crate::tables::{BEYOND, KNOWN, SIZES};

/// How records are read: as which minor version, and out of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    pub(crate) minor: u8,
    pub(crate) exact: bool,
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
    pub fn parse(self, data: &[u8]) -> Result<Record<'_>, Refusal> {
        let info = match data.first_chunk() {
            Some(whole) => Some(KvmArmFaultInfo::from_le_bytes(whole)),
            None => load_older(data),
        };
        match info {
            Some(info) if self.fits(&info, data) => Ok(self.record(info, data)),
            _ => Err(self.refusal(data)),
        }
    }

    /// Read one record and refuse what must be refused.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`], and `vmm.size` (a flag is set whose field lies beyond the record),
    /// `vmm.critical.unknown`, `vmm.agree`.
    #[inline]
    pub fn read(self, data: &[u8]) -> Result<Decoded<'_>, Refusal> {
        match data.first_chunk() {
            Some(whole) => self.read_from(|| Some(KvmArmFaultInfo::from_le_bytes(whole)), data),
            None => self.read_older(data),
        }
    }

    /// The same of bytes that are too few for the newest version.
    #[inline(never)]
    fn read_older(self, data: &[u8]) -> Result<Decoded<'_>, Refusal> {
        self.read_from(|| load_older(data), data)
    }

    /// Judge the few fields that decide, then load them all: so they are copied once.
    #[inline]
    fn read_from(
        self,
        load: impl Fn() -> Option<KvmArmFaultInfo>,
        data: &[u8],
    ) -> Result<Decoded<'_>, Refusal> {
        let kept = |r| self.fits(&r, data) && refusals(&r, self.minor).is_empty();
        match load() {
            Some(info) if load().is_some_and(kept) => Ok(Decoded {
                record: self.record(info, data),
            }),
            _ => Err(self.refusal(data)),
        }
    }

    /// Whether version and size agree with the bytes. Why they do not is found out anew: what is told
    /// of a refusal must not slow down the records that are none.
    #[inline]
    pub(crate) fn fits(self, info: &KvmArmFaultInfo, data: &[u8]) -> bool {
        let size = usize::from(info.size);
        let ends = if self.exact {
            size == data.len()
        } else {
            size <= data.len()
        };
        info.major == INFO_MAJOR && size_fits(info, self.minor) && ends
    }

    #[inline]
    fn record(self, info: KvmArmFaultInfo, data: &[u8]) -> Record<'_> {
        let minor = self.minor.min(info.minor);
        let tail = data.get(size_of_minor(minor).into()..info.size.into());
        Record {
            info: upto(info, minor),
            tail: tail.unwrap_or_default(),
            minor: self.minor,
        }
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
}

/// A record that may be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    record: Record<'a>,
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

    /// The `host.` rules that it breaks all the same: what the host did wrong.
    #[must_use]
    #[inline]
    pub fn broken(&self) -> RuleSet {
        self.record.check()
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
