// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Why a record is refused: the rule, the field, what was expected. Only who refuses comes here.

use crate::abi::{KvmArmFaultInfo, FLAGS_CRITICAL, INFO_MAJOR};
use crate::check::{kind_agrees, refusals};
use crate::layout::Field;
use crate::places::record;
use crate::reader::{beyond, size_of_minor, Reader};
use crate::refusal::{Expected, Path, Refusal, Root};
use crate::rule::Rule;
use crate::tables::{HEAD_SIZE, KIND_LAST, KNOWN_CRITICAL};

impl Reader {
    /// Why [`Self::read`], or [`Self::parse`], refuses these bytes.
    #[cold]
    pub(crate) fn refusal(self, data: &[u8]) -> Refusal {
        let Some(r) = load(data) else {
            return too_short(data);
        };
        if r.major != INFO_MAJOR {
            let expected = Expected::Exactly(INFO_MAJOR.into());
            refusal(
                Rule::VmmMajorUnknown,
                &record::MAJOR,
                expected,
                r.major.into(),
            )
        } else if !self.fits(&r, data) {
            self.bad_size(&r, data.len() as u64)
        } else {
            self.broken(&r)
        }
    }

    fn bad_size(self, r: &KvmArmFaultInfo, length: u64) -> Refusal {
        let own = size_of_minor(self.minor.min(r.minor));
        let size = u64::from(r.size);
        let expected = if r.minor <= self.minor && r.size != own {
            Expected::Exactly(own.into())
        } else if r.size < own {
            Expected::AtLeast(own.into())
        } else if size % 8 != 0 {
            Expected::Multiple(8, 0)
        } else if size > length {
            Expected::AtMost(length)
        } else {
            Expected::Exactly(length)
        };
        refusal(Rule::VmmSize, &record::SIZE, expected, size)
    }

    /// `vmm.size`, `vmm.critical.unknown`, `vmm.agree`: the fields do not agree.
    fn broken(self, r: &KvmArmFaultInfo) -> Refusal {
        let broken = refusals(r, self.minor);
        let agreeing = Expected::Agreeing(r.esr);
        let unknown = r.flags & FLAGS_CRITICAL & !KNOWN_CRITICAL;
        if broken.contains(Rule::VmmSize) {
            let expected = Expected::Exactly(r.flags & !beyond(r.minor));
            refusal(Rule::VmmSize, &record::FLAGS, expected, r.flags)
        } else if broken.contains(Rule::VmmCriticalUnknown) && unknown != 0 {
            let expected = Expected::Critical(KNOWN_CRITICAL);
            refusal(Rule::VmmCriticalUnknown, &record::FLAGS, expected, unknown)
        } else if broken.contains(Rule::VmmCriticalUnknown) {
            let expected = Expected::Range(1, KIND_LAST.into());
            refusal(
                Rule::VmmCriticalUnknown,
                &record::KIND,
                expected,
                r.kind.into(),
            )
        } else if kind_agrees(r) {
            refusal(
                Rule::VmmAgree,
                &record::SEVERITY,
                agreeing,
                r.severity.into(),
            )
        } else {
            refusal(Rule::VmmAgree, &record::KIND, agreeing, r.kind.into())
        }
    }
}

/// The fields, zero where the bytes end before them; none if not even the head is there.
fn load(data: &[u8]) -> Option<KvmArmFaultInfo> {
    if data.len() < HEAD_SIZE {
        return None;
    }
    let mut bytes = [0; KvmArmFaultInfo::SIZE];
    for (to, from) in bytes.iter_mut().zip(data) {
        *to = *from;
    }
    Some(KvmArmFaultInfo::from_le_bytes(&bytes))
}

fn too_short(data: &[u8]) -> Refusal {
    let field = record::LAYOUT.unfit(data.len()).unwrap_or(&record::KIND);
    let expected = Expected::Bytes(field.width as u64);
    let there = data.len().saturating_sub(field.offset) as u64;
    refusal(Rule::VmmMalformed, field, expected, there)
}

const fn refusal(rule: Rule, field: &'static Field, expected: Expected, got: u64) -> Refusal {
    Refusal {
        rule,
        path: Path::new(Root::Record).to(field),
        offset: field.offset as u64,
        expected,
        got,
    }
}
