/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Operations on a ring: its header, stamps, envelopes, where its window stands, what changes while
 * it is read; and on the head of a case. kfi_mutate.h is what to include.
 */
#ifndef KFI_MUTATE_RING_H
#define KFI_MUTATE_RING_H

#include "kfi_mutate_record.h"

KFI_MUTATE_BEGIN

/* A field of the header becomes another number. */
static inline void kfi_op_header(struct kfi_mutation *m)
{
	struct kfi_image ring;

	if (kfi_find_image(m, &ring))
		kfi_lie(m, ring.start, m->size, KFI_IN_RING_HEADER);
}

/* A stamp: of another lap, of a neighbour, not done, never used, a bit turned, the right one. */
static inline __u64 kfi_other_stamp(struct kfi_mutation *m, const struct kfi_image *ring,
				    __u64 position)
{
	__u64 done = 2 * position + 2;
	__u64 lap = 2 * (__u64)ring->slots;
	size_t how = kfi_below(m, 9);
	size_t bit = kfi_below(m, 64);
	__u64 of[9];

	of[0] = done - 1;
	of[1] = 0;
	of[2] = done + lap;
	of[3] = done - lap;
	of[4] = done + 2;
	of[5] = done - 2;
	of[6] = done + 1;
	of[7] = done;
	of[8] = done ^ 1ULL << bit;
	return of[how];
}

/* The stamp of a record that is pending. */
static inline void kfi_op_stamp(struct kfi_mutation *m)
{
	struct kfi_image ring;
	__u64 position;

	if (!kfi_find_image(m, &ring))
		return;
	position = ring.tail + kfi_below(m, ring.pending);
	kfi_set(m, kfi_image_slot(&ring, position), 8, kfi_other_stamp(m, &ring, position));
}

/* Records were lost before one; of what tells of it something may be left out. */
static inline void kfi_lose(struct kfi_mutation *m, const struct kfi_image *ring, size_t at)
{
	__u64 gap = kfi_mutate_gaps[kfi_below(m, KFI_COUNT(kfi_mutate_gaps))];
	size_t left_out = kfi_below(m, 8);
	size_t later, end = left_out == 2 ? at + 1 : ring->pending;
	size_t place = kfi_image_slot(ring, ring->tail + at) + KFI_PLACE(RING_SLOT_LOST);
	__u64 lost = kfi_get(m, place, 4) + gap;

	if (left_out != 0)
		kfi_add(m, ring->start + KFI_PLACE(RING_HEADER_LOST), 8, gap);
	if (left_out != 1)
		kfi_set(m, place, 4, lost < 0xffffffff ? lost : 0xffffffff);
	for (later = at; later < end; later++)
		kfi_add(m, kfi_image_slot(ring, ring->tail + later) + KFI_PLACE(RING_SLOT_SEQUENCE), 8,
			gap);
}

/* A number of an envelope lies, or records were lost before it. */
static inline void kfi_op_envelope(struct kfi_mutation *m)
{
	struct kfi_image ring;
	size_t at, start;

	if (!kfi_find_image(m, &ring))
		return;
	at = kfi_below(m, ring.pending);
	start = kfi_image_slot(&ring, ring.tail + at);
	if (kfi_below(m, 2))
		kfi_lie(m, start, start + ring.slot_size, KFI_IN_RING_SLOT);
	else
		kfi_lose(m, &ring, at);
}

/* All positions move on by whole laps, and what tells of them with them, or not all. */
static inline void kfi_lap(struct kfi_mutation *m, const struct kfi_image *ring, __u64 by,
			   size_t left_out)
{
	size_t n, at;

	kfi_add(m, ring->start + KFI_PLACE(RING_HEADER_HEAD), 8, by);
	if (left_out != 0)
		kfi_add(m, ring->start + KFI_PLACE(RING_HEADER_TAIL), 8, by);
	for (n = 0; n < kfi_least(ring->slots, KFI_MUTATE_MOST_SHIFTED); n++) {
		at = kfi_image_slot(ring, ring->tail + n);
		if (left_out != 1 && kfi_get(m, at, 8))
			kfi_add(m, at, 8, 2 * by);
		if (left_out != 2 && n < ring->pending)
			kfi_add(m, at + KFI_PLACE(RING_SLOT_SEQUENCE), 8, by);
	}
}

