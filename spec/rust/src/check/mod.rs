// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The rules that a record alone can be held against: one function each, in the order of judgement.

mod address;
mod host;
mod reading;
mod syndrome;

use crate::abi::{
    KvmArmFaultInfo, FLAGS_CRITICAL, INFO_MINOR, KIND_INSTRUCTION_ABORT, KIND_SERROR,
    ORIGIN_FIRMWARE, ORIGIN_ISOLATED_PAGE, ORIGIN_TRAP_AND_FIRMWARE, SEA_FLAG_GPA_VALID,
};
use crate::reader::known_flags;
use crate::rule::Rule;
use crate::rule_set::RuleSet;
use crate::tables::{ESR_FSC, ESR_IDS, FSC_ASYNC, FSC_NOT_ON_WALK};

pub(crate) use reading::{kind_agrees, size_fits};

/// Hold a record against every rule that it can be held against by itself.
///
/// `minor` is the newest minor version that the reader knows. An older reader does not judge what it
/// does not know: descriptive flags of later versions, and the size of a record of a later version,
/// of which it knows only that it is not below its own.
#[must_use]
#[inline]
pub fn check(info: &KvmArmFaultInfo, minor: u8) -> RuleSet {
    let r = Subject::new(info, minor);
    r.refusals()
        .unless(r.cause(), Rule::HostRecordCause)
        .unless(r.esr_mask(), Rule::HostEsrMask)
        .unless(r.esr_il(), Rule::HostEsrIl)
        .unless(r.esr_isolated(), Rule::HostEsrIsolated)
        .unless(r.far_valid(), Rule::HostFarValid)
        .unless(r.far_fnv(), Rule::HostFarFnv)
        .unless(r.far_imprecise(), Rule::HostFarImprecise)
        .unless(r.hpfar_valid(), Rule::HostHpfarValid)
        .unless(r.hpfar_fipa(), Rule::HostHpfarFipa)
        .unless(r.gpa_origin(), Rule::HostGpaOrigin)
        .unless(r.gpa_low(), Rule::HostGpaLow)
        .unless(r.gpa_hpfar(), Rule::HostGpaHpfar)
        .unless(r.hva_valid(), Rule::HostHvaValid)
        .unless(r.lsb_address(), Rule::HostLsbAddress)
        .unless(r.pa_valid(), Rule::HostPaValid)
        .unless(r.severity_valid(), Rule::HostSeverityValid)
        .unless(r.serror_given(), Rule::HostSerrorGiven)
        .unless(r.action_possible(), Rule::HostActionPossible)
        .unless(r.action_required_kind(), Rule::HostActionRequiredKind)
        .unless(r.origin_kind(), Rule::HostOriginKind)
        .unless(
            r.firmware_severity_origin(),
            Rule::HostFirmwareSeverityOrigin,
        )
        .unless(r.firmware_va_usable(), Rule::HostFirmwareVaUsable)
        .unless(
            r.context_corrupt_firmware(),
            Rule::HostContextCorruptFirmware,
        )
        .unless(r.nested_trap(), Rule::HostNestedTrap)
        .unless(r.stage1_walk_known(), Rule::HostStage1WalkKnown)
        .unless(r.invalid_zero(), Rule::HostInvalidZero)
        .unless(r.reserved_zero(), Rule::HostReservedZero)
}

/// Those of the rules for which a reader refuses a record.
#[allow(clippy::inline_always, reason = "the fields must stay in registers")]
#[inline(always)]
pub(crate) fn refusals(info: &KvmArmFaultInfo, minor: u8) -> RuleSet {
    Subject::new(info, minor).refusals()
}

/// The newest reader judges every flag, an older one those that it knows and the critical ones.
#[inline]
const fn judged(minor: u8) -> u64 {
    if minor < INFO_MINOR {
        known_flags(minor) | FLAGS_CRITICAL
    } else {
        !0
    }
}

/// A record under judgement: its fields, the flags that are judged, and the reader's version.
struct Subject<'a> {
    r: &'a KvmArmFaultInfo,
    flags: u64,
    minor: u8,
}

impl<'a> Subject<'a> {
    #[inline]
    const fn new(info: &'a KvmArmFaultInfo, minor: u8) -> Self {
        let minor = if minor < INFO_MINOR {
            minor
        } else {
            INFO_MINOR
        };
        Self {
            r: info,
            flags: info.flags & judged(minor),
            minor,
        }
    }
}

impl Subject<'_> {
    #[allow(clippy::inline_always, reason = "likewise")]
    #[inline(always)]
    fn refusals(&self) -> RuleSet {
        RuleSet::EMPTY
            .unless(self.major_known(), Rule::VmmMajorUnknown)
            .unless(self.size_agrees(), Rule::VmmSize)
            .unless(self.critical_known(), Rule::VmmCriticalUnknown)
            .unless(kind_agrees(self.r), Rule::VmmAgree)
            .unless(self.severity_agrees(), Rule::VmmAgree)
    }

    #[inline]
    const fn has(&self, flag: u64) -> bool {
        self.flags & flag != 0
    }

    #[inline]
    const fn has_gpa(&self) -> bool {
        self.r.sea_flags & SEA_FLAG_GPA_VALID != 0
    }

    /// Kinds 1 and 2; what is no kind at all counts as one, it is refused elsewhere.
    #[inline]
    const fn is_abort(&self) -> bool {
        self.r.kind <= KIND_INSTRUCTION_ABORT
    }

    #[inline]
    const fn is_serror(&self) -> bool {
        self.r.kind == KIND_SERROR
    }

    #[inline]
    const fn is_isolated(&self) -> bool {
        self.r.origin == ORIGIN_ISOLATED_PAGE
    }

    /// A firmware record had its part in it.
    #[inline]
    const fn is_firmware(&self) -> bool {
        self.r.origin == ORIGIN_FIRMWARE || self.r.origin == ORIGIN_TRAP_AND_FIRMWARE
    }

    #[inline]
    const fn fsc(&self) -> u64 {
        self.r.esr & ESR_FSC
    }

    #[inline]
    const fn fsc_in(&self, codes: u64) -> bool {
        codes >> self.fsc() & 1 == 1
    }

    #[inline]
    const fn not_on_walk(&self) -> bool {
        self.fsc() == FSC_NOT_ON_WALK
    }

    /// An SError whose ISS the architecture defines: IDS=0 and DFSC=0x11.
    #[inline]
    const fn is_async(&self) -> bool {
        self.r.esr & (ESR_IDS | ESR_FSC) == FSC_ASYNC
    }
}
