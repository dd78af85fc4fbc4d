// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Records made by hand, as the specification's table lays them out: numbers, not the crate's names.

use kvm_fault_info::abi::KvmArmFaultInfo;
use kvm_fault_info::{check, Reader, Rule};

/// A load that took an external abort; a walk of FAR found the page, SET says recoverable.
fn data_abort() -> Vec<u8> {
    let mut bytes = vec![0; 80];
    put(&mut bytes, 0, 1, 8); // sea_flags: GPA_VALID
    put(&mut bytes, 8, 0x9200_0010, 8); // esr
    put(&mut bytes, 16, 0xffff_0000_1234_5678, 8); // far
    put(&mut bytes, 24, 0x8_0123_4678, 8); // gpa
    put(&mut bytes, 32, 80, 2); // size
    bytes[34..37].copy_from_slice(&[1, 1, 1]); // major, minor, kind
    bytes[38..40].copy_from_slice(&[1, 1]); // host_action, origin
    put(&mut bytes, 40, 1 | 1 << 5 | 1 << 6, 8); // FAR_VALID, SEVERITY_VALID, ACTION_REQUIRED
    bytes[56..59].copy_from_slice(&[12, 2, 3]); // address_lsb, gpa_origin, severity
    bytes
}

fn put(bytes: &mut [u8], at: usize, value: u64, width: usize) {
    bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
}

fn rule_of(bytes: &[u8]) -> Rule {
    Reader::new().exact().read(bytes).unwrap_err().rule
}

#[test]
fn every_field_is_read_from_its_place() {
    let bytes = data_abort();
    let decoded = Reader::new().exact().read(&bytes).unwrap();
    let r = decoded.info();
    assert_eq!(
        (r.sea_flags, r.esr, r.far),
        (1, 0x9200_0010, 0xffff_0000_1234_5678)
    );
    assert_eq!((r.gpa, r.size, r.major, r.minor), (0x8_0123_4678, 80, 1, 1));
    assert_eq!((r.kind, r.host_action, r.origin, r.flags), (1, 1, 1, 0x61));
    assert_eq!((r.address_lsb, r.gpa_origin, r.severity), (12, 2, 3));
    assert!(decoded.broken().is_empty(), "{}", decoded.broken());
    assert_eq!(r.to_le_bytes()[..], bytes[..]);
}

#[test]
fn no_length_but_its_own_makes_a_file() {
    let mut bytes = data_abort();
    for length in 0..80 {
        let refusal = Reader::new().read(&bytes[..length]).unwrap_err();
        let rule = if length < 38 {
            Rule::VmmMalformed
        } else {
            Rule::VmmSize
        };
        assert_eq!(refusal.rule, rule, "{length}");
    }
    bytes.push(0);
    assert_eq!(rule_of(&bytes), Rule::VmmSize);
    assert!(Reader::new().read(&bytes).is_ok(), "an area may be longer");
}

#[test]
fn a_size_that_lies_is_refused() {
    for size in [0, 64, 72, 79, 81, 88, 0xffff] {
        let mut bytes = data_abort();
        put(&mut bytes, 32, size, 2);
        assert_eq!(rule_of(&bytes), Rule::VmmSize, "{size}");
    }
}

#[test]
fn what_is_not_known_is_not_understood() {
    let changes: [(usize, u8, Rule, &str); 4] = [
        (34, 2, Rule::VmmMajorUnknown, "record.major"),
        (36, 5, Rule::VmmCriticalUnknown, "record.kind"),
        (44, 2, Rule::VmmCriticalUnknown, "record.flags"),
        (47, 0x80, Rule::VmmCriticalUnknown, "record.flags"),
    ];
    for (at, value, rule, path) in changes {
        let mut bytes = data_abort();
        bytes[at] = value;
        let refusal = Reader::new().read(&bytes).unwrap_err();
        assert!(refusal.is_not_understood());
        assert_eq!(
            (refusal.rule, refusal.path.to_string().as_str()),
            (rule, path)
        );
    }
}

#[test]
fn kind_and_severity_that_the_syndrome_denies_are_malformed() {
    for (at, value, path) in [(36, 2, "record.kind"), (58, 5, "record.severity")] {
        let mut bytes = data_abort();
        bytes[at] = value;
        let refusal = Reader::new().read(&bytes).unwrap_err();
        assert_eq!(
            (refusal.rule, refusal.path.to_string().as_str()),
            (Rule::VmmAgree, path)
        );
        assert!(!refusal.is_not_understood());
    }
}

#[test]
fn what_the_host_did_wrong_is_told_in_order() {
    let mut bytes = data_abort();
    bytes[9] |= 4; // FnV, against FAR_VALID
    bytes[39] = 5; // origin: an isolated page, without PA_VALID
    let decoded = Reader::new().read(&bytes).unwrap();
    let broken = "host.esr.isolated, host.far.fnv, host.pa.valid, host.severity.valid";
    assert_eq!(decoded.broken().to_string(), broken);
    assert!(decoded.broken().contains(Rule::HostFarFnv));
    assert!(!decoded.broken().contains(Rule::HostFarValid));
    assert_eq!(decoded.broken(), check(decoded.info(), 1));
}

#[test]
fn of_a_newer_minor_version_the_prefix_is_read_and_the_rest_kept() {
    let mut bytes = data_abort();
    bytes.extend([7; 16]);
    put(&mut bytes, 32, 96, 2);
    bytes[35] = 2;
    bytes[60] = 1; // reserved today
    let decoded = Reader::new().exact().read(&bytes).unwrap();
    assert_eq!(decoded.record().tail, [7; 16]);
    assert!(decoded.broken().is_empty(), "{}", decoded.broken());
}

#[test]
fn an_older_reader_sees_no_newer_field_and_no_newer_flag() {
    let mut bytes = data_abort();
    put(&mut bytes, 40, 1 << 3 | 1 << 4 | 0x61, 8); // HVA_VALID, FIRMWARE_VA_VALID
    put(&mut bytes, 64, 0x7000, 8);
    put(&mut bytes, 72, 0x8000, 8);
    let decoded = Reader::new().of_minor(0).read(&bytes).unwrap();
    assert_eq!((decoded.info().hva, decoded.info().firmware_va), (0, 0));
    assert_eq!(decoded.record().tail.len(), 16);
    assert_eq!(decoded.record().flags(), 0x61);
    assert!(!decoded.record().has(1 << 4) && decoded.record().has(1));
}

#[test]
fn a_flag_whose_field_lies_beyond_the_record_is_a_lie_about_its_size() {
    let mut bytes = data_abort();
    bytes.truncate(64);
    put(&mut bytes, 32, 64, 2);
    bytes[35] = 0;
    assert!(Reader::new().exact().read(&bytes).is_ok());
    bytes[40] |= 1 << 4;
    let refusal = Reader::new().exact().read(&bytes).unwrap_err();
    assert_eq!(
        (refusal.rule, refusal.path.to_string().as_str()),
        (Rule::VmmSize, "record.flags")
    );
}

#[test]
fn no_bytes_make_it_panic() {
    let mut state = 1_u64;
    let base = data_abort();
    for round in 0..100_000_usize {
        let mut bytes = base.clone();
        for _ in 0..round % 4 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let [.., a, b, value] = state.to_be_bytes();
            bytes[usize::from(a ^ b) % 80] = value;
        }
        bytes.truncate(round % 97);
        let _ = Reader::new()
            .of_minor(u8::from(round % 2 == 0))
            .read(&bytes);
    }
    let _ = check(&KvmArmFaultInfo::from_le_bytes(&[0xff; 80]), 255);
}
