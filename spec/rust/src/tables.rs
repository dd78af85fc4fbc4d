// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Do not edit: generated from abi/definition.py, abi/rules, abi/esr_fields.py, abi/vcpu.py, abi/cper/layouts.py, abi/cper/bits.py.
// To regenerate run: faultinfo generate

//! Numbers of the readers: versions, syndromes, severities, PSTATE, machines, firmware records.

/// Bytes of a record, by minor version.
pub const SIZES: [u16; 2] = [64, 80];
/// Flags whose field lies beyond a record of that minor version (rule vmm.size).
pub const BEYOND: [u64; 2] = [0x18, 0x0];
/// Flags that a reader of that minor version knows.
pub const KNOWN: [u64; 2] = [0x1_0000_03e7, 0x1_0000_03ff];
/// Bytes that say which record it is, up to `kind`.
pub const HEAD_SIZE: usize = 38;

/// Critical flags that are known.
pub const KNOWN_CRITICAL: u64 = 0x1_0000_0000;
/// Bits of `sea_flags` that are known.
pub const KNOWN_SEA_FLAGS: u64 = 0x1;
/// The last kind.
pub const KIND_LAST: u16 = 4;
/// The last severity.
pub const SEVERITY_LAST: u8 = 5;
/// The last severity of firmware.
pub const FW_SEVERITY_LAST: u8 = 4;
/// The largest `address_lsb`.
pub const LSB_MAX: u8 = 55;
/// `HPFAR_EL2.FIPA`.
pub const FIPA: u64 = 0xffff_ffff_fff0;
/// From FIPA to the address of the page: shift left.
pub const FIPA_TO_IPA: u32 = 8;
/// Bits of an address within its page.
pub const IN_PAGE: u64 = 0xfff;

/// `ESR_ELx.IL`.
pub const ESR_IL: u64 = 0x200_0000;
/// `ESR_ELx.SET`.
pub const ESR_SET: u64 = 0x1800;
/// `ESR_ELx.FnV`.
pub const ESR_FNV: u64 = 0x400;
/// `ESR_ELx.EA`.
pub const ESR_EA: u64 = 0x200;
/// `ESR_ELx.CM`.
pub const ESR_CM: u64 = 0x100;
/// `ESR_ELx.WnR`.
pub const ESR_WNR: u64 = 0x40;
/// `ESR_ELx.FSC`.
pub const ESR_FSC: u64 = 0x3f;
/// `ESR_ELx.IDS`.
pub const ESR_IDS: u64 = 0x100_0000;
/// `ESR_ELx.AET`.
pub const ESR_AET: u64 = 0x1c00;
/// Lowest bit of `ESR_ELx.EC`.
pub const ESR_EC_SHIFT: u32 = 26;
/// Lowest bit of `ESR_ELx.SET`.
pub const ESR_SET_SHIFT: u32 = 11;
/// Lowest bit of `ESR_ELx.AET`.
pub const ESR_AET_SHIFT: u32 = 10;
/// `ESR_ELx.EC` when shifted down.
pub const ESR_EC: u64 = 0x3f;
/// Exception class `IABT_LOW`.
pub const EC_IABT_LOW: u64 = 0x20;
/// Exception class `IABT_CUR`.
pub const EC_IABT_CUR: u64 = 0x21;
/// Exception class `DABT_LOW`.
pub const EC_DABT_LOW: u64 = 0x24;
/// Exception class `DABT_CUR`.
pub const EC_DABT_CUR: u64 = 0x25;
/// Exception class `SERROR`.
pub const EC_SERROR: u64 = 0x2f;
/// What a record keeps of ESR_EL2 of a data abort (rule host.esr.mask).
pub const KEPT_DABT: u64 = 0xfe00_077f;
/// What a record keeps of ESR_EL2 of an instruction abort (rule host.esr.mask).
pub const KEPT_IABT: u64 = 0xfe00_063f;
/// What a record keeps of ESR_EL2 of an SError (rule host.esr.mask).
pub const KEPT_SERROR: u64 = 0xff00_0000;
/// What a record keeps of ESR_EL2 of an SError with IDS=0 and DFSC=0x11 (rule host.esr.mask).
pub const KEPT_ASYNC: u64 = 0xff00_1e3f;

