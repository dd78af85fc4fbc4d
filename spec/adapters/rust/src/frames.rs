// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The loop of a target in Rust: frames in on standard input, answers out on standard output.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use crate::protocol as p;

/// A request's payload that is being taken apart; whatever is cut off is `None`.
pub struct Request<'a>(&'a [u8]);

impl<'a> Request<'a> {
    /// The fixed layout at its beginning.
    pub fn fixed<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (fixed, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(fixed)
    }

    /// The next part.
    pub fn part(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_le_bytes(*self.fixed()?);
        let (part, rest) = self.0.split_at_checked(length.into())?;
        self.0 = rest;
        Some(part)
    }
}

/// An answer's payload.
pub struct Answer(Vec<u8>);

impl Answer {
    /// It begins with its fixed layout.
    pub fn new(fixed: &[u8]) -> Self {
        Self(fixed.to_vec())
    }

    /// The same with one more part.
    pub fn part(mut self, data: &[u8]) -> Self {
        let length = u16::try_from(data.len()).expect("no part is so long");
        self.0.extend(length.to_le_bytes());
        self.0.extend(data);
        self
    }
}

/// Name, version, versions of the record, and features, each as HELLO says it.
pub type Who<'a> = [&'a str; 4];

/// Answer requests until BYE or the end of the input. `answer` gives `None` for a type that it does
/// not know, and `Some(None)` for a payload that is cut off.
pub fn serve(who: Who<'_>, answer: impl Fn(u16, &mut Request<'_>) -> Option<Option<Answer>>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 17, io::stdin().lock());
    let mut output = BufWriter::with_capacity(1 << 17, io::stdout().lock());
    let (mut head, mut payload) = ([0; p::Frame::SIZE], Vec::new());
    loop {
        if input.buffer().is_empty() {
            output.flush()?; // before it waits
            if input.fill_buf()?.is_empty() {
                return Ok(());
            }
        }
        input.read_exact(&mut head)?;
        let frame = p::Frame::from_le_bytes(&head);
        if !(p::FRAME_COUNTED..=p::FRAME_COUNTED + p::PAYLOAD_MAX).contains(&frame.length) {
            return Err(io::Error::other(format!("no frame: length {:#x}", frame.length)));
        }
        payload.resize((frame.length - p::FRAME_COUNTED) as usize, 0);
        input.read_exact(&mut payload)?;
        let mut request = Request(&payload);
        let said = match frame.r#type {
            p::TYPE_HELLO => Some(request.fixed().map(|_: &[u8; p::HelloRequest::SIZE]| hello(who))),
            p::TYPE_BYE => Some(request.fixed().map(|said: &[u8; p::ByeRequest::SIZE]| Answer::new(said))),
            kind => answer(kind, &mut request),
        };
        let (kind, said) = match said {
            None => (p::TYPE_UNSUPPORTED, Vec::new()),
            Some(Some(said)) if request.0.is_empty() => (frame.r#type, said.0),
            Some(_) => (p::TYPE_FAILED, b"the payload is too short or too long".to_vec()),
        };
        let length = p::FRAME_COUNTED + u32::try_from(said.len()).expect("answers are short");
        output.write_all(&p::Frame { length, r#type: kind, ..frame }.to_le_bytes())?;
        output.write_all(&said)?;
        if kind == p::TYPE_BYE {
            return output.flush();
        }
    }
}

fn hello(who: Who<'_>) -> Answer {
    let answer = Answer::new(&p::HelloAnswer { protocol: p::PROTOCOL }.to_le_bytes());
    who.iter().fold(answer, |answer, text| answer.part(text.as_bytes()))
}
