/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What stands behind kfi_shared_load(): the changes of a case, carried out while its image is read.
 * Each copy of the image, the target's and the oracle's, sees the same changes after as many loads.
 */
#ifndef KFI_SHARED_STATE_H
#define KFI_SHARED_STATE_H

#include <string.h>

#include "kfi_case.h"
#include "kfi_shared.h"

/* Loads whose words are remembered, and after how many of them something was stored. */
#define KFI_SHARED_LOG				256

static struct {
	__u8 *image;
	__u64 loads;
	size_t words;
	__u32 nr;
	struct kfi_case_change changes[KFI_CASE_MAX_CHANGES];
	__u32 log[KFI_SHARED_LOG];
	__u8 stored[KFI_SHARED_LOG];
} kfi_shared;

/* A request begins: these changes are to come, or none. */
static inline void kfi_shared_begin(const struct kfi_case_change *changes, __u32 nr, size_t size)
{
	kfi_shared.image = NULL;
	kfi_shared.loads = 0;
	kfi_shared.words = size / 8;
	kfi_shared.nr = kfi_shared.words ? nr : 0;
	if (!nr)
		return;
	memcpy(kfi_shared.changes, changes, nr * sizeof(*changes));
	memset(kfi_shared.stored, 0, sizeof(kfi_shared.stored));
}

void kfi_shared_at(void *memory)
{
	kfi_shared.image = (__u8 *)memory;
}

static inline void kfi_shared_change(void)
{
	__u32 i;

	for (i = 0; i < kfi_shared.nr; i++) {
		const struct kfi_case_change *change = &kfi_shared.changes[i];

		if (change->after == kfi_shared.loads)
			memcpy(kfi_shared.image + change->word % kfi_shared.words * 8, &change->value, 8);
	}
}

uint64_t kfi_shared_load(const void *word)
{
	if (kfi_shared.nr) {
		if (!kfi_shared.image)
			kfi_shared.image = (__u8 *)(size_t)word;
		kfi_shared_change();
		if (kfi_shared.loads < KFI_SHARED_LOG)
			kfi_shared.log[kfi_shared.loads] =
				(__u32)(((const __u8 *)word - kfi_shared.image) / 8);
	}
	kfi_shared.loads++;
	return __atomic_load_n((const uint64_t *)word, __ATOMIC_ACQUIRE);
}

void kfi_shared_store(void *word, uint64_t value)
{
	if (kfi_shared.loads < KFI_SHARED_LOG)
		kfi_shared.stored[kfi_shared.loads] = 1;
	__atomic_store_n((uint64_t *)word, value, __ATOMIC_RELEASE);
}

#endif /* KFI_SHARED_STATE_H */
