/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The walker of firmware records: a Generic Error Status Block, its data entries, their ARM
 * processor and platform memory sections, and what these nest. Rule host.cper.strict: a block whose
 * lengths and counts do not agree is refused whole, before anything of it is used.
 *
 *	struct kfi_cper walk;
 *	struct kfi_cper_item item;
 *
 *	if (!kfi_cper_open(&walk, bytes, size, &error))
 *		report error
 *	while (kfi_cper_next(&walk, &item, &error) == KFI_CPER_ITEM)
 *		look at item.type and KFI_GET64(item.bytes, ERROR_INFO_...)
 *
 * The bytes must not change meanwhile.
 */
#ifndef KFI_CPER_H
#define KFI_CPER_H

#include "kfi_cper_sections.h"

/* The next data entry; the entries must fill data_length. */
static inline int kfi_cper_entry(struct kfi_cper *w, struct kfi_cper_item *item,
				 struct kfi_error *error)
{
	const __u8 *p = w->data + w->at;
	size_t room = w->end - w->at;
	size_t start = w->at;
	size_t head = KFI_SIZE_ENTRY_V2;
	__u32 length;

	w->entries++;
	if (room >= head && KFI_GET16(p, ENTRY_REVISION) >= KFI_CPER_REVISION_V3)
		head = KFI_SIZE_ENTRY_V3;
	if (room < head)
		return kfi_cper_cut(w, error, KFI_WHERE_ENTRY, start, room);
	length = KFI_GET32(p, ENTRY_ERROR_DATA_LENGTH);
	if (length > room - head)
		return kfi_cper_refuse(w, error, KFI_WHERE_ENTRY, start,
				       KFI_AT_ENTRY_ERROR_DATA_LENGTH, length);
	w->section = start;
	w->at = start + head;
	w->entry_end = w->at + length;
	w->state = KFI_CPER_AT_SECTION;
	return kfi_cper_found(w, item, KFI_CPER_ENTRY, start, head);
}

/* The end: the entry count in block_status is right, or 0 as QEMU leaves it. */
static inline int kfi_cper_end(const struct kfi_cper *w, struct kfi_error *error)
{
	__u32 status = KFI_GET32(w->data, ESTATUS_BLOCK_STATUS);
	__u32 count = (status & KFI_CPER_COUNT_MASK) >> KFI_CPER_COUNT_SHIFT;

	if (!count || count == w->entries)
		return KFI_CPER_END;
	return kfi_cper_refuse(w, error, KFI_WHERE_ESTATUS, 0, KFI_AT_ESTATUS_BLOCK_STATUS, count);
}

/**
 * kfi_cper_next() - the next thing in a status block, in the order of the bytes
 * @w: the walk
 * @item: filled with KFI_CPER_ITEM
 * @error: filled with KFI_CPER_REFUSED, which cannot come once kfi_cper_open() has been through
 *
 * Return: enum kfi_cper_step.
 */
static inline int kfi_cper_next(struct kfi_cper *w, struct kfi_cper_item *item,
				struct kfi_error *error)
{
	if (w->state == KFI_CPER_AT_ENTRY)
		return w->at < w->end ? kfi_cper_entry(w, item, error) : kfi_cper_end(w, error);
	if (w->state == KFI_CPER_AT_SECTION)
		return kfi_cper_section(w, item, error);
	if (w->state == KFI_CPER_AT_INFOS) {
		if (w->left)
			return kfi_cper_info(w, item, error);
		if (!kfi_cper_to_contexts(w, error))
			return KFI_CPER_REFUSED;
	}
	if (w->state == KFI_CPER_AT_CONTEXTS && w->left)
		return kfi_cper_context(w, item, error);
	return kfi_cper_vendor(w, item, error);
}

/* Refuse a block that does not end where the input ends: entries, then raw data to the end. */
static inline bool kfi_cper_extent(struct kfi_cper *w, size_t size, struct kfi_error *error)
{
	size_t room = size - KFI_SIZE_ESTATUS;
	__u32 length = KFI_GET32(w->data, ESTATUS_DATA_LENGTH);
	__u32 raw = KFI_GET32(w->data, ESTATUS_RAW_DATA_LENGTH);
	__u32 offset = KFI_GET32(w->data, ESTATUS_RAW_DATA_OFFSET);

	w->end = KFI_SIZE_ESTATUS + (size_t)length;
	if (length > room || (!raw && length != room))
		kfi_cper_refuse(w, error, KFI_WHERE_ESTATUS, 0, KFI_AT_ESTATUS_DATA_LENGTH, length);
	else if (raw && (offset < w->end || offset > size))
		kfi_cper_refuse(w, error, KFI_WHERE_ESTATUS, 0, KFI_AT_ESTATUS_RAW_DATA_OFFSET,
				offset);
	else if (raw && raw != size - offset)
		kfi_cper_refuse(w, error, KFI_WHERE_ESTATUS, 0, KFI_AT_ESTATUS_RAW_DATA_LENGTH,
				raw);
	else
		return true;
	return false;
}

/* Back to the first data entry. */
static inline void kfi_cper_rewind(struct kfi_cper *w)
{
	w->at = KFI_SIZE_ESTATUS;
	w->section = 0;
	w->section_end = 0;
	w->entry_end = 0;
	w->entries = 0;
	w->left = 0;
	w->item = 0;
	w->state = KFI_CPER_AT_ENTRY;
	w->reserved = 0;
}

/**
 * kfi_cper_open() - judge a whole status block, then stand before its first entry
 * @w: the walk
 * @data: the block
 * @size: its bytes; the block must end where they end
 * @error: filled if it is refused
 *
 * Return: whether the block may be used.
 */
static inline bool kfi_cper_open(struct kfi_cper *w, const void *data, size_t size,
				 struct kfi_error *error)
{
	struct kfi_cper_item item;
	int step;

	w->data = (const __u8 *)data;
	kfi_cper_rewind(w);
	if (size < KFI_SIZE_ESTATUS) {
		kfi_cper_cut(w, error, KFI_WHERE_ESTATUS, 0, size);
		return false;
	}
	if (!kfi_cper_extent(w, size, error))
		return false;
	do
		step = kfi_cper_next(w, &item, error);
	while (step == KFI_CPER_ITEM);
	kfi_cper_rewind(w);
	return step == KFI_CPER_END;
}

#endif /* KFI_CPER_H */
