/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the targets share: a check that ends the process, storage that is just as long as what is in
 * it, and the use of every bit that the code under test hands out.
 */
#ifndef OWN_H
#define OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define OWN_ASAN 1
#endif
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define OWN_MSAN 1
#endif
#endif

/* A check that the input broke is a finding. */
#define OWN_CHECK(kept)									\
	do {										\
		if (!(kept)) {								\
			fprintf(stderr, "%s:%d: not kept: %s\n", __FILE__, __LINE__, #kept);	\
			abort();							\
		}									\
	} while (0)

/* How far inputs came, by target; for the evidence. */
struct own_depth {
	__u64 understood;	/* records understood, replies applied, blocks accepted, slots fetched, records made */
	__u64 refused;
};

static __u64 own_sink;

/* Every byte of an output is used, and must have been set. */
static inline void own_use(const void *p, size_t size)
{
	const __u8 *bytes = (const __u8 *)p;
	__u64 sum = own_sink, word;
	size_t i;

#ifdef OWN_MSAN
	__msan_check_mem_is_initialized(p, size);
#endif
	for (i = 0; i + 8 <= size; i += 8) {
		memcpy(&word, bytes + i, 8);
		sum ^= word;
	}
	for (; i < size; i++)
		sum ^= bytes[i];
	own_sink = sum;
}

/* What an output holds before the call is unset. */
static inline void own_unset(void *p, size_t size)
{
#ifdef OWN_MSAN
	__msan_poison(p, size);
#else
	(void)p;
	(void)size;
#endif
}

#define OWN_USE(value)			own_use(&(value), sizeof(value))
#define OWN_UNSET(value)		own_unset(&(value), sizeof(value))

/* Memory, of which only a piece in the middle may be touched: it ends where the memory ends. */
struct own_room {
	__u8 *memory;
	size_t capacity;
	size_t size;
	size_t slack;	/* bytes after the piece, so that it begins at a multiple of 8 */
};

#define OWN_GUARD			64

static inline void own_room_open(struct own_room *room, size_t capacity)
{
	room->memory = (__u8 *)malloc(capacity + OWN_GUARD);
	room->capacity = capacity + OWN_GUARD;
	room->size = capacity;
	room->slack = 0;
	OWN_CHECK(room->memory);
}

static inline __u8 *own_room_at(const struct own_room *room)
{
	return room->memory + room->capacity - room->size - room->slack;
}

/* The piece is so long from now on. What is in it is not kept. */
static inline __u8 *own_room_resize(struct own_room *room, size_t size, bool aligned)
{
	size_t slack = aligned ? -size % 8 : 0;

	OWN_CHECK(size + slack + OWN_GUARD <= room->capacity);
	if (size == room->size && slack == room->slack)
		return own_room_at(room);
#ifdef OWN_ASAN
	ASAN_UNPOISON_MEMORY_REGION(own_room_at(room) - OWN_GUARD, OWN_GUARD + room->size + room->slack);
#endif
	room->size = size;
	room->slack = slack;
#ifdef OWN_ASAN
	ASAN_POISON_MEMORY_REGION(own_room_at(room) - OWN_GUARD, OWN_GUARD);
	if (slack)
		ASAN_POISON_MEMORY_REGION(own_room_at(room) + size, slack);
#endif
	return own_room_at(room);
}

/* A target: one call is one execution. */
typedef void own_target(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth);

#endif /* OWN_H */