/* An end of the window moves, or all of it. */
static inline void kfi_op_window(struct kfi_mutation *m)
{
	struct kfi_image ring;
	bool found = kfi_find_image(m, &ring);
	size_t how = kfi_below(m, 8);
	__u64 laps = kfi_mutate_laps[kfi_below(m, KFI_COUNT(kfi_mutate_laps))];
	size_t left_out = kfi_below(m, 8);

	if (!found)
		return;
	if (how < 4)
		kfi_add(m, ring.start + (how % 2 ? KFI_PLACE(RING_HEADER_TAIL) :
						   KFI_PLACE(RING_HEADER_HEAD)),
			8, how < 2 ? 1 : ~0ULL);
	else
		kfi_lap(m, &ring, laps * ring.slots, left_out);
}

/* How many records the first consumer deals with. */
static inline size_t kfi_dealt(const struct kfi_mutation *m)
{
	return m->data[KFI_HEAD_AT(dealt)] % KFI_CASE_DEALT;
}

/*
 * Loads before a change: header, then for each record head, stamp, the other words, stamp, lost; so
 * for the first consumer, then for the second, which reads one record.
 */
static inline size_t kfi_change_after(struct kfi_mutation *m, const struct kfi_image *ring,
				      size_t at, size_t within)
{
	size_t words = ring->slot_size / 8;
	size_t dealt = kfi_dealt(m);
	size_t each = words + 3;
	size_t before = sizeof(struct kvm_arm_fault_ring) / 8;
	size_t how = kfi_below(m, 4);
	size_t step = kfi_below(m, 5);
	size_t late = kfi_below(m, 2);
	size_t second = kfi_below(m, 2);
	size_t anywhere = kfi_below(m, 2 * before + each * (dealt + 2));
	size_t start = before + each * at + (second && at == dealt ? each + before : 0);

	if (how == 0)
		return start + 2 + within;
	if (how == 1)
		return start + (step < 3 ? step : words - 2 + step) + late;
	return anywhere;
}

/* A change; returned is what its word holds now. */
static inline __u64 kfi_change_draw(struct kfi_mutation *m, const struct kfi_image *ring,
				    struct kfi_case_change *change)
{
	size_t which = kfi_below(m, 8);
	size_t at = kfi_below(m, kfi_least(ring->pending, kfi_dealt(m) + 1));
	__u64 position = ring->tail + at;
	size_t within = which < 6 ? 0 : kfi_below(m, ring->slot_size / 8);
	size_t word = (kfi_image_slot(ring, position) - ring->start) / 8 + within;
	size_t how, bit, small;
	__u64 now, any;

	if (which < 4)
		word = kfi_mutate_shared[which];
	now = kfi_get(m, ring->start + word * 8, 8);
	if (which >= 4 && which < 6) {
		change->value = kfi_other_stamp(m, ring, position);
	} else {
		how = kfi_below(m, 4);
		bit = kfi_below(m, 64);
		small = 1 + kfi_below(m, 16);
		any = kfi_draw(m);
		change->value = how == 0 ? now ^ 1ULL << bit : how == 1 ? now + small :
				how == 2 ? now - small : any;
	}
	change->word = (__u32)word;
	change->after = (__u32)kfi_change_after(m, ring, at, within);
	return now;
}

static inline void kfi_change_write(struct kfi_mutation *m, size_t at,
				    const struct kfi_case_change *change)
{
	kfi_set(m, at + offsetof(struct kfi_case_change, after), 4, change->after);
	kfi_set(m, at + offsetof(struct kfi_case_change, word), 4, change->word);
	kfi_set(m, at + offsetof(struct kfi_case_change, value), 8, change->value);
}

/* A change more, and half the time back. */
static inline void kfi_change_more(struct kfi_mutation *m, const struct kfi_image *ring,
				   size_t number)
{
	struct kfi_case_change change;
	__u64 now = kfi_change_draw(m, ring, &change);
	size_t more = 1 + kfi_below(m, 2);
	size_t later = 1 + kfi_below(m, 16);
	size_t at;

	for (; more; more--) {
		at = KFI_CASE_HEAD_SIZE + number * KFI_CASE_CHANGE_SIZE;
		if (number == KFI_CASE_MAX_CHANGES || !kfi_insert(m, at, KFI_CASE_CHANGE_SIZE))
			return;
		number++;
		m->data[KFI_HEAD_AT(changes)] = (__u8)number;
		kfi_change_write(m, at, &change);
		change.after += (__u32)later;
		change.value = now;
	}
}

