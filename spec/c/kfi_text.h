/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A refusal in words: the path of the field at fault, as estatus.entry[1].arm.err_info_num.
 */
#ifndef KFI_TEXT_H
#define KFI_TEXT_H

#include "kfi_names.h"

/* Text that is being written, and the room that is left for it. */
struct kfi_text {
	char *at;
	size_t left;
};

/* As much of a text as there is room for, always with a NUL at the end. */
static inline void kfi_put(struct kfi_text *to, const char *text)
{
	for (; *text && to->left > 1; to->left--)
		*to->at++ = *text++;
	*to->at = '\0';
}

static inline void kfi_put_index(struct kfi_text *to, __u64 index)
{
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	digits[--at] = ']';
	do
		digits[--at] = (char)('0' + index % 10);
	while (index /= 10);
	digits[--at] = '[';
	kfi_put(to, digits + at);
}

/* The path of what holds the field. */
static inline void kfi_put_where(struct kfi_text *to, const struct kfi_error *error)
{
	bool nested = error->where == KFI_WHERE_ERROR_INFO ||
		      error->where == KFI_WHERE_CONTEXT_INFO;

	if (nested || error->where == KFI_WHERE_ENTRY || error->where == KFI_WHERE_ARM ||
	    error->where == KFI_WHERE_MEMORY) {
		kfi_put(to, kfi_where_name(KFI_WHERE_ESTATUS));
		kfi_put(to, ".");
		kfi_put(to, kfi_where_name(KFI_WHERE_ENTRY));
		kfi_put_index(to, error->index);
	}
	if (error->where == KFI_WHERE_ENTRY)
		return;
	if (nested) {
		kfi_put(to, ".");
		kfi_put(to, kfi_where_name(KFI_WHERE_ARM));
	}
	if (nested || error->where == KFI_WHERE_ARM || error->where == KFI_WHERE_MEMORY)
		kfi_put(to, ".");
	kfi_put(to, kfi_where_name(error->where));
	if (nested)
		kfi_put_index(to, error->item);
	else if (error->where == KFI_WHERE_RING_SLOT)
		kfi_put_index(to, error->index);
}

/**
 * kfi_error_path() - the path of the field at fault
 * @error: the refusal
 * @buffer: storage; 96 bytes hold any path
 * @size: its bytes, 1 or more; a longer path is cut
 *
 * Return: @buffer.
 */
static inline const char *kfi_error_path(const struct kfi_error *error, char *buffer, size_t size)
{
	struct kfi_text to;

	to.at = buffer;
	to.left = size;
	kfi_put(&to, "");
	kfi_put_where(&to, error);
	if (error->field != KFI_FIELD_none) {
		kfi_put(&to, ".");
		kfi_put(&to, kfi_field_name(error->field));
	}
	return buffer;
}

#endif /* KFI_TEXT_H */
