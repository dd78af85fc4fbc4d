// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A firmware record parsed, every part of it looked at, reduced.

use std::hint::black_box;

use kvm_fault_info::cper::{Firmware, Section, StatusBlock};

use crate::refused;

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum ^ u64::from(*byte))
}

/// Entries, error informations and contexts, and every byte that hangs on them.
fn walk(block: &StatusBlock<'_>, out: &mut [u64]) {
    let mut seen = 0;
    for entry in block.entries() {
        out[0] += 1;
        seen ^= entry.validation_bits() ^ entry.time_stamp().unwrap_or(0);
        seen ^= sum(&entry.fru_id()) ^ sum(&entry.fru_text());
        match entry.section {
            Section::ArmProcessor(arm) => {
                for info in arm.error_infos() {
                    out[1] += 1;
                    seen ^= sum(info.extra());
                }
                for context in arm.contexts() {
                    out[2] += 1;
                    seen ^= sum(context.registers) ^ u64::from(context.version);
                }
                seen ^= sum(arm.vendor()) ^ arm.validation_bits();
            }
            Section::PlatformMemory(memory) => {
                seen ^= memory.physical_address_mask().unwrap_or(0);
            }
            Section::Raw { section_type, data } => seen ^= sum(&section_type) ^ sum(data),
        }
    }
    let (raw, gap) = block.raw_data();
    black_box(seen ^ sum(raw) ^ sum(gap));
}

/// How many, their sum, and their exclusive or: C has them in another order.
fn all(addresses: impl Iterator<Item = u64>, out: &mut [u64]) {
    for address in addresses {
        out[0] += 1;
        out[1] = out[1].wrapping_add(address);
    }
}

pub fn answer(data: &[u8], out: &mut [u64]) {
    out.fill(0);
    let block = match StatusBlock::parse(data) {
        Ok(block) => block,
        Err(refusal) => return refused(out, &refusal),
    };
    out[0] = 1;
    walk(&block, &mut out[4..7]);
    let Some(firmware) = Firmware::of(&block) else {
        return;
    };
    out[7] = 1;
    out[8] = firmware.severity();
    out[9] = firmware.context_corrupt().into();
    out[10] = firmware.addressed() as u64;
    out[11] = firmware.virtual_addresses().count() as u64;
    if let Some((va, mpidr)) = firmware.virtual_addresses().next() {
        out[12] = va;
        out[13] = mpidr.unwrap_or(0);
    }
    all(firmware.physical(), &mut out[14..16]);
    all(firmware.queues(), &mut out[16..18]);
    all(firmware.lost(), &mut out[18..20]);
}