/// What `esr` says by kind (rule vmm.agree): bits of `EC` and their value; the bits that say
/// that there is a severity and their value; severity by `esr[12:10]`, four bits each.
pub const KINDS: [[u64; 5]; 8] = [
    [0xfc00_0000, 0x0, 0x0, 0x0, 0x2255_0033],
    [0xf800_0000, 0x9000_0000, 0x0, 0x0, 0x2255_0033],
    [0xf800_0000, 0x8000_0000, 0x0, 0x0, 0x2255_0033],
    [0xfc00_0000, 0xbc00_0000, 0x100_003f, 0x11, 0x100_3245],
    [0xfc00_0000, 0x0, 0x0, 0x0, 0x0],
    [0x0, 0x0, 0x0, 0x0, 0x0],
    [0x0, 0x0, 0x0, 0x0, 0x0],
    [0x0, 0x0, 0x0, 0x0, 0x0],
];

/// FSC: external abort, not on a walk.
pub const FSC_NOT_ON_WALK: u64 = 0x10;
/// DFSC: asynchronous SError.
pub const FSC_ASYNC: u64 = 0x11;
/// Codes of an external abort, bit n for code n.
pub const FSCS_EXTERNAL: u64 = 0xfdfd_0000;
/// Codes of an external abort on a walk.
pub const FSCS_WALK: u64 = 0xfc_0000;
/// Codes of a walk that a guest is shown (rule vmm.esr.rewrite).
pub const FSCS_SHOWN: u64 = 0xf8_0000;

/// Severity by `SET`, 0 where it is reserved.
pub const SEVERITY_OF_SET: [u8; 4] = [3, 0, 5, 2];
/// Severity by `AET`, 0 where it is reserved.
pub const SEVERITY_OF_AET: [u8; 8] = [5, 4, 2, 3, 0, 0, 1, 0];
/// `AET` that a host gives to a VMM, as a bitmap.
pub const AETS_GIVEN: u64 = 0xe;
/// ISS of a restartable SError.
pub const ISS_RESTARTABLE: u64 = 0x811;

/// `UINJ` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_UINJ: u64 = 0x10_0000_0000;
/// `PACM` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_PACM: u64 = 0x8_0000_0000;
/// `EXLOCK` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_EXLOCK: u64 = 0x4_0000_0000;
/// `PPEND` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_PPEND: u64 = 0x2_0000_0000;
/// `PM` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_PM: u64 = 0x1_0000_0000;
/// `NZCV` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_NZCV: u64 = 0xf000_0000;
/// `TCO` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_TCO: u64 = 0x200_0000;
/// `DIT` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_DIT: u64 = 0x100_0000;
/// `UAO` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_UAO: u64 = 0x80_0000;
/// `PAN` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_PAN: u64 = 0x40_0000;
/// `SS` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_SS: u64 = 0x20_0000;
/// `IL` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_IL: u64 = 0x10_0000;
/// `ALLINT` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_ALLINT: u64 = 0x2000;
/// `SSBS` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_SSBS: u64 = 0x1000;
/// `BTYPE` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_BTYPE: u64 = 0xc00;
/// `D` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_D: u64 = 0x200;
/// `A` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_A: u64 = 0x100;
/// `I` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_I: u64 = 0x80;
/// `F` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_F: u64 = 0x40;
/// `DAIF` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_DAIF: u64 = 0x3c0;
/// `MODE` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_MODE: u64 = 0x1f;
/// `AARCH32` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_AARCH32: u64 = 0x10;
/// `MODE_EL0T` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_MODE_EL0T: u64 = 0x0;
/// `MODE_EL1T` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_MODE_EL1T: u64 = 0x4;
/// `MODE_EL1H` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_MODE_EL1H: u64 = 0x5;
/// `MODE_USR` of PSTATE, as SPSR_EL1 holds it.
pub const PSTATE_MODE_USR: u64 = 0x10;
/// `SCTLR_EL1.SPAN`.
pub const SCTLR_SPAN: u64 = 0x80_0000;
/// `SCTLR_EL1.DSSBS`.
pub const SCTLR_DSSBS: u64 = 0x1000_0000_0000;
/// `SCTLR_EL1.SPINTMASK`.
pub const SCTLR_SPINTMASK: u64 = 0x4000_0000_0000_0000;
/// `SCTLR2_EL1.EASE`.
pub const SCTLR2_EASE: u64 = 0x20;
/// `GCSCR_EL1.EXLOCKEN`.
pub const GCSCR_EXLOCKEN: u64 = 0x40;
/// Bytes of all vectors.
pub const VECTORS: u64 = 0x800;
/// Offset of the SError vector in a set of four.
pub const SERROR_VECTOR: u64 = 0x180;

