// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! The ring that carries records from the host to the VMM: one producer, one consumer.
//!
//! [`Consumer`] reads it out of shared memory, [`Image`] out of bytes that nobody writes any more, a
//! file for example. What a slot holds is a record to be read by a [`crate::Reader`].

mod consumer;
mod header;
mod image;
mod memory;
mod slot;

pub use consumer::Consumer;
pub use header::Header;
pub use image::{Image, Slots};
pub use memory::Memory;
pub use slot::Slot;
