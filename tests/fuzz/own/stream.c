/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The inputs of loop.c for other languages, to standard output: stream BASES SEED BATCH
 *
 * Batches of OWN_BATCH inputs from number BATCH on, until nobody reads any more: of each input its
 * target and the size of its data (u32 each), the head, the data.
 */
#include <signal.h>

#include "draw.h"
#include "targets.h"

static void put(const struct own_input *input, __u32 target)
{
	__u32 sizes[2] = { target, (__u32)input->size };

	if (!fwrite(sizes, sizeof(sizes), 1, stdout) ||
	    !fwrite(input->head, own_targets[target].head_size, 1, stdout) ||
	    fwrite(input->data, 1, input->size, stdout) != input->size)
		exit(0);
}

int main(int argc, char **argv)
{
	static struct own_bases bases[OWN_TARGETS];
	static struct own_input inputs[OWN_TARGETS];
	__u64 seed, batch, state;
	__u32 target, i;

	if (argc != 4)
		return 2;
	signal(SIGPIPE, SIG_DFL);
	own_read_bases(argv[1], bases, OWN_TARGETS);
	for (i = 0; i < OWN_TARGETS; i++)
		own_room_open(&inputs[i].room, OWN_MAX_DATA);
	seed = strtoull(argv[2], NULL, 0);
	for (batch = strtoull(argv[3], NULL, 0);; batch++) {
		state = own_batch_seed(seed, batch);
		target = own_target_of(batch);
		inputs[target].base = NULL;
		for (i = 0; i < OWN_BATCH; i++) {
			own_draw(&bases[target], &inputs[target], &state);
			put(&inputs[target], target);
		}
	}
}
