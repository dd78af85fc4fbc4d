/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the operations of the mutator share: the numbers that are drawn (splitmix64), the bytes that
 * are mutated, and where in them things are. kfi_mutate.h is what to include.
 *
 * Everything is as in abi/fuzz of the project, statement by statement: numbers are drawn in the
 * same order, so that one seed gives the same bytes.
 */
#ifndef KFI_MUTATE_BASE_H
#define KFI_MUTATE_BASE_H

#include "kfi_mutate_tables.h"

/*
 * What an engine counts and compares is the target's, not the mutator's: functions from here to the
 * end are not instrumented for coverage.
 */
#ifdef __clang__
#define KFI_MUTATE_BEGIN							\
	_Pragma("clang attribute push(__attribute__((no_sanitize(\"coverage\"))), apply_to = function)")
#define KFI_MUTATE_END				_Pragma("clang attribute pop")
#else
#define KFI_MUTATE_BEGIN
#define KFI_MUTATE_END
#endif

KFI_MUTATE_BEGIN

/**
 * struct kfi_mutation - bytes that are mutated
 * @data: the bytes
 * @size: how many there are
 * @room: how many there can be
 * @state: of the numbers that are drawn: the seed
 * @done: bit n: enum kfi_operation n was done
 */
struct kfi_mutation {
	__u8 *data;
	size_t size;
	size_t room;
	__u64 state;
	__u64 done;
};

/* A record in the bytes; if it grows it reaches to their end, which may move. */
struct kfi_area {
	size_t start;
	size_t end;
	bool grows;
};

/* A ring in the bytes: where its image starts, where its first slot, and at least one slot. */
struct kfi_image {
	size_t start;
	size_t first;
	size_t slot_size;
	size_t slots;
	size_t pending;
	__u64 tail;
};

#define KFI_HEAD_AT(field)			offsetof(struct kfi_case_head, field)
/* Where a field of a layout is. */
#define KFI_PLACE(place)			KFI_OFFSET(KFI_AT_##place)

static inline __u64 kfi_draw(struct kfi_mutation *m)
{
	__u64 z;

	m->state += KFI_MUTATE_GOLDEN;
	z = m->state;
	z = (z ^ z >> 30) * KFI_MUTATE_MIX_1;
	z = (z ^ z >> 27) * KFI_MUTATE_MIX_2;
	return z ^ z >> 31;
}

/* A number from 0 up to limit, which is below 2^32 and not reached; 0 if there is none. */
static inline size_t kfi_below(struct kfi_mutation *m, size_t limit)
{
	return (size_t)((kfi_draw(m) >> 32) * (__u64)limit >> 32);
}

/* kfi_get() and kfi_set(): a little-endian number of 1 to 8 bytes at a place that is there. */
static inline __u64 kfi_get(const struct kfi_mutation *m, size_t at, size_t width)
{
	const __u8 *p = m->data + at;

	switch (width) {
	case 1:
		return p[0];
	case 2:
		return kfi_get16(p);
	case 4:
		return kfi_get32(p);
	default:
		return kfi_get64(p);
	}
}

static inline void kfi_set(struct kfi_mutation *m, size_t at, size_t width, __u64 value)
{
	__u8 *p = m->data + at;
	size_t i;

	switch (width) {
	case 1:
		p[0] = (__u8)value;
		break;
	case 2:
		((struct kfi_unaligned16 *)(void *)p)->number = (__u16)KFI_LE(16, (__u16)value);
		break;
	case 4:
		((struct kfi_unaligned32 *)(void *)p)->number = (__u32)KFI_LE(32, (__u32)value);
		break;
	case 8:
		((struct kfi_unaligned64 *)(void *)p)->number = KFI_LE(64, value);
		break;
	default:
		for (i = 0; i < width; i++)
			p[i] = (__u8)(value >> 8 * i);
	}
}

static inline void kfi_add(struct kfi_mutation *m, size_t at, size_t width, __u64 number)
{
	kfi_set(m, at, width, kfi_get(m, at, width) + number);
}

static inline void kfi_turn(struct kfi_mutation *m, size_t at, size_t bit)
{
	m->data[at + bit / 8] ^= (__u8)(1U << bit % 8);
}

