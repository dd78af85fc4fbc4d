/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit: generated from abi/definition.py, abi/reply.py, abi/ring_layout.py. */
/* To regenerate run: faultinfo generate */

#ifndef _UAPI_LINUX_KVM_ARM_FAULT_INFO_H
#define _UAPI_LINUX_KVM_ARM_FAULT_INFO_H

#include <linux/types.h>

/* version of the record that this header describes */
#define KVM_ARM_FAULT_INFO_MAJOR		1
#define KVM_ARM_FAULT_INFO_MINOR		1
/* bytes of a record of version 1.0 */
#define KVM_ARM_FAULT_INFO_SIZE_1_0		64
/* bytes of a record of version 1.1 */
#define KVM_ARM_FAULT_INFO_SIZE_1_1		80

/*
 * Where the record stands in struct kvm_run, and the size of the exit union that it stands in.
 */
#define KVM_ARM_FAULT_RUN_OFFSET		32
#define KVM_ARM_FAULT_RUN_SIZE			256

/* bits of sea_flags: upstream's namespace (KVM_EXIT_ARM_SEA) */
/* gpa is the guest physical address */
#define KVM_ARM_FAULT_SEA_FLAG_GPA_VALID	(1ULL << 0)

/* bits of flags */
/* far is the faulting virtual address */
#define KVM_ARM_FAULT_FLAG_FAR_VALID		(1ULL << 0)
/* hpfar is the faulting IPA */
#define KVM_ARM_FAULT_FLAG_HPFAR_VALID		(1ULL << 1)
/* the host had a valid physical address */
#define KVM_ARM_FAULT_FLAG_PA_VALID		(1ULL << 2)
/* hva is the page's address in the VMM */
#define KVM_ARM_FAULT_FLAG_HVA_VALID		(1ULL << 3)
/* firmware_va belongs to this trap */
#define KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID	(1ULL << 4)
/* severity is what the syndrome says */
#define KVM_ARM_FAULT_FLAG_SEVERITY_VALID	(1ULL << 5)
/* action required (BUS_MCEERR_AR), else optional (AO) */
#define KVM_ARM_FAULT_FLAG_ACTION_REQUIRED	(1ULL << 6)
/* trap from a nested guest; gpa is still in the VM's own space */
#define KVM_ARM_FAULT_FLAG_NESTED		(1ULL << 7)
/* ESR_EL2.FnP: far is any address in the faulting granule */
#define KVM_ARM_FAULT_FLAG_FAR_IMPRECISE	(1ULL << 8)
/*
 * the access is known to be the guest's own stage-1 walk: gpa is the descriptor's page, far the
 * address translated
 */
#define KVM_ARM_FAULT_FLAG_STAGE1_WALK		(1ULL << 9)
/* firmware says that the processor context is corrupt: do not resume this vCPU */
#define KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT	(1ULL << 32)

/* Who does not know one of these bits must not act as if it understood. */
#define KVM_ARM_FAULT_FLAGS_CRITICAL		0xffffffff00000000ULL

/* values of kind */
/* synchronous external abort on a data access */
#define KVM_ARM_FAULT_KIND_DATA_ABORT		1
/* synchronous external abort on an instruction fetch */
#define KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT	2
/* SError exception taken from the guest */
#define KVM_ARM_FAULT_KIND_SERROR		3
/* a page of the guest's memory is lost; no trap, asynchronous */
#define KVM_ARM_FAULT_KIND_MEMORY_NOTICE	4

/* values of host_action */
#define KVM_ARM_FAULT_ACTION_UNKNOWN		0
/* APEI did not claim the trap */
#define KVM_ARM_FAULT_ACTION_NOT_CLAIMED	1
/* memory_failure() has isolated the page */
#define KVM_ARM_FAULT_ACTION_ISOLATED		2
/* claimed, but nothing queued for want of a physical address */
#define KVM_ARM_FAULT_ACTION_CLAIMED_NOTHING_QUEUED	3
/* memory_failure() could not isolate the page */
#define KVM_ARM_FAULT_ACTION_ISOLATION_FAILED	4

