// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What a firmware record says, reduced to what the host acts on (rules `host.claim.queued`,
//! `host.pa.valid`, `host.firmware_va.usable`, `host.context_corrupt.firmware`).

use super::arm::{ArmProcessor, ErrorInfo};
use super::section::Section;
use super::status::{DataEntry, StatusBlock};
use crate::tables::{
    CPER_CORRECTED, CPER_INFORMATIONAL, CPER_RECOVERABLE, CPER_THRESHOLD_EXCEEDED,
};

/// A status block that tells of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firmware<'a> {
    block: StatusBlock<'a>,
}

impl<'a> Firmware<'a> {
    /// None where there is no record: `block_status`, with its number of entries, is 0.
    #[must_use]
    pub fn of(block: &StatusBlock<'a>) -> Option<Self> {
        let told = block.is_counted() && block.entries().next().is_some();
        (told || block.block_status() != 0).then_some(Self { block: *block })
    }

    /// The CPER severity of the block.
    #[must_use]
    pub fn severity(&self) -> u64 {
        self.block.error_severity()
    }

    /// Whether the kernel panics when it reads the record: fatal, or a severity it does not know.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        let survived = [CPER_RECOVERABLE, CPER_CORRECTED, CPER_INFORMATIONAL];
        !survived.contains(&self.severity())
    }

    /// Physical addresses that the kernel hands to memory_failure().
    #[must_use = "iterators are lazy"]
    pub fn queues(&self) -> impl Iterator<Item = u64> + 'a {
        let severity = self.severity();
        let entries = self.block.entries();
        entries.flat_map(move |entry| queued(&entry, severity))
    }

    /// Those of them that are not only moved elsewhere: the page is gone.
    #[must_use = "iterators are lazy"]
    pub fn lost(&self) -> impl Iterator<Item = u64> + 'a {
        let severity = self.severity();
        let entries = self.block.entries();
        let lost = entries.filter(|entry| entry.error_severity() == CPER_RECOVERABLE);
        lost.flat_map(move |entry| queued(&entry, severity))
    }

    /// Physical addresses that are flagged valid: those of memory sections, then of processors.
    #[must_use = "iterators are lazy"]
    pub fn physical(&self) -> impl Iterator<Item = u64> + 'a {
        let memory = self
            .block
            .entries()
            .filter_map(|entry| match entry.section {
                Section::PlatformMemory(memory) => memory.physical_address(),
                _ => None,
            });
        memory.chain(self.infos().filter_map(|(info, _)| info.physical_address()))
    }

    /// Virtual addresses that are flagged valid, with the MPIDR of their section.
    #[must_use = "iterators are lazy"]
    pub fn virtual_addresses(&self) -> impl Iterator<Item = (u64, Option<u64>)> + 'a {
        self.infos()
            .filter_map(|(info, mpidr)| info.virtual_address().map(|va| (va, mpidr)))
    }

    /// How many error informations have an address of either kind.
    #[must_use]
    pub fn addressed(&self) -> usize {
        let has = |info: &ErrorInfo<'_>| {
            info.virtual_address().is_some() || info.physical_address().is_some()
        };
        self.infos().filter(|(info, _)| has(info)).count()
    }

    /// Whether a processor says that its context is corrupt.
    #[must_use]
    pub fn context_corrupt(&self) -> bool {
        self.processors().any(|arm| arm.context_corrupt())
    }

    fn processors(&self) -> impl Iterator<Item = ArmProcessor<'a>> {
        self.block
            .entries()
            .filter_map(|entry| match entry.section {
                Section::ArmProcessor(arm) => Some(arm),
                _ => None,
            })
    }

    fn infos(&self) -> impl Iterator<Item = (ErrorInfo<'a>, Option<u64>)> {
        let processors = self.processors();
        processors.flat_map(|arm| arm.error_infos().map(move |info| (info, arm.mpidr())))
    }
}

/// What the kernel hands on of one entry (Linux 7.3.4 drivers/acpi/apei/ghes.c ghes_do_proc()).
fn queued<'a>(entry: &DataEntry<'a>, severity: u64) -> impl Iterator<Item = u64> + 'a {
    let recoverable = severity == CPER_RECOVERABLE && entry.error_severity() == CPER_RECOVERABLE;
    let moved =
        entry.error_severity() == CPER_CORRECTED && entry.flags() & CPER_THRESHOLD_EXCEEDED != 0;
    let (memory, arm) = match entry.section {
        Section::PlatformMemory(memory) if recoverable || moved => {
            (memory.physical_address(), None)
        }
        Section::ArmProcessor(arm) if recoverable => (None, Some(arm)),
        _ => (None, None),
    };
    let infos = arm.into_iter().flat_map(|arm| arm.error_infos());
    let cached = infos.filter(ErrorInfo::is_cache);
    memory
        .into_iter()
        .chain(cached.filter_map(|info| info.physical_address()))
}
