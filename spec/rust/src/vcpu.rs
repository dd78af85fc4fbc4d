// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What a VMM knows when a record comes, and what it decides.

use core::fmt;

use crate::rule::Rule;
use crate::tables::{
    Action, Features, Way, ESR_AET_SHIFT, ESR_FSC, ESR_IDS, FSC_ASYNC, PSTATE_AARCH32, PSTATE_MODE,
    PSTATE_MODE_EL0T, PSTATE_MODE_EL1H, SCTLR2_EASE, SEVERITY_OF_AET,
};

/// The registers of one vCPU that an exception entry to EL1 reads or writes.
///
/// `pstate` has the layout of SPSR_EL1; a register that the vCPU has not is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the registers of their names")]
pub struct Vcpu {
    pub pc: u64,
    pub pstate: u64,
    pub vbar_el1: u64,
    pub sctlr_el1: u64,
    pub sctlr2_el1: u64,
    pub gcscr_el1: u64,
    pub esr_el1: u64,
    pub far_el1: u64,
    pub elr_el1: u64,
    pub spsr_el1: u64,
}

impl Vcpu {
    pub(crate) const fn mode(&self) -> u64 {
        self.pstate & PSTATE_MODE
    }

    pub(crate) const fn is_aarch32(&self) -> bool {
        self.pstate & PSTATE_AARCH32 != 0
    }

    /// The exception is taken from EL1, in AArch64.
    pub(crate) const fn is_at_el1(&self) -> bool {
        !self.is_aarch32() && self.mode() != PSTATE_MODE_EL0T
    }

    pub(crate) const fn uses_sp_el1(&self) -> bool {
        self.mode() == PSTATE_MODE_EL1H
    }

    /// Effective `SCTLR2_EL1.EASE`: external aborts enter at the SError vector.
    pub(crate) const fn ease(&self, features: Features) -> bool {
        features.has(Features::DOUBLEFAULT2) && self.sctlr2_el1 & SCTLR2_EASE != 0
    }
}

impl Features {
    /// Whether `feature` is there.
    #[must_use]
    pub const fn has(self, feature: Self) -> bool {
        self.0 & feature.0 == feature.0
    }

    /// Both sets in one.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is left without the other set.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// How the VMM's machine is set up, and what it remembers of this access (rule `vmm.notify`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine<'a> {
    /// It has an error source for its guest at all.
    pub ras: bool,
    /// Of its vCPUs.
    pub features: Features,
    /// Ways in which it tells its guest, the preferred first.
    pub notifications: &'a [Way],
    /// It takes firmware's virtual address as a source of FAR_EL1.
    pub firmware_va: bool,
    /// ISS of a virtual SError that still waits.
    pub pending_serror: Option<u64>,
    /// How often this access was reported before.
    pub repeats: u32,
    /// How often an interrupt may answer it.
    pub bound: u32,
    /// This very report was answered before (rule `vmm.once`).
    pub answered: bool,
}

impl Default for Machine<'_> {
    fn default() -> Self {
        Self {
            ras: true,
            features: Features::BASELINE,
            notifications: &[Way::Sea, Way::Irq],
            firmware_va: true,
            pending_serror: None,
            repeats: 0,
            bound: 3,
            answered: false,
        }
    }
}

/// What to do about a record, and the rule that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// The rule that decided it.
    pub rule: Rule,
    /// With [`Action::Inject`]: ESR_EL1 as the guest will read it.
    pub esr_el1: u64,
    /// With [`Action::Inject`]: FAR_EL1 as the guest will read it.
    pub far_el1: u64,
    /// FAR_EL1 is an address.
    pub has_far: bool,
    /// With [`Action::Pend`]: ISS of the virtual SError.
    pub serror_esr: u64,
    /// By which way an interrupt goes out, or a log is read.
    pub via: Option<Way>,
    /// With [`Action::Stop`]: what stands in the way, where the rule alone does not tell.
    pub reason: Option<Reason>,
    /// esr.FnV is at odds with FAR_VALID, which decides; to be said (rule `vmm.far.odds`).
    pub odds: bool,
}

/// Why a vCPU is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// `vmm.notify`: the machine is not set up for RAS.
    NoRas,
    /// `vmm.notify`: the processor context is corrupt.
    ContextCorrupt,
    /// `vmm.notify`: the machine has no way to tell of a consumed error.
    NoWay,
    /// `vmm.notify`: the error is uncontainable.
    Uncontainable,
    /// `vmm.target`: the trap is a nested guest's.
    Nested,
    /// `vmm.target`: the vCPU has an EL2 of its own.
    OwnEl2,
    /// `vmm.target`: EL1 is not AArch64, or the vCPU is not at EL0 or EL1.
    NotAarch64,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRas => "the machine is not set up for RAS",
            Self::ContextCorrupt => "the processor context is corrupt",
            Self::NoWay => "the machine has no way to tell of a consumed error",
            Self::Uncontainable => "the error is uncontainable",
            Self::Nested => "the trap is a nested guest's",
            Self::OwnEl2 => "the vCPU has an EL2 of its own",
            Self::NotAarch64 => "EL1 is not AArch64, or the vCPU is not at EL0 or EL1",
        })
    }
}

/// Severity of an SError by its ISS, 0 where it says none.
pub(crate) const fn severity_of_iss(iss: u64) -> u8 {
    if iss & (ESR_IDS | ESR_FSC) == FSC_ASYNC {
        SEVERITY_OF_AET[(iss >> ESR_AET_SHIFT & 7) as usize]
    } else {
        0
    }
}
