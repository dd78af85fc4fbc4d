// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//! What an error record is made of: sections, of which two types are read.

use super::arm::ArmProcessor;
use super::memory::PlatformMemory;
use super::window::Window;
use crate::refusal::{Refusal, Section as Name};
use crate::tables::{CPER_GUID_ARM, CPER_GUID_MEMORY};

/// One section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section<'a> {
    /// ARM Processor Error Section.
    ArmProcessor(ArmProcessor<'a>),
    /// Platform Memory Error Section.
    PlatformMemory(PlatformMemory),
    /// A type that is not read.
    Raw {
        /// Its GUID.
        section_type: [u8; 16],
        /// Its bytes.
        data: &'a [u8],
    },
}

impl<'a> Section<'a> {
    /// Read the section that fills the window.
    pub(super) fn read(window: Window<'a>, section_type: [u8; 16]) -> Result<Self, Refusal> {
        match section_type {
            CPER_GUID_ARM => ArmProcessor::read(window.at(window.path.section(Name::Arm)))
                .map(Self::ArmProcessor),
            CPER_GUID_MEMORY => PlatformMemory::read(&window.at(window.path.section(Name::Memory)))
                .map(Self::PlatformMemory),
            _ => Ok(Self::Raw {
                section_type,
                data: window.data,
            }),
        }
    }
}