/* A page that changes between reads: a change more, one less, or another for one. */
static inline void kfi_op_change(struct kfi_mutation *m)
{
	struct kfi_case_change change;
	struct kfi_image ring;
	bool found = kfi_find_image(m, &ring);
	size_t number = kfi_changes(m);
	size_t how = kfi_below(m, 8);
	size_t at = KFI_CASE_HEAD_SIZE + kfi_below(m, number) * KFI_CASE_CHANGE_SIZE;

	if (!found)
		return;
	if (!number || (how < 4 && number < KFI_CASE_MAX_CHANGES)) {
		kfi_change_more(m, &ring, number);
	} else if (how < 6) {
		kfi_change_draw(m, &ring, &change);
		kfi_change_write(m, at, &change);
	} else if (how == 6) {
		kfi_add(m, at, 4, kfi_below(m, 9) - 4);
	} else {
		kfi_erase(m, at, KFI_CASE_CHANGE_SIZE);
		m->data[KFI_HEAD_AT(changes)] = (__u8)(number - 1);
	}
}

/* The numbers of a ring that is made. */
struct kfi_made {
	__u64 tail;
	__u64 lost;
	size_t slots;
	size_t pending;
	size_t slot_size;
};

static inline void kfi_make_header(struct kfi_mutation *m, const struct kfi_made *made)
{
	size_t at = KFI_CASE_HEAD_SIZE;

	kfi_set(m, at + KFI_PLACE(RING_HEADER_MAGIC), 4, KVM_ARM_FAULT_RING_MAGIC);
	kfi_set(m, at + KFI_PLACE(RING_HEADER_HEADER_SIZE), 2, sizeof(struct kvm_arm_fault_ring));
	kfi_set(m, at + KFI_PLACE(RING_HEADER_MAJOR), 1, KVM_ARM_FAULT_RING_MAJOR);
	kfi_set(m, at + KFI_PLACE(RING_HEADER_MINOR), 1, KVM_ARM_FAULT_RING_MINOR);
	kfi_set(m, at + KFI_PLACE(RING_HEADER_SLOT_SIZE), 4, made->slot_size);
	kfi_set(m, at + KFI_PLACE(RING_HEADER_SLOTS), 4, made->slots);
	kfi_set(m, at + KFI_PLACE(RING_HEADER_HEAD), 8, made->tail + made->pending);
	kfi_set(m, at + KFI_PLACE(RING_HEADER_TAIL), 8, made->tail);
	kfi_set(m, at + KFI_PLACE(RING_HEADER_LOST), 8, made->lost);
}

/* A record that is pending: the first of them tells how many were lost. */
static inline void kfi_make_slot(struct kfi_mutation *m, const struct kfi_made *made, size_t at,
				 __u64 position)
{
	__u64 gap = position == made->tail ? made->lost : 0;

	kfi_set(m, at + KFI_PLACE(RING_SLOT_VCPU), 4, position % 2);
	kfi_set(m, at + KFI_PLACE(RING_SLOT_LOST), 4, gap < 0xffffffff ? gap : 0xffffffff);
	kfi_set(m, at + KFI_PLACE(RING_SLOT_SEQUENCE), 8, position + 1 + made->lost);
}

static inline size_t kfi_made_size(const struct kfi_made *made)
{
	return KFI_CASE_HEAD_SIZE + sizeof(struct kvm_arm_fault_ring) + made->slots * made->slot_size;
}

static inline void kfi_make_ring(struct kfi_mutation *m, const struct kfi_made *made,
				 const __u8 *record, size_t size)
{
	__u64 head = made->tail + made->pending;
	__u64 position = head > made->slots ? head - made->slots : 0;
	size_t at;

	kfi_resize(m, KFI_CASE_HEAD_SIZE);
	kfi_resize(m, kfi_made_size(made));
	kfi_make_header(m, made);
	for (; position < head; position++) {
		at = KFI_CASE_HEAD_SIZE + sizeof(struct kvm_arm_fault_ring) +
		     (size_t)(position % made->slots) * made->slot_size;
		kfi_set(m, at, 8, 2 * position + 2);
		if (position < made->tail)
			continue;
		kfi_make_slot(m, made, at, position);
		__builtin_memcpy(m->data + at + sizeof(struct kvm_arm_fault_slot), record, size);
	}
}

