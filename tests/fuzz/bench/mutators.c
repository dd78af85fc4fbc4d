/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What one mutation costs, the kit's and libFuzzer's own, on the same inputs in the same process:
 *	clang -O2 -fsanitize=fuzzer mutators.c && ./a.out SEEDS -runs=1
 * Inputs are the seeds and what the kit made of them. The two take turns; a line for each turn says
 * nanoseconds of the kit's and of libFuzzer's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kfi_mutate.h"

#define INPUTS 256
#define LONGEST 4096
#define TURNS 21
#define EACH 40000

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t inputs[INPUTS][LONGEST], room[LONGEST];
static size_t sizes[INPUTS], nr;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && size <= LONGEST && nr < INPUTS) {
		memcpy(inputs[nr], data, size);
		sizes[nr++] = size;
	}
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double timed(int kit)
{
	double start = now();
	size_t i;

	for (i = 0; i < EACH; i++) {
		memcpy(room, inputs[i % nr], sizes[i % nr]);
		if (kit)
			kfi_mutate(room, sizes[i % nr], LONGEST, i);
		else
			LLVMFuzzerMutate(room, sizes[i % nr], LONGEST);
	}
	return (now() - start) / EACH;
}

/* The first time that libFuzzer asks for a mutation its corpus has been read. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	size_t seeds = nr, i;
	double kit, own;

	(void)data, (void)size, (void)max, (void)seed;
	for (i = 0; nr < INPUTS; i++) {
		memcpy(inputs[nr], inputs[i % seeds], sizes[i % seeds]);
		sizes[nr] = kfi_mutate(inputs[nr], sizes[i % seeds], LONGEST, i);
		nr += !!sizes[nr];
	}
	for (i = 0; i < TURNS; i++) {
		kit = i % 2 ? 0 : timed(1);
		own = timed(0);
		kit = i % 2 ? timed(1) : kit;
		printf("%.2f %.2f\n", kit, own);
	}
	fflush(stdout);
	_Exit(0);
}
