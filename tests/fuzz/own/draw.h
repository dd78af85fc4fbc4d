/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The next input by chance: the one before with a field of it drawn anew, now and then another base.
 * Cheap, because the number counts: some ten nanoseconds.
 */
#ifndef OWN_DRAW_H
#define OWN_DRAW_H

#include "bases.h"

/* The input that a target is given next; its data ends where the memory ends. */
struct own_input {
	__u8 head[OWN_MAX_HEAD];
	struct own_room room;
	__u8 *data;
	size_t size;
	const struct own_base *base;
};

/* What makes the inputs is not under test, and is quicker without checks. */
#if defined(OWN_ASAN)
#define OWN_UNCHECKED	__attribute__((__no_sanitize__("address", "undefined", "integer", "nullability")))
#else
#define OWN_UNCHECKED
#endif

/* A number of 1, 2, 4 or 8 bytes at any address. */
OWN_UNCHECKED static inline __u64 own_get(const __u8 *at, size_t width)
{
	__u64 value = 0;

	switch (width) {
	case 1:
		return *at;
	case 2:
		memcpy(&value, at, 2);
		return value;
	case 4:
		memcpy(&value, at, 4);
		return value;
	default:
		memcpy(&value, at, 8);
		return value;
	}
}

OWN_UNCHECKED static inline void own_set(__u8 *at, size_t width, __u64 value)
{
	switch (width) {
	case 1:
		*at = (__u8)value;
		return;
	case 2:
		memcpy(at, &value, 2);
		return;
	case 4:
		memcpy(at, &value, 4);
		return;
	default:
		memcpy(at, &value, 8);
	}
}

/* splitmix64 */
OWN_UNCHECKED static inline __u64 own_next(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* A number below n, of 32 bits of chance. */
OWN_UNCHECKED static inline __u32 own_below(__u64 chance, __u32 n)
{
	return (__u32)((chance & 0xffffffff) * n >> 32);
}

OWN_UNCHECKED static inline void own_start(const struct own_bases *of, __u64 chance, struct own_input *input)
{
	const struct own_base *base = &of->bases[own_below(chance, of->nr_bases)];

	memcpy(input->head, base->head, of->head_size);
	input->data = own_room_resize(&input->room, base->size, false);
	memcpy(input->data, base->data, base->size);
	input->size = base->size;
	input->base = base;
}

/* What another base has at a place: so that values that mean something meet. */
OWN_UNCHECKED static inline bool own_other(const struct own_bases *of, __u32 place, bool head, __u64 chance, __u64 *value)
{
	const struct own_base *other = &of->bases[own_below(chance, of->nr_bases)];
	const __u8 *from = head ? other->head : other->data;
	size_t offset = place >> 8, width = place & 0xff;

	*value = 0;
	if (!head && offset + width > other->size)
		return false;
	*value = own_get(from + offset, width);
	return true;
}

/* A field drawn anew. */
OWN_UNCHECKED static inline void own_field(const struct own_bases *of, struct own_input *input, __u64 *state)
{
	static const __s8 near[] = { -64, -32, -16, -8, -4, -2, -1, 1, 2, 4, 8, 16, 20, 32, 64, 72 };
	__u64 chance = own_next(state), value = 0;
	__u32 n = own_below(chance, of->nr_places + input->base->nr_places);
	bool head = n < of->nr_places;
	__u32 place = head ? of->places[n] : input->base->places[n - of->nr_places];
	size_t offset = place >> 8, width = place & 0xff;
	__u8 *at = (head ? input->head : input->data) + offset;

	if (!head && offset + width > input->size)
		return;
	value = own_get(at, width);
	chance >>= 32;
	switch (chance & 7) {
	case 0:
	case 1:
		value ^= 1ULL << own_below(chance << 8, (__u32)width * 8);
		break;
	case 2:
		value += (__u64)(__s64)near[chance >> 4 & 15];
		break;
	case 3:
		value = own_next(state);
		value >>= chance >> 4 & 63;
		break;
	case 4:
		value = chance & 16 ? ~0ULL : 0;
		break;
	default:
		if (!own_other(of, place, head, own_next(state), &value))
			return;
	}
	own_set(at, width, value);
}

/* More or fewer bytes, those that are new by chance. */
OWN_UNCHECKED static inline void own_resize(struct own_input *input, __u64 *state)
{
	static __u8 kept[OWN_MAX_DATA];
	__u64 chance = own_next(state);
	size_t size = input->size, i;

	memcpy(kept, input->data, size);
	if (chance & 1)
		size = own_below(chance >> 32, (__u32)size + 1);
	else
		size += chance >> 8 & 0x1f;
	if (size > OWN_MAX_DATA)
		return;
	for (i = input->size; i < size; i++)
		kept[i] = chance & 2 ? 0 : (__u8)own_next(state);
	input->data = own_room_resize(&input->room, size, false);
	memcpy(input->data, kept, size);
	input->size = size;
}

/* A byte anywhere. */
OWN_UNCHECKED static inline void own_byte(struct own_input *input, __u64 chance)
{
	if (input->size)
		input->data[own_below(chance, (__u32)input->size)] ^= (__u8)(1 + own_below(chance >> 32 << 8, 255));
}

OWN_UNCHECKED static inline void own_draw(const struct own_bases *of, struct own_input *input, __u64 *state)
{
	__u64 chance = own_next(state);

	if (!input->base || !(chance & 15))
		own_start(of, chance >> 32, input);
	if ((chance >> 4 & 63) == 0)
		own_resize(input, state);
	else if ((chance >> 4 & 15) == 1)
		own_byte(input, own_next(state));
	else
		own_field(of, input, state);
}

#endif /* OWN_DRAW_H */
