// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The rules that a record breaks, as a set that keeps the order of judgement.

use core::fmt;

use crate::rule::{Rule, RECORD_RULES, REFUSALS};

/// Rules that a record breaks. Iteration is in the order in which a reader judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RuleSet(u64);

impl RuleSet {
    /// No rule.
    pub const EMPTY: Self = Self(0);

    /// The set with `rule`, unless the rule is kept.
    #[must_use]
    #[inline]
    pub(crate) const fn unless(self, kept: bool, rule: Rule) -> Self {
        Self(self.0 | (!kept as u64) << rule as u8)
    }

    /// Bit n for the rule with number n.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether no rule is broken.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `rule` is among them.
    #[must_use]
    pub const fn contains(self, rule: Rule) -> bool {
        (rule as usize) < RECORD_RULES && self.0 >> rule as u8 & 1 == 1
    }

    /// Whether one of them makes a reader refuse the record.
    #[must_use]
    #[inline]
    pub const fn refused(self) -> bool {
        self.0 & REFUSALS != 0
    }

    /// The rules, in the order of judgement.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        let known = Rule::ALL.into_iter().take(RECORD_RULES);
        known.filter(move |rule| self.contains(*rule))
    }
}

impl fmt::Display for RuleSet {
    /// The names, separated by commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, rule) in self.iter().enumerate() {
            let before = if n == 0 { "" } else { ", " };
            write!(f, "{before}{rule}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