/// What a VMM does about a record (rule vmm.notify).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Action {
    /// `inject`
    Inject,
    /// `pend`
    Pend,
    /// `interrupt`
    Interrupt,
    /// `log`
    Log,
    /// `retry`
    Retry,
    /// `stop`
    Stop,
}

impl Action {
    /// Every one of them, by number.
    pub const ALL: [Self; 6] = [
        Self::Inject,
        Self::Pend,
        Self::Interrupt,
        Self::Log,
        Self::Retry,
        Self::Stop,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inject => "inject",
            Self::Pend => "pend",
            Self::Interrupt => "interrupt",
            Self::Log => "log",
            Self::Retry => "retry",
            Self::Stop => "stop",
        }
    }
}

/// A way in which a machine tells its guest (rule vmm.notify).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Way {
    /// `sea`
    Sea,
    /// `irq`
    Irq,
    /// `poll`
    Poll,
    /// `sei`
    Sei,
}

impl Way {
    /// Every one of them, by number.
    pub const ALL: [Self; 4] = [Self::Sea, Self::Irq, Self::Poll, Self::Sei];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sea => "sea",
            Self::Irq => "irq",
            Self::Poll => "poll",
            Self::Sei => "sei",
        }
    }
}

/// Features of a vCPU that change what it does at an exception, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Features(pub u32);

