// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What the host says of itself: `host.action.possible`, `host.action_required.kind`,
//! `host.origin.kind`, `host.firmware_severity.origin`, `host.context_corrupt.firmware`,
//! `host.nested.trap`, `host.stage1_walk.known`.

use super::Subject;
use crate::abi::{
    ACTION_CLAIMED_NOTHING_QUEUED, ACTION_ISOLATED, ACTION_ISOLATION_FAILED, ACTION_NOT_CLAIMED,
    ACTION_UNKNOWN, FLAG_ACTION_REQUIRED, FLAG_CONTEXT_CORRUPT, FLAG_NESTED, FLAG_STAGE1_WALK,
    FW_SEVERITY_NONE, FW_SEVERITY_RECOVERABLE, KIND_MEMORY_NOTICE, KIND_SERROR, ORIGIN_FIRMWARE,
    ORIGIN_ISOLATED_PAGE, ORIGIN_TRAP, ORIGIN_TRAP_AND_FIRMWARE, ORIGIN_UNKNOWN,
};
use crate::tables::FW_SEVERITY_LAST;

impl Subject<'_> {
    #[inline]
    pub(super) const fn action_possible(&self) -> bool {
        match self.r.host_action {
            ACTION_UNKNOWN | ACTION_NOT_CLAIMED => true,
            ACTION_CLAIMED_NOTHING_QUEUED => self.is_firmware(),
            ACTION_ISOLATED | ACTION_ISOLATION_FAILED => {
                self.is_isolated() || self.r.kind == KIND_MEMORY_NOTICE
            }
            _ => false,
        }
    }

    #[inline]
    pub(super) const fn action_required_kind(&self) -> bool {
        self.has(FLAG_ACTION_REQUIRED) == self.is_abort()
    }

    #[inline]
    pub(super) const fn origin_kind(&self) -> bool {
        let trapped = self.r.kind <= KIND_SERROR;
        match self.r.origin {
            ORIGIN_TRAP | ORIGIN_TRAP_AND_FIRMWARE => trapped,
            ORIGIN_ISOLATED_PAGE => self.is_abort(),
            ORIGIN_UNKNOWN | ORIGIN_FIRMWARE => !trapped,
            _ => false,
        }
    }

    #[inline]
    pub(super) const fn firmware_severity_origin(&self) -> bool {
        let severity = self.r.firmware_severity;
        if self.is_firmware() {
            FW_SEVERITY_RECOVERABLE <= severity && severity <= FW_SEVERITY_LAST
        } else {
            severity == FW_SEVERITY_NONE
        }
    }

    #[inline]
    pub(super) const fn context_corrupt_firmware(&self) -> bool {
        !self.has(FLAG_CONTEXT_CORRUPT) || self.is_firmware()
    }

    #[inline]
    pub(super) const fn nested_trap(&self) -> bool {
        !self.has(FLAG_NESTED) || self.r.kind <= KIND_SERROR
    }

    #[inline]
    pub(super) const fn stage1_walk_known(&self) -> bool {
        !self.has(FLAG_STAGE1_WALK) || (self.is_isolated() && self.is_abort())
    }
}
