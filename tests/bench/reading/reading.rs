// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The loops of `reading.c`, with the crate.

use std::hint::black_box;
use std::slice::from_raw_parts;

use kvm_fault_info::Reader;

/// The exit union of `struct kvm_run`.
const AREA: usize = 256;

/// The bytes of each record in turn. What the caller says of its memory must be true.
unsafe fn records<'a>(
    areas: *const u8,
    sizes: *const u32,
    order: *const u32,
    count: usize,
) -> impl Iterator<Item = &'a [u8]> {
    let order = unsafe { from_raw_parts(order, count) };
    order.iter().map(move |&n| unsafe {
        let n = n as usize;
        from_raw_parts(areas.add(AREA * n), *sizes.add(n) as usize)
    })
}

/// How many were understood.
#[no_mangle]
pub unsafe extern "C" fn reading_read(
    areas: *const u8,
    sizes: *const u32,
    order: *const u32,
    count: usize,
) -> u64 {
    let reader = Reader::new();
    let mut sum = 0;
    for data in unsafe { records(areas, sizes, order, count) } {
        let read = reader.read(data);
        sum += u64::from(read.is_ok());
        black_box(&read);
    }
    sum
}

/// How many were understood and broke no rule.
#[no_mangle]
pub unsafe extern "C" fn reading_check(
    areas: *const u8,
    sizes: *const u32,
    order: *const u32,
    count: usize,
) -> u64 {
    let reader = Reader::new();
    let mut sum = 0;
    for data in unsafe { records(areas, sizes, order, count) } {
        let read = reader.read(data);
        if let Ok(decoded) = &read {
            sum += u64::from(decoded.broken().is_empty());
        }
        black_box(&read);
    }
    sum
}