static inline size_t kfi_least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* Open a gap of zeros; false, with nothing done, if there is no room. */
static inline bool kfi_insert(struct kfi_mutation *m, size_t at, size_t number)
{
	if (number > m->room - m->size)
		return false;
	__builtin_memmove(m->data + at + number, m->data + at, m->size - at);
	__builtin_memset(m->data + at, 0, number);
	m->size += number;
	return true;
}

static inline void kfi_erase(struct kfi_mutation *m, size_t at, size_t number)
{
	__builtin_memmove(m->data + at, m->data + at + number, m->size - at - number);
	m->size -= number;
}

/* Cut the bytes, or add zeros as far as there is room. */
static inline void kfi_resize(struct kfi_mutation *m, size_t size)
{
	size = kfi_least(size, m->room);
	if (size > m->size)
		__builtin_memset(m->data + m->size, 0, size - m->size);
	m->size = size;
}

/* Random bytes; a word is drawn for each eight of them. */
static inline void kfi_noise(struct kfi_mutation *m, size_t at, size_t number)
{
	size_t start;

	for (start = 0; start < number; start += 8)
		kfi_set(m, at + start, kfi_least(8, number - start), kfi_draw(m));
}

/* Turn bits of a word, as far as it is there. */
static inline void kfi_turn_word(struct kfi_mutation *m, size_t at, __u64 bits)
{
	size_t i;

	if (m->size >= 8 && at <= m->size - 8) {
		kfi_set(m, at, 8, kfi_get(m, at, 8) ^ bits);
		return;
	}
	for (i = 0; i < 8 && at + i < m->size; i++)
		m->data[at + i] ^= (__u8)(bits >> 8 * i);
}

static inline unsigned int kfi_surface(const struct kfi_mutation *m)
{
	return m->data[KFI_HEAD_AT(surface)] % KFI_CASE_SURFACES;
}

/* How many changes there are. */
static inline size_t kfi_changes(const struct kfi_mutation *m)
{
	if (kfi_surface(m) != KFI_CASE_RING)
		return 0;
	return kfi_least(m->data[KFI_HEAD_AT(changes)] % (KFI_CASE_MAX_CHANGES + 1U),
			 (m->size - KFI_CASE_HEAD_SIZE) / KFI_CASE_CHANGE_SIZE);
}

/* Where the slot of a position begins. */
static inline size_t kfi_image_slot(const struct kfi_image *ring, __u64 position)
{
	return ring->first + (size_t)(position % ring->slots) * ring->slot_size;
}

/* The ring of a case, if there is anything like one; sizes that cannot be are taken for others. */
static inline bool kfi_find_image(const struct kfi_mutation *m, struct kfi_image *ring)
{
	const __u8 *p = m->data + KFI_CASE_HEAD_SIZE + kfi_changes(m) * KFI_CASE_CHANGE_SIZE;
	size_t header, fit, slots, own = sizeof(struct kvm_arm_fault_ring);

	ring->start = (size_t)(p - m->data);
	if (kfi_surface(m) != KFI_CASE_RING || m->size - ring->start < own)
		return false;
	header = KFI_GET16(p, RING_HEADER_HEADER_SIZE);
	if (header < own || header % 8)
		header = own;
	ring->first = ring->start + header;
	ring->slot_size = KFI_GET32(p, RING_HEADER_SLOT_SIZE);
	if (ring->first > m->size || ring->slot_size < sizeof(struct kvm_arm_fault_slot) + 8 ||
	    ring->slot_size > m->size - ring->first)
		return false;
	fit = (m->size - ring->first) / ring->slot_size;
	slots = KFI_GET32(p, RING_HEADER_SLOTS);
	ring->slots = slots && slots < fit ? slots : fit;
	ring->tail = KFI_GET64(p, RING_HEADER_TAIL);
	ring->pending = ring->slots;
	if (KFI_GET64(p, RING_HEADER_HEAD) - ring->tail - 1 < ring->slots)
		ring->pending = (size_t)(KFI_GET64(p, RING_HEADER_HEAD) - ring->tail);
	return true;
}

static inline void kfi_area_slot(const struct kfi_image *ring, __u64 position, struct kfi_area *area)
{
	size_t at = kfi_image_slot(ring, position);

	area->start = at + sizeof(struct kvm_arm_fault_slot);
	area->end = at + ring->slot_size;
	area->grows = false;
}

