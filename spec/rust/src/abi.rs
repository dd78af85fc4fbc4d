// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Do not edit: generated from abi/definition.py, abi/reply.py, abi/ring_layout.py.
// To regenerate run: faultinfo generate

//! Layouts and numbers of `struct kvm_arm_fault_info`, its ring and its reply.

use core::mem::{offset_of, size_of};

/// Major version of the record that this module describes.
pub const INFO_MAJOR: u8 = 1;
/// Minor version of the record that this module describes.
pub const INFO_MINOR: u8 = 1;
/// Bytes of a record of version 1.0.
pub const INFO_SIZE_1_0: usize = 64;
/// Bytes of a record of version 1.1.
pub const INFO_SIZE_1_1: usize = 80;
/// Where the record stands in `struct kvm_run`.
pub const RUN_OFFSET: usize = 32;
/// Bytes of the exit union that it stands in.
pub const RUN_SIZE: usize = 256;

/// Bit 0: gpa is the guest physical address.
pub const SEA_FLAG_GPA_VALID: u64 = 0x1;
/// Bit 0: far is the faulting virtual address.
pub const FLAG_FAR_VALID: u64 = 0x1;
/// Bit 1: hpfar is the faulting IPA.
pub const FLAG_HPFAR_VALID: u64 = 0x2;
/// Bit 2: the host had a valid physical address.
pub const FLAG_PA_VALID: u64 = 0x4;
/// Bit 3: hva is the page's address in the VMM.
pub const FLAG_HVA_VALID: u64 = 0x8;
/// Bit 4: firmware_va belongs to this trap.
pub const FLAG_FIRMWARE_VA_VALID: u64 = 0x10;
/// Bit 5: severity is what the syndrome says.
pub const FLAG_SEVERITY_VALID: u64 = 0x20;
/// Bit 6: action required (BUS_MCEERR_AR), else optional (AO).
pub const FLAG_ACTION_REQUIRED: u64 = 0x40;
/// Bit 7: trap from a nested guest; gpa is still in the VM's own space.
pub const FLAG_NESTED: u64 = 0x80;
/// Bit 8: ESR_EL2.FnP: far is any address in the faulting granule.
pub const FLAG_FAR_IMPRECISE: u64 = 0x100;
/// Bit 9: the access is known to be the guest's own stage-1 walk: gpa is the descriptor's page,
/// far the address translated.
pub const FLAG_STAGE1_WALK: u64 = 0x200;
/// Bit 32: firmware says that the processor context is corrupt: do not resume this vCPU.
pub const FLAG_CONTEXT_CORRUPT: u64 = 0x1_0000_0000;
/// Who does not know one of these bits must not act as if it understood.
pub const FLAGS_CRITICAL: u64 = !0 << 32;

/// `kind`: synchronous external abort on a data access.
pub const KIND_DATA_ABORT: u16 = 1;
/// `kind`: synchronous external abort on an instruction fetch.
pub const KIND_INSTRUCTION_ABORT: u16 = 2;
/// `kind`: SError exception taken from the guest.
pub const KIND_SERROR: u16 = 3;
/// `kind`: a page of the guest's memory is lost; no trap, asynchronous.
pub const KIND_MEMORY_NOTICE: u16 = 4;

/// `host_action`: unknown.
pub const ACTION_UNKNOWN: u8 = 0;
/// `host_action`: APEI did not claim the trap.
pub const ACTION_NOT_CLAIMED: u8 = 1;
/// `host_action`: memory_failure() has isolated the page.
pub const ACTION_ISOLATED: u8 = 2;
/// `host_action`: claimed, but nothing queued for want of a physical address.
pub const ACTION_CLAIMED_NOTHING_QUEUED: u8 = 3;
/// `host_action`: memory_failure() could not isolate the page.
pub const ACTION_ISOLATION_FAILED: u8 = 4;

/// `origin`: unknown.
pub const ORIGIN_UNKNOWN: u8 = 0;
/// `origin`: external abort or SError taken.
pub const ORIGIN_TRAP: u8 = 1;
/// `origin`: firmware record alone.
pub const ORIGIN_FIRMWARE: u8 = 2;
/// `origin`: trap taken and claimed by a firmware record.
pub const ORIGIN_TRAP_AND_FIRMWARE: u8 = 3;
/// `origin`: reserved.
pub const ORIGIN_KERNEL_FIRST: u8 = 4;
/// `origin`: stage-2 fault on a page isolated before.
pub const ORIGIN_ISOLATED_PAGE: u8 = 5;