/* A ring in which a record is pending, once or more, in the place of what was there. */
static inline void kfi_enclose(struct kfi_mutation *m, size_t start, size_t end)
{
	__u8 record[KFI_MUTATE_MOST_ENCLOSED];
	size_t size = kfi_least(end - start, sizeof(record));
	struct kfi_made made;
	size_t dealt;

	__builtin_memcpy(record, m->data + start, size);
	made.slots = (size_t)2 << kfi_below(m, 2);
	made.pending = 1 + kfi_below(m, made.slots);
	made.slot_size = sizeof(struct kvm_arm_fault_slot) + (size + 7) / 8 * 8;
	made.slot_size += kfi_below(m, 4) ? 0 : 8;
	made.tail = kfi_mutate_tails[kfi_below(m, KFI_COUNT(kfi_mutate_tails))];
	made.lost = kfi_mutate_losts[kfi_below(m, KFI_COUNT(kfi_mutate_losts))];
	dealt = kfi_below(m, made.pending);
	if (kfi_made_size(&made) > m->room) {
		made.slots = 2;
		made.pending = kfi_least(made.pending, made.slots);
	}
	if (kfi_made_size(&made) > m->room)
		return;
	m->data[KFI_HEAD_AT(surface)] = KFI_CASE_RING;
	m->data[KFI_HEAD_AT(changes)] = 0;
	m->data[KFI_HEAD_AT(dealt)] = (__u8)dealt;
	kfi_make_ring(m, &made, record, size);
}

/* A ring is made anew, of one of its records. */
static inline void kfi_op_ring(struct kfi_mutation *m)
{
	struct kfi_area area;

	if (kfi_find_area(m, &area))
		kfi_enclose(m, area.start, area.end);
}

/* A record out of a ring. */
static inline void kfi_disclose(struct kfi_mutation *m)
{
	struct kfi_area area;

	if (!kfi_find_area(m, &area)) {
		kfi_whole(m, KFI_CASE_RECORD);
		return;
	}
	kfi_resize(m, area.end);
	kfi_erase(m, KFI_CASE_HEAD_SIZE, area.start - KFI_CASE_HEAD_SIZE);
	m->data[KFI_HEAD_AT(surface)] = KFI_CASE_RECORD;
	m->data[KFI_HEAD_AT(changes)] = 0;
}

static inline void kfi_become(struct kfi_mutation *m, unsigned int surface)
{
	unsigned int was = kfi_surface(m);

	if (was == KFI_CASE_RECORD && surface == KFI_CASE_RING && m->size > KFI_CASE_HEAD_SIZE)
		kfi_enclose(m, KFI_CASE_HEAD_SIZE, m->size);
	else if (was == KFI_CASE_RING && surface == KFI_CASE_RECORD)
		kfi_disclose(m);
	else
		kfi_whole(m, surface);
}

/* The data is of another surface, made anew of what was there. */
static inline void kfi_op_become(struct kfi_mutation *m)
{
	kfi_become(m, (kfi_surface(m) + 1 + (unsigned int)kfi_below(m, 2)) % KFI_CASE_SURFACES);
}

/* The reader, an option, or how many are dealt with, and nothing else. */
static inline void kfi_op_head(struct kfi_mutation *m)
{
	size_t how = kfi_below(m, 4);
	size_t number = kfi_below(m, 8);

	if (how == 0)
		m->data[KFI_HEAD_AT(reader)] ^= 1;
	else if (how == 1)
		m->data[KFI_HEAD_AT(options)] ^= KFI_CASE_EXACT;
	else if (how == 2)
		m->data[KFI_HEAD_AT(options)] ^= (__u8)(1U << number);
	else
		m->data[KFI_HEAD_AT(dealt)] = (__u8)number;
}

KFI_MUTATE_END

#endif /* KFI_MUTATE_RING_H */
