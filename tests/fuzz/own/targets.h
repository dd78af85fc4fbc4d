/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* All targets, in the order of tests/fuzz/own/heads.py. */
#ifndef OWN_TARGETS_H
#define OWN_TARGETS_H

#include "ring.h"	/* before all that includes kfi_ring.h: it says how memory is loaded */

#include "firmware.h"
#include "record.h"
#ifdef OWN_RUST
#include "rust.h"
#endif

enum { OWN_RECORD, OWN_REPLY, OWN_RING, OWN_FIRMWARE, OWN_FILL, OWN_TARGETS };

static const struct own_entry {
	const char *name;
	own_target *run;
	size_t head_size;
	__u32 share;	/* of 64 executions */
} own_targets[OWN_TARGETS] = {
#ifdef OWN_RUST
	{ "record", own_both_record, sizeof(struct own_record_head), 46 },
	{ "reply", own_reply, sizeof(struct own_reply_head), 0 },
	{ "ring", own_both_ring, sizeof(struct own_ring_head), 9 },
	{ "firmware", own_both_firmware, sizeof(struct own_firmware_head), 9 },
	{ "fill", own_fill, sizeof(struct own_fill_head), 0 },
#else
	{ "record", own_record, sizeof(struct own_record_head), 34 },
	{ "reply", own_reply, sizeof(struct own_reply_head), 10 },
	{ "ring", own_ring, sizeof(struct own_ring_head), 6 },
	{ "firmware", own_firmware, sizeof(struct own_firmware_head), 7 },
	{ "fill", own_fill, sizeof(struct own_fill_head), 7 },
#endif
};

/* Executions of a batch, which has one target, and a seed of its own. */
#ifndef OWN_BATCH
#define OWN_BATCH			65536
#endif

static inline __u64 own_batch_seed(__u64 seed, __u64 batch)
{
	return seed ^ batch * 0xd1342543de82ef95ULL;
}

/* Target of a batch: of every 64 of them each has as many as its share says. */
static inline __u32 own_target_of(__u64 batch)
{
	__u32 at = (__u32)(batch * 29 % 64), i;

	for (i = 0; at >= own_targets[i].share; i++)
		at -= own_targets[i].share;
	return i;
}

#endif /* OWN_TARGETS_H */
