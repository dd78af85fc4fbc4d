/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the emitter in the kernel and its user space pass to each other; layouts.py has the same.
 */
#ifndef KFI_LIVE_H
#define KFI_LIVE_H

#include "kfi_fill.h"

/* Tables are small and of fixed size, so that the verifier sees their ends. Each is a power of two. */
#define LIVE_MEMSLOTS			16
#define LIVE_PAGES			4
#define LIVE_PAS			2
#define LIVE_INFOS			4	/* pieces of error information that are read of one record */

struct live_memslots {
	struct kfi_memslot at[LIVE_MEMSLOTS];
};

struct live_pages {
	struct kfi_isolated at[LIVE_PAGES];
};

/**
 * struct live_vm - what a VMM has enabled, and what it knows of its VM; key: its process, 0 for any
 * @memslots: slots of the VM
 * @critical: critical flags that are enabled
 * @nr_memslots: how many
 * @has: KFI_TRAP_MEMSLOTS, KFI_TRAP_HOST_RAS, KFI_TRAP_VM_RAS, KFI_TRAP_PROTECTED
 * @kinds: kinds that are enabled, bit n for kind n
 * @minor: minor version to write
 * @reserved: zero
 */
struct live_vm {
	struct live_memslots memslots;
	__u64 critical;
	__u32 nr_memslots;
	__u16 has;
	__u16 kinds;
	__u8 minor;
	__u8 reserved[7];
};

#define LIVE_CLAIM			1	/* APEI was asked: @claim is what apei_claim_sea() said */
#define LIVE_HANDLED			2	/* @handled is what KVM's handler of the abort returned */
#define LIVE_SIGNAL			4	/* KVM sent SIGBUS with the address @signal_hva */
#define LIVE_KEEP			8	/* made by user space, which reads @emission afterwards */

/**
 * struct live_trap - a trap from the hook that sees it to its emission; key: the thread
 *
 * Without a trap (@esr_el2 0) it is a page that memory_failure() was given.
 *
 * @esr_el2: as KVM read it; of an SError without VFV, since KVM reads no FAR_EL2 there
 * @far_el2: as KVM read it
 * @hpfar_el2: as KVM keeps it
 * @pfar_el2: 0, KVM reads none
 * @disr_el1: as KVM read it
 * @mpidr: of the PE
 * @walk: a software walk that is not KVM's own
 * @pages: pages that are isolated
 * @pas: physical addresses of the firmware record
 * @firmware: the firmware record; its own @pas is not used
 * @emission: out: what fault_info_fill() says
 * @signal_hva: address of that SIGBUS
 * @nr_pages: how many isolated pages
 * @has: KFI_TRAP_*, beside what the VM has
 * @notify: enum kfi_notify
 * @walk_level: level of the guest's stage-1 descriptor
 * @vcpu: its number
 * @claim: see @seen
 * @handled: see @seen
 * @seen: LIVE_*
 * @process: key of the VM
 * @reserved: zero
 */
struct live_trap {
	__u64 esr_el2;
	__u64 far_el2;
	__u64 hpfar_el2;
	__u64 pfar_el2;
	__u64 disr_el1;
	__u64 mpidr;
	__u64 walk;
	struct live_pages pages;
	struct kfi_pa pas[LIVE_PAS];
	struct kfi_firmware firmware;
	struct kfi_emission emission;
	__u64 signal_hva;
	__u32 nr_pages;
	__u16 has;
	__u8 notify;
	__s8 walk_level;
	__u32 vcpu;
	__s32 claim;
	__s32 handled;
	__u32 seen;
	__u32 process;
	__u32 reserved;
};

/* Its registers are those of struct kfi_trap, which they become. */
#define LIVE_SAME(member)									\
	_Static_assert(__builtin_offsetof(struct live_trap, member) ==				\
		       __builtin_offsetof(struct kfi_trap, member) &&				\
		       sizeof(((struct live_trap *)0)->member) ==				\
		       sizeof(((struct kfi_trap *)0)->member), #member)
LIVE_SAME(esr_el2);
LIVE_SAME(far_el2);
LIVE_SAME(hpfar_el2);
LIVE_SAME(pfar_el2);
LIVE_SAME(disr_el1);
LIVE_SAME(mpidr);
LIVE_SAME(walk);

/**
 * struct live_record - what goes through the ring buffer
 * @lost: records lost so far, for want of room
 * @signal_hva: see struct live_trap
 * @thread: of the vCPU
 * @vcpu: its number
 * @claim: see struct live_trap
 * @handled: see struct live_trap
 * @seen: LIVE_*
 * @reserved: zero
 * @info: the record
 */
struct live_record {
	__u64 lost;
	__u64 signal_hva;
	__u32 thread;
	__u32 vcpu;
	__s32 claim;
	__s32 handled;
	__u32 seen;
	__u32 reserved;
	struct kvm_arm_fault_info info;
};

#endif /* KFI_LIVE_H */
