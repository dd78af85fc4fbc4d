// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The exception entry to EL1, for a VMM that writes the registers itself (`KVM_SET_ONE_REG`).
//!
//! Arm ARM, `AArch64.TakeException()`; rules `vmm.entry.state` and `vmm.sea.vector`.

use crate::tables::{
    Action, Features, EC_SERROR, ESR_EC_SHIFT, ESR_IL, GCSCR_EXLOCKEN, PSTATE_A, PSTATE_ALLINT,
    PSTATE_DAIF, PSTATE_DIT, PSTATE_EXLOCK, PSTATE_MODE_EL1H, PSTATE_NZCV, PSTATE_PAN, PSTATE_PM,
    PSTATE_SSBS, PSTATE_TCO, SCTLR_DSSBS, SCTLR_SPAN, SCTLR_SPINTMASK, SERROR_VECTOR, VECTORS,
};
use crate::vcpu::{Decision, Machine, Vcpu};

/// Bytes of one set of four vectors.
const VECTOR_SET: u64 = VECTORS / 4;

/// The vCPU after the decision: an abort is entered, a virtual SError if it is not masked.
///
/// Of an SError, FAR_EL1 is UNKNOWN and left as it was.
#[must_use]
pub const fn enter(decision: &Decision, vcpu: &Vcpu, machine: &Machine<'_>) -> Vcpu {
    let features = machine.features;
    match decision.action {
        Action::Inject => {
            let offset = if vcpu.ease(features) {
                SERROR_VECTOR
            } else {
                0
            };
            Vcpu {
                far_el1: decision.far_el1,
                ..take(vcpu, features, decision.esr_el1, offset)
            }
        }
        Action::Pend if vcpu.pstate & PSTATE_A == 0 => {
            let esr = EC_SERROR << ESR_EC_SHIFT | ESR_IL | decision.serror_esr;
            take(vcpu, features, esr, SERROR_VECTOR)
        }
        _ => *vcpu,
    }
}

const fn take(vcpu: &Vcpu, features: Features, esr: u64, offset: u64) -> Vcpu {
    Vcpu {
        pc: (vcpu.vbar_el1 & !(VECTORS - 1)) + vector_set(vcpu) + offset,
        pstate: new_pstate(vcpu, features),
        esr_el1: esr,
        elr_el1: vcpu.pc,
        spsr_el1: vcpu.pstate,
        ..*vcpu
    }
}

/// EL1 with SP_EL0, EL1 with SP_EL1, EL0 in AArch64, EL0 in AArch32.
const fn vector_set(vcpu: &Vcpu) -> u64 {
    let number = if vcpu.is_aarch32() {
        3
    } else if !vcpu.is_at_el1() {
        2
    } else {
        vcpu.uses_sp_el1() as u64
    };
    number * VECTOR_SET
}

/// PSTATE in the handler: EL1h, DAIF set, all else clear but what a feature says otherwise.
const fn new_pstate(vcpu: &Vcpu, features: Features) -> u64 {
    let old = vcpu.pstate;
    let sctlr = vcpu.sctlr_el1;
    let pan = if sctlr & SCTLR_SPAN != 0 {
        old & PSTATE_PAN
    } else {
        PSTATE_PAN
    };
    let lock = vcpu.is_at_el1() && vcpu.gcscr_el1 & GCSCR_EXLOCKEN != 0;
    old & (PSTATE_NZCV | PSTATE_DIT)
        | PSTATE_DAIF
        | PSTATE_MODE_EL1H
        | when(features.has(Features::PAN), pan)
        | when(
            features.has(Features::SSBS) && sctlr & SCTLR_DSSBS != 0,
            PSTATE_SSBS,
        )
        | when(features.has(Features::MTE), PSTATE_TCO)
        | when(
            features.has(Features::NMI) && sctlr & SCTLR_SPINTMASK == 0,
            PSTATE_ALLINT,
        )
        | when(features.has(Features::EBEP), PSTATE_PM)
        | when(features.has(Features::GCS) && lock, PSTATE_EXLOCK)
}

const fn when(holds: bool, bits: u64) -> u64 {
    if holds {
        bits
    } else {
        0
    }
}
