// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What to do about a record, for a described machine and vCPU (rule `vmm.notify`).

use crate::abi::{
    FLAG_CONTEXT_CORRUPT, FLAG_FAR_VALID, FLAG_FIRMWARE_VA_VALID, FLAG_NESTED, FLAG_STAGE1_WALK,
    KIND_DATA_ABORT, KIND_MEMORY_NOTICE, KIND_SERROR, SEVERITY_CE, SEVERITY_UC, SEVERITY_UEO,
    SEVERITY_UER, SEVERITY_UEU, SEVERITY_UNKNOWN,
};
use crate::reader::{Decoded, Record};
use crate::refusal::Refusal;
use crate::rule::Rule;
use crate::tables::{
    Action, Features, Way, EC_DABT_LOW, EC_IABT_LOW, ESR_AET, ESR_CM, ESR_EA, ESR_EC_SHIFT,
    ESR_FNV, ESR_FSC, ESR_IDS, ESR_IL, ESR_SET, ESR_WNR, FSCS_SHOWN, FSC_NOT_ON_WALK,
    ISS_RESTARTABLE, PSTATE_I, PSTATE_MODE_EL0T, PSTATE_MODE_EL1H, PSTATE_MODE_EL1T,
    PSTATE_MODE_USR,
};
use crate::vcpu::{severity_of_iss, Decision, Machine, Reason, Vcpu};

/// One decision for anything that came; the rule in it is the one that decided the action.
///
/// What a reader refused stops the vCPU (`vmm.malformed`, `vmm.major.unknown`,
/// `vmm.critical.unknown`). See the rules `vmm.notify`, `vmm.target`, `vmm.once`,
/// `vmm.far.source`, `vmm.esr.rewrite`, `vmm.serror.worse`.
#[must_use]
pub fn decide(
    came: Result<&Decoded<'_>, &Refusal>,
    vcpu: &Vcpu,
    machine: &Machine<'_>,
) -> Decision {
    let record = match came {
        Ok(decoded) => decoded.record(),
        Err(refusal) => return by(Action::Stop, refusal.rule),
    };
    let decision = if !machine.ras {
        stop(Reason::NoRas)
    } else if record.has(FLAG_CONTEXT_CORRUPT) {
        stop(Reason::ContextCorrupt)
    } else {
        match record.info.kind {
            KIND_MEMORY_NOTICE => notice(record, vcpu, machine),
            KIND_SERROR => serror(record, vcpu, machine),
            _ => abort(record, vcpu, machine),
        }
    };
    Decision {
        odds: odds(record),
        ..decision
    }
}

/// FAR_EL1 of an abort, none where nobody knows an address (rule `vmm.far.source`).
#[must_use]
pub const fn far_source(record: &Record<'_>, machine: &Machine<'_>) -> Option<u64> {
    if record.has(FLAG_FAR_VALID) {
        Some(record.info.far)
    } else if record.has(FLAG_FIRMWARE_VA_VALID) && machine.firmware_va {
        Some(record.info.firmware_va)
    } else {
        None
    }
}

/// Rule `vmm.far.odds`.
const fn odds(record: &Record<'_>) -> bool {
    let esr = record.info.esr;
    let fnv = esr & ESR_FSC == FSC_NOT_ON_WALK && !record.has(FLAG_FAR_VALID);
    record.info.kind < KIND_SERROR && (esr & ESR_FNV != 0) != fnv
}

/// Why no exception can be injected at EL1 of this vCPU (rule `vmm.target`).
const fn target_refused(record: &Record<'_>, vcpu: &Vcpu, machine: &Machine<'_>) -> Option<Reason> {
    let here = matches!(
        vcpu.mode(),
        PSTATE_MODE_EL0T | PSTATE_MODE_EL1T | PSTATE_MODE_EL1H | PSTATE_MODE_USR
    );
    if record.has(FLAG_NESTED) {
        Some(Reason::Nested)
    } else if machine.features.has(Features::NV) {
        Some(Reason::OwnEl2)
    } else if machine.features.has(Features::AA32EL1) || !here {
        Some(Reason::NotAarch64)
    } else {
        None
    }
}

fn abort(record: &Record<'_>, vcpu: &Vcpu, machine: &Machine<'_>) -> Decision {
    let mut ways = machine.notifications.iter();
    let Some(preferred) = ways.find(|way| matches!(way, Way::Sea | Way::Irq)) else {
        return stop(Reason::NoWay);
    };
    if let Some(reason) = target_refused(record, vcpu, machine) {
        return not_target(reason);
    }
    if machine.answered {
        return by(Action::Retry, Rule::VmmOnce);
    }
    let can_take = vcpu.pstate & PSTATE_I == 0 && machine.repeats < machine.bound;
    if *preferred == Way::Irq && can_take {
        return via(Action::Interrupt, Way::Irq);
    }
    let far = far_source(record, machine);
    Decision {
        esr_el1: esr_el1(record, vcpu, machine, far.is_some()),
        far_el1: far.unwrap_or(0),
        has_far: far.is_some(),
        ..by(Action::Inject, Rule::VmmNotify)
    }
}