/* A record of the case: the data, or one that is pending in a ring, drawn. */
static inline bool kfi_find_area(struct kfi_mutation *m, struct kfi_area *area)
{
	struct kfi_image ring;

	if (kfi_surface(m) == KFI_CASE_RECORD) {
		area->start = KFI_CASE_HEAD_SIZE;
		area->end = m->size;
		area->grows = true;
		return true;
	}
	if (!kfi_find_image(m, &ring))
		return false;
	kfi_area_slot(&ring, ring.tail + kfi_below(m, ring.pending), area);
	return true;
}

/*
 * Another value for a place: half the time one worth trying, else near what is there, or any, half
 * the time in the top byte alone.
 */
static inline __u64 kfi_other(struct kfi_mutation *m, const struct kfi_place *place, __u64 now)
{
	size_t how = kfi_below(m, 8);
	__u64 delta;

	if (how < 4)
		return kfi_mutate_values[place->first + kfi_below(m, place->count)];
	if (how < 6)
		return now ^ 1ULL << kfi_below(m, 8U * place->width);
	if (how < 7) {
		delta = kfi_mutate_deltas[kfi_below(m, KFI_COUNT(kfi_mutate_deltas))];
		return kfi_below(m, 2) ? now + delta : now - delta;
	}
	if (kfi_below(m, 2))
		return now ^ (__u64)(1 + kfi_below(m, 0xff)) << 8 * (place->width - 1U);
	return kfi_draw(m);
}

/* Change a number of the layout (enum kfi_layout) that begins at a place, if it ends by end. */
static inline void kfi_lie(struct kfi_mutation *m, size_t at, size_t end, unsigned int layout)
{
	const struct kfi_range *places = &kfi_mutate_layouts[layout];
	const struct kfi_place *place =
		&kfi_mutate_places[places->first + kfi_below(m, places->count)];
	bool there = at + place->offset + place->width <= end;
	__u64 now = there ? kfi_get(m, at + place->offset, place->width) : 0;
	__u64 value = kfi_other(m, place, now);

	if (there)
		kfi_set(m, at + place->offset, place->width, value);
}

/* Bytes without any structure: a number of any width, any value of a few. */
static inline void kfi_havoc_number(struct kfi_mutation *m, size_t at)
{
	size_t width = (size_t)1 << kfi_below(m, 4);
	__u64 value = kfi_mutate_havoc_bytes[kfi_below(m, KFI_COUNT(kfi_mutate_havoc_bytes))];

	if (kfi_below(m, 2))
		value -= 0x100;
	if (at + width <= m->size)
		kfi_set(m, at, width, value);
}

static inline void kfi_havoc_insert(struct kfi_mutation *m, size_t at)
{
	size_t number = 1 + kfi_below(m, KFI_MUTATE_MOST_HAVOC);
	size_t noisy = kfi_below(m, 2);

	if (kfi_insert(m, at, number) && noisy)
		kfi_noise(m, at, number);
}

static inline void kfi_havoc_copy(struct kfi_mutation *m, size_t at)
{
	size_t source = kfi_below(m, m->size);
	size_t number = 1 + kfi_below(m, KFI_MUTATE_MOST_HAVOC);

	number = kfi_least(number, m->size - (at > source ? at : source));
	__builtin_memmove(m->data + at, m->data + source, number);
}

/* One of: bits, bytes, numbers at any place; bytes put in, taken out, copied, cut off. */
static inline void kfi_havoc(struct kfi_mutation *m)
{
	size_t how = kfi_below(m, 8);
	size_t at = kfi_below(m, m->size);

	if (how == 5)
		kfi_havoc_insert(m, at);
	else if (!m->size)
		return;
	else if (how == 0)
		kfi_turn(m, at, kfi_below(m, 8));
	else if (how == 1)
		m->data[at] = (__u8)kfi_below(m, 256);
	else if (how == 2)
		m->data[at] = (__u8)(m->data[at] + kfi_below(m, 33) - 16);
	else if (how == 3)
		kfi_havoc_number(m, at);
	else if (how == 4)
		kfi_erase(m, at, kfi_least(1 + kfi_below(m, KFI_MUTATE_MOST_HAVOC), m->size - at));
	else if (how == 6)
		kfi_havoc_copy(m, at);
	else
		kfi_resize(m, at);
}

KFI_MUTATE_END

#endif /* KFI_MUTATE_BASE_H */
