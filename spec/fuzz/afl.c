// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A harness for AFL++: afl-clang-fast, persistent mode. The mutator is a library of its own,
 * afl_mutator.c, which AFL_CUSTOM_MUTATOR_LIBRARY names; without it AFL++ mutates by itself.
 */
#include "kfi_harness.h"

__AFL_FUZZ_INIT();

int main(void)
{
	const unsigned char *data;

	kfi_fuzz_start();
	__AFL_INIT();
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(100000))
		kfi_fuzz_one(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
	return 0;
}
