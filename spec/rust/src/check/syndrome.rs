// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What esr may hold: `host.record.cause`, `host.esr.*`, `host.severity.valid`, `host.serror.given`.

use super::Subject;
use crate::abi::{
    FLAG_SEVERITY_VALID, FLAG_STAGE1_WALK, KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT,
    KIND_MEMORY_NOTICE, KIND_SERROR,
};
use crate::tables::{
    AETS_GIVEN, ESR_AET_SHIFT, ESR_EA, ESR_FNV, ESR_IDS, ESR_IL, ESR_SET, FSCS_EXTERNAL, FSCS_WALK,
    FSC_ASYNC, KEPT_ASYNC, KEPT_DABT, KEPT_IABT, KEPT_SERROR, SEVERITY_LAST,
};

impl Subject<'_> {
    #[inline]
    pub(super) const fn cause(&self) -> bool {
        !self.is_abort() || self.fsc_in(FSCS_EXTERNAL)
    }

    #[inline]
    pub(super) const fn esr_mask(&self) -> bool {
        let set = if self.fsc_in(FSCS_EXTERNAL) {
            ESR_SET
        } else {
            0
        };
        let kept = match self.r.kind {
            KIND_DATA_ABORT => KEPT_DABT | set,
            KIND_INSTRUCTION_ABORT => KEPT_IABT | set,
            KIND_SERROR if self.is_async() => KEPT_ASYNC,
            KIND_SERROR => KEPT_SERROR,
            KIND_MEMORY_NOTICE => 0,
            _ => !0,
        };
        self.r.esr & !kept == 0
    }

    #[inline]
    pub(super) const fn esr_il(&self) -> bool {
        self.r.esr & ESR_IL != 0
            || self.r.kind >= KIND_MEMORY_NOTICE
            || (self.r.kind == KIND_DATA_ABORT && self.is_isolated())
    }

    /// Of a page isolated before the record holds the external abort that the access stands for.
    #[inline]
    pub(super) const fn esr_isolated(&self) -> bool {
        let plain = self.r.esr & (ESR_SET | ESR_EA | ESR_FNV) == 0;
        let walk = self.has(FLAG_STAGE1_WALK) && self.fsc_in(FSCS_WALK);
        !self.is_isolated() || !self.is_abort() || (plain && (self.not_on_walk() || walk))
    }

    #[inline]
    pub(super) const fn severity_valid(&self) -> bool {
        let known = 0 < self.r.severity && self.r.severity <= SEVERITY_LAST;
        let said = if self.is_abort() {
            self.not_on_walk() && !self.is_isolated()
        } else {
            self.r.kind != KIND_MEMORY_NOTICE
        };
        !self.has(FLAG_SEVERITY_VALID) || (known && said)
    }

    #[inline]
    pub(super) const fn serror_given(&self) -> bool {
        let given = AETS_GIVEN >> (self.r.esr >> ESR_AET_SHIFT & 7) & 1 == 1;
        let known = self.fsc() == FSC_ASYNC && given;
        !self.is_serror() || self.r.esr & ESR_IDS != 0 || known
    }
}
