/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What depends on the minor version, a line for each: size, flags beyond it, flags known. */
#include <stdio.h>

#include "kfi_tables.h"

int main(void)
{
	unsigned int minor;

	for (minor = 0; minor < 256; minor++)
		printf("%u %llu %llu\n", kfi_size_of_minor((__u8)minor), (unsigned long long)kfi_beyond((__u8)minor),
		       (unsigned long long)kfi_known_flags((__u8)minor));
	return 0;
}
