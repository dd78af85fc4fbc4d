/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Shared memory that changes while it is read. To be included before kfi_ring.h, whose loads then
 * go through here (cc -include kfi_shared.h does it for code that is left as it is); a consumer of
 * its own loads each word by kfi_shared_load(). Where nothing is loaded by it nothing changes.
 *
 * The image begins where kfi_shared_at() says, else where the first load of a request is: a consumer
 * reads the first word of the header first.
 */
#ifndef KFI_SHARED_H
#define KFI_SHARED_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One load of the word at a multiple of 8; first, what has changed in the image by then is stored. */
uint64_t kfi_shared_load(const void *word);

/* A store to a word of the image; what changes after it is not lost by it. */
void kfi_shared_store(void *word, uint64_t value);

/* Where a copy of the image is, of which the next loads will be. */
void kfi_shared_at(void *memory);

#ifdef __cplusplus
}
#endif

#define KFI_LOAD(p)				kfi_shared_load(p)
#define KFI_LOAD_ACQUIRE(p)			kfi_shared_load(p)
#define KFI_STORE_RELEASE(p, v)			kfi_shared_store(p, v)
#define KFI_LOAD_BARRIER()			__atomic_thread_fence(__ATOMIC_ACQUIRE)

#endif /* KFI_SHARED_H */
