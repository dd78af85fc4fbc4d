/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Does what it is asked on standard input, with the C mutator: tests/fuzz/c_side.py writes and reads.
 * Every input and output is a piece of memory of its own, so that a sanitizer sees where it ends.
 */
#include "kfi_mutate.h"

#include <stdio.h>
#include <stdlib.h>

enum { MUTATE, CROSSOVER, PARSE };

struct request {
	__u64 seed;
	__u32 what;
	__u32 room;
	__u32 size;
	__u32 other;
};

struct reply {
	__u64 done;
	__u64 size;
};

static __u8 *piece(size_t size, size_t there)
{
	__u8 *p = malloc(size ? size : 1);

	if (!p || (there && fread(p, there, 1, stdin) != 1))
		exit(2);
	return p;
}

static void reply(__u64 done, const __u8 *data, size_t size)
{
	struct reply r = { done, size };

	fwrite(&r, sizeof(r), 1, stdout);
	if (size)
		fwrite(data, size, 1, stdout);
}

static void mutate(const struct request *q)
{
	__u8 *data = piece(q->size > q->room ? q->size : q->room, q->size);
	__u64 done;
	size_t size = kfi_mutate_told(data, q->size, q->room, q->seed, &done);

	reply(done, data, size);
	free(data);
}

static void crossover(const struct request *q)
{
	__u8 *one = piece(q->size, q->size), *other = piece(q->other, q->other);
	__u8 *out = piece(q->room, 0);

	reply(0, out, kfi_crossover(one, q->size, other, q->other, out, q->room, q->seed));
	free(one);
	free(other);
	free(out);
}

/* What a case says, as numbers: those of its head, of its changes, then where the data is. */
static void parse(const struct request *q)
{
	__u8 *data = piece(q->size, q->size);
	struct kfi_case_change change;
	__u64 said[7 + 3 * KFI_CASE_MAX_CHANGES] = { 0 };
	struct kfi_case c;
	__u32 i;

	kfi_case_parse(&c, data, q->size);
	said[0] = c.surface, said[1] = c.reader, said[2] = c.options, said[3] = c.dealt;
	said[4] = c.nr_changes, said[5] = (__u64)(c.data - data), said[6] = c.size;
	for (i = 0; i < c.nr_changes; i++) {
		kfi_case_change(&c, i, &change);
		said[7 + 3 * i] = change.after;
		said[8 + 3 * i] = change.word;
		said[9 + 3 * i] = change.value;
	}
	reply(0, (const __u8 *)said, sizeof(said));
	free(data);
}

int main(void)
{
	struct request q;

	while (fread(&q, sizeof(q), 1, stdin) == 1) {
		if (q.what == MUTATE)
			mutate(&q);
		else if (q.what == CROSSOVER)
			crossover(&q);
		else
			parse(&q);
	}
	return 0;
}
