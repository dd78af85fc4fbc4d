// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! Firmware error records (UEFI Common Platform Error Records), strictly (rule `host.cper.strict`).
//!
//! Start at [`StatusBlock::parse`], which reads what firmware hands to the host's APEI driver, or at
//! [`CperRecord::parse`]. An input whose lengths and counts do not agree with each other and with the
//! bytes there is refused whole. Nothing is allocated: what was parsed is walked again by iterators.
//!
//! ```
//! use kvm_fault_info::cper::{Firmware, StatusBlock};
//!
//! // An empty block: no error, so nothing for the host to act on.
//! let block = StatusBlock::parse(&[0; 20])?;
//! assert_eq!(block.entries().count(), 0);
//! assert!(Firmware::of(&block).is_none());
//! # Ok::<(), kvm_fault_info::Refusal>(())
//! ```

mod arm;
mod firmware;
mod memory;
mod record;
mod section;
mod status;
mod window;

pub use arm::{ArmProcessor, ContextInfo, ErrorInfo};
pub use firmware::Firmware;
pub use memory::PlatformMemory;
pub use record::{CperRecord, SectionDescriptor};
pub use section::Section;
pub use status::{DataEntry, StatusBlock};
