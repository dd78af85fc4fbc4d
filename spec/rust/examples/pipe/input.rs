// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! A request, taken apart from its front.

use kvm_fault_info::{Features, Vcpu, Way};

/// What is left of a request.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (first, rest) = self.0.split_at(length);
        self.0 = rest;
        first
    }

    pub fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    pub fn word(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().expect("a word"))
    }

    /// Names with a length before them, separated by commas.
    fn names(&mut self) -> impl Iterator<Item = &'a str> {
        let length = self.byte().into();
        let text = std::str::from_utf8(self.take(length)).expect("names are text");
        text.split(',').filter(|name| !name.is_empty())
    }

    pub fn ways(&mut self) -> Vec<Way> {
        let named = |name| Way::ALL.into_iter().find(|way| way.name() == name);
        self.names()
            .map(|name| named(name).expect("a way"))
            .collect()
    }

    pub fn features(&mut self) -> Features {
        let known = Features::NAMES;
        let named = |name| known.iter().find(|(_, known)| *known == name);
        let found = self.names().map(|name| named(name).expect("a feature").0);
        found.fold(Features(0), Features::with)
    }

    pub fn vcpu(&mut self) -> Vcpu {
        Vcpu {
            pc: self.word(),
            pstate: self.word(),
            vbar_el1: self.word(),
            sctlr_el1: self.word(),
            sctlr2_el1: self.word(),
            gcscr_el1: self.word(),
            esr_el1: self.word(),
            far_el1: self.word(),
            elr_el1: self.word(),
            spsr_el1: self.word(),
        }
    }
}
