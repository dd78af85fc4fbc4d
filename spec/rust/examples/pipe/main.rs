// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Answers over a pipe, for the tests that hold this crate against the reference implementation.
//!
//! Requests and answers have a length before them (u32, little-endian). The first byte of a request
//! says what it asks, the rest is the input. An answer is text: one line for each fact.

mod firmware;
mod input;
mod record;
mod ring;

use std::io::{self, Read, Write};

use kvm_fault_info::Refusal;

/// A text, or why there is none.
type Answer = Result<String, Refusal>;

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut length = [0; 4];
    while input.read_exact(&mut length).is_ok() {
        let mut request = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut request)?;
        let (what, data) = request.split_first().expect("a request has a first byte");
        let said = answer(*what, data).unwrap_or_else(|refusal| refused(&refusal));
        let size = u32::try_from(said.len()).expect("answers are short");
        output.write_all(&size.to_le_bytes())?;
        output.write_all(said.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

fn answer(what: u8, data: &[u8]) -> Answer {
    match what {
        b'r' => record::read(data),
        b'c' => Ok(record::judged(data)),
        b'd' => Ok(record::decided(data)),
        b'i' => ring::image(data),
        b'q' => Ok(ring::consumed(data)),
        b's' => firmware::status_block(data),
        b'e' => firmware::cper(data),
        b'a' => firmware::arm_processor(data),
        b'm' => firmware::platform_memory(data),
        b'f' => firmware::error_info(data),
        _ => panic!("not a request: {what:#x}"),
    }
}

fn refused(refusal: &Refusal) -> String {
    let Refusal {
        rule,
        path,
        offset,
        expected,
        got,
    } = refusal;
    let kind = if refusal.is_not_understood() {
        "not understood"
    } else {
        "malformed"
    };
    format!("{kind}\n{rule}\n{path}\n{offset:#x}\n{expected}\n{got:#x}")
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .flatten()
        .collect()
}

fn optional(number: Option<u64>) -> String {
    number.map_or("none".into(), |number| format!("{number:#x}"))
}
