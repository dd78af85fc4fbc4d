// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What a reader refuses, and what must be zero: `vmm.major.unknown`, `vmm.size`,
//! `vmm.critical.unknown`, `vmm.agree`, `host.invalid.zero`, `host.reserved.zero`.

use super::Subject;
use crate::abi::{
    KvmArmFaultInfo, FLAGS_CRITICAL, FLAG_FAR_VALID, FLAG_FIRMWARE_VA_VALID, FLAG_HPFAR_VALID,
    FLAG_HVA_VALID, FLAG_SEVERITY_VALID, INFO_MAJOR, INFO_MINOR, SEVERITY_CE,
};
use crate::reader::{beyond, known_flags, size_of_minor};
use crate::tables::{
    ESR_AET_SHIFT, KINDS, KIND_LAST, KNOWN_CRITICAL, KNOWN_SEA_FLAGS, SEVERITY_LAST,
};

/// Rule `vmm.agree`: kind agrees with esr.EC.
#[inline]
pub(crate) const fn kind_agrees(r: &KvmArmFaultInfo) -> bool {
    let [mask, class, ..] = kind(r);
    r.esr & mask == class || r.kind > KIND_LAST
}

/// What is said of the kind, which counts as 0 to 7; from a table, as any kind may come after any other.
#[inline]
const fn kind(r: &KvmArmFaultInfo) -> [u64; 5] {
    KINDS[(r.kind & 7) as usize]
}

/// Rule `vmm.size`, but for the length of the bytes and for flags whose field is not there.
#[inline]
pub(crate) fn size_fits(r: &KvmArmFaultInfo, minor: u8) -> bool {
    let own = size_of_minor(r.minor.min(minor));
    r.size == own || (r.minor > minor && r.size > own && r.size % 8 == 0)
}

impl Subject<'_> {
    pub(super) const fn major_known(&self) -> bool {
        self.r.major == INFO_MAJOR
    }

    #[inline]
    pub(super) fn size_agrees(&self) -> bool {
        size_fits(self.r, self.minor) && self.flags & beyond(self.r.minor) == 0
    }

    #[inline]
    pub(super) const fn critical_known(&self) -> bool {
        self.flags & FLAGS_CRITICAL & !KNOWN_CRITICAL == 0
            && self.r.kind.wrapping_sub(1) < KIND_LAST
    }

    /// Rule `vmm.agree`: severity, where it is valid and known, is what the syndrome says.
    #[allow(
        clippy::needless_bitwise_bool,
        reason = "a branch here would go now this way, now that"
    )]
    #[inline]
    pub(super) const fn severity_agrees(&self) -> bool {
        let [_, _, mask, said, severities] = kind(self.r);
        let severity = severities >> (4 * (self.r.esr >> ESR_AET_SHIFT & 7)) & 0xf;
        let agrees = (self.r.esr & mask == said) & (self.r.severity as u64 == severity);
        let known = self.r.severity.wrapping_sub(SEVERITY_CE) < SEVERITY_LAST;
        let claimed = self.has(FLAG_SEVERITY_VALID) & known & (self.r.kind <= KIND_LAST);
        agrees | !claimed
    }

    #[inline]
    pub(super) const fn invalid_zero(&self) -> bool {
        let r = self.r;
        (r.far == 0 || self.has(FLAG_FAR_VALID))
            && (r.gpa == 0 || self.has_gpa())
            && (r.hpfar == 0 || self.has(FLAG_HPFAR_VALID))
            && (r.hva == 0 || self.has(FLAG_HVA_VALID))
            && (r.firmware_va == 0 || self.has(FLAG_FIRMWARE_VA_VALID))
            && (r.severity == 0 || self.has(FLAG_SEVERITY_VALID))
    }

    /// A newer minor version may use what is reserved here.
    #[inline]
    pub(super) const fn reserved_zero(&self) -> bool {
        let unknown = self.flags & !known_flags(INFO_MINOR);
        let reserved = self.r.reserved0 == 0 && self.r.sea_flags & !KNOWN_SEA_FLAGS == 0;
        self.r.minor > self.minor || (reserved && unknown == 0)
    }
}