/// `gpa_origin`: unknown.
pub const GPA_ORIGIN_UNKNOWN: u8 = 0;
/// `gpa_origin`: HPFAR_EL2.
pub const GPA_ORIGIN_HPFAR: u8 = 1;
/// `gpa_origin`: software walk of FAR_EL2.
pub const GPA_ORIGIN_WALK: u8 = 2;
/// `gpa_origin`: reverse map of a physical address.
pub const GPA_ORIGIN_REVERSE_MAP: u8 = 3;

/// `severity`: unknown.
pub const SEVERITY_UNKNOWN: u8 = 0;
/// `severity`: corrected.
pub const SEVERITY_CE: u8 = 1;
/// `severity`: restartable.
pub const SEVERITY_UEO: u8 = 2;
/// `severity`: recoverable.
pub const SEVERITY_UER: u8 = 3;
/// `severity`: unrecoverable.
pub const SEVERITY_UEU: u8 = 4;
/// `severity`: uncontainable.
pub const SEVERITY_UC: u8 = 5;

/// `firmware_severity`: no firmware record.
pub const FW_SEVERITY_NONE: u8 = 0;
/// `firmware_severity`: CPER recoverable.
pub const FW_SEVERITY_RECOVERABLE: u8 = 1;
/// `firmware_severity`: CPER fatal.
pub const FW_SEVERITY_FATAL: u8 = 2;
/// `firmware_severity`: CPER corrected.
pub const FW_SEVERITY_CORRECTED: u8 = 3;
/// `firmware_severity`: CPER informational.
pub const FW_SEVERITY_INFORMATIONAL: u8 = 4;

/// `vcpu` of a record that belongs to no vCPU.
pub const NO_VCPU: u32 = 0xffff_ffff;
/// `magic` of a ring.
pub const RING_MAGIC: u32 = 0x3149_464b;
/// Major version of the ring.
pub const RING_MAJOR: u8 = 1;
/// Minor version of the ring.
pub const RING_MINOR: u8 = 0;
/// The fewest slots that a ring has.
pub const RING_MIN_SLOTS: u32 = 2;
/// `head` and `lost` stay below.
pub const RING_COUNT_LIMIT: u64 = 1 << 62;

/// `struct kvm_arm_fault_info`: What a VMM needs to tell an arm64 guest about a hardware error.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KvmArmFaultInfo {
    /// flags of upstream's arm_sea; bits but GPA_VALID are upstream's to allocate.
    pub sea_flags: u64,
    /// ESR_EL2, masked by kind.
    pub esr: u64,
    /// FAR_EL2 (arm_sea: gva); bits 63:60 may be UNKNOWN for a SEA.
    pub far: u64,
    /// guest physical address, in the VM's own space.
    pub gpa: u64,
    /// bytes of the whole record: the size of the minor version written.
    pub size: u16,
    /// major version, 1.
    pub major: u8,
    /// minor version, 0 or 1.
    pub minor: u8,
    /// what happened.
    pub kind: u16,
    /// what the host had done with the error when it wrote the record.
    pub host_action: u8,
    /// from what the host learnt of the error.
    pub origin: u8,
    /// validity and description (31:0), critical (63:32).
    pub flags: u64,
    /// HPFAR_EL2.FIPA [47:4] as the hardware wrote it, all else 0.
    pub hpfar: u64,
    /// log2 of the damaged granule around gpa (and hva), 0 unknown.
    pub address_lsb: u8,
    /// where gpa comes from.
    pub gpa_origin: u8,
    /// PE error state, from SET or AET.
    pub severity: u8,
    /// CPER severity + 1, 0 without a firmware record.
    pub firmware_severity: u8,
    /// zero.
    pub reserved0: u32,
    /// address in the VMM, as SIGBUS si_addr.
    pub hva: u64,
    /// virtual fault address of the CPER ARM processor error.
    pub firmware_va: u64,
}

