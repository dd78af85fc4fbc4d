// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Do not edit: generated from abi/conformance/protocol.py, abi/conformance/layouts.py, abi/conformance/codes.py.
// To regenerate run: faultinfo generate

//! Layouts and numbers of the protocol between `faultinfo conform` and a target.

#![allow(
    dead_code,
    clippy::trivially_copy_pass_by_ref,
    clippy::wrong_self_convention
)]

use core::mem::{offset_of, size_of};

/// version of the protocol.
pub const PROTOCOL: u16 = 0x1;
/// bytes of the head of a frame that its length counts.
pub const FRAME_COUNTED: u32 = 0x8;
/// no frame is longer, head and all.
pub const FRAME_MAX: u32 = 0x1_0000;
/// no payload is longer.
pub const PAYLOAD_MAX: u32 = 0xfff4;
/// The first request.
pub const TYPE_HELLO: u16 = 0x0;
/// A record has come: what does the VMM do.
pub const TYPE_VMM: u16 = 0x1;
/// A trap to EL2, and what the host knows beside it: what record does it write.
pub const TYPE_HOST: u16 = 0x2;
/// The next KVM_RUN, with or without a reply: what does the host do to the vCPU.
pub const TYPE_REPLY: u16 = 0x3;
/// The last request.
pub const TYPE_BYE: u16 = 0x4;
/// A record: which rules does it break by itself.
pub const TYPE_CHECK: u16 = 0x5;
/// KVM_ENABLE_CAP: may the VM have records.
pub const TYPE_ENABLE: u16 = 0x6;
/// A ring, part image. Its consumer deals with so many records, fetches one more and dies
/// before it has dealt with that: what does the next consumer find first.
pub const TYPE_RING: u16 = 0x7;
/// A record: what does a reader alone make of it? No vCPU, no machine, no decision.
pub const TYPE_READ: u16 = 0x8;
/// KVM_RUN returned; part page is the vCPU's struct kvm_run up to the end of its exit union or
/// more. Is there a record.
pub const TYPE_EXIT: u16 = 0x9;
/// The guest is to be told of a record by its error source, a GHESv2; part block is what the
/// error status block holds, the oldest report that waits already is that of part earlier, if
/// there is one.
pub const TYPE_REPORT: u16 = 0xa;
/// A producer starts on a ring, part image, that it or one that died left behind, and then
/// appends part record so many times. No consumer runs.
pub const TYPE_PRODUCE: u16 = 0xb;
/// the answer to a request that could not be carried out, with a text.
pub const TYPE_FAILED: u16 = 0xfffe;
/// the answer to a type that the target does not know.
pub const TYPE_UNSUPPORTED: u16 = 0xffff;

/// `outcome`: value.
pub const OUTCOME_VALUE: u8 = 0x0;
/// `outcome`: not understood.
pub const OUTCOME_NOT_UNDERSTOOD: u8 = 0x1;
/// `outcome`: malformed.
pub const OUTCOME_MALFORMED: u8 = 0x2;

/// `action`: inject.
pub const ACTION_INJECT: u8 = 0x0;
/// `action`: pend.
pub const ACTION_PEND: u8 = 0x1;
/// `action`: interrupt.
pub const ACTION_INTERRUPT: u8 = 0x2;
/// `action`: log.
pub const ACTION_LOG: u8 = 0x3;
/// `action`: retry.
pub const ACTION_RETRY: u8 = 0x4;
/// `action`: stop.
pub const ACTION_STOP: u8 = 0x5;

/// `via`: none.
pub const VIA_NONE: u8 = 0x0;
/// `via`: sea.
pub const VIA_SEA: u8 = 0x1;
/// `via`: irq.
pub const VIA_IRQ: u8 = 0x2;
/// `via`: poll.
pub const VIA_POLL: u8 = 0x3;
/// `via`: sei.
pub const VIA_SEI: u8 = 0x4;

/// `notify`: sea.
pub const NOTIFY_SEA: u8 = 0x0;
/// `notify`: sei.
pub const NOTIFY_SEI: u8 = 0x1;
/// `notify`: gpio.
pub const NOTIFY_GPIO: u8 = 0x2;
/// `notify`: none.
pub const NOTIFY_NONE: u8 = 0x3;

/// `end`: record.
pub const END_RECORD: u8 = 0x0;
/// `end`: signal.
pub const END_SIGNAL: u8 = 0x1;
/// `end`: injected.
pub const END_INJECTED: u8 = 0x2;
/// `end`: panic.
pub const END_PANIC: u8 = 0x3;
/// `end`: resumed.
pub const END_RESUMED: u8 = 0x4;
/// `end`: no_error.
pub const END_NO_ERROR: u8 = 0x5;

/// `section`: none.
pub const SECTION_NONE: u8 = 0x0;
/// `section`: platform_memory.
pub const SECTION_PLATFORM_MEMORY: u8 = 0x1;
/// `section`: arm_processor.
pub const SECTION_ARM_PROCESSOR: u8 = 0x2;

/// `features`: FEAT_AA32EL1.
pub const FEATURES_FEAT_AA32EL1: u32 = 0x1;
/// `features`: FEAT_DoubleFault2.
pub const FEATURES_FEAT_DOUBLEFAULT2: u32 = 0x2;
/// `features`: FEAT_EBEP.
pub const FEATURES_FEAT_EBEP: u32 = 0x4;
/// `features`: FEAT_GCS.
pub const FEATURES_FEAT_GCS: u32 = 0x8;
/// `features`: FEAT_MTE.
pub const FEATURES_FEAT_MTE: u32 = 0x10;
/// `features`: FEAT_NMI.
pub const FEATURES_FEAT_NMI: u32 = 0x20;
/// `features`: FEAT_NV.
pub const FEATURES_FEAT_NV: u32 = 0x40;
/// `features`: FEAT_PAN.
pub const FEATURES_FEAT_PAN: u32 = 0x80;
/// `features`: FEAT_PAuth_LR.
pub const FEATURES_FEAT_PAUTH_LR: u32 = 0x100;
/// `features`: FEAT_RAS.
pub const FEATURES_FEAT_RAS: u32 = 0x200;
/// `features`: FEAT_SEBEP.
pub const FEATURES_FEAT_SEBEP: u32 = 0x400;
/// `features`: FEAT_SSBS.
pub const FEATURES_FEAT_SSBS: u32 = 0x800;
/// `features`: FEAT_UAO.
pub const FEATURES_FEAT_UAO: u32 = 0x1000;
/// `features`: FEAT_UINJ.
pub const FEATURES_FEAT_UINJ: u32 = 0x2000;

/// `has`: pfar_el2.
pub const HAS_PFAR_EL2: u32 = 0x1;
/// `has`: disr_el1.
pub const HAS_DISR_EL1: u32 = 0x2;
/// `has`: mpidr.
pub const HAS_MPIDR: u32 = 0x4;
/// `has`: walk.
pub const HAS_WALK: u32 = 0x8;
/// `has`: walk_level.
pub const HAS_WALK_LEVEL: u32 = 0x10;
/// `has`: memslots.
pub const HAS_MEMSLOTS: u32 = 0x20;
/// `has`: host_ras.
pub const HAS_HOST_RAS: u32 = 0x40;
/// `has`: vm_ras.
pub const HAS_VM_RAS: u32 = 0x80;
/// `has`: hyp_context.
pub const HAS_HYP_CONTEXT: u32 = 0x100;
/// `has`: nested.
pub const HAS_NESTED: u32 = 0x200;
/// `has`: protected.
pub const HAS_PROTECTED: u32 = 0x400;

