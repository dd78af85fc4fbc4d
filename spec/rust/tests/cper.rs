// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Firmware records made by hand from the tables of UEFI and ACPI.

use kvm_fault_info::cper::{Firmware, Section, StatusBlock};
use kvm_fault_info::Rule;

const ARM: &str = "163d9ee111bce4119caac2051d5d46b0";
const MEMORY: &str = "1411bca5646fde4eb8633e83ed7c83b1";

fn hex(text: &str) -> Vec<u8> {
    let digit = |n: usize| u8::from_str_radix(&text[n..n + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

fn words(numbers: &[(u64, usize)]) -> Vec<u8> {
    let bytes = numbers
        .iter()
        .map(|(number, width)| number.to_le_bytes()[..*width].to_vec());
    bytes.collect::<Vec<_>>().concat()
}

/// ARM Processor Error Information: a cache error with these addresses valid.
fn info(valid: u64, va: u64, pa: u64) -> Vec<u8> {
    words(&[
        (0, 1),
        (32, 1),
        (valid, 2),
        (2, 1),
        (0, 2),
        (0, 1),
        (0, 8),
        (va, 8),
        (pa, 8),
    ])
}

fn arm(infos: &[Vec<u8>], count: u64) -> Vec<u8> {
    let body = infos.concat();
    let length = 40 + body.len() as u64;
    let head = [
        (1, 4),
        (count, 2),
        (0, 2),
        (length, 4),
        (0, 4),
        (0x8000_0100, 8),
        (0, 8),
        (1, 4),
        (0, 4),
    ];
    [words(&head), body].concat()
}

/// A block of one entry of revision 0x300.
fn block(guid: &str, section: &[u8]) -> Vec<u8> {
    let length = section.len() as u64;
    let head = words(&[(1 | 1 << 4, 4), (0, 4), (0, 4), (72 + length, 4), (0, 4)]);
    let entry = words(&[(0, 4), (0x300, 2), (0, 1), (0, 1), (length, 4)]);
    [head, hex(guid), entry, vec![0; 44], section.to_vec()].concat()
}

#[test]
fn a_processor_error_with_a_virtual_address_alone_queues_nothing() {
    let data = block(ARM, &arm(&[info(0x08, 0xffff_8000_1234_5678, 0)], 1));
    let parsed = StatusBlock::parse(&data).unwrap();
    let firmware = Firmware::of(&parsed).unwrap();
    let addresses: Vec<_> = firmware.virtual_addresses().collect();
    assert_eq!(addresses, [(0xffff_8000_1234_5678, Some(0x8000_0100))]);
    assert_eq!((firmware.queues().count(), firmware.addressed()), (0, 1));
    assert!(!firmware.is_fatal() && !firmware.context_corrupt());
}

#[test]
fn every_error_information_is_walked() {
    let infos = [info(0x10, 0, 0x1000), info(0x18, 5, 0x2000), info(0, 0, 0)];
    let data = block(ARM, &arm(&infos, 3));
    let parsed = StatusBlock::parse(&data).unwrap();
    let Section::ArmProcessor(section) = parsed.entries().next().unwrap().section else {
        panic!("an ARM section");
    };
    let addresses: Vec<_> = section
        .error_infos()
        .map(|info| info.physical_address())
        .collect();
    assert_eq!(addresses, [Some(0x1000), Some(0x2000), None]);
    assert_eq!(
        Firmware::of(&parsed).unwrap().queues().collect::<Vec<_>>(),
        [0x1000, 0x2000]
    );
}

#[test]
fn a_memory_error_is_queued_by_its_physical_address() {
    let mut section = [words(&[(2, 8), (0, 8), (0x8_0000_1000, 8)]), vec![0; 56]].concat();
    let data = block(MEMORY, &section);
    let parsed = StatusBlock::parse(&data).unwrap();
    let firmware = Firmware::of(&parsed).unwrap();
    assert_eq!(firmware.lost().collect::<Vec<_>>(), [0x8_0000_1000]);
    section.pop();
    let refusal = StatusBlock::parse(&block(MEMORY, &section)).unwrap_err();
    assert_eq!(refusal.path.to_string(), "estatus.entry[0].memory");
}

#[test]
fn counts_and_lengths_that_do_not_fit_are_refused_where_they_stand() {
    let good = block(ARM, &arm(&[info(0x08, 1, 0), info(0x08, 2, 0)], 2));
    assert!(StatusBlock::parse(&good).is_ok());
    let lies: [(usize, u8, &str); 7] = [
        (0, 1 | 3 << 4, "estatus.block_status"),
        (12, 0, "estatus.data_length"),
        (44, 0xff, "estatus.entry[0].error_data_length"),
        (96, 3, "estatus.entry[0].arm.err_info_num"),
        (96, 1, "estatus.entry[0].arm.section_length"),
        (100, 0xff, "estatus.entry[0].arm.section_length"),
        (133 + 32, 31, "estatus.entry[0].arm.error_info[1].length"),
    ];
    for (at, value, path) in lies {
        let mut data = good.clone();
        data[at] = value;
        let refusal = StatusBlock::parse(&data).unwrap_err();
        assert_eq!(
            (refusal.rule, refusal.path.to_string().as_str()),
            (Rule::HostCperStrict, path)
        );
    }
    for length in 0..good.len() {
        assert!(StatusBlock::parse(&good[..length]).is_err(), "{length}");
    }
}
