/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A tiny target: it falls into its trap only when the word at offset 32 (size, version, kind,
 * host_action, origin) is the one that the test put together by hand. It knows that word by a hash
 * alone, so that no fuzzer can read it off a comparison.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static uint64_t hash(const uint8_t *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= 48 && hash(data + 32, 8) == HEAD)
		abort();
	return 0;
}

#ifdef STANDALONE
#include <stdio.h>

int main(void)
{
	static uint8_t data[4096];

	return LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), stdin));
}
#endif
