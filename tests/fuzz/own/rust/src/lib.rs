// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The crate behind flat calls: numbers in, numbers out, each as `tests/fuzz/own/rust.h` lists them.

mod firmware;
mod record;
mod ring;

use std::slice;

use kvm_fault_info::Refusal;

/// A refusal as the C readers say it.
fn refused(out: &mut [u64], refusal: &Refusal) {
    out[0] = 0;
    out[1] = refusal.rule as u64 + 1;
    out[2] = refusal.offset;
    out[3] = refusal.got;
}

/// Bytes as little-endian words, the last filled up with zeros.
fn words(bytes: &[u8], out: &mut [u64]) {
    for (word, part) in out.iter_mut().zip(bytes.chunks(8)) {
        let mut whole = [0; 8];
        whole[..part.len()].copy_from_slice(part);
        *word = u64::from_le_bytes(whole);
    }
}

/// # Safety
/// `data` has `size` bytes, the others as many words as `rust.h` says.
#[no_mangle]
pub unsafe extern "C" fn own_rust_record(
    vcpu: *const u64,
    machine: *const u64,
    data: *const u8,
    size: usize,
    out: *mut u64,
) {
    let (vcpu, machine) = (
        slice::from_raw_parts(vcpu, 10),
        slice::from_raw_parts(machine, 11),
    );
    let out = slice::from_raw_parts_mut(out, 43);
    record::answer(vcpu, machine, slice::from_raw_parts(data, size), out);
}

/// # Safety
/// As above.
#[no_mangle]
pub unsafe extern "C" fn own_rust_firmware(data: *const u8, size: usize, out: *mut u64) {
    let out = slice::from_raw_parts_mut(out, 20);
    firmware::answer(slice::from_raw_parts(data, size), out);
}

/// # Safety
/// As above; `memory` stays with the caller, who loads and stores.
#[no_mangle]
pub unsafe extern "C" fn own_rust_ring(size: usize, dealt: u32, out: *mut u64) {
    ring::answer(size, dealt, slice::from_raw_parts_mut(out, 6));
}
