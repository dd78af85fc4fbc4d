/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The ring's consumer, on memory that changes between its loads; each record that it gives is read. */
#ifndef OWN_RING_H
#define OWN_RING_H

#include "heads.h"
#include "own.h"

static __u64 own_load(__u64 *at);

#define KFI_LOAD_ACQUIRE(p)			own_load(p)
#define KFI_STORE_RELEASE(p, v)			(*(p) = (v))
#define KFI_LOAD(p)				own_load(p)
#define KFI_LOAD_BARRIER()			((void)0)

#include "kfi_reader.h"
#include "kfi_ring.h"
#include "path.h"

#define OWN_RING_MAX			(64 * 1024)

static struct own_ring_state {
	struct own_room memory;
	struct own_room words;
	struct own_ring_head head;
	__u64 *image;
	size_t image_words;
	__u32 loads;
} own_shared;

/* A word of the image, after what changes before it is loaded. */
static __u64 own_load(__u64 *at)
{
	const struct own_ring_head *h = &own_shared.head;
	__u8 i;

	for (i = 0; i < h->changes; i++)
		if (h->after[i] == own_shared.loads)
			own_shared.image[h->word[i] % own_shared.image_words] = h->value[i];
	own_shared.loads++;
	return *at;
}

static inline void own_ring_refused(const struct kfi_error *error)
{
	OWN_USE(*error);
	OWN_CHECK(error->rule != KFI_RULE_NONE && error->outcome == KFI_MALFORMED);
	own_path(error);
}

static inline void own_slot(const struct kfi_ring *ring, const struct kfi_slot *slot, const __u8 *words)
{
	struct kfi_record record;
	struct kfi_error error;
	int outcome;

	OWN_UNSET(record);
	OWN_UNSET(error);
	OWN_USE(*slot);
	OWN_CHECK(slot->position == ring->tail);
	OWN_CHECK(slot->record >= words && slot->record + slot->record_size == words + kfi_ring_room(ring));
	OWN_CHECK(!ring->has_previous || slot->sequence > ring->previous);
	outcome = kfi_read(slot->record, slot->record_size, KVM_ARM_FAULT_INFO_MINOR, false, &record, &error);
	if (outcome == KFI_UNDERSTOOD)
		OWN_USE(record);
	else
		OWN_USE(error);
}

/* A consumer deals with so many records, and fetches one more; false where it was refused. */
static bool own_consume(__u64 *image, size_t size, __u32 dealt, struct own_depth *depth)
{
	struct kfi_error error;
	struct kfi_ring ring;
	struct kfi_slot slot;
	size_t room;
	__u64 *words;
	int step;

	OWN_UNSET(ring);
	OWN_UNSET(error);
	if (!kfi_ring_attach(&ring, image, size, &error)) {
		own_ring_refused(&error);
		return false;
	}
	OWN_USE(ring);
	room = kfi_ring_room(&ring);
	words = (__u64 *)(void *)own_room_resize(&own_shared.words, room, true);
	for (;; dealt--) {
		own_unset(words, room);
		OWN_UNSET(slot);
		OWN_UNSET(error);
		step = kfi_ring_fetch(&ring, words, room, &slot, &error);
		if (step == KFI_RING_REFUSED)
			own_ring_refused(&error);
		if (step != KFI_RING_SLOT)
			return step == KFI_RING_EMPTY;
		own_slot(&ring, &slot, (const __u8 *)words);
		depth->understood++;
		if (!dealt)
			break;
		slot.position++;
		OWN_CHECK(!kfi_ring_commit(&ring, &slot));
		slot.position--;
		OWN_CHECK(kfi_ring_commit(&ring, &slot));
	}
	/* A copy needs room. */
	OWN_UNSET(error);
	step = kfi_ring_fetch(&ring, words, room - 8, &slot, &error);
	if (step == KFI_RING_REFUSED)
		OWN_USE(error);
	OWN_CHECK(step != KFI_RING_SLOT);
	return true;
}

/* The memory of an input, with nothing loaded yet. */
static void own_share(const __u8 *head, const __u8 *data, size_t size)
{
	struct own_ring_state *shared = &own_shared;
	__u8 *image;

	if (!shared->memory.memory) {
		own_room_open(&shared->memory, OWN_RING_MAX);
		own_room_open(&shared->words, OWN_RING_MAX);
	}
	memcpy(&shared->head, head, sizeof(shared->head));
	shared->head.changes %= OWN_MAX_CHANGES + 1;
	image = own_room_resize(&shared->memory, size, true);
	memcpy(image, data, size);
	shared->image = (__u64 *)(void *)image;
	shared->image_words = size / 8;
	shared->loads = 0;
}

static inline void own_ring(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	size = size < OWN_RING_MAX ? size : OWN_RING_MAX;
	own_share(head, data, size);
	if (!own_consume(own_shared.image, size, own_shared.head.dealt % 8, depth) ||
	    !own_consume(own_shared.image, size, 0, depth))
		depth->refused++;
}

#endif /* OWN_RING_H */
