// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What a reader refuses, and what must be zero: `vmm.major.unknown`, `vmm.size`,
//! `vmm.critical.unknown`, `vmm.agree`, `host.invalid.zero`, `host.reserved.zero`.

use super::Subject;
use crate::abi::{
    KvmArmFaultInfo, FLAGS_CRITICAL, FLAG_FAR_VALID, FLAG_FIRMWARE_VA_VALID, FLAG_HPFAR_VALID,
    FLAG_HVA_VALID, FLAG_SEVERITY_VALID, INFO_MAJOR, INFO_MINOR, KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT, KIND_SERROR, SEVERITY_CE,
};
use crate::reader::{beyond, known_flags, size_of_minor};
use crate::tables::{
    EC_DABT_CUR, EC_IABT_CUR, EC_SERROR, ESR_AET_SHIFT, ESR_EC, ESR_EC_SHIFT, ESR_SET_SHIFT,
    KIND_LAST, KNOWN_CRITICAL, KNOWN_SEA_FLAGS, SEVERITY_LAST, SEVERITY_OF_AET, SEVERITY_OF_SET,
};

/// What `SET` of a SEA says in the record's terms, 0 where it is reserved.
#[inline]
pub(crate) const fn severity_of_set(esr: u64) -> u8 {
    SEVERITY_OF_SET[(esr >> ESR_SET_SHIFT & 3) as usize]
}

/// What `AET` of an SError says in the record's terms, 0 where it is reserved.
#[inline]
pub(crate) const fn severity_of_aet(esr: u64) -> u8 {
    SEVERITY_OF_AET[(esr >> ESR_AET_SHIFT & 7) as usize]
}

/// Rule `vmm.agree`: kind agrees with esr.EC. The two classes of an abort differ in bit 0.
#[inline]
pub(crate) const fn kind_agrees(r: &KvmArmFaultInfo) -> bool {
    let class = r.esr >> ESR_EC_SHIFT & ESR_EC;
    match r.kind {
        KIND_DATA_ABORT => class | 1 == EC_DABT_CUR,
        KIND_INSTRUCTION_ABORT => class | 1 == EC_IABT_CUR,
        KIND_SERROR => class == EC_SERROR,
        kind => class == 0 || kind > KIND_LAST,
    }
}

impl Subject<'_> {
    pub(super) const fn major_known(&self) -> bool {
        self.r.major == INFO_MAJOR
    }

    #[inline]
    pub(super) const fn size_agrees(&self) -> bool {
        if self.r.minor <= self.minor {
            self.r.size == size_of_minor(self.r.minor) && self.flags & beyond(self.r.minor) == 0
        } else {
            self.r.size >= size_of_minor(self.minor) && self.r.size % 8 == 0
        }
    }

    #[inline]
    pub(super) const fn critical_known(&self) -> bool {
        self.flags & FLAGS_CRITICAL & !KNOWN_CRITICAL == 0
            && self.r.kind != 0
            && self.r.kind <= KIND_LAST
    }

    /// Rule `vmm.agree`: severity, where it is valid and known, is what the syndrome says.
    #[inline]
    pub(super) const fn severity_agrees(&self) -> bool {
        let severity = self.r.severity;
        let known = SEVERITY_CE <= severity && severity <= SEVERITY_LAST;
        if !self.has(FLAG_SEVERITY_VALID) || !known || self.r.kind > KIND_LAST {
            true
        } else if self.is_abort() {
            severity == severity_of_set(self.r.esr)
        } else {
            severity == severity_of_aet(self.r.esr) && self.is_async() && self.is_serror()
        }
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
