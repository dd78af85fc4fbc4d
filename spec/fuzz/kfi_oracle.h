/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The readers of spec/c behind two functions such as kfp_answer(): what readers_vmm.c and
 * readers_host.c make. Built with -DKFI_READERS=kfi_target they are a target instead: the same
 * readers, or changed ones, under kfp_answer() itself.
 */
#ifndef KFI_ORACLE_H
#define KFI_ORACLE_H

#include "kfi_base.h"
#include "kfi_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef KFI_READERS
#define KFI_READERS				kfi_oracle
#endif
#define KFI_PASTE(a, b)				a##_##b
#define KFI_PASTED(a, b)			KFI_PASTE(a, b)
#define KFI_NAMED(name)				KFI_PASTED(KFI_READERS, name)

/*
 * A type of request that only the kit has, feature "walk": one part, a firmware record, is walked
 * from end to end. No runner sends it and no library has to know it.
 */
#define KFI_TYPE_WALK				0xf000

/**
 * struct kfi_walk_answer - what a walk over a firmware record has met
 * @outcome: enum kfi_outcome
 * @reserved: zero
 * @items: how many things
 * @digest: FNV-1a of what each of them is, where it is, and its bytes
 */
struct kfi_walk_answer {
	__u8 outcome;
	__u8 reserved[3];
	__u32 items;
	__u64 digest;
};

/* VMM, CHECK, READ and RING; HOST, REPLY and WALK. */
size_t KFI_NAMED(vmm)(uint16_t *type, const void *payload, size_t size, void *answer);
size_t KFI_NAMED(host)(uint16_t *type, const void *payload, size_t size, void *answer);

/* The rules that a record breaks, bit n for enum kfi_rule n: the one of its refusal, or kfi_check(). */
__u64 KFI_NAMED(broken)(const void *data, size_t size, __u8 reader, bool exact);

#ifdef __cplusplus
}
#endif

#endif /* KFI_ORACLE_H */
