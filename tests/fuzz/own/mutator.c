/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The kit's mutator as an object of its own: it is not under test here, and runs without checks. */
#include "kfi_mutate.h"

size_t own_kfi_mutate(__u8 *data, size_t size, size_t max, __u64 seed);

size_t own_kfi_mutate(__u8 *data, size_t size, size_t max, __u64 seed)
{
	return kfi_mutate(data, size, max, seed);
}