/// `notes`: has_far.
pub const NOTES_HAS_FAR: u32 = 0x1;
/// `notes`: fnv_at_odds.
pub const NOTES_FNV_AT_ODDS: u32 = 0x2;

/// `addresses`: physical_addr.
pub const ADDRESSES_PHYSICAL_ADDR: u32 = 0x1;
/// `addresses`: virt_fault_addr.
pub const ADDRESSES_VIRT_FAULT_ADDR: u32 = 0x2;
/// `addresses`: physical_addr_mask.
pub const ADDRESSES_PHYSICAL_ADDR_MASK: u32 = 0x4;

/// `struct frame`: Head of every frame.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// bytes after this field: 8 and those of the payload.
    pub length: u32,
    /// number of the request; the answer has the same.
    pub id: u32,
    /// what the payload is; the answer to a request has the request's.
    pub r#type: u16,
    /// zero.
    pub zero: u16,
}

impl Frame {
    /// Bytes of the struct.
    pub const SIZE: usize = 12;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            length: u32::from_le_bytes(take(bytes, 0)),
            id: u32::from_le_bytes(take(bytes, 4)),
            r#type: u16::from_le_bytes(take(bytes, 8)),
            zero: u16::from_le_bytes(take(bytes, 10)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.length.to_le_bytes());
        let bytes = put(bytes, 4, self.id.to_le_bytes());
        let bytes = put(bytes, 8, self.r#type.to_le_bytes());
        put(bytes, 10, self.zero.to_le_bytes())
    }
}

/// `struct hello_request`: The first request.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HelloRequest {
    /// newest version of the protocol that the runner speaks.
    pub protocol: u16,
}

impl HelloRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            protocol: u16::from_le_bytes(take(bytes, 0)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        put(bytes, 0, self.protocol.to_le_bytes())
    }
}

/// `struct hello_answer`: Who the target is.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HelloAnswer {
    /// version that the target speaks.
    pub protocol: u16,
}

impl HelloAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            protocol: u16::from_le_bytes(take(bytes, 0)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        put(bytes, 0, self.protocol.to_le_bytes())
    }
}

/// `struct vmm_request`: A record has come: what does the VMM do?
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VmmRequest {
    /// where the vCPU stands.
    pub pc: u64,
    /// as SPSR_EL1 holds it.
    pub pstate: u64,
    /// VBAR_EL1.
    pub vbar_el1: u64,
    /// SCTLR_EL1.
    pub sctlr_el1: u64,
    /// SCTLR2_EL1, 0 where the vCPU has none.
    pub sctlr2_el1: u64,
    /// GCSCR_EL1, 0 where the vCPU has none.
    pub gcscr_el1: u64,
    /// ESR_EL1, old value.
    pub esr_el1: u64,
    /// FAR_EL1, old value.
    pub far_el1: u64,
    /// ELR_EL1, old value.
    pub elr_el1: u64,
    /// SPSR_EL1, old value.
    pub spsr_el1: u64,
    /// of the vCPU: bit n is the n-th name in alphabetical order, from 0.
    pub features: u32,
    /// ISS of a virtual SError that still waits, with has_pending_serror.
    pub pending_serror: u32,
    /// how often this access was reported before.
    pub repeats: u32,
    /// how often an interrupt may answer it.
    pub bound: u32,
    /// how the machine can tell its guest, the preferred first, 0 after the last.
    pub ways: [u8; 4],
    /// 1: the machine has an error source for its guest.
    pub ras: u8,
    /// 1: it takes firmware's virtual address as a source of FAR_EL1.
    pub firmware_va: u8,
    /// 1: this very report was answered before.
    pub answered: u8,
    /// 1: see pending_serror.
    pub has_pending_serror: u8,
    /// newest minor version that the reader is to know.
    pub reader: u8,
    /// 1: the bytes hold just the record (a file); 0: it may end early (exit union, slot).
    pub exact: u8,
    /// zero.
    pub zero: u16,
    /// zero.
    pub zero2: u32,
}

impl VmmRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 112;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            pc: u64::from_le_bytes(take(bytes, 0)),
            pstate: u64::from_le_bytes(take(bytes, 8)),
            vbar_el1: u64::from_le_bytes(take(bytes, 16)),
            sctlr_el1: u64::from_le_bytes(take(bytes, 24)),
            sctlr2_el1: u64::from_le_bytes(take(bytes, 32)),
            gcscr_el1: u64::from_le_bytes(take(bytes, 40)),
            esr_el1: u64::from_le_bytes(take(bytes, 48)),
            far_el1: u64::from_le_bytes(take(bytes, 56)),
            elr_el1: u64::from_le_bytes(take(bytes, 64)),
            spsr_el1: u64::from_le_bytes(take(bytes, 72)),
            features: u32::from_le_bytes(take(bytes, 80)),
            pending_serror: u32::from_le_bytes(take(bytes, 84)),
            repeats: u32::from_le_bytes(take(bytes, 88)),
            bound: u32::from_le_bytes(take(bytes, 92)),
            ways: take(bytes, 96),
            ras: bytes[100],
            firmware_va: bytes[101],
            answered: bytes[102],
            has_pending_serror: bytes[103],
            reader: bytes[104],
            exact: bytes[105],
            zero: u16::from_le_bytes(take(bytes, 106)),
            zero2: u32::from_le_bytes(take(bytes, 108)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.pc.to_le_bytes());
        let bytes = put(bytes, 8, self.pstate.to_le_bytes());
        let bytes = put(bytes, 16, self.vbar_el1.to_le_bytes());
        let bytes = put(bytes, 24, self.sctlr_el1.to_le_bytes());
        let bytes = put(bytes, 32, self.sctlr2_el1.to_le_bytes());
        let bytes = put(bytes, 40, self.gcscr_el1.to_le_bytes());
        let bytes = put(bytes, 48, self.esr_el1.to_le_bytes());
        let bytes = put(bytes, 56, self.far_el1.to_le_bytes());
        let bytes = put(bytes, 64, self.elr_el1.to_le_bytes());
        let bytes = put(bytes, 72, self.spsr_el1.to_le_bytes());
        let bytes = put(bytes, 80, self.features.to_le_bytes());
        let bytes = put(bytes, 84, self.pending_serror.to_le_bytes());
        let bytes = put(bytes, 88, self.repeats.to_le_bytes());
        let bytes = put(bytes, 92, self.bound.to_le_bytes());
        let bytes = put(bytes, 96, self.ways);
        let bytes = put(bytes, 100, [self.ras]);
        let bytes = put(bytes, 101, [self.firmware_va]);
        let bytes = put(bytes, 102, [self.answered]);
        let bytes = put(bytes, 103, [self.has_pending_serror]);
        let bytes = put(bytes, 104, [self.reader]);
        let bytes = put(bytes, 105, [self.exact]);
        let bytes = put(bytes, 106, self.zero.to_le_bytes());
        put(bytes, 108, self.zero2.to_le_bytes())
    }
}