impl KvmArmFaultInfo {
    /// Bytes of the struct.
    pub const SIZE: usize = 80;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            sea_flags: u64::from_le_bytes(take(bytes, 0)),
            esr: u64::from_le_bytes(take(bytes, 8)),
            far: u64::from_le_bytes(take(bytes, 16)),
            gpa: u64::from_le_bytes(take(bytes, 24)),
            size: u16::from_le_bytes(take(bytes, 32)),
            major: bytes[34],
            minor: bytes[35],
            kind: u16::from_le_bytes(take(bytes, 36)),
            host_action: bytes[38],
            origin: bytes[39],
            flags: u64::from_le_bytes(take(bytes, 40)),
            hpfar: u64::from_le_bytes(take(bytes, 48)),
            address_lsb: bytes[56],
            gpa_origin: bytes[57],
            severity: bytes[58],
            firmware_severity: bytes[59],
            reserved0: u32::from_le_bytes(take(bytes, 60)),
            hva: u64::from_le_bytes(take(bytes, 64)),
            firmware_va: u64::from_le_bytes(take(bytes, 72)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.sea_flags.to_le_bytes());
        let bytes = put(bytes, 8, self.esr.to_le_bytes());
        let bytes = put(bytes, 16, self.far.to_le_bytes());
        let bytes = put(bytes, 24, self.gpa.to_le_bytes());
        let bytes = put(bytes, 32, self.size.to_le_bytes());
        let bytes = put(bytes, 34, [self.major]);
        let bytes = put(bytes, 35, [self.minor]);
        let bytes = put(bytes, 36, self.kind.to_le_bytes());
        let bytes = put(bytes, 38, [self.host_action]);
        let bytes = put(bytes, 39, [self.origin]);
        let bytes = put(bytes, 40, self.flags.to_le_bytes());
        let bytes = put(bytes, 48, self.hpfar.to_le_bytes());
        let bytes = put(bytes, 56, [self.address_lsb]);
        let bytes = put(bytes, 57, [self.gpa_origin]);
        let bytes = put(bytes, 58, [self.severity]);
        let bytes = put(bytes, 59, [self.firmware_severity]);
        let bytes = put(bytes, 60, self.reserved0.to_le_bytes());
        let bytes = put(bytes, 64, self.hva.to_le_bytes());
        put(bytes, 72, self.firmware_va.to_le_bytes())
    }
}

/// `struct kvm_arm_fault_envelope`: What a record needs around it where it does not belong to
/// an exit of one vCPU.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KvmArmFaultEnvelope {
    /// number of the vCPU, 0xffffffff: none.
    pub vcpu: u32,
    /// records dropped since the slot before, saturating.
    pub lost: u32,
    /// number of the record in this channel, from 1.
    pub sequence: u64,
}

impl KvmArmFaultEnvelope {
    /// Bytes of the struct.
    pub const SIZE: usize = 16;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            vcpu: u32::from_le_bytes(take(bytes, 0)),
            lost: u32::from_le_bytes(take(bytes, 4)),
            sequence: u64::from_le_bytes(take(bytes, 8)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.vcpu.to_le_bytes());
        let bytes = put(bytes, 4, self.lost.to_le_bytes());
        put(bytes, 8, self.sequence.to_le_bytes())
    }
}

/// `struct kvm_arm_fault_ring`: Start of the shared memory; the slots follow at header_size.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KvmArmFaultRing {
    /// the bytes KFI1.
    pub magic: u32,
    /// bytes of the header: where the first slot begins.
    pub header_size: u16,
    /// major version of the ring, 1.
    pub major: u8,
    /// minor version of the ring, 0.
    pub minor: u8,
    /// bytes of a slot, a multiple of 8.
    pub slot_size: u32,
    /// number of slots, a power of two from 2.
    pub slots: u32,
    /// position that the producer writes next; stored by the producer only.
    pub head: u64,
    /// position that the consumer handles next; stored by the consumer only.
    pub tail: u64,
    /// records dropped because the ring was full; stored by the producer only.
    pub lost: u64,
    /// zero.
    pub reserved: [u64; 3],
}