/* values of origin */
#define KVM_ARM_FAULT_ORIGIN_UNKNOWN		0
/* external abort or SError taken */
#define KVM_ARM_FAULT_ORIGIN_TRAP		1
/* firmware record alone */
#define KVM_ARM_FAULT_ORIGIN_FIRMWARE		2
/* trap taken and claimed by a firmware record */
#define KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE	3
/* reserved */
#define KVM_ARM_FAULT_ORIGIN_KERNEL_FIRST	4
/* stage-2 fault on a page isolated before */
#define KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE	5

/* values of gpa_origin */
#define KVM_ARM_FAULT_GPA_ORIGIN_UNKNOWN	0
/* HPFAR_EL2 */
#define KVM_ARM_FAULT_GPA_ORIGIN_HPFAR		1
/* software walk of FAR_EL2 */
#define KVM_ARM_FAULT_GPA_ORIGIN_WALK		2
/* reverse map of a physical address */
#define KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP	3

/* values of severity */
#define KVM_ARM_FAULT_SEVERITY_UNKNOWN		0
/* corrected */
#define KVM_ARM_FAULT_SEVERITY_CE		1
/* restartable */
#define KVM_ARM_FAULT_SEVERITY_UEO		2
/* recoverable */
#define KVM_ARM_FAULT_SEVERITY_UER		3
/* unrecoverable */
#define KVM_ARM_FAULT_SEVERITY_UEU		4
/* uncontainable */
#define KVM_ARM_FAULT_SEVERITY_UC		5

/* values of firmware_severity */
/* no firmware record */
#define KVM_ARM_FAULT_FW_SEVERITY_NONE		0
/* CPER recoverable */
#define KVM_ARM_FAULT_FW_SEVERITY_RECOVERABLE	1
/* CPER fatal */
#define KVM_ARM_FAULT_FW_SEVERITY_FATAL		2
/* CPER corrected */
#define KVM_ARM_FAULT_FW_SEVERITY_CORRECTED	3
/* CPER informational */
#define KVM_ARM_FAULT_FW_SEVERITY_INFORMATIONAL	4

/**
 * struct kvm_arm_fault_info - What a VMM needs to tell an arm64 guest about a hardware error.
 * @sea_flags: flags of upstream's arm_sea; bits but GPA_VALID are upstream's to allocate
 * @esr: ESR_EL2, masked by kind
 * @far: FAR_EL2 (arm_sea: gva); bits 63:60 may be UNKNOWN for a SEA
 * @gpa: guest physical address, in the VM's own space
 * @size: bytes of the whole record: the size of the minor version written
 * @major: major version, 1
 * @minor: minor version, 0 or 1
 * @kind: what happened
 * @host_action: what the host had done with the error when it wrote the record
 * @origin: from what the host learnt of the error
 * @flags: validity and description (31:0), critical (63:32)
 * @hpfar: HPFAR_EL2.FIPA [47:4] as the hardware wrote it, all else 0
 * @address_lsb: log2 of the damaged granule around gpa (and hva), 0 unknown
 * @gpa_origin: where gpa comes from
 * @severity: PE error state, from SET or AET
 * @firmware_severity: CPER severity + 1, 0 without a firmware record
 * @reserved0: zero
 * @hva: address in the VMM, as SIGBUS si_addr
 * @firmware_va: virtual fault address of the CPER ARM processor error
 */
struct kvm_arm_fault_info {
	/* as arm_sea */
	__u64 sea_flags;
	__u64 esr;
	__u64 far;
	__u64 gpa;
	/* since 1.0 */
	__u16 size;
	__u8 major;
	__u8 minor;
	__u16 kind;
	__u8 host_action;
	__u8 origin;
	__u64 flags;
	__u64 hpfar;
	__u8 address_lsb;
	__u8 gpa_origin;
	__u8 severity;
	__u8 firmware_severity;
	__u32 reserved0;
	/* since 1.1 */
	__u64 hva;
	__u64 firmware_va;
};

/* envelope.vcpu of a record that belongs to no vCPU */
#define KVM_ARM_FAULT_NO_VCPU			0xffffffffU

