/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a harness keeps of a run, in a file that its process maps: it outlives a crash, and whoever
 * started the engine reads it at any time. Without KFI_FUZZ_STATE it is memory that nobody reads.
 */
#ifndef KFI_STATE_H
#define KFI_STATE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kfi_names.h"
#include "kfi_request.h"

#define KFI_STATE_RULES				256
#define KFI_STATE_GROUPS			1024

/**
 * struct kfi_state - the file; numbers of this machine
 * @executions: cases that were run
 * @surfaces: of each surface
 * @differences: answers that were not the oracle's
 * @forks: processes that the target has started
 * @undecided: differences that may be due to another order of loads
 * @rules: bit n: rule n of enum kfi_rule decided an answer of the oracle or was broken
 * @groups: hashes of the groups of differences that were seen
 */
struct kfi_state {
	__u64 executions;
	__u64 surfaces[KFI_CASE_SURFACES];
	__u64 differences;
	__u64 forks;
	__u64 undecided;
	__u64 rules[KFI_STATE_RULES / 64];
	__u64 groups[KFI_STATE_GROUPS];
};

static struct kfi_state kfi_state_here, *kfi_state = &kfi_state_here;

/* Map the file that KFI_FUZZ_STATE names; what it holds is gone on with. */
static inline void kfi_state_open(void)
{
	const char *path = getenv("KFI_FUZZ_STATE");
	void *at;
	int fd;

	if (!path)
		return;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, sizeof(*kfi_state))) {
		perror(path);
		exit(3);
	}
	at = mmap(NULL, sizeof(*kfi_state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED) {
		perror(path);
		exit(3);
	}
	kfi_state = (struct kfi_state *)at;
}

/* What the harness does by itself must not guide an engine. */
#if defined(__clang__)
#define KFI_UNGUIDED				__attribute__((no_sanitize("coverage")))
#else
#define KFI_UNGUIDED
#endif

/* As memcmp(), which engines look into; false if they differ. */
KFI_UNGUIDED static inline bool kfi_equal(const void *a, const void *b, size_t size)
{
	const __u8 *p = (const __u8 *)a, *q = (const __u8 *)b;
	__u8 seen = 0;
	size_t i;

	for (i = 0; i < size; i++)
		seen |= p[i] ^ q[i];
	return !seen;
}

KFI_UNGUIDED static inline __u64 kfi_hash(__u64 sum, const void *data, size_t size)
{
	const __u8 *p = (const __u8 *)data;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ p[i]) * 0x100000001b3ULL;
	return sum;
}

/* The number of a rule's name, 0 if it is none. Names that were met are found again by their hash. */
KFI_UNGUIDED static inline unsigned int kfi_rule_number(const char *name, size_t size)
{
	static struct {
		__u64 hash;
		unsigned int rule;
	} met[1024];
	__u64 hash = kfi_hash(0xcbf29ce484222325ULL, name, size);
	unsigned int rule;

	if (met[hash % 1024].hash == hash)
		return met[hash % 1024].rule;
	for (rule = KFI_STATE_RULES - 1; rule; rule--)
		if (strlen(kfi_rule_name(rule)) == size && kfi_equal(kfi_rule_name(rule), name, size))
			break;
	met[hash % 1024].hash = hash;
	met[hash % 1024].rule = rule;
	return rule;
}

static inline void kfi_state_rule(unsigned int rule)
{
	kfi_state->rules[rule / 64] |= KFI_BIT(rule % 64);
}

/* Whether a group is new; from then on it is not. A full table says that it is not. */
KFI_UNGUIDED static inline bool kfi_state_group(__u64 hash)
{
	size_t i;

	hash |= !hash;
	for (i = 0; i < KFI_STATE_GROUPS; i++) {
		__u64 *slot = &kfi_state->groups[(hash + i) % KFI_STATE_GROUPS];

		if (*slot == hash)
			return false;
		if (!*slot) {
			*slot = hash;
			return true;
		}
	}
	return false;
}

#endif /* KFI_STATE_H */
