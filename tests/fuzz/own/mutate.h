/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The next input by the kit's own mutator (spec/fuzz/kfi_mutate.h): the case before, mutated once more,
 * now and then another base as a case. Taken apart, it is an input of the target that its surface
 * names; a firmware record goes to the walker or with some trap to the host.
 */
#ifndef OWN_MUTATE_H
#define OWN_MUTATE_H

#include "draw.h"
#include "kfi_case.h"
#include "targets.h"

#define OWN_CASE_MAX			2048

size_t own_kfi_mutate(__u8 *data, size_t size, size_t max, __u64 seed); /* mutator.c */

static __u8 own_case[OWN_CASE_MAX];
static size_t own_case_size;

static inline void own_case_start(const struct own_bases *of, __u64 chance)
{
	static const __u32 from[KFI_CASE_SURFACES] = { OWN_RECORD, OWN_FIRMWARE, OWN_RING };
	__u8 surface = (__u8)own_below(chance >> 32, KFI_CASE_SURFACES);
	const struct own_bases *bases = &of[from[surface]];
	const struct own_base *base = &bases->bases[own_below(chance, bases->nr_bases)];
	struct kfi_case_head head = { surface, 1, (__u8)(chance >> 40), (__u8)(chance >> 48), 0, { 0 } };
	size_t room = sizeof(own_case) - sizeof(head);
	size_t size = base->size < room ? base->size : room;

	memcpy(own_case, &head, sizeof(head));
	memcpy(own_case + sizeof(head), base->data, size);
	own_case_size = sizeof(head) + size;
}

static inline void own_case_record(const struct kfi_case *c, struct own_input *input)
{
	struct own_record_head h;

	memcpy(&h, input->head, sizeof(h));
	h.reader = c->reader;
	h.exact = c->options & KFI_CASE_EXACT;
	h.ras = !(c->options & KFI_CASE_NO_RAS);
	h.firmware_va = !(c->options & KFI_CASE_NO_FIRMWARE_VA);
	memcpy(input->head, &h, sizeof(h));
}

static inline void own_case_ring(const struct kfi_case *c, struct own_input *input)
{
	struct own_ring_head h = { .changes = (__u8)c->nr_changes, .dealt = c->dealt };
	struct kfi_case_change change;
	__u32 i;

	for (i = 0; i < c->nr_changes; i++) {
		kfi_case_change(c, i, &change);
		h.after[i] = change.after;
		h.word[i] = change.word;
		h.value[i] = change.value;
	}
	memcpy(input->head, &h, sizeof(h));
}

static inline void own_case_fill(struct own_input *input)
{
	struct own_fill_head h;

	memcpy(&h, input->head, sizeof(h));
	h.has_block = 1;
	memcpy(input->head, &h, sizeof(h));
}

/* The target that is given inputs[target] next. */
static inline __u32 own_case_draw(const struct own_bases *of, struct own_input *inputs, __u64 *state)
{
	__u64 chance = own_next(state);
	struct own_input *input;
	struct kfi_case c;
	__u32 target;

	if (!own_case_size || !(chance & 31))
		own_case_start(of, own_next(state));
	own_case_size = own_kfi_mutate(own_case, own_case_size, sizeof(own_case), own_next(state));
	kfi_case_parse(&c, own_case, own_case_size);
	if (c.surface == KFI_CASE_RECORD)
		target = OWN_RECORD;
	else if (c.surface == KFI_CASE_RING)
		target = OWN_RING;
	else
		target = own_targets[OWN_FILL].share && chance & 32 ? OWN_FILL : OWN_FIRMWARE;
	input = &inputs[target];
	own_start(&of[target], chance >> 32, input);
	if (target == OWN_RECORD)
		own_case_record(&c, input);
	else if (target == OWN_RING)
		own_case_ring(&c, input);
	else if (target == OWN_FILL)
		own_case_fill(input);
	input->data = own_room_resize(&input->room, c.size, false);
	memcpy(input->data, c.data, c.size);
	input->size = c.size;
	return target;
}

#endif /* OWN_MUTATE_H */