/// `struct vmm_answer`: What the VMM does.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VmmAnswer {
    /// 0 value, 1 not understood, 2 malformed.
    pub outcome: u8,
    /// 0 inject, 1 pend, 2 interrupt, 3 log, 4 retry, 5 stop.
    pub action: u8,
    /// of an interrupt, a log or a notice by SEI: the way; else 0.
    pub via: u8,
    /// bit 0: far_el1 is an address (inject); bit 1: FnV and FAR_VALID are at odds.
    pub notes: u8,
    /// ISS of the virtual SError that is made pending, or that stays so; else 0.
    pub serror_esr: u32,
    /// where the vCPU stands.
    pub pc: u64,
    /// as SPSR_EL1 holds it.
    pub pstate: u64,
    /// ESR_EL1.
    pub esr_el1: u64,
    /// FAR_EL1.
    pub far_el1: u64,
    /// ELR_EL1.
    pub elr_el1: u64,
    /// SPSR_EL1.
    pub spsr_el1: u64,
    /// bytes of a newer minor version beyond what the reader knows; 0 unless value.
    pub tail: u32,
    /// zero.
    pub zero: u32,
    /// the record's fields, those that its version or the reader has not are 0; all 0 unless
    /// value.
    pub info: [u8; 80],
}

impl VmmAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 144;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            outcome: bytes[0],
            action: bytes[1],
            via: bytes[2],
            notes: bytes[3],
            serror_esr: u32::from_le_bytes(take(bytes, 4)),
            pc: u64::from_le_bytes(take(bytes, 8)),
            pstate: u64::from_le_bytes(take(bytes, 16)),
            esr_el1: u64::from_le_bytes(take(bytes, 24)),
            far_el1: u64::from_le_bytes(take(bytes, 32)),
            elr_el1: u64::from_le_bytes(take(bytes, 40)),
            spsr_el1: u64::from_le_bytes(take(bytes, 48)),
            tail: u32::from_le_bytes(take(bytes, 56)),
            zero: u32::from_le_bytes(take(bytes, 60)),
            info: take(bytes, 64),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.outcome]);
        let bytes = put(bytes, 1, [self.action]);
        let bytes = put(bytes, 2, [self.via]);
        let bytes = put(bytes, 3, [self.notes]);
        let bytes = put(bytes, 4, self.serror_esr.to_le_bytes());
        let bytes = put(bytes, 8, self.pc.to_le_bytes());
        let bytes = put(bytes, 16, self.pstate.to_le_bytes());
        let bytes = put(bytes, 24, self.esr_el1.to_le_bytes());
        let bytes = put(bytes, 32, self.far_el1.to_le_bytes());
        let bytes = put(bytes, 40, self.elr_el1.to_le_bytes());
        let bytes = put(bytes, 48, self.spsr_el1.to_le_bytes());
        let bytes = put(bytes, 56, self.tail.to_le_bytes());
        let bytes = put(bytes, 60, self.zero.to_le_bytes());
        put(bytes, 64, self.info)
    }
}

/// `struct host_request`: A trap to EL2, and what the host knows beside it: what record does it
/// write?
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostRequest {
    /// 0 stands for no trap: memory_failure() found the error in the background.
    pub esr_el2: u64,
    /// as read.
    pub far_el2: u64,
    /// as read; bit 63 is KVM's mark of a walk that succeeded.
    pub hpfar_el2: u64,
    /// as read.
    pub pfar_el2: u64,
    /// as read.
    pub disr_el1: u64,
    /// MPIDR_EL1 of the PE that took the trap.
    pub mpidr: u64,
    /// gpa that a software walk of FAR_EL2 found.
    pub walk: u64,
    /// critical flags that were enabled.
    pub critical: u64,
    /// bit n: 0 pfar_el2, 1 disr_el1, 2 mpidr, 3 walk, 4 walk_level, 5 memslots are known; 6
    /// host_ras, 7 vm_ras, 8 hyp_context, 9 nested, 10 protected are so.
    pub has: u16,
    /// kinds that were enabled, bit n for kind n.
    pub kinds: u16,
    /// level of the guest's descriptor, -2 to 3 in two's complement.
    pub walk_level: u8,
    /// how the firmware record came: 0 sea, 1 sei, 2 gpio, 3 none.
    pub notify: u8,
    /// minor version to write.
    pub minor: u8,
    /// 1: part cper is a firmware record.
    pub firmware: u8,
}

impl HostRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 72;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            esr_el2: u64::from_le_bytes(take(bytes, 0)),
            far_el2: u64::from_le_bytes(take(bytes, 8)),
            hpfar_el2: u64::from_le_bytes(take(bytes, 16)),
            pfar_el2: u64::from_le_bytes(take(bytes, 24)),
            disr_el1: u64::from_le_bytes(take(bytes, 32)),
            mpidr: u64::from_le_bytes(take(bytes, 40)),
            walk: u64::from_le_bytes(take(bytes, 48)),
            critical: u64::from_le_bytes(take(bytes, 56)),
            has: u16::from_le_bytes(take(bytes, 64)),
            kinds: u16::from_le_bytes(take(bytes, 66)),
            walk_level: bytes[68],
            notify: bytes[69],
            minor: bytes[70],
            firmware: bytes[71],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.esr_el2.to_le_bytes());
        let bytes = put(bytes, 8, self.far_el2.to_le_bytes());
        let bytes = put(bytes, 16, self.hpfar_el2.to_le_bytes());
        let bytes = put(bytes, 24, self.pfar_el2.to_le_bytes());
        let bytes = put(bytes, 32, self.disr_el1.to_le_bytes());
        let bytes = put(bytes, 40, self.mpidr.to_le_bytes());
        let bytes = put(bytes, 48, self.walk.to_le_bytes());
        let bytes = put(bytes, 56, self.critical.to_le_bytes());
        let bytes = put(bytes, 64, self.has.to_le_bytes());
        let bytes = put(bytes, 66, self.kinds.to_le_bytes());
        let bytes = put(bytes, 68, [self.walk_level]);
        let bytes = put(bytes, 69, [self.notify]);
        let bytes = put(bytes, 70, [self.minor]);
        put(bytes, 71, [self.firmware])
    }
}

/// `struct host_answer`: What became of the error.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostAnswer {
    /// 0 record, 1 signal, 2 injected, 3 panic, 4 resumed, 5 no error.
    pub end: u8,
    /// 1: the kernel queues memory_failure().
    pub memory_failure: u8,
    /// zero.
    pub zero: u16,
    /// zero.
    pub zero2: u32,
    /// ESR_EL1 of the SError that the host injects by itself; else 0.
    pub injected: u64,
}

