/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The state of a walk over a firmware record, and its steps within a section: ARM processor errors
 * with all they nest, platform memory errors. kfi_cper.h is what to include.
 *
 * Linux steps by the length of each error information and stops silently when one does not fit.
 * Here every number must fit before it is used.
 */
#ifndef KFI_CPER_SECTIONS_H
#define KFI_CPER_SECTIONS_H

#include "kfi_tables.h"

/* What kfi_cper_next() gives. */
enum kfi_cper_step {
	KFI_CPER_END,
	KFI_CPER_ITEM,
	KFI_CPER_REFUSED,
};

enum kfi_cper_type {
	KFI_CPER_ENTRY,		/* data entry; what follows, up to the next one, is its section */
	KFI_CPER_ARM,		/* ARM processor section; what it nests follows */
	KFI_CPER_ERROR_INFO,
	KFI_CPER_CONTEXT,
	KFI_CPER_VENDOR,	/* bytes behind the contexts */
	KFI_CPER_MEMORY,	/* platform memory section, of the old length too */
	KFI_CPER_RAW,		/* section of another type */
};

/**
 * struct kfi_cper_item - one thing in a status block
 * @bytes: where it is
 * @size: its bytes; of an entry or an ARM section the head alone
 * @entry: number of the data entry
 * @item: number of the error information or context in its section
 * @type: enum kfi_cper_type
 */
struct kfi_cper_item {
	const __u8 *bytes;
	size_t size;
	__u64 entry;
	__u32 item;
	__u32 type;
};

/* Where the walk is. */
enum kfi_cper_state {
	KFI_CPER_AT_ENTRY,
	KFI_CPER_AT_SECTION,
	KFI_CPER_AT_INFOS,
	KFI_CPER_AT_CONTEXTS,
	KFI_CPER_AT_VENDOR,
};

/**
 * struct kfi_cper - a walk over a status block; all positions are from its start
 * @data: the block
 * @end: where the data entries end
 * @at: what comes next
 * @section: the section that is being walked
 * @section_end: where it ends
 * @entry_end: where what holds it ends
 * @entries: data entries met so far
 * @left: how many of an array in the section are still to come
 * @item: number of the next one
 * @state: enum kfi_cper_state
 * @reserved: zero
 */
struct kfi_cper {
	const __u8 *data;
	size_t end;
	size_t at;
	size_t section;
	size_t section_end;
	size_t entry_end;
	__u64 entries;
	__u32 left;
	__u32 item;
	__u32 state;
	__u32 reserved;
};

/* Refuse the field at a place of what stands at start. */
static inline int kfi_cper_refuse(const struct kfi_cper *w, struct kfi_error *error, int where,
				  size_t start, __u32 at, __u64 got)
{
	error->offset = start + KFI_OFFSET(at);
	error->got = got;
	error->index = w->entries ? w->entries - 1 : 0;
	error->item = w->item;
	error->rule = KFI_RULE_HOST_CPER_STRICT;
	error->where = (__u8)where;
	error->field = (__u8)KFI_FIELD(at);
	error->outcome = KFI_MALFORMED;
	return KFI_CPER_REFUSED;
}

/* Refuse a head that is cut off: by its first field that is not there whole. */
static inline int kfi_cper_cut(const struct kfi_cper *w, struct kfi_error *error, int where,
			       size_t start, size_t room)
{
	__u32 at = kfi_unfit((__u8)where, room);

	return kfi_cper_refuse(w, error, where, start, at,
			       room > KFI_OFFSET(at) ? room - KFI_OFFSET(at) : 0);
}

static inline bool kfi_cper_zeros(const __u8 *p, size_t size)
{
	__u8 seen = 0;
	size_t i;

	for (i = 0; i < size; i++)
		seen |= p[i];
	return !seen;
}

static inline int kfi_cper_found(const struct kfi_cper *w, struct kfi_cper_item *item, int type,
				 size_t start, size_t size)
{
	item->bytes = w->data + start;
	item->size = size;
	item->entry = w->entries - 1;
	item->item = w->item;
	item->type = (__u32)type;
	return KFI_CPER_ITEM;
}

/* An ARM processor section: its own length, and no more in it than can be. */
static inline int kfi_cper_arm(struct kfi_cper *w, struct kfi_cper_item *item,
			       struct kfi_error *error)
{
	const __u8 *p = w->data + w->at;
	size_t room = w->entry_end - w->at;
	__u32 length;

	w->section = w->at;
	if (room < KFI_SIZE_ARM)
		return kfi_cper_cut(w, error, KFI_WHERE_ARM, w->at, room);
	length = KFI_GET32(p, ARM_SECTION_LENGTH);
	if (length < KFI_SIZE_ARM || length > room || !kfi_cper_zeros(p + length, room - length))
		return kfi_cper_refuse(w, error, KFI_WHERE_ARM, w->at, KFI_AT_ARM_SECTION_LENGTH,
				       length);
	w->section_end = w->at + length;
	w->left = KFI_GET16(p, ARM_ERR_INFO_NUM);
	if (w->left > (length - KFI_SIZE_ARM) / KFI_SIZE_ERROR_INFO)
		return kfi_cper_refuse(w, error, KFI_WHERE_ARM, w->at, KFI_AT_ARM_ERR_INFO_NUM,
				       w->left);
	w->at += KFI_SIZE_ARM;
	w->state = KFI_CPER_AT_INFOS;
	return kfi_cper_found(w, item, KFI_CPER_ARM, w->section, KFI_SIZE_ARM);
}

