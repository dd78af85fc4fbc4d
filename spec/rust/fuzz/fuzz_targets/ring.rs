// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#![no_main]

use kvm_fault_info_fuzz::ring;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| ring(data));