impl HostAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 16;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            end: bytes[0],
            memory_failure: bytes[1],
            zero: u16::from_le_bytes(take(bytes, 2)),
            zero2: u32::from_le_bytes(take(bytes, 4)),
            injected: u64::from_le_bytes(take(bytes, 8)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.end]);
        let bytes = put(bytes, 1, [self.memory_failure]);
        let bytes = put(bytes, 2, self.zero.to_le_bytes());
        let bytes = put(bytes, 4, self.zero2.to_le_bytes());
        put(bytes, 8, self.injected.to_le_bytes())
    }
}

/// `struct reply_request`: The next KVM_RUN, with or without a reply: what does the host do to
/// the vCPU?
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyRequest {
    /// where the vCPU stands.
    pub pc: u64,
    /// as SPSR_EL1 holds it.
    pub pstate: u64,
    /// VBAR_EL1.
    pub vbar_el1: u64,
    /// SCTLR_EL1.
    pub sctlr_el1: u64,
    /// SCTLR2_EL1, 0 where the vCPU has none.
    pub sctlr2_el1: u64,
    /// GCSCR_EL1, 0 where the vCPU has none.
    pub gcscr_el1: u64,
    /// ESR_EL1, old value.
    pub esr_el1: u64,
    /// FAR_EL1, old value.
    pub far_el1: u64,
    /// ELR_EL1, old value.
    pub elr_el1: u64,
    /// SPSR_EL1, old value.
    pub spsr_el1: u64,
    /// of the vCPU: bit n is the n-th name in alphabetical order, from 0.
    pub features: u32,
    /// kind of the record that waits for the reply, 0: none.
    pub kind: u16,
    /// 1: the host has FEAT_RAS.
    pub host_ras: u8,
    /// severity of the record that waits.
    pub severity: u8,
}

impl ReplyRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 88;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            pc: u64::from_le_bytes(take(bytes, 0)),
            pstate: u64::from_le_bytes(take(bytes, 8)),
            vbar_el1: u64::from_le_bytes(take(bytes, 16)),
            sctlr_el1: u64::from_le_bytes(take(bytes, 24)),
            sctlr2_el1: u64::from_le_bytes(take(bytes, 32)),
            gcscr_el1: u64::from_le_bytes(take(bytes, 40)),
            esr_el1: u64::from_le_bytes(take(bytes, 48)),
            far_el1: u64::from_le_bytes(take(bytes, 56)),
            elr_el1: u64::from_le_bytes(take(bytes, 64)),
            spsr_el1: u64::from_le_bytes(take(bytes, 72)),
            features: u32::from_le_bytes(take(bytes, 80)),
            kind: u16::from_le_bytes(take(bytes, 84)),
            host_ras: bytes[86],
            severity: bytes[87],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.pc.to_le_bytes());
        let bytes = put(bytes, 8, self.pstate.to_le_bytes());
        let bytes = put(bytes, 16, self.vbar_el1.to_le_bytes());
        let bytes = put(bytes, 24, self.sctlr_el1.to_le_bytes());
        let bytes = put(bytes, 32, self.sctlr2_el1.to_le_bytes());
        let bytes = put(bytes, 40, self.gcscr_el1.to_le_bytes());
        let bytes = put(bytes, 48, self.esr_el1.to_le_bytes());
        let bytes = put(bytes, 56, self.far_el1.to_le_bytes());
        let bytes = put(bytes, 64, self.elr_el1.to_le_bytes());
        let bytes = put(bytes, 72, self.spsr_el1.to_le_bytes());
        let bytes = put(bytes, 80, self.features.to_le_bytes());
        let bytes = put(bytes, 84, self.kind.to_le_bytes());
        let bytes = put(bytes, 86, [self.host_ras]);
        put(bytes, 87, [self.severity])
    }
}

/// `struct reply_answer`: The vCPU when the ioctl returns.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyAnswer {
    /// 0, or the errno of a refusal.
    pub errno: u32,
    /// 1: an SError is masked and waits.
    pub has_pending_serror: u8,
    /// zero.
    pub zero: [u8; 3],
    /// its ISS.
    pub pending_serror: u64,
    /// where the vCPU stands.
    pub pc: u64,
    /// as SPSR_EL1 holds it.
    pub pstate: u64,
    /// ESR_EL1.
    pub esr_el1: u64,
    /// FAR_EL1.
    pub far_el1: u64,
    /// ELR_EL1.
    pub elr_el1: u64,
    /// SPSR_EL1.
    pub spsr_el1: u64,
}

impl ReplyAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 64;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            errno: u32::from_le_bytes(take(bytes, 0)),
            has_pending_serror: bytes[4],
            zero: take(bytes, 5),
            pending_serror: u64::from_le_bytes(take(bytes, 8)),
            pc: u64::from_le_bytes(take(bytes, 16)),
            pstate: u64::from_le_bytes(take(bytes, 24)),
            esr_el1: u64::from_le_bytes(take(bytes, 32)),
            far_el1: u64::from_le_bytes(take(bytes, 40)),
            elr_el1: u64::from_le_bytes(take(bytes, 48)),
            spsr_el1: u64::from_le_bytes(take(bytes, 56)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.errno.to_le_bytes());
        let bytes = put(bytes, 4, [self.has_pending_serror]);
        let bytes = put(bytes, 5, self.zero);
        let bytes = put(bytes, 8, self.pending_serror.to_le_bytes());
        let bytes = put(bytes, 16, self.pc.to_le_bytes());
        let bytes = put(bytes, 24, self.pstate.to_le_bytes());
        let bytes = put(bytes, 32, self.esr_el1.to_le_bytes());
        let bytes = put(bytes, 40, self.far_el1.to_le_bytes());
        let bytes = put(bytes, 48, self.elr_el1.to_le_bytes());
        put(bytes, 56, self.spsr_el1.to_le_bytes())
    }
}

/// `struct bye_request`: The last request.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByeRequest {
    /// zero.
    pub zero: u16,
}

impl ByeRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            zero: u16::from_le_bytes(take(bytes, 0)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        put(bytes, 0, self.zero.to_le_bytes())
    }
}

/// `struct bye_answer`: The last request.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByeAnswer {
    /// zero.
    pub zero: u16,
}

impl ByeAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            zero: u16::from_le_bytes(take(bytes, 0)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        put(bytes, 0, self.zero.to_le_bytes())
    }
}

/// `struct check_request`: A record: which rules does it break by itself?
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckRequest {
    /// newest minor version that the reader is to know.
    pub reader: u8,
    /// 1: the bytes hold just the record; 0: it may end early.
    pub exact: u8,
}

impl CheckRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            reader: bytes[0],
            exact: bytes[1],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.reader]);
        put(bytes, 1, [self.exact])
    }
}

/// `struct check_answer`: What the reader makes of it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckAnswer {
    /// 0 value, 1 not understood, 2 malformed.
    pub outcome: u8,
    /// zero.
    pub zero: u8,
}

impl CheckAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            outcome: bytes[0],
            zero: bytes[1],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.outcome]);
        put(bytes, 1, [self.zero])
    }
}

