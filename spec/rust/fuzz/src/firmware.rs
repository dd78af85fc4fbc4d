// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A firmware record: parsed as a block, as a whole record and as each of its parts.

use std::hint::black_box;

use kvm_fault_info::cper::{
    ArmProcessor, CperRecord, ErrorInfo, Firmware, PlatformMemory, Section, StatusBlock,
};
use kvm_fault_info::{places, Refusal};

use crate::{sum, Case};

fn infos<'a>(infos: impl Iterator<Item = ErrorInfo<'a>>) -> u64 {
    infos.fold(0, |seen, info| {
        let (va, pa) = (info.virtual_address(), info.physical_address());
        let fields = places::error_info::LAYOUT.fields.iter();
        let fields = fields.fold(0, |sum, field| sum ^ info.number(field));
        let said = u64::from(info.is_cache()) ^ u64::from(info.context_corrupt().unwrap_or(false));
        seen ^ va.unwrap_or(0) ^ pa.unwrap_or(0) ^ fields ^ said ^ sum(info.extra())
    })
}

fn arm(arm: &ArmProcessor<'_>) -> u64 {
    let contexts = arm.contexts().fold(0, |seen, context| {
        seen ^ sum(context.registers) ^ u64::from(context.version) ^ u64::from(context.kind)
    });
    let corrupt = u64::from(arm.context_corrupt());
    infos(arm.error_infos()) ^ contexts ^ sum(arm.vendor()) ^ arm.mpidr().unwrap_or(0) ^ corrupt
}

fn memory(memory: &PlatformMemory) -> u64 {
    let fields = places::memory::LAYOUT.fields.iter();
    let fields = fields.fold(0, |sum, field| sum ^ memory.number(field));
    let (pa, mask) = (memory.physical_address(), memory.physical_address_mask());
    fields ^ pa.unwrap_or(0) ^ mask.unwrap_or(0) ^ u64::from(memory.is_old())
}

fn section(section: &Section<'_>) -> u64 {
    match section {
        Section::ArmProcessor(one) => arm(one),
        Section::PlatformMemory(one) => memory(one),
        Section::Raw { section_type, data } => sum(section_type) ^ sum(data),
    }
}

fn block(block: &StatusBlock<'_>) {
    let mut seen = block.error_severity();
    for entry in block.entries() {
        seen ^= section(&entry.section) ^ entry.error_severity() ^ entry.flags();
        seen ^= entry.revision() ^ entry.validation_bits() ^ entry.time_stamp().unwrap_or(0);
        seen ^= sum(&entry.fru_id()) ^ sum(&entry.fru_text());
    }
    let (raw, gap) = block.raw_data();
    if let Some(firmware) = Firmware::of(block) {
        assert!(firmware.lost().count() <= firmware.queues().count());
        assert!(firmware.queues().count() <= firmware.physical().count());
        assert!(firmware.virtual_addresses().count() <= firmware.addressed());
        seen ^= u64::from(firmware.is_fatal()) ^ u64::from(firmware.context_corrupt());
        seen ^= firmware.physical().fold(firmware.severity(), |a, b| a ^ b);
    }
    black_box(seen ^ sum(raw) ^ sum(gap));
}

fn refused(refusal: &Refusal) {
    black_box(refusal.to_string());
}

/// The target: any bytes are a block that can be walked to its end, or one refusal.
pub fn firmware(bytes: &[u8]) {
    let data = Case::new(bytes, false).data;
    match StatusBlock::parse(data) {
        Ok(whole) => block(&whole),
        Err(refusal) => {
            assert!(refusal.offset <= data.len() as u64);
            refused(&refusal);
        }
    }
    match CperRecord::parse(data) {
        Ok(whole) => {
            let seen = whole
                .sections()
                .fold(0, |sum, one| sum ^ section(&one.section));
            black_box(seen ^ sum(whole.tail()));
        }
        Err(refusal) => refused(&refusal),
    }
    alone(ArmProcessor::parse(data), arm);
    alone(PlatformMemory::parse(data), memory);
    alone(ErrorInfo::parse(data), |one| infos([*one].into_iter()));
}

/// A part by itself.
fn alone<T>(parsed: Result<T, Refusal>, look: impl Fn(&T) -> u64) {
    match parsed {
        Ok(one) => {
            black_box(look(&one));
        }
        Err(refusal) => refused(&refusal),
    }
}