/* A platform memory section of either length; the old one lacks the fields of the later bits. */
static inline int kfi_cper_memory(struct kfi_cper *w, struct kfi_cper_item *item,
				  struct kfi_error *error)
{
	size_t room = w->entry_end - w->at;
	__u64 valid;

	if (room != KFI_SIZE_MEMORY && room != KFI_SIZE_MEMORY_OLD)
		return kfi_cper_refuse(w, error, KFI_WHERE_MEMORY, w->at, KFI_FIELD_none, room);
	valid = KFI_GET64(w->data + w->at, MEMORY_VALIDATION_BITS);
	if (room == KFI_SIZE_MEMORY_OLD && valid >= KFI_CPER_MEMORY_VALID_NEW)
		return kfi_cper_refuse(w, error, KFI_WHERE_MEMORY, w->at,
				       KFI_AT_MEMORY_VALIDATION_BITS, valid);
	kfi_cper_found(w, item, KFI_CPER_MEMORY, w->at, room);
	w->at = w->entry_end;
	w->state = KFI_CPER_AT_ENTRY;
	return KFI_CPER_ITEM;
}

/* The section of a data entry, by the GUID in the entry. */
static inline int kfi_cper_section(struct kfi_cper *w, struct kfi_cper_item *item,
				   struct kfi_error *error)
{
	const __u8 *guid = w->data + w->section + KFI_OFFSET(KFI_AT_ENTRY_SECTION_TYPE);
	__u64 low = kfi_get64(guid);
	__u64 high = kfi_get64(guid + 8);

	if (low == KFI_CPER_GUID_ARM_LO && high == KFI_CPER_GUID_ARM_HI)
		return kfi_cper_arm(w, item, error);
	if (low == KFI_CPER_GUID_MEMORY_LO && high == KFI_CPER_GUID_MEMORY_HI)
		return kfi_cper_memory(w, item, error);
	kfi_cper_found(w, item, KFI_CPER_RAW, w->at, w->entry_end - w->at);
	w->at = w->entry_end;
	w->state = KFI_CPER_AT_ENTRY;
	return KFI_CPER_ITEM;
}

/* One error information; it must leave room for those that are still to come. */
static inline int kfi_cper_info(struct kfi_cper *w, struct kfi_cper_item *item,
				struct kfi_error *error)
{
	size_t room = w->section_end - w->at - KFI_SIZE_ERROR_INFO * (size_t)(w->left - 1);
	__u8 length = w->data[w->at + KFI_OFFSET(KFI_AT_ERROR_INFO_LENGTH)];

	if (length < KFI_SIZE_ERROR_INFO || length > room)
		return kfi_cper_refuse(w, error, KFI_WHERE_ERROR_INFO, w->at,
				       KFI_AT_ERROR_INFO_LENGTH, length);
	kfi_cper_found(w, item, KFI_CPER_ERROR_INFO, w->at, length);
	w->at += length;
	w->left--;
	w->item++;
	return KFI_CPER_ITEM;
}

/* On to the contexts, of which there must not be more than can be. */
static inline bool kfi_cper_to_contexts(struct kfi_cper *w, struct kfi_error *error)
{
	w->left = KFI_GET16(w->data + w->section, ARM_CONTEXT_INFO_NUM);
	w->item = 0;
	w->state = KFI_CPER_AT_CONTEXTS;
	if (w->left <= (w->section_end - w->at) / KFI_SIZE_CONTEXT_INFO)
		return true;
	kfi_cper_refuse(w, error, KFI_WHERE_ARM, w->section, KFI_AT_ARM_CONTEXT_INFO_NUM, w->left);
	return false;
}

/* One context. Zeros up to a multiple of 16 are its padding; not every firmware has it. */
static inline int kfi_cper_context(struct kfi_cper *w, struct kfi_cper_item *item,
				   struct kfi_error *error)
{
	size_t room = w->section_end - w->at - KFI_SIZE_CONTEXT_INFO * (size_t)(w->left - 1);
	__u32 size = KFI_GET32(w->data + w->at, CONTEXT_INFO_SIZE);
	size_t length, padding;

	if (size > room - KFI_SIZE_CONTEXT_INFO)
		return kfi_cper_refuse(w, error, KFI_WHERE_CONTEXT_INFO, w->at,
				       KFI_AT_CONTEXT_INFO_SIZE, size);
	length = KFI_SIZE_CONTEXT_INFO + (size_t)size;
	padding = -length % KFI_CPER_CONTEXT_ALIGN;
	kfi_cper_found(w, item, KFI_CPER_CONTEXT, w->at, length);
	w->at += length;
	if (padding <= room - length && kfi_cper_zeros(w->data + w->at, padding))
		w->at += padding;
	w->left--;
	w->item++;
	return KFI_CPER_ITEM;
}

/* What neither a count nor the vendor bit declares must be zero: it could hide an error. */
static inline int kfi_cper_vendor(struct kfi_cper *w, struct kfi_cper_item *item,
				  struct kfi_error *error)
{
	const __u8 *arm = w->data + w->section;
	size_t rest = w->section_end - w->at;

	w->item = 0;
	if (!(KFI_GET32(arm, ARM_VALIDATION_BITS) & KFI_CPER_ARM_VALID_VENDOR_INFO) &&
	    !kfi_cper_zeros(w->data + w->at, rest))
		return kfi_cper_refuse(w, error, KFI_WHERE_ARM, w->section,
				       KFI_AT_ARM_SECTION_LENGTH, w->section_end - w->section);
	kfi_cper_found(w, item, KFI_CPER_VENDOR, w->at, rest);
	w->at = w->entry_end;
	w->state = KFI_CPER_AT_ENTRY;
	return KFI_CPER_ITEM;
}

#endif /* KFI_CPER_SECTIONS_H */