impl Features {
    /// `FEAT_AA32EL1`
    pub const AA32EL1: Self = Self(0x1);
    /// `FEAT_DoubleFault2`
    pub const DOUBLEFAULT2: Self = Self(0x2);
    /// `FEAT_EBEP`
    pub const EBEP: Self = Self(0x4);
    /// `FEAT_GCS`
    pub const GCS: Self = Self(0x8);
    /// `FEAT_MTE`
    pub const MTE: Self = Self(0x10);
    /// `FEAT_NMI`
    pub const NMI: Self = Self(0x20);
    /// `FEAT_NV`
    pub const NV: Self = Self(0x40);
    /// `FEAT_PAN`
    pub const PAN: Self = Self(0x80);
    /// `FEAT_PAuth_LR`
    pub const PAUTH_LR: Self = Self(0x100);
    /// `FEAT_RAS`
    pub const RAS: Self = Self(0x200);
    /// `FEAT_SEBEP`
    pub const SEBEP: Self = Self(0x400);
    /// `FEAT_SSBS`
    pub const SSBS: Self = Self(0x800);
    /// `FEAT_UAO`
    pub const UAO: Self = Self(0x1000);
    /// `FEAT_UINJ`
    pub const UINJ: Self = Self(0x2000);
    /// What every machine has unless it says otherwise.
    pub const BASELINE: Self = Self(0x1a82);
    /// Every feature: its bit, and its name.
    pub const NAMES: [(Self, &'static str); 14] = [
        (Self(0x1), "FEAT_AA32EL1"),
        (Self(0x2), "FEAT_DoubleFault2"),
        (Self(0x4), "FEAT_EBEP"),
        (Self(0x8), "FEAT_GCS"),
        (Self(0x10), "FEAT_MTE"),
        (Self(0x20), "FEAT_NMI"),
        (Self(0x40), "FEAT_NV"),
        (Self(0x80), "FEAT_PAN"),
        (Self(0x100), "FEAT_PAuth_LR"),
        (Self(0x200), "FEAT_RAS"),
        (Self(0x400), "FEAT_SEBEP"),
        (Self(0x800), "FEAT_SSBS"),
        (Self(0x1000), "FEAT_UAO"),
        (Self(0x2000), "FEAT_UINJ"),
    ];
}

/// Bytes of a word: what is published is one aligned word.
pub const RING_WORD: u64 = 0x8;
/// Offset of the envelope within a slot.
pub const RING_ENVELOPE: u64 = 0x8;
/// `lost` of an envelope from which it no longer counts.
pub const RING_LOST_LIMIT: u32 = 0xffff_ffff;

/// `REVISION_V3` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_REVISION_V3: u64 = 0x300;
/// `COUNT_SHIFT` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_COUNT_SHIFT: u64 = 0x4;
/// `COUNT_MASK` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_COUNT_MASK: u64 = 0x3ff0;
/// `RECOVERABLE` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_RECOVERABLE: u64 = 0x0;
/// `FATAL` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_FATAL: u64 = 0x1;
/// `CORRECTED` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_CORRECTED: u64 = 0x2;
/// `INFORMATIONAL` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_INFORMATIONAL: u64 = 0x3;
/// `THRESHOLD_EXCEEDED` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_THRESHOLD_EXCEEDED: u64 = 0x8;
/// `ARM_VALID_MPIDR` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_ARM_VALID_MPIDR: u64 = 0x1;
/// `ARM_VALID_VENDOR_INFO` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_ARM_VALID_VENDOR_INFO: u64 = 0x8;
/// `VALID_MULTI_ERR` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_VALID_MULTI_ERR: u64 = 0x1;
/// `VALID_FLAGS` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_VALID_FLAGS: u64 = 0x2;
/// `VALID_ERR_INFO` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_VALID_ERR_INFO: u64 = 0x4;
/// `VALID_VIRT_ADDR` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_VALID_VIRT_ADDR: u64 = 0x8;
/// `VALID_PHYSICAL_ADDR` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_VALID_PHYSICAL_ADDR: u64 = 0x10;
/// `TYPE_CACHE` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_TYPE_CACHE: u64 = 0x2;
/// `TYPE_TLB` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_TYPE_TLB: u64 = 0x4;
/// `TYPE_BUS` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_TYPE_BUS: u64 = 0x8;
/// `TYPE_VENDOR` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_TYPE_VENDOR: u64 = 0x10;
/// `MEMORY_VALID_PA` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_MEMORY_VALID_PA: u64 = 0x2;
/// `MEMORY_VALID_PA_MASK` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_MEMORY_VALID_PA_MASK: u64 = 0x4;
/// `MEMORY_VALID_NEW` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_MEMORY_VALID_NEW: u64 = 0x8000;
/// `SIGNATURE` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_SIGNATURE: u64 = 0x5245_5043;
/// `SIGNATURE_END` (UEFI, appendix N; ACPI, 18.3.2.7.1).
pub const CPER_SIGNATURE_END: u64 = 0xffff_ffff;
/// A context is padded to a multiple of this.
pub const CPER_CONTEXT_ALIGN: usize = 16;
/// `error_info`: it says whether the processor context is corrupt.
pub const CPER_CORRUPT_VALID: u64 = 0x8;
/// `error_info`: the processor context is corrupt.
pub const CPER_CORRUPT: u64 = 0x200_0000;
/// Section type e19e3d16-bc11-11e4-9caa-c2051d5d46b0.
pub const CPER_GUID_ARM: [u8; 16] = [
    0x16, 0x3d, 0x9e, 0xe1, 0x11, 0xbc, 0xe4, 0x11, 0x9c, 0xaa, 0xc2, 0x05, 0x1d, 0x5d, 0x46, 0xb0,
];
/// Section type a5bc1114-6f64-4ede-b863-3e83ed7c83b1.
pub const CPER_GUID_MEMORY: [u8; 16] = [
    0x14, 0x11, 0xbc, 0xa5, 0x64, 0x6f, 0xde, 0x4e, 0xb8, 0x63, 0x3e, 0x83, 0xed, 0x7c, 0x83, 0xb1,
];