impl KvmArmFaultRing {
    /// Bytes of the struct.
    pub const SIZE: usize = 64;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            magic: u32::from_le_bytes(take(bytes, 0)),
            header_size: u16::from_le_bytes(take(bytes, 4)),
            major: bytes[6],
            minor: bytes[7],
            slot_size: u32::from_le_bytes(take(bytes, 8)),
            slots: u32::from_le_bytes(take(bytes, 12)),
            head: u64::from_le_bytes(take(bytes, 16)),
            tail: u64::from_le_bytes(take(bytes, 24)),
            lost: u64::from_le_bytes(take(bytes, 32)),
            reserved: [
                u64::from_le_bytes(take(bytes, 40)),
                u64::from_le_bytes(take(bytes, 48)),
                u64::from_le_bytes(take(bytes, 56)),
            ],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.magic.to_le_bytes());
        let bytes = put(bytes, 4, self.header_size.to_le_bytes());
        let bytes = put(bytes, 6, [self.major]);
        let bytes = put(bytes, 7, [self.minor]);
        let bytes = put(bytes, 8, self.slot_size.to_le_bytes());
        let bytes = put(bytes, 12, self.slots.to_le_bytes());
        let bytes = put(bytes, 16, self.head.to_le_bytes());
        let bytes = put(bytes, 24, self.tail.to_le_bytes());
        let bytes = put(bytes, 32, self.lost.to_le_bytes());
        let bytes = put(bytes, 40, self.reserved[0].to_le_bytes());
        let bytes = put(bytes, 48, self.reserved[1].to_le_bytes());
        put(bytes, 56, self.reserved[2].to_le_bytes())
    }
}

/// `struct kvm_arm_fault_slot`: One slot; the bytes after these fields are the record's, zero
/// beyond its end.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KvmArmFaultSlot {
    /// 2p+1 while position p is written, 2p+2 when done, 0 never used.
    pub stamp: u64,
    /// number of the vCPU, 0xffffffff: none.
    pub vcpu: u32,
    /// records dropped since the slot before, saturating.
    pub lost: u32,
    /// number of the record in this channel, from 1.
    pub sequence: u64,
}

impl KvmArmFaultSlot {
    /// Bytes of the struct.
    pub const SIZE: usize = 24;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            stamp: u64::from_le_bytes(take(bytes, 0)),
            vcpu: u32::from_le_bytes(take(bytes, 8)),
            lost: u32::from_le_bytes(take(bytes, 12)),
            sequence: u64::from_le_bytes(take(bytes, 16)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.stamp.to_le_bytes());
        let bytes = put(bytes, 8, self.vcpu.to_le_bytes());
        let bytes = put(bytes, 12, self.lost.to_le_bytes());
        put(bytes, 16, self.sequence.to_le_bytes())
    }
}

/// `struct kvm_arm_fault_reply`: What the VMM makes pending on a vCPU (KVM_SET_VCPU_EVENTS).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KvmArmFaultReply {
    /// a virtual SError.
    pub serror_pending: u8,
    /// serror_esr holds its ISS.
    pub serror_has_esr: u8,
    /// a data abort that is an external abort.
    pub ext_dabt_pending: u8,
    /// an instruction abort that is an external abort.
    pub ext_iabt_pending: u8,
    /// ext_abt_esr holds ISS bits of the abort.
    pub ext_abt_has_esr: u8,
    /// ext_abt_far is FAR_EL1.
    pub ext_abt_has_far: u8,
    /// zero.
    pub pad: [u8; 2],
    /// ISS [24:0] of the virtual SError.
    pub serror_esr: u64,
    /// FSC, EA, WnR, CM, SET of the abort.
    pub ext_abt_esr: u64,
    /// FAR_EL1 of the abort.
    pub ext_abt_far: u64,
    /// zero.
    pub reserved: [u8; 32],
}

impl KvmArmFaultReply {
    /// Bytes of the struct.
    pub const SIZE: usize = 64;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            serror_pending: bytes[0],
            serror_has_esr: bytes[1],
            ext_dabt_pending: bytes[2],
            ext_iabt_pending: bytes[3],
            ext_abt_has_esr: bytes[4],
            ext_abt_has_far: bytes[5],
            pad: take(bytes, 6),
            serror_esr: u64::from_le_bytes(take(bytes, 8)),
            ext_abt_esr: u64::from_le_bytes(take(bytes, 16)),
            ext_abt_far: u64::from_le_bytes(take(bytes, 24)),
            reserved: take(bytes, 32),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.serror_pending]);
        let bytes = put(bytes, 1, [self.serror_has_esr]);
        let bytes = put(bytes, 2, [self.ext_dabt_pending]);
        let bytes = put(bytes, 3, [self.ext_iabt_pending]);
        let bytes = put(bytes, 4, [self.ext_abt_has_esr]);
        let bytes = put(bytes, 5, [self.ext_abt_has_far]);
        let bytes = put(bytes, 6, self.pad);
        let bytes = put(bytes, 8, self.serror_esr.to_le_bytes());
        let bytes = put(bytes, 16, self.ext_abt_esr.to_le_bytes());
        let bytes = put(bytes, 24, self.ext_abt_far.to_le_bytes());
        put(bytes, 32, self.reserved)
    }
}