/// `struct enable_request`: KVM_ENABLE_CAP: may the VM have records?
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnableRequest {
    /// critical flags that the VMM understands.
    pub critical: u64,
    /// kinds that it understands, bit n for kind n.
    pub kinds: u32,
    /// vCPUs that the VM has.
    pub vcpus: u32,
    /// newest version that the VMM understands.
    pub major: u8,
    /// likewise.
    pub minor: u8,
    /// newest minor version of major version 1 that the host writes.
    pub host_minor: u8,
    /// 1: the capability is enabled already.
    pub enabled: u8,
    /// 1: a protected VM.
    pub protected: u8,
    /// zero.
    pub zero: [u8; 3],
}

impl EnableRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 24;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            critical: u64::from_le_bytes(take(bytes, 0)),
            kinds: u32::from_le_bytes(take(bytes, 8)),
            vcpus: u32::from_le_bytes(take(bytes, 12)),
            major: bytes[16],
            minor: bytes[17],
            host_minor: bytes[18],
            enabled: bytes[19],
            protected: bytes[20],
            zero: take(bytes, 21),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.critical.to_le_bytes());
        let bytes = put(bytes, 8, self.kinds.to_le_bytes());
        let bytes = put(bytes, 12, self.vcpus.to_le_bytes());
        let bytes = put(bytes, 16, [self.major]);
        let bytes = put(bytes, 17, [self.minor]);
        let bytes = put(bytes, 18, [self.host_minor]);
        let bytes = put(bytes, 19, [self.enabled]);
        let bytes = put(bytes, 20, [self.protected]);
        put(bytes, 21, self.zero)
    }
}

/// `struct enable_answer`: What holds for the VM from then on; zeros if refused.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnableAnswer {
    /// critical flags.
    pub critical: u64,
    /// kinds.
    pub kinds: u32,
    /// 0, or the errno of a refusal.
    pub errno: u32,
    /// version that the host writes.
    pub major: u8,
    /// likewise.
    pub minor: u8,
    /// zero.
    pub zero: [u8; 6],
}

impl EnableAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 24;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            critical: u64::from_le_bytes(take(bytes, 0)),
            kinds: u32::from_le_bytes(take(bytes, 8)),
            errno: u32::from_le_bytes(take(bytes, 12)),
            major: bytes[16],
            minor: bytes[17],
            zero: take(bytes, 18),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.critical.to_le_bytes());
        let bytes = put(bytes, 8, self.kinds.to_le_bytes());
        let bytes = put(bytes, 12, self.errno.to_le_bytes());
        let bytes = put(bytes, 16, [self.major]);
        let bytes = put(bytes, 17, [self.minor]);
        put(bytes, 18, self.zero)
    }
}

/// `struct ring_request`: A ring, part image. Its consumer deals with so many records, fetches
/// one more and dies before it has dealt with that: what does the next consumer find first?
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingRequest {
    /// records that the first consumer deals with, or all that there are if they are fewer.
    pub dealt: u32,
}

impl RingRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 4;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            dealt: u32::from_le_bytes(take(bytes, 0)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        put(bytes, 0, self.dealt.to_le_bytes())
    }
}

/// `struct ring_answer`: The oldest record that is published and not dealt with; zeros if there
/// is none, or if either consumer refuses the ring.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingAnswer {
    /// of its slot.
    pub position: u64,
    /// of its envelope.
    pub sequence: u64,
    /// of its envelope.
    pub lost: u32,
    /// of its envelope.
    pub vcpu: u32,
    /// 1: there is one.
    pub found: u8,
    /// zero.
    pub zero: [u8; 7],
}

impl RingAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 32;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            position: u64::from_le_bytes(take(bytes, 0)),
            sequence: u64::from_le_bytes(take(bytes, 8)),
            lost: u32::from_le_bytes(take(bytes, 16)),
            vcpu: u32::from_le_bytes(take(bytes, 20)),
            found: bytes[24],
            zero: take(bytes, 25),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.position.to_le_bytes());
        let bytes = put(bytes, 8, self.sequence.to_le_bytes());
        let bytes = put(bytes, 16, self.lost.to_le_bytes());
        let bytes = put(bytes, 20, self.vcpu.to_le_bytes());
        let bytes = put(bytes, 24, [self.found]);
        put(bytes, 25, self.zero)
    }
}

/// `struct read_request`: A record: what does a reader alone make of it? No vCPU, no machine,
/// no decision.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadRequest {
    /// newest minor version that the reader is to know.
    pub reader: u8,
    /// 1: the bytes hold just the record; 0: it may end early.
    pub exact: u8,
}

impl ReadRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            reader: bytes[0],
            exact: bytes[1],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.reader]);
        put(bytes, 1, [self.exact])
    }
}

/// `struct read_answer`: What the reader makes of it; part rule names the refusal.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAnswer {
    /// 0 value, 1 not understood, 2 malformed.
    pub outcome: u8,
    /// zero.
    pub zero: [u8; 3],
    /// bytes of a newer minor version beyond what the reader knows; 0 unless value.
    pub tail: u32,
    /// the record's fields, those that its version or the reader has not are 0; all 0 unless
    /// value.
    pub info: [u8; 80],
}

impl ReadAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 88;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            outcome: bytes[0],
            zero: take(bytes, 1),
            tail: u32::from_le_bytes(take(bytes, 4)),
            info: take(bytes, 8),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.outcome]);
        let bytes = put(bytes, 1, self.zero);
        let bytes = put(bytes, 4, self.tail.to_le_bytes());
        put(bytes, 8, self.info)
    }
}

/// `struct exit_request`: KVM_RUN returned; part page is the vCPU's struct kvm_run up to the
/// end of its exit union or more. Is there a record?
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitRequest {
    /// 0, or the errno with which KVM_RUN failed.
    pub errno: u32,
    /// exit reason for kind 3, whose number is provisional.
    pub serror_exit: u32,
    /// kinds that were enabled, bit n for kind n; 0: the capability is not enabled.
    pub kinds: u16,
    /// 1: the VMM has answered this exit.
    pub answered: u8,
    /// zero.
    pub zero: u8,
}

impl ExitRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 12;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            errno: u32::from_le_bytes(take(bytes, 0)),
            serror_exit: u32::from_le_bytes(take(bytes, 4)),
            kinds: u16::from_le_bytes(take(bytes, 8)),
            answered: bytes[10],
            zero: bytes[11],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.errno.to_le_bytes());
        let bytes = put(bytes, 4, self.serror_exit.to_le_bytes());
        let bytes = put(bytes, 8, self.kinds.to_le_bytes());
        let bytes = put(bytes, 10, [self.answered]);
        put(bytes, 11, [self.zero])
    }
}

/// `struct exit_answer`: What the VMM takes from the page. Part record is all of the exit
/// union, in which the record may end early; of an abort of a kind that was not enabled it is
/// the record of 1.0 that arm_sea stands for.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitAnswer {
    /// 1: there is a record; 0: part rule says why not.
    pub found: u8,
    /// 1: the vCPU may be saved now, to go on elsewhere.
    pub save: u8,
}

impl ExitAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 2;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            found: bytes[0],
            save: bytes[1],
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, [self.found]);
        put(bytes, 1, [self.save])
    }
}

