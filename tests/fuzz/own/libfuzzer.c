/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* One target, OWN_RECORD to OWN_FILL as OWN_TARGET says, for engines that call LLVMFuzzerTestOneInput(). */
#include "targets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The head, zeros where the input ends early; then the data, which ends where the engine's copy does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct own_depth depth;
	const struct own_entry *target = &own_targets[OWN_TARGET];
	size_t there = size < target->head_size ? size : target->head_size;
	__u8 head[512] = { 0 };

	OWN_CHECK(target->head_size <= sizeof(head));
	memcpy(head, data, there);
	target->run(head, data + there, size - there, &depth);
	return 0;
}
