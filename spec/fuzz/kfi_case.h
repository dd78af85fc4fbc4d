/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Do not edit: generated from abi/fuzz/case.py. */
/* To regenerate run: faultinfo generate */

/*
 * A case: what a fuzzer feeds a harness. Every byte string is one. Missing bytes of the head
 * are 0, numbers are taken modulo, of the changes those count that are there whole.
 * Little-endian.
 */
#ifndef KFI_CASE_H
#define KFI_CASE_H

#include "kfi_base.h"

/* What the data of a case is. */
enum kfi_surface {
	KFI_CASE_RECORD,
	KFI_CASE_FIRMWARE,
	KFI_CASE_RING,
};

/* Bits of options; the others are the harness author's. */
#define KFI_CASE_EXACT				0x1U	/* the data is just the record; clear: it may end early (exit union, slot) */
#define KFI_CASE_NO_RAS				0x2U	/* the machine is not set up for RAS */
#define KFI_CASE_NO_FIRMWARE_VA			0x4U	/* the machine refuses firmware's virtual address as a source of FAR_EL1 */

#define KFI_CASE_SURFACES			3
#define KFI_CASE_READERS			2
#define KFI_CASE_DEALT				8
#define KFI_CASE_MAX_CHANGES			4
#define KFI_CASE_HEAD_SIZE			8
#define KFI_CASE_CHANGE_SIZE			16

/**
 * struct kfi_case_head - Start of a case; the changes follow, then the data.
 * @surface: what the data is, modulo 3: 0 a record, 1 a firmware record (Generic Error Status
 *	Block), 2 the image of a ring
 * @reader: newest minor version that the reader is to know, modulo 2
 * @options: bit 0: the data is just the record; clear: it may end early (exit union, slot); bit
 *	1: the machine is not set up for RAS; bit 2: the machine refuses firmware's virtual address
 *	as a source of FAR_EL1; the others are the harness author's
 * @dealt: ring: records that the first consumer deals with, modulo 8
 * @changes: ring: number of changes, modulo 5; else there are none
 * @ignored: anything
 */
struct kfi_case_head {
	__u8 surface;
	__u8 reader;
	__u8 options;
	__u8 dealt;
	__u8 changes;
	__u8 ignored[3];
};

/**
 * struct kfi_case_change - A word of shared memory that changes while it is read.
 * @after: it changes after so many loads of shared memory, 0: before the first
 * @word: number of the word in the image, modulo how many whole words the image has
 * @value: what it then holds
 */
struct kfi_case_change {
	__u32 after;
	__u32 word;
	__u64 value;
};

/**
 * struct kfi_case - a case that was taken apart
 * @surface: enum kfi_surface
 * @reader: newest minor version that the reader is to know
 * @options: KFI_CASE_EXACT and others
 * @dealt: records that the first consumer of a ring deals with
 * @nr_changes: number of changes, at most KFI_CASE_MAX_CHANGES
 * @changes: struct kfi_case_change, little-endian and at any address
 * @data: the record, firmware record or image
 * @size: how many bytes that is
 */
struct kfi_case {
	__u8 surface;
	__u8 reader;
	__u8 options;
	__u8 dealt;
	__u32 nr_changes;
	const __u8 *changes;
	const __u8 *data;
	size_t size;
};

/* One of the changes; index is below nr_changes. */
static inline void kfi_case_change(const struct kfi_case *c, __u32 index,
				   struct kfi_case_change *change)
{
	const __u8 *p = c->changes + (size_t)index * KFI_CASE_CHANGE_SIZE;

	change->after = kfi_get32(p + offsetof(struct kfi_case_change, after));
	change->word = kfi_get32(p + offsetof(struct kfi_case_change, word));
	change->value = kfi_get64(p + offsetof(struct kfi_case_change, value));
}

/* Take a case apart; data and changes point into the bytes, which may be none. */
static inline void kfi_case_parse(struct kfi_case *c, const __u8 *bytes, size_t size)
{
	__u8 head[8] = { 0 };
	size_t i, there = size > sizeof(head) ? size - sizeof(head) : 0;

	for (i = 0; i < sizeof(head) && i < size; i++)
		head[i] = bytes[i];
	c->surface = (__u8)(head[offsetof(struct kfi_case_head, surface)] % KFI_CASE_SURFACES);
	c->reader = (__u8)(head[offsetof(struct kfi_case_head, reader)] % KFI_CASE_READERS);
	c->options = head[offsetof(struct kfi_case_head, options)];
	c->dealt = (__u8)(head[offsetof(struct kfi_case_head, dealt)] % KFI_CASE_DEALT);
	c->nr_changes = 0;
	if (c->surface == KFI_CASE_RING)
		c->nr_changes = head[offsetof(struct kfi_case_head, changes)] % (KFI_CASE_MAX_CHANGES + 1U);
	if (c->nr_changes > there / KFI_CASE_CHANGE_SIZE)
		c->nr_changes = (__u32)(there / KFI_CASE_CHANGE_SIZE);
	c->changes = bytes + size - there;
	c->data = c->changes + c->nr_changes * KFI_CASE_CHANGE_SIZE;
	c->size = there - c->nr_changes * KFI_CASE_CHANGE_SIZE;
}

#endif /* KFI_CASE_H */