/// `struct report_request`: The guest is to be told of a record by its error source, a GHESv2;
/// part block is what the error status block holds, the oldest report that waits already is
/// that of part earlier, if there is one.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportRequest {
    /// read-ack register: bit 0 set by the guest when it has read the block.
    pub read_ack: u64,
    /// with acknowledges: what the guest then writes to the register.
    pub ack: u64,
    /// 1: the guest acknowledges once when all else is done.
    pub acknowledges: u8,
    /// 1: the machine takes firmware's virtual address for the guest's.
    pub firmware_va: u8,
    /// zero.
    pub zero: u16,
    /// zero.
    pub zero2: u32,
}

impl ReportRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 24;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            read_ack: u64::from_le_bytes(take(bytes, 0)),
            ack: u64::from_le_bytes(take(bytes, 8)),
            acknowledges: bytes[16],
            firmware_va: bytes[17],
            zero: u16::from_le_bytes(take(bytes, 18)),
            zero2: u32::from_le_bytes(take(bytes, 20)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.read_ack.to_le_bytes());
        let bytes = put(bytes, 8, self.ack.to_le_bytes());
        let bytes = put(bytes, 16, [self.acknowledges]);
        let bytes = put(bytes, 17, [self.firmware_va]);
        let bytes = put(bytes, 18, self.zero.to_le_bytes());
        put(bytes, 20, self.zero2.to_le_bytes())
    }
}

/// `struct report_answer`: What the guest finds at the end. Part block is the block if it is
/// still that of the request; else these are what the new block says. Part rule is there while
/// a report waits.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportAnswer {
    /// physical address of the error, if addresses has it.
    pub physical_addr: u64,
    /// virtual fault address, if addresses has it.
    pub virt_fault_addr: u64,
    /// which bits of physical_addr are significant, if addresses has it.
    pub physical_addr_mask: u64,
    /// the read-ack register.
    pub read_ack: u64,
    /// Block Status of the new block, its entry count too.
    pub block_status: u32,
    /// that its only entry holds: 0 another, 1 platform_memory, 2 arm_processor.
    pub section: u8,
    /// of a platform memory section its Memory Error Type + 1, 0 if that is not valid; of an
    /// ARM processor section the Type of its only error information.
    pub error_type: u8,
    /// how often the guest was notified.
    pub notified: u8,
    /// reports that wait.
    pub waiting: u8,
    /// bit 0: physical_addr is valid; bit 1: virt_fault_addr is; bit 2: physical_addr_mask is.
    pub addresses: u8,
    /// CPER severity of the new block + 1.
    pub block_severity: u8,
    /// CPER severity of its only entry + 1.
    pub entry_severity: u8,
    /// zero.
    pub zero: [u8; 5],
}

impl ReportAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 48;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            physical_addr: u64::from_le_bytes(take(bytes, 0)),
            virt_fault_addr: u64::from_le_bytes(take(bytes, 8)),
            physical_addr_mask: u64::from_le_bytes(take(bytes, 16)),
            read_ack: u64::from_le_bytes(take(bytes, 24)),
            block_status: u32::from_le_bytes(take(bytes, 32)),
            section: bytes[36],
            error_type: bytes[37],
            notified: bytes[38],
            waiting: bytes[39],
            addresses: bytes[40],
            block_severity: bytes[41],
            entry_severity: bytes[42],
            zero: take(bytes, 43),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.physical_addr.to_le_bytes());
        let bytes = put(bytes, 8, self.virt_fault_addr.to_le_bytes());
        let bytes = put(bytes, 16, self.physical_addr_mask.to_le_bytes());
        let bytes = put(bytes, 24, self.read_ack.to_le_bytes());
        let bytes = put(bytes, 32, self.block_status.to_le_bytes());
        let bytes = put(bytes, 36, [self.section]);
        let bytes = put(bytes, 37, [self.error_type]);
        let bytes = put(bytes, 38, [self.notified]);
        let bytes = put(bytes, 39, [self.waiting]);
        let bytes = put(bytes, 40, [self.addresses]);
        let bytes = put(bytes, 41, [self.block_severity]);
        let bytes = put(bytes, 42, [self.entry_severity]);
        put(bytes, 43, self.zero)
    }
}

/// `struct produce_request`: A producer starts on a ring, part image, that it or one that died
/// left behind, and then appends part record so many times. No consumer runs.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProduceRequest {
    /// how often the record is appended.
    pub number: u32,
    /// envelope's vcpu of the first; that of each other is one more.
    pub vcpu: u32,
}

impl ProduceRequest {
    /// Bytes of the struct.
    pub const SIZE: usize = 8;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            number: u32::from_le_bytes(take(bytes, 0)),
            vcpu: u32::from_le_bytes(take(bytes, 4)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.number.to_le_bytes());
        put(bytes, 4, self.vcpu.to_le_bytes())
    }
}

/// `struct produce_answer`: The ring then, part image; part rule says why the producer refused
/// it, or the record.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProduceAnswer {
    /// how many of them were published; the others were counted as lost.
    pub published: u32,
    /// 1: the consumer was woken, once or more.
    pub woken: u8,
    /// zero.
    pub zero: [u8; 3],
}

impl ProduceAnswer {
    /// Bytes of the struct.
    pub const SIZE: usize = 8;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            published: u32::from_le_bytes(take(bytes, 0)),
            woken: bytes[4],
            zero: take(bytes, 5),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.published.to_le_bytes());
        let bytes = put(bytes, 4, [self.woken]);
        put(bytes, 5, self.zero)
    }
}

/// `struct memslot`: One memory slot of the VM; part memslots is an array of them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memslot {
    /// guest physical address.
    pub gpa: u64,
    /// bytes.
    pub size: u64,
    /// address in the VMM.
    pub hva: u64,
    /// host physical address.
    pub pa: u64,
}

impl Memslot {
    /// Bytes of the struct.
    pub const SIZE: usize = 32;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            gpa: u64::from_le_bytes(take(bytes, 0)),
            size: u64::from_le_bytes(take(bytes, 8)),
            hva: u64::from_le_bytes(take(bytes, 16)),
            pa: u64::from_le_bytes(take(bytes, 24)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.gpa.to_le_bytes());
        let bytes = put(bytes, 8, self.size.to_le_bytes());
        let bytes = put(bytes, 16, self.hva.to_le_bytes());
        put(bytes, 24, self.pa.to_le_bytes())
    }
}

/// `struct isolated`: A page that memory_failure() has isolated; part isolated is an array of
/// them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Isolated {
    /// any address in the page.
    pub gpa: u64,
    /// log2 of its size.
    pub lsb: u64,
}

impl Isolated {
    /// Bytes of the struct.
    pub const SIZE: usize = 16;

