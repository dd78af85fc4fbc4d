// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause

//! A fuzz target over one Rust function, [`parse::parse_record`], which `parse.rs` has.

mod parse;

const HELLO: u16 = 0;
const BYE: u16 = 4;
const READ: u16 = 8;
const UNSUPPORTED: u16 = 0xffff;
/// Bytes of a record's fields, as the answer has them.
pub const INFO: usize = 80;

/// What is read of a record: its fields (those that its version or the reader has not are 0), and the bytes of a
/// newer minor version beyond them.
pub struct Read {
    pub info: [u8; INFO],
    pub tail: u32,
}

fn put_part(out: &mut Vec<u8>, part: &[u8]) {
    out.extend((part.len() as u16).to_le_bytes());
    out.extend(part);
}

fn hello() -> Vec<u8> {
    let mut out = 1u16.to_le_bytes().to_vec();
    for text in ["rust", "1", "1.0 1.1", "read"] {
        put_part(&mut out, text.as_bytes());
    }
    out
}

/// Request: reader, exact, then the record after its length. Answer: outcome, tail, fields, then the rule.
fn read(request: &[u8]) -> Vec<u8> {
    let (outcome, tail, info, rule) = match parse::parse_record(&request[4..], request[0], request[1] != 0) {
        Ok(read) => (0, read.tail, read.info, ""),
        Err(rule @ ("vmm.major.unknown" | "vmm.critical.unknown")) => (1, 0, [0; INFO], rule),
        Err(rule) => (2, 0, [0; INFO], rule),
    };
    let mut out = vec![outcome, 0, 0, 0];
    out.extend(tail.to_le_bytes());
    out.extend(info);
    put_part(&mut out, rule.as_bytes());
    out
}

/// As `kfi_protocol.h` has it.
///
/// # Safety
/// `payload` has `size` bytes, `answer` room for the longest payload.
#[no_mangle]
pub unsafe extern "C" fn kfp_answer(kind: *mut u16, payload: *const u8, size: usize, answer: *mut u8) -> usize {
    let request = core::slice::from_raw_parts(payload, size);
    let out = match *kind {
        HELLO => hello(),
        BYE => vec![0, 0],
        READ => read(request),
        _ => {
            *kind = UNSUPPORTED;
            return 0;
        }
    };
    core::ptr::copy_nonoverlapping(out.as_ptr(), answer, out.len());
    out.len()
}
