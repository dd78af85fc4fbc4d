// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Firmware records, field by field, and what a host makes of them.

use std::iter;

use kvm_fault_info::cper::{
    ArmProcessor, CperRecord, DataEntry, ErrorInfo, Firmware, PlatformMemory, Section, StatusBlock,
};
use kvm_fault_info::layout::{Field, Layout};
use kvm_fault_info::places;

use crate::{hex, optional, Answer};

pub fn status_block(data: &[u8]) -> Answer {
    let block = StatusBlock::parse(data)?;
    let (raw, gap) = block.raw_data();
    let head = format!(
        "block {:#x} {} {:#x} raw {} gap {}",
        block.block_status(),
        block.is_counted(),
        block.error_severity(),
        hex(raw),
        hex(gap)
    );
    let entries = block.entries().map(|entry| data_entry(&entry));
    let last = iter::once(firmware(&block));
    Ok(lines(iter::once(head).chain(entries).chain(last)))
}

pub fn cper(data: &[u8]) -> Answer {
    let record = CperRecord::parse(data)?;
    let head = fields(&places::record_header::LAYOUT, |field| record.number(field));
    let sections = record.sections().map(|one| {
        let number = |field: &Field| one.number(field);
        let head = fields(&places::section_descriptor::LAYOUT, number);
        format!("section {head}{}", section(&one.section))
    });
    let first = format!("record {head} {}", hex(record.tail()));
    Ok(lines(iter::once(first).chain(sections)))
}

pub fn arm_processor(data: &[u8]) -> Answer {
    ArmProcessor::parse(data).map(|section| arm(&section))
}

pub fn platform_memory(data: &[u8]) -> Answer {
    PlatformMemory::parse(data).map(|section| memory(&section))
}

pub fn error_info(data: &[u8]) -> Answer {
    ErrorInfo::parse(data).map(|info| infos([info]))
}

fn data_entry(entry: &DataEntry<'_>) -> String {
    format!(
        "entry {:#x} {:#x} {:#x} {:#x} {} {} {}{}",
        entry.error_severity(),
        entry.revision(),
        entry.validation_bits(),
        entry.flags(),
        hex(&entry.fru_id()),
        hex(&entry.fru_text()),
        optional(entry.time_stamp()),
        section(&entry.section)
    )
}

fn section(section: &Section<'_>) -> String {
    match section {
        Section::ArmProcessor(section) => arm(section),
        Section::PlatformMemory(section) => memory(section),
        Section::Raw { section_type, data } => format!("\nraw {} {}", hex(section_type), hex(data)),
    }
}

fn arm(section: &ArmProcessor<'_>) -> String {
    let number = |field: &Field| section.number(field);
    let head = fields(&places::arm_processor::LAYOUT, number);
    let mpidr = optional(section.mpidr());
    let contexts = section.contexts().map(|one| {
        let (version, kind, registers) = (one.version, one.kind, hex(one.registers));
        format!(
            "\ncontext {version:#x} {kind:#x} {registers} {}",
            one.padding
        )
    });
    format!(
        "\narm {head} {mpidr} {}{}{}\nvendor {}",
        section.context_corrupt(),
        infos(section.error_infos()),
        contexts.collect::<String>(),
        hex(section.vendor())
    )
}

fn infos<'a>(infos: impl IntoIterator<Item = ErrorInfo<'a>>) -> String {
    let say = |info: ErrorInfo<'_>| {
        let head = fields(&places::error_info::LAYOUT, |field| info.number(field));
        let (va, pa) = (info.virtual_address(), info.physical_address());
        let corrupt = info.context_corrupt();
        let (va, pa, extra) = (optional(va), optional(pa), hex(info.extra()));
        format!(
            "\ninfo {head} {va} {pa} {} {corrupt:?} {extra}",
            info.is_cache()
        )
    };
    infos.into_iter().map(say).collect()
}

fn memory(section: &PlatformMemory) -> String {
    let all = fields(&places::memory::LAYOUT, |field| section.number(field));
    let (pa, mask) = (section.physical_address(), section.physical_address_mask());
    format!(
        "\nmemory {all} {} {} {}",
        section.is_old(),
        optional(pa),
        optional(mask)
    )
}

fn firmware(block: &StatusBlock<'_>) -> String {
    let Some(firmware) = Firmware::of(block) else {
        return "no firmware".into();
    };
    let virtuals: Vec<_> = firmware
        .virtual_addresses()
        .map(|(va, mpidr)| format!("{va:#x}@{}", optional(mpidr)))
        .collect();
    format!(
        "firmware {:#x} {} queues {} lost {} physical {} virtual {} addressed {:#x} {}",
        firmware.severity(),
        firmware.is_fatal(),
        listed(firmware.queues()),
        listed(firmware.lost()),
        listed(firmware.physical()),
        virtuals.join(","),
        firmware.addressed(),
        firmware.context_corrupt()
    )
}

/// Every field of a layout by its name.
fn fields(layout: &Layout, number: impl Fn(&Field) -> u64) -> String {
    let say = |field: &Field| format!("{}={:#x}", field.name, number(field));
    layout.fields.iter().map(say).collect::<Vec<_>>().join(" ")
}

fn listed(numbers: impl Iterator<Item = u64>) -> String {
    let texts: Vec<_> = numbers.map(|number| format!("{number:#x}")).collect();
    texts.join(",")
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
