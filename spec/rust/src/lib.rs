// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#![doc = include_str!("../README.md")]
#![no_std]

#[allow(
    rustdoc::broken_intra_doc_links,
    reason = "the text is the definition's"
)]
pub mod abi;
mod check;
pub mod cper;
mod decide;
mod entry;
pub mod layout;
pub mod places;
mod reader;
mod refusal;
mod reply;
pub mod ring;
mod rule;
mod rule_set;
pub mod tables;
mod vcpu;
mod why;

pub use check::check;
pub use decide::{decide, far_source};
pub use entry::enter;
pub use reader::{Decoded, Reader, Record};
pub use refusal::{Expected, Path, Refusal};
pub use reply::reply;
pub use rule::{Rule, RECORD_RULES, REFUSALS};
pub use rule_set::RuleSet;
pub use tables::{Action, Features, Way};
pub use vcpu::{Decision, Machine, Reason, Vcpu};
