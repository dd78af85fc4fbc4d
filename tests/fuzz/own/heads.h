/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Do not edit: made by python -m tests.fuzz.own.heads from tests/fuzz/own/heads.py. */
#ifndef OWN_HEADS_H
#define OWN_HEADS_H

#include <linux/types.h>

#define OWN_MAX_SLOTS			3
#define OWN_MAX_ISOLATED		3
#define OWN_MAX_CHANGES			4

/* A record as a VMM reads it; its bytes are the data. */
struct own_record_head {
	__u32 features;	/* KFI_FEAT_* of the vCPU */
	__u32 repeats;	/* as in struct kfi_machine, like all up to vcpu */
	__u32 bound;
	__u32 pending_serror;
	__u8 ways[4];
	__u8 ras;
	__u8 firmware_va;
	__u8 answered;
	__u8 has_pending_serror;
	__u64 vcpu[10];	/* the registers of struct kfi_vcpu */
	__u8 reader;	/* newest minor version that the reader knows */
	__u8 exact;	/* bit 0: the data is just the record */
	__u8 ignored[6];	/* anything */
};
_Static_assert(sizeof(struct own_record_head) == 112, "no padding");

/* A reply as the host takes it; the data is struct kvm_arm_fault_reply, at its end zeros. */
struct own_reply_head {
	__u64 vcpu[10];	/* the registers of struct kfi_vcpu */
	__u32 features;	/* KFI_FEAT_* of the vCPU */
	__u16 kind;	/* kind of the record that the vCPU exited with */
	__u8 host_ras;	/* bit 0: the host has FEAT_RAS */
	__u8 ignored;	/* anything */
};
_Static_assert(sizeof(struct own_reply_head) == 88, "no padding");

/* A ring; the data is the shared memory. */
struct own_ring_head {
	__u32 after[4];	/* loads after which a word changes */
	__u32 word[4];	/* which one, modulo how many there are */
	__u64 value[4];	/* what it then holds */
	__u8 changes;	/* how many of these there are, modulo 5 */
	__u8 dealt;	/* records that the first consumer deals with */
	__u8 ignored[6];	/* anything */
};
_Static_assert(sizeof(struct own_ring_head) == 72, "no padding");

/* A firmware record; the data is the status block. */
struct own_firmware_head {
	__u32 room;	/* a second reading has room for so many addresses */
	__u32 ignored;	/* anything */
};
_Static_assert(sizeof(struct own_firmware_head) == 8, "no padding");

/* A trap; the data is the status block that came with it. */
struct own_fill_head {
	__u64 esr_el2;	/* as in struct kfi_trap, like all up to walk_level */
	__u64 far_el2;
	__u64 hpfar_el2;
	__u64 pfar_el2;
	__u64 disr_el1;
	__u64 mpidr;
	__u64 walk;
	__u64 critical;
	__u16 has;
	__u16 kinds;
	__u8 walk_level;	/* modulo 6, less 2 */
	__u8 notify;	/* enum kfi_notify */
	__u8 minor;	/* minor version to write, modulo how many there are */
	__u8 nr_memslots;	/* how many memslots there are, modulo 4 */
	__u8 nr_isolated;	/* how many isolated pages there are, modulo 4 */
	__u8 has_block;	/* bit 0: a firmware record came with it */
	__u8 ignored[6];	/* anything */
	__u64 memslots[12];	/* struct kfi_memslot */
	__u64 isolated[6];	/* struct kfi_isolated */
};
_Static_assert(sizeof(struct own_fill_head) == 224, "no padding");

#endif /* OWN_HEADS_H */
