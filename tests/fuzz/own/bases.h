/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The bases: valid inputs of every target with the places of their fields, as bases.py writes them.
 * All numbers are u32, little-endian: how many targets; of each its head's size, how many places the
 * head has, the places, how many bases; of each base its size, how many places its data has, the
 * places, the head, the data, the last two padded to a multiple of 4. A place is its offset << 8 | width.
 */
#ifndef OWN_BASES_H
#define OWN_BASES_H

#include "own.h"

#define OWN_MAX_HEAD			512
#define OWN_MAX_DATA			8192

struct own_base {
	const __u32 *places;
	const __u8 *head;
	const __u8 *data;
	__u32 nr_places;
	__u32 size;
};

struct own_bases {
	const __u32 *places;	/* of the head */
	struct own_base *bases;
	__u32 nr_places;
	__u32 nr_bases;
	__u32 head_size;
};

static inline __u32 *own_whole_file(const char *name, size_t *size)
{
	FILE *file = fopen(name, "rb");
	__u32 *bytes;
	long end;

	if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0) {
		perror(name);
		exit(2);
	}
	rewind(file);
	*size = (size_t)end;
	bytes = (__u32 *)calloc(*size + 8, 1);
	if (!bytes || fread(bytes, 1, *size, file) != *size) {
		perror(name);
		exit(2);
	}
	fclose(file);
	return bytes;
}

static inline const __u32 *own_read_base(const __u32 *at, __u32 head_size, struct own_base *base)
{
	base->size = *at++;
	base->nr_places = *at++;
	base->places = at;
	base->head = (const __u8 *)(at + base->nr_places);
	base->data = base->head + (head_size + 3) / 4 * 4;
	OWN_CHECK(base->size <= OWN_MAX_DATA);
	return (const __u32 *)(const void *)(base->data + (base->size + 3) / 4 * 4);
}

/* Read them all; of so many targets, in their order. */
static inline void own_read_bases(const char *name, struct own_bases *of, __u32 targets)
{
	size_t size;
	const __u32 *at = own_whole_file(name, &size), *end = at + size / 4;
	__u32 i, n;

	OWN_CHECK(size >= 4 && *at++ == targets);
	for (i = 0; i < targets; i++) {
		of[i].head_size = *at++;
		of[i].nr_places = *at++;
		of[i].places = at;
		at += of[i].nr_places;
		of[i].nr_bases = *at++;
		of[i].bases = (struct own_base *)calloc(of[i].nr_bases, sizeof(struct own_base));
		OWN_CHECK(of[i].bases && of[i].nr_bases && of[i].head_size <= OWN_MAX_HEAD);
		for (n = 0; n < of[i].nr_bases; n++)
			at = own_read_base(at, of[i].head_size, &of[i].bases[n]);
	}
	OWN_CHECK(at == end);
}

#endif /* OWN_BASES_H */