/// `struct kvm_run`: The page that a VMM shares with KVM for one vCPU.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KvmRun {
    /// in.
    pub request_interrupt_window: u8,
    /// in: KVM_RUN returns at once with -EINTR.
    pub immediate_exit: u8,
    /// unused.
    pub padding1: [u8; 6],
    /// out: which member of the union holds the exit.
    pub exit_reason: u32,
    /// out.
    pub ready_for_interrupt_injection: u8,
    /// out.
    pub if_flag: u8,
    /// out.
    pub flags: u16,
    /// x86 only.
    pub cr8: u64,
    /// x86 only.
    pub apic_base: u64,
    /// the exit union, a fixed size of 256 bytes.
    pub exit: [u8; 256],
}

impl KvmRun {
    /// Bytes of the struct.
    pub const SIZE: usize = 288;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            request_interrupt_window: bytes[0],
            immediate_exit: bytes[1],
            padding1: take(bytes, 2),
            exit_reason: u32::from_le_bytes(take(bytes, 8)),
            ready_for_interrupt_injection: bytes[12],
            if_flag: bytes[13],
            flags: u16::from_le_bytes(take(bytes, 14)),
            cr8: u64::from_le_bytes(take(bytes, 16)),
            apic_base: u64::from_le_bytes(take(bytes, 24)),
            exit: take(bytes, 32),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.request_interrupt_window]);
        let bytes = put(bytes, 1, [self.immediate_exit]);
        let bytes = put(bytes, 2, self.padding1);
        let bytes = put(bytes, 8, self.exit_reason.to_le_bytes());
        let bytes = put(bytes, 12, [self.ready_for_interrupt_injection]);
        let bytes = put(bytes, 13, [self.if_flag]);
        let bytes = put(bytes, 14, self.flags.to_le_bytes());
        let bytes = put(bytes, 16, self.cr8.to_le_bytes());
        let bytes = put(bytes, 24, self.apic_base.to_le_bytes());
        put(bytes, 32, self.exit)
    }
}

const fn take<const S: usize, const N: usize>(bytes: &[u8; S], at: usize) -> [u8; N] {
    let mut part = [0; N];
    let mut i = 0;
    while i < N {
        part[i] = bytes[at + i];
        i += 1;
    }
    part
}

const fn put<const S: usize, const N: usize>(
    mut bytes: [u8; S],
    at: usize,
    part: [u8; N],
) -> [u8; S] {
    let mut i = 0;
    while i < N {
        bytes[at + i] = part[i];
        i += 1;
    }
    bytes
}

const _: () = assert!(size_of::<KvmArmFaultInfo>() == 80);
const _: () = assert!(offset_of!(KvmArmFaultInfo, sea_flags) == 0);
const _: () = assert!(offset_of!(KvmArmFaultInfo, esr) == 8);
const _: () = assert!(offset_of!(KvmArmFaultInfo, far) == 16);
const _: () = assert!(offset_of!(KvmArmFaultInfo, gpa) == 24);
const _: () = assert!(offset_of!(KvmArmFaultInfo, size) == 32);
const _: () = assert!(offset_of!(KvmArmFaultInfo, major) == 34);
const _: () = assert!(offset_of!(KvmArmFaultInfo, minor) == 35);
const _: () = assert!(offset_of!(KvmArmFaultInfo, kind) == 36);
const _: () = assert!(offset_of!(KvmArmFaultInfo, host_action) == 38);
const _: () = assert!(offset_of!(KvmArmFaultInfo, origin) == 39);
const _: () = assert!(offset_of!(KvmArmFaultInfo, flags) == 40);
const _: () = assert!(offset_of!(KvmArmFaultInfo, hpfar) == 48);
const _: () = assert!(offset_of!(KvmArmFaultInfo, address_lsb) == 56);
const _: () = assert!(offset_of!(KvmArmFaultInfo, gpa_origin) == 57);
const _: () = assert!(offset_of!(KvmArmFaultInfo, severity) == 58);
const _: () = assert!(offset_of!(KvmArmFaultInfo, firmware_severity) == 59);
const _: () = assert!(offset_of!(KvmArmFaultInfo, reserved0) == 60);
const _: () = assert!(offset_of!(KvmArmFaultInfo, hva) == 64);
const _: () = assert!(offset_of!(KvmArmFaultInfo, firmware_va) == 72);

