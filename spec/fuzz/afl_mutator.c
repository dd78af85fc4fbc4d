// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The kit's mutator for AFL++, which AFL_CUSTOM_MUTATOR_LIBRARY names: cc -O2 -shared -fPIC.
 */
#include <stdlib.h>
#include <string.h>

#include "kfi_mutate.h"

struct state {
	__u64 seed;
	size_t room;
	__u8 *made;
};

void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, unsigned char *in, size_t size, unsigned char **out,
		       unsigned char *other, size_t other_size, size_t max);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct state *s = (struct state *)calloc(1, sizeof(*s));

	(void)afl;
	if (s)
		s->seed = (__u64)seed << 32;
	return s;
}

static int has_room(struct state *s, size_t size)
{
	__u8 *made;

	if (size <= s->room)
		return 1;
	made = (__u8 *)realloc(s->made, size);
	if (!made)
		return 0;
	s->made = made;
	s->room = size;
	return 1;
}

/* Every eighth time parts of two cases are joined; else one is changed. */
size_t afl_custom_fuzz(void *data, unsigned char *in, size_t size, unsigned char **out,
		       unsigned char *other, size_t other_size, size_t max)
{
	struct state *s = (struct state *)data;

	if (!has_room(s, max > size ? max : size)) {
		*out = in;
		return size;
	}
	*out = s->made;
	s->seed++;
	if (other && other_size && !(s->seed % 8))
		return kfi_crossover(in, size, other, other_size, s->made, max, s->seed);
	memcpy(s->made, in, size);
	return kfi_mutate(s->made, size, max, s->seed);
}

void afl_custom_deinit(void *data)
{
	struct state *s = (struct state *)data;

	free(s->made);
	free(s);
}