/// ESR_EL1 as the guest reads it (rule `vmm.esr.rewrite`).
const fn esr_el1(record: &Record<'_>, vcpu: &Vcpu, machine: &Machine<'_>, has_far: bool) -> u64 {
    let esr = record.info.esr;
    let fsc = esr & ESR_FSC;
    let on_walk = has_far && record.has(FLAG_STAGE1_WALK) && FSCS_SHOWN >> fsc & 1 == 1;
    let data = record.info.kind == KIND_DATA_ABORT;
    let (class, access) = if data {
        (EC_DABT_LOW, ESR_WNR | ESR_CM)
    } else {
        (EC_IABT_LOW, 0)
    };
    let set = if machine.features.has(Features::RAS) {
        ESR_SET
    } else {
        0
    };
    let shown = if on_walk { fsc } else { FSC_NOT_ON_WALK };
    let fnv = if has_far { 0 } else { ESR_FNV };
    (class | vcpu.is_at_el1() as u64) << ESR_EC_SHIFT
        | ESR_IL
        | esr & (ESR_EA | access | set)
        | shown
        | fnv
}

/// By the first of the machine's ways that a notice can take; SEI only if the guest can read a
/// syndrome.
fn notice(record: &Record<'_>, vcpu: &Vcpu, machine: &Machine<'_>) -> Decision {
    let ras = machine.features.has(Features::RAS);
    let possible = |way: &Way| *way != Way::Sea && (*way != Way::Sei || ras);
    match machine.notifications.iter().copied().find(possible) {
        Some(Way::Irq) => via(Action::Interrupt, Way::Irq),
        Some(Way::Sei) => target_refused(record, vcpu, machine).map_or_else(
            || Decision {
                via: Some(Way::Sei),
                ..pend(ISS_RESTARTABLE, machine)
            },
            not_target,
        ),
        way => Decision {
            via: way,
            ..by(Action::Log, Rule::VmmNotify)
        },
    }
}

fn serror(record: &Record<'_>, vcpu: &Vcpu, machine: &Machine<'_>) -> Decision {
    let esr = record.info.esr;
    let severity = severity_of_iss(esr);
    if severity == SEVERITY_CE || severity == SEVERITY_UEO {
        return by(Action::Log, Rule::VmmNotify);
    }
    if severity == SEVERITY_UC {
        return stop(Reason::Uncontainable);
    }
    if let Some(reason) = target_refused(record, vcpu, machine) {
        return not_target(reason);
    }
    let known = severity == SEVERITY_UER || severity == SEVERITY_UEU;
    let iss = if known && machine.features.has(Features::RAS) {
        esr & (ESR_AET | ESR_EA | ESR_FSC)
    } else {
        ESR_IDS
    };
    pend(iss, machine)
}

/// One virtual SError is pending at a time, the worse of the two (rule `vmm.serror.worse`).
fn pend(iss: u64, machine: &Machine<'_>) -> Decision {
    match machine.pending_serror {
        Some(pending) if rank(iss) <= rank(pending) => Decision {
            serror_esr: pending,
            ..by(Action::Log, Rule::VmmSerrorWorse)
        },
        _ => Decision {
            serror_esr: iss,
            ..by(Action::Pend, Rule::VmmNotify)
        },
    }
}

/// How bad an SError is; one that says nothing counts as unrecoverable.
const fn rank(iss: u64) -> u8 {
    match severity_of_iss(iss) {
        SEVERITY_UNKNOWN => SEVERITY_UEU,
        severity => severity,
    }
}

const fn by(action: Action, rule: Rule) -> Decision {
    Decision {
        action,
        rule,
        esr_el1: 0,
        far_el1: 0,
        has_far: false,
        serror_esr: 0,
        via: None,
        reason: None,
        odds: false,
    }
}

const fn via(action: Action, way: Way) -> Decision {
    Decision {
        via: Some(way),
        ..by(action, Rule::VmmNotify)
    }
}

const fn stop(reason: Reason) -> Decision {
    Decision {
        reason: Some(reason),
        ..by(Action::Stop, Rule::VmmNotify)
    }
}

const fn not_target(reason: Reason) -> Decision {
    Decision {
        reason: Some(reason),
        ..by(Action::Stop, Rule::VmmTarget)
    }
}