/**
 * struct kvm_arm_fault_envelope - What a record needs around it where it does not belong to an
 *	exit of one vCPU.
 * @vcpu: number of the vCPU, 0xffffffff: none
 * @lost: records dropped since the slot before, saturating
 * @sequence: number of the record in this channel, from 1
 */
struct kvm_arm_fault_envelope {
	__u32 vcpu;
	__u32 lost;
	__u64 sequence;
};

/* what magic holds; the ring is little-endian */
#define KVM_ARM_FAULT_RING_MAGIC		0x3149464bU
#define KVM_ARM_FAULT_RING_MAJOR		1
#define KVM_ARM_FAULT_RING_MINOR		0
#define KVM_ARM_FAULT_RING_MIN_SLOTS		2
/* head and lost stay below */
#define KVM_ARM_FAULT_RING_COUNT_LIMIT		(1ULL << 62)

/**
 * struct kvm_arm_fault_ring - Start of the shared memory; the slots follow at header_size.
 * @magic: the bytes KFI1
 * @header_size: bytes of the header: where the first slot begins
 * @major: major version of the ring, 1
 * @minor: minor version of the ring, 0
 * @slot_size: bytes of a slot, a multiple of 8
 * @slots: number of slots, a power of two from 2
 * @head: position that the producer writes next; stored by the producer only
 * @tail: position that the consumer handles next; stored by the consumer only
 * @lost: records dropped because the ring was full; stored by the producer only
 * @reserved: zero
 */
struct kvm_arm_fault_ring {
	__u32 magic;
	__u16 header_size;
	__u8 major;
	__u8 minor;
	__u32 slot_size;
	__u32 slots;
	__u64 head;
	__u64 tail;
	__u64 lost;
	__u64 reserved[3];
};

/**
 * struct kvm_arm_fault_slot - One slot; the bytes after these fields are the record's, zero
 *	beyond its end.
 * @stamp: 2p+1 while position p is written, 2p+2 when done, 0 never used
 * @vcpu: number of the vCPU, 0xffffffff: none
 * @lost: records dropped since the slot before, saturating
 * @sequence: number of the record in this channel, from 1
 */
struct kvm_arm_fault_slot {
	__u64 stamp;
	__u32 vcpu;
	__u32 lost;
	__u64 sequence;
};

/**
 * struct kvm_arm_fault_reply - What the VMM makes pending on a vCPU (KVM_SET_VCPU_EVENTS).
 * @serror_pending: a virtual SError
 * @serror_has_esr: serror_esr holds its ISS
 * @ext_dabt_pending: a data abort that is an external abort
 * @ext_iabt_pending: an instruction abort that is an external abort
 * @ext_abt_has_esr: ext_abt_esr holds ISS bits of the abort
 * @ext_abt_has_far: ext_abt_far is FAR_EL1
 * @pad: zero
 * @serror_esr: ISS [24:0] of the virtual SError
 * @ext_abt_esr: FSC, EA, WnR, CM, SET of the abort
 * @ext_abt_far: FAR_EL1 of the abort
 * @reserved: zero
 */
struct kvm_arm_fault_reply {
	__u8 serror_pending;
	__u8 serror_has_esr;
	__u8 ext_dabt_pending;
	__u8 ext_iabt_pending;
	__u8 ext_abt_has_esr;
	__u8 ext_abt_has_far;
	__u8 pad[2];
	__u64 serror_esr;
	__u64 ext_abt_esr;
	__u64 ext_abt_far;
	__u8 reserved[32];
};

/*
 * Upstream has not allocated these numbers and this header has no default for them. Whoever
 * tries them out defines them before including it, the same for kernel and VMM.
 */
#ifdef KVM_ARM_FAULT_PROVISIONAL_EXIT_ARM_SERROR
#define KVM_EXIT_ARM_SERROR KVM_ARM_FAULT_PROVISIONAL_EXIT_ARM_SERROR
#endif
#ifdef KVM_ARM_FAULT_PROVISIONAL_CAP_ARM_FAULT_INFO
#define KVM_CAP_ARM_FAULT_INFO KVM_ARM_FAULT_PROVISIONAL_CAP_ARM_FAULT_INFO
#endif

#endif /* _UAPI_LINUX_KVM_ARM_FAULT_INFO_H */
