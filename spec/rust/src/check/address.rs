// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Which address is valid when: `host.far.*`, `host.hpfar.*`, `host.gpa.*`, `host.hva.valid`,
//! `host.lsb.address`, `host.pa.valid`, `host.firmware_va.usable`.

use super::Subject;
use crate::abi::{
    FLAG_FAR_IMPRECISE, FLAG_FAR_VALID, FLAG_FIRMWARE_VA_VALID, FLAG_HPFAR_VALID, FLAG_HVA_VALID,
    FLAG_PA_VALID, FLAG_STAGE1_WALK, GPA_ORIGIN_HPFAR, GPA_ORIGIN_REVERSE_MAP, GPA_ORIGIN_UNKNOWN,
    GPA_ORIGIN_WALK, ORIGIN_TRAP_AND_FIRMWARE,
};
use crate::tables::{ESR_FNV, FIPA, FIPA_TO_IPA, IN_PAGE, LSB_MAX};

impl Subject<'_> {
    #[inline]
    pub(super) const fn far_valid(&self) -> bool {
        self.is_abort() || !self.has(FLAG_FAR_VALID) || (self.is_serror() && self.is_async())
    }

    #[inline]
    pub(super) const fn far_fnv(&self) -> bool {
        let fnv = self.not_on_walk() && !self.has(FLAG_FAR_VALID);
        !self.is_abort() || (self.r.esr & ESR_FNV != 0) == fnv
    }

    #[inline]
    pub(super) const fn far_imprecise(&self) -> bool {
        !self.has(FLAG_FAR_IMPRECISE) || (self.has(FLAG_FAR_VALID) && self.is_abort())
    }

    #[inline]
    pub(super) const fn hpfar_valid(&self) -> bool {
        !self.has(FLAG_HPFAR_VALID) || self.is_isolated()
    }

    #[inline]
    pub(super) const fn hpfar_fipa(&self) -> bool {
        self.r.hpfar & !FIPA == 0
    }

    #[inline]
    pub(super) const fn gpa_origin(&self) -> bool {
        if !self.has_gpa() {
            return self.r.gpa_origin == GPA_ORIGIN_UNKNOWN;
        }
        match self.r.gpa_origin {
            GPA_ORIGIN_HPFAR => self.has(FLAG_HPFAR_VALID),
            GPA_ORIGIN_WALK => self.has(FLAG_FAR_VALID),
            GPA_ORIGIN_REVERSE_MAP => self.has(FLAG_PA_VALID),
            _ => false,
        }
    }

    /// The low bits are far's where far is exact and the page is far's, else 0.
    #[inline]
    pub(super) const fn gpa_low(&self) -> bool {
        let of_far = self.r.gpa_origin == GPA_ORIGIN_HPFAR || self.r.gpa_origin == GPA_ORIGIN_WALK;
        let inexact = FLAG_STAGE1_WALK | FLAG_FAR_IMPRECISE;
        let low = if of_far && self.has(FLAG_FAR_VALID) && !self.has(inexact) {
            self.r.far
        } else {
            0
        };
        !self.has_gpa() || (self.r.gpa ^ low) & IN_PAGE == 0
    }

    #[inline]
    pub(super) const fn gpa_hpfar(&self) -> bool {
        let page = (self.r.gpa ^ self.r.hpfar << FIPA_TO_IPA) & !IN_PAGE;
        self.r.gpa_origin != GPA_ORIGIN_HPFAR || !self.has(FLAG_HPFAR_VALID) || page == 0
    }

    #[inline]
    pub(super) const fn hva_valid(&self) -> bool {
        !self.has(FLAG_HVA_VALID) || self.has_gpa()
    }

    #[inline]
    pub(super) const fn lsb_address(&self) -> bool {
        self.r.address_lsb == 0 || (self.r.address_lsb <= LSB_MAX && self.has_gpa())
    }

    #[inline]
    pub(super) const fn pa_valid(&self) -> bool {
        self.has(FLAG_PA_VALID) || !self.is_isolated()
    }

    #[inline]
    pub(super) const fn firmware_va_usable(&self) -> bool {
        let claimed = self.r.origin == ORIGIN_TRAP_AND_FIRMWARE && self.is_abort();
        !self.has(FLAG_FIRMWARE_VA_VALID) || (self.r.firmware_va != 0 && claimed)
    }
}