    /// Read the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn from_le_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self {
            gpa: u64::from_le_bytes(take(bytes, 0)),
            lsb: u64::from_le_bytes(take(bytes, 8)),
        }
    }

    /// Write the fields, each little-endian.
    #[must_use]
    #[inline]
    pub const fn to_le_bytes(&self) -> [u8; Self::SIZE] {
        let bytes = [0; Self::SIZE];
        let bytes = put(bytes, 0, self.gpa.to_le_bytes());
        put(bytes, 8, self.lsb.to_le_bytes())
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

const _: () = assert!(size_of::<Frame>() == 12);
const _: () = assert!(offset_of!(Frame, length) == 0);
const _: () = assert!(offset_of!(Frame, id) == 4);
const _: () = assert!(offset_of!(Frame, r#type) == 8);
const _: () = assert!(offset_of!(Frame, zero) == 10);

const _: () = assert!(size_of::<HelloRequest>() == 2);
const _: () = assert!(offset_of!(HelloRequest, protocol) == 0);

const _: () = assert!(size_of::<HelloAnswer>() == 2);
const _: () = assert!(offset_of!(HelloAnswer, protocol) == 0);

const _: () = assert!(size_of::<VmmRequest>() == 112);
const _: () = assert!(offset_of!(VmmRequest, pc) == 0);
const _: () = assert!(offset_of!(VmmRequest, pstate) == 8);
const _: () = assert!(offset_of!(VmmRequest, vbar_el1) == 16);
const _: () = assert!(offset_of!(VmmRequest, sctlr_el1) == 24);
const _: () = assert!(offset_of!(VmmRequest, sctlr2_el1) == 32);
const _: () = assert!(offset_of!(VmmRequest, gcscr_el1) == 40);
const _: () = assert!(offset_of!(VmmRequest, esr_el1) == 48);
const _: () = assert!(offset_of!(VmmRequest, far_el1) == 56);
const _: () = assert!(offset_of!(VmmRequest, elr_el1) == 64);
const _: () = assert!(offset_of!(VmmRequest, spsr_el1) == 72);
const _: () = assert!(offset_of!(VmmRequest, features) == 80);
const _: () = assert!(offset_of!(VmmRequest, pending_serror) == 84);
const _: () = assert!(offset_of!(VmmRequest, repeats) == 88);
const _: () = assert!(offset_of!(VmmRequest, bound) == 92);
const _: () = assert!(offset_of!(VmmRequest, ways) == 96);
const _: () = assert!(offset_of!(VmmRequest, ras) == 100);
const _: () = assert!(offset_of!(VmmRequest, firmware_va) == 101);
const _: () = assert!(offset_of!(VmmRequest, answered) == 102);
const _: () = assert!(offset_of!(VmmRequest, has_pending_serror) == 103);
const _: () = assert!(offset_of!(VmmRequest, reader) == 104);
const _: () = assert!(offset_of!(VmmRequest, exact) == 105);
const _: () = assert!(offset_of!(VmmRequest, zero) == 106);
const _: () = assert!(offset_of!(VmmRequest, zero2) == 108);

const _: () = assert!(size_of::<VmmAnswer>() == 144);
const _: () = assert!(offset_of!(VmmAnswer, outcome) == 0);
const _: () = assert!(offset_of!(VmmAnswer, action) == 1);
const _: () = assert!(offset_of!(VmmAnswer, via) == 2);
const _: () = assert!(offset_of!(VmmAnswer, notes) == 3);
const _: () = assert!(offset_of!(VmmAnswer, serror_esr) == 4);
const _: () = assert!(offset_of!(VmmAnswer, pc) == 8);
const _: () = assert!(offset_of!(VmmAnswer, pstate) == 16);
const _: () = assert!(offset_of!(VmmAnswer, esr_el1) == 24);
const _: () = assert!(offset_of!(VmmAnswer, far_el1) == 32);
const _: () = assert!(offset_of!(VmmAnswer, elr_el1) == 40);
const _: () = assert!(offset_of!(VmmAnswer, spsr_el1) == 48);
const _: () = assert!(offset_of!(VmmAnswer, tail) == 56);
const _: () = assert!(offset_of!(VmmAnswer, zero) == 60);
const _: () = assert!(offset_of!(VmmAnswer, info) == 64);

const _: () = assert!(size_of::<HostRequest>() == 72);
const _: () = assert!(offset_of!(HostRequest, esr_el2) == 0);
const _: () = assert!(offset_of!(HostRequest, far_el2) == 8);
const _: () = assert!(offset_of!(HostRequest, hpfar_el2) == 16);
const _: () = assert!(offset_of!(HostRequest, pfar_el2) == 24);
const _: () = assert!(offset_of!(HostRequest, disr_el1) == 32);
const _: () = assert!(offset_of!(HostRequest, mpidr) == 40);
const _: () = assert!(offset_of!(HostRequest, walk) == 48);
const _: () = assert!(offset_of!(HostRequest, critical) == 56);
const _: () = assert!(offset_of!(HostRequest, has) == 64);
const _: () = assert!(offset_of!(HostRequest, kinds) == 66);
const _: () = assert!(offset_of!(HostRequest, walk_level) == 68);
const _: () = assert!(offset_of!(HostRequest, notify) == 69);
const _: () = assert!(offset_of!(HostRequest, minor) == 70);
const _: () = assert!(offset_of!(HostRequest, firmware) == 71);

const _: () = assert!(size_of::<HostAnswer>() == 16);
const _: () = assert!(offset_of!(HostAnswer, end) == 0);
const _: () = assert!(offset_of!(HostAnswer, memory_failure) == 1);
const _: () = assert!(offset_of!(HostAnswer, zero) == 2);
const _: () = assert!(offset_of!(HostAnswer, zero2) == 4);
const _: () = assert!(offset_of!(HostAnswer, injected) == 8);

const _: () = assert!(size_of::<ReplyRequest>() == 88);
const _: () = assert!(offset_of!(ReplyRequest, pc) == 0);
const _: () = assert!(offset_of!(ReplyRequest, pstate) == 8);
const _: () = assert!(offset_of!(ReplyRequest, vbar_el1) == 16);
const _: () = assert!(offset_of!(ReplyRequest, sctlr_el1) == 24);
const _: () = assert!(offset_of!(ReplyRequest, sctlr2_el1) == 32);
const _: () = assert!(offset_of!(ReplyRequest, gcscr_el1) == 40);
const _: () = assert!(offset_of!(ReplyRequest, esr_el1) == 48);
const _: () = assert!(offset_of!(ReplyRequest, far_el1) == 56);
const _: () = assert!(offset_of!(ReplyRequest, elr_el1) == 64);
const _: () = assert!(offset_of!(ReplyRequest, spsr_el1) == 72);
const _: () = assert!(offset_of!(ReplyRequest, features) == 80);
const _: () = assert!(offset_of!(ReplyRequest, kind) == 84);
const _: () = assert!(offset_of!(ReplyRequest, host_ras) == 86);
const _: () = assert!(offset_of!(ReplyRequest, severity) == 87);

const _: () = assert!(size_of::<ReplyAnswer>() == 64);
const _: () = assert!(offset_of!(ReplyAnswer, errno) == 0);
const _: () = assert!(offset_of!(ReplyAnswer, has_pending_serror) == 4);
const _: () = assert!(offset_of!(ReplyAnswer, zero) == 5);
const _: () = assert!(offset_of!(ReplyAnswer, pending_serror) == 8);
const _: () = assert!(offset_of!(ReplyAnswer, pc) == 16);
const _: () = assert!(offset_of!(ReplyAnswer, pstate) == 24);
const _: () = assert!(offset_of!(ReplyAnswer, esr_el1) == 32);
const _: () = assert!(offset_of!(ReplyAnswer, far_el1) == 40);
const _: () = assert!(offset_of!(ReplyAnswer, elr_el1) == 48);
const _: () = assert!(offset_of!(ReplyAnswer, spsr_el1) == 56);

const _: () = assert!(size_of::<ByeRequest>() == 2);
const _: () = assert!(offset_of!(ByeRequest, zero) == 0);

const _: () = assert!(size_of::<ByeAnswer>() == 2);
const _: () = assert!(offset_of!(ByeAnswer, zero) == 0);

const _: () = assert!(size_of::<CheckRequest>() == 2);
const _: () = assert!(offset_of!(CheckRequest, reader) == 0);
const _: () = assert!(offset_of!(CheckRequest, exact) == 1);

const _: () = assert!(size_of::<CheckAnswer>() == 2);
const _: () = assert!(offset_of!(CheckAnswer, outcome) == 0);
const _: () = assert!(offset_of!(CheckAnswer, zero) == 1);

const _: () = assert!(size_of::<EnableRequest>() == 24);
const _: () = assert!(offset_of!(EnableRequest, critical) == 0);
const _: () = assert!(offset_of!(EnableRequest, kinds) == 8);
const _: () = assert!(offset_of!(EnableRequest, vcpus) == 12);
const _: () = assert!(offset_of!(EnableRequest, major) == 16);
const _: () = assert!(offset_of!(EnableRequest, minor) == 17);
const _: () = assert!(offset_of!(EnableRequest, host_minor) == 18);
const _: () = assert!(offset_of!(EnableRequest, enabled) == 19);
const _: () = assert!(offset_of!(EnableRequest, protected) == 20);
const _: () = assert!(offset_of!(EnableRequest, zero) == 21);

const _: () = assert!(size_of::<EnableAnswer>() == 24);
const _: () = assert!(offset_of!(EnableAnswer, critical) == 0);
const _: () = assert!(offset_of!(EnableAnswer, kinds) == 8);
const _: () = assert!(offset_of!(EnableAnswer, errno) == 12);
const _: () = assert!(offset_of!(EnableAnswer, major) == 16);
const _: () = assert!(offset_of!(EnableAnswer, minor) == 17);
const _: () = assert!(offset_of!(EnableAnswer, zero) == 18);

const _: () = assert!(size_of::<RingRequest>() == 4);
const _: () = assert!(offset_of!(RingRequest, dealt) == 0);

const _: () = assert!(size_of::<RingAnswer>() == 32);
const _: () = assert!(offset_of!(RingAnswer, position) == 0);
const _: () = assert!(offset_of!(RingAnswer, sequence) == 8);
const _: () = assert!(offset_of!(RingAnswer, lost) == 16);
const _: () = assert!(offset_of!(RingAnswer, vcpu) == 20);
const _: () = assert!(offset_of!(RingAnswer, found) == 24);
const _: () = assert!(offset_of!(RingAnswer, zero) == 25);

const _: () = assert!(size_of::<ReadRequest>() == 2);
const _: () = assert!(offset_of!(ReadRequest, reader) == 0);
const _: () = assert!(offset_of!(ReadRequest, exact) == 1);

const _: () = assert!(size_of::<ReadAnswer>() == 88);
const _: () = assert!(offset_of!(ReadAnswer, outcome) == 0);
const _: () = assert!(offset_of!(ReadAnswer, zero) == 1);
const _: () = assert!(offset_of!(ReadAnswer, tail) == 4);
const _: () = assert!(offset_of!(ReadAnswer, info) == 8);

const _: () = assert!(size_of::<ExitRequest>() == 12);
const _: () = assert!(offset_of!(ExitRequest, errno) == 0);
const _: () = assert!(offset_of!(ExitRequest, serror_exit) == 4);
const _: () = assert!(offset_of!(ExitRequest, kinds) == 8);
const _: () = assert!(offset_of!(ExitRequest, answered) == 10);
const _: () = assert!(offset_of!(ExitRequest, zero) == 11);

const _: () = assert!(size_of::<ExitAnswer>() == 2);
const _: () = assert!(offset_of!(ExitAnswer, found) == 0);
const _: () = assert!(offset_of!(ExitAnswer, save) == 1);

const _: () = assert!(size_of::<ReportRequest>() == 24);
const _: () = assert!(offset_of!(ReportRequest, read_ack) == 0);
const _: () = assert!(offset_of!(ReportRequest, ack) == 8);
const _: () = assert!(offset_of!(ReportRequest, acknowledges) == 16);
const _: () = assert!(offset_of!(ReportRequest, firmware_va) == 17);
const _: () = assert!(offset_of!(ReportRequest, zero) == 18);
const _: () = assert!(offset_of!(ReportRequest, zero2) == 20);

const _: () = assert!(size_of::<ReportAnswer>() == 48);
const _: () = assert!(offset_of!(ReportAnswer, physical_addr) == 0);
const _: () = assert!(offset_of!(ReportAnswer, virt_fault_addr) == 8);
const _: () = assert!(offset_of!(ReportAnswer, physical_addr_mask) == 16);
const _: () = assert!(offset_of!(ReportAnswer, read_ack) == 24);
const _: () = assert!(offset_of!(ReportAnswer, block_status) == 32);
const _: () = assert!(offset_of!(ReportAnswer, section) == 36);
const _: () = assert!(offset_of!(ReportAnswer, error_type) == 37);
const _: () = assert!(offset_of!(ReportAnswer, notified) == 38);
const _: () = assert!(offset_of!(ReportAnswer, waiting) == 39);
const _: () = assert!(offset_of!(ReportAnswer, addresses) == 40);
const _: () = assert!(offset_of!(ReportAnswer, block_severity) == 41);
const _: () = assert!(offset_of!(ReportAnswer, entry_severity) == 42);
const _: () = assert!(offset_of!(ReportAnswer, zero) == 43);

const _: () = assert!(size_of::<ProduceRequest>() == 8);
const _: () = assert!(offset_of!(ProduceRequest, number) == 0);
const _: () = assert!(offset_of!(ProduceRequest, vcpu) == 4);

const _: () = assert!(size_of::<ProduceAnswer>() == 8);
const _: () = assert!(offset_of!(ProduceAnswer, published) == 0);
const _: () = assert!(offset_of!(ProduceAnswer, woken) == 4);
const _: () = assert!(offset_of!(ProduceAnswer, zero) == 5);

const _: () = assert!(size_of::<Memslot>() == 32);
const _: () = assert!(offset_of!(Memslot, gpa) == 0);
const _: () = assert!(offset_of!(Memslot, size) == 8);
const _: () = assert!(offset_of!(Memslot, hva) == 16);
const _: () = assert!(offset_of!(Memslot, pa) == 24);

const _: () = assert!(size_of::<Isolated>() == 16);
const _: () = assert!(offset_of!(Isolated, gpa) == 0);
const _: () = assert!(offset_of!(Isolated, lsb) == 8);