const _: () = assert!(size_of::<KvmArmFaultEnvelope>() == 16);
const _: () = assert!(offset_of!(KvmArmFaultEnvelope, vcpu) == 0);
const _: () = assert!(offset_of!(KvmArmFaultEnvelope, lost) == 4);
const _: () = assert!(offset_of!(KvmArmFaultEnvelope, sequence) == 8);

const _: () = assert!(size_of::<KvmArmFaultRing>() == 64);
const _: () = assert!(offset_of!(KvmArmFaultRing, magic) == 0);
const _: () = assert!(offset_of!(KvmArmFaultRing, header_size) == 4);
const _: () = assert!(offset_of!(KvmArmFaultRing, major) == 6);
const _: () = assert!(offset_of!(KvmArmFaultRing, minor) == 7);
const _: () = assert!(offset_of!(KvmArmFaultRing, slot_size) == 8);
const _: () = assert!(offset_of!(KvmArmFaultRing, slots) == 12);
const _: () = assert!(offset_of!(KvmArmFaultRing, head) == 16);
const _: () = assert!(offset_of!(KvmArmFaultRing, tail) == 24);
const _: () = assert!(offset_of!(KvmArmFaultRing, lost) == 32);
const _: () = assert!(offset_of!(KvmArmFaultRing, reserved) == 40);

const _: () = assert!(size_of::<KvmArmFaultSlot>() == 24);
const _: () = assert!(offset_of!(KvmArmFaultSlot, stamp) == 0);
const _: () = assert!(offset_of!(KvmArmFaultSlot, vcpu) == 8);
const _: () = assert!(offset_of!(KvmArmFaultSlot, lost) == 12);
const _: () = assert!(offset_of!(KvmArmFaultSlot, sequence) == 16);

const _: () = assert!(size_of::<KvmArmFaultReply>() == 64);
const _: () = assert!(offset_of!(KvmArmFaultReply, serror_pending) == 0);
const _: () = assert!(offset_of!(KvmArmFaultReply, serror_has_esr) == 1);
const _: () = assert!(offset_of!(KvmArmFaultReply, ext_dabt_pending) == 2);
const _: () = assert!(offset_of!(KvmArmFaultReply, ext_iabt_pending) == 3);
const _: () = assert!(offset_of!(KvmArmFaultReply, ext_abt_has_esr) == 4);
const _: () = assert!(offset_of!(KvmArmFaultReply, ext_abt_has_far) == 5);
const _: () = assert!(offset_of!(KvmArmFaultReply, pad) == 6);
const _: () = assert!(offset_of!(KvmArmFaultReply, serror_esr) == 8);
const _: () = assert!(offset_of!(KvmArmFaultReply, ext_abt_esr) == 16);
const _: () = assert!(offset_of!(KvmArmFaultReply, ext_abt_far) == 24);
const _: () = assert!(offset_of!(KvmArmFaultReply, reserved) == 32);

const _: () = assert!(size_of::<KvmRun>() == 288);
const _: () = assert!(offset_of!(KvmRun, request_interrupt_window) == 0);
const _: () = assert!(offset_of!(KvmRun, immediate_exit) == 1);
const _: () = assert!(offset_of!(KvmRun, padding1) == 2);
const _: () = assert!(offset_of!(KvmRun, exit_reason) == 8);
const _: () = assert!(offset_of!(KvmRun, ready_for_interrupt_injection) == 12);
const _: () = assert!(offset_of!(KvmRun, if_flag) == 13);
const _: () = assert!(offset_of!(KvmRun, flags) == 14);
const _: () = assert!(offset_of!(KvmRun, cr8) == 16);
const _: () = assert!(offset_of!(KvmRun, apic_base) == 24);
const _: () = assert!(offset_of!(KvmRun, exit) == 32);
