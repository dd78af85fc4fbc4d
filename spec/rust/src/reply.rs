// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The decision as a reply for the host to carry out (`KVM_SET_VCPU_EVENTS`).

use crate::abi::{KvmArmFaultReply, KIND_DATA_ABORT};
use crate::reader::Decoded;
use crate::tables::{Action, ESR_CM, ESR_EA, ESR_FSC, ESR_IDS, ESR_SET, ESR_WNR};
use crate::vcpu::Decision;

/// What makes the host do as was decided; none where there is nothing for it to do.
///
/// FnV, EC, IL and the vector are the host's to choose. For the bare form IDS=1 no syndrome is said.
#[must_use]
pub fn reply(decision: &Decision, decoded: &Decoded<'_>) -> Option<KvmArmFaultReply> {
    let data = decoded.info().kind == KIND_DATA_ABORT;
    match decision.action {
        Action::Inject => Some(KvmArmFaultReply {
            ext_dabt_pending: data.into(),
            ext_iabt_pending: (!data).into(),
            ext_abt_has_esr: 1,
            ext_abt_has_far: decision.has_far.into(),
            ext_abt_esr: decision.esr_el1 & (ESR_FSC | ESR_EA | ESR_CM | ESR_WNR | ESR_SET),
            ext_abt_far: decision.far_el1,
            ..KvmArmFaultReply::default()
        }),
        Action::Pend => {
            let said = decision.serror_esr != ESR_IDS;
            Some(KvmArmFaultReply {
                serror_pending: 1,
                serror_has_esr: said.into(),
                serror_esr: if said { decision.serror_esr } else { 0 },
                ..KvmArmFaultReply::default()
            })
        }
        _ => None,
    }
}
