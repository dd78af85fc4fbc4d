/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the readers of struct kvm_arm_fault_info and of firmware records share: types, bytes to
 * numbers, and the one shape of every refusal.
 *
 * What to include:
 *
 *	kfi_reader.h	bytes to a record, or one refusal; kfi_check() names the rules it breaks
 *	kfi_decide.h	what to do about a record, ESR_EL1 and FAR_EL1
 *	kfi_entry.h	the same carried out: the vCPU in its handler, or the reply to the host
 *	kfi_ring.h	the consumer of the ring
 *	kfi_cper.h	a walk over a firmware record; kfi_firmware.h reduces it
 *	kfi_fill.h	fault_info_fill(): the host writes a record
 *	kfi_reply.h	fault_info_reply(): the host applies a reply
 *	kfi_text.h	rules, fields and paths as text
 *
 * All headers here are freestanding C11 and C++11: no libc, no allocation, no recursion, no state.
 * They need the compiler's own headers and <linux/types.h>; with __KERNEL__ the kernel's instead.
 */
#ifndef KFI_BASE_H
#define KFI_BASE_H

#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

#include "kvm_arm_fault_info.h"

/* A place: the offset of a field in its layout, and its name (enum kfi_field). */
#define KFI_AT(offset, field)			((__u32)(offset) << 8 | (__u32)(field))
#define KFI_OFFSET(at)				((at) >> 8)
#define KFI_FIELD(at)				((at) & 0xff)

/* The field at KFI_AT_<place> of what stands at p. */
#define KFI_GET8(p, place)			kfi_get8((p) + KFI_OFFSET(KFI_AT_##place))
#define KFI_GET16(p, place)			kfi_get16((p) + KFI_OFFSET(KFI_AT_##place))
#define KFI_GET32(p, place)			kfi_get32((p) + KFI_OFFSET(KFI_AT_##place))
#define KFI_GET64(p, place)			kfi_get64((p) + KFI_OFFSET(KFI_AT_##place))

#define KFI_COUNT(array)			(sizeof(array) / sizeof(*(array)))

/* Bit n of a bitmap. */
#define KFI_BIT(n)				(1ULL << (n))

/* A function that is always part of its caller, and one that never is. */
#define KFI_WITHIN				static inline __attribute__((__always_inline__))
#define KFI_ASIDE				static __attribute__((__cold__, __noinline__, __unused__))

/* What a reader makes of an input. */
enum kfi_outcome {
	KFI_UNDERSTOOD,
	KFI_NOT_UNDERSTOOD,	/* may be right, must not be acted on; keep the bytes */
	KFI_MALFORMED,
};

/**
 * struct kfi_error - why an input is refused, and where
 * @offset: first byte of the field at fault, in the input
 * @got: what the field says, or how many bytes there are where it is cut off
 * @index: number of the data entry, or position in the ring
 * @item: number of the error information or context within its section
 * @rule: enum kfi_rule, the rule that decides
 * @where: enum kfi_where, what holds the field
 * @field: enum kfi_field, KFI_FIELD_none for all of what holds it
 * @outcome: enum kfi_outcome
 */
struct kfi_error {
	__u64 offset;
	__u64 got;
	__u64 index;
	__u32 item;
	__u8 rule;
	__u8 where;
	__u8 field;
	__u8 outcome;
};

/* A number at any address, which may be in memory of any type. */
#define KFI_UNALIGNED(bits)								\
	struct kfi_unaligned##bits {							\
		__u##bits number;							\
	} __attribute__((__packed__, __may_alias__))

KFI_UNALIGNED(16);
KFI_UNALIGNED(32);
KFI_UNALIGNED(64);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define KFI_LE(bits, number)			(number)
#else
#define KFI_LE(bits, number)			__builtin_bswap##bits(number)
#endif

/* kfi_get8() to kfi_get64(): a little-endian number at any address, by one load. */
static inline __u8 kfi_get8(const __u8 *p)
{
	return p[0];
}

static inline __u16 kfi_get16(const __u8 *p)
{
	return KFI_LE(16, ((const struct kfi_unaligned16 *)(const void *)p)->number);
}

static inline __u32 kfi_get32(const __u8 *p)
{
	return KFI_LE(32, ((const struct kfi_unaligned32 *)(const void *)p)->number);
}

static inline __u64 kfi_get64(const __u8 *p)
{
	return KFI_LE(64, ((const struct kfi_unaligned64 *)(const void *)p)->number);
}

#endif /* KFI_BASE_H */
