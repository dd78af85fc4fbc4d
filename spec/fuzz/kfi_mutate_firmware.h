/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Operations on a firmware record: numbers, lengths, bits, and what nests put in, taken out, made
 * longer, cut; and two cases that become one. kfi_mutate.h is what to include.
 *
 * What is put in or taken out changes the lengths and counts of all that hold it; once in sixteen
 * times one of those is left as it was.
 */
#ifndef KFI_MUTATE_FIRMWARE_H
#define KFI_MUTATE_FIRMWARE_H

#include "kfi_mutate_record.h"

KFI_MUTATE_BEGIN

/* What may be left as it was. */
enum kfi_spared {
	KFI_SPARED_SECTION,
	KFI_SPARED_DATA,
	KFI_SPARED_BLOCK,
	KFI_SPARED_COUNT,
};

/* One thing: enum kfi_layout, where, its bytes, the entry and ARM section that hold it (0: none). */
struct kfi_node {
	size_t at;
	size_t size;
	size_t entry;
	size_t arm;
	unsigned int kind;
};

/* What is in a firmware record, as far as it is looked at. */
struct kfi_nodes {
	struct kfi_node of[KFI_MUTATE_NODES + 2 * KFI_MUTATE_ITEMS + 2];
	size_t count;
};

#define KFI_ESTATUS_AT(field)			(KFI_CASE_HEAD_SIZE + KFI_PLACE(ESTATUS_##field))
#define KFI_ENTRIES_AT				(KFI_CASE_HEAD_SIZE + KFI_SIZE_ESTATUS)

static inline void kfi_meet(struct kfi_nodes *nodes, unsigned int kind, size_t at, size_t size,
			    size_t entry, size_t arm)
{
	struct kfi_node *node = &nodes->of[nodes->count++];

	node->kind = kind;
	node->at = at;
	node->size = size;
	node->entry = entry;
	node->arm = arm;
}

/* The bytes of a context, with the zeros that pad it if they are zeros and fit. */
static inline size_t kfi_walk_context(const struct kfi_mutation *m, size_t at, size_t end)
{
	size_t size = KFI_SIZE_CONTEXT_INFO +
		      kfi_least(kfi_get(m, at + KFI_PLACE(CONTEXT_INFO_SIZE), 4),
				end - at - KFI_SIZE_CONTEXT_INFO);
	size_t i, padding = -size % KFI_CPER_CONTEXT_ALIGN;

	if (padding > end - at - size)
		return size;
	for (i = 0; i < padding; i++)
		if (m->data[at + size + i])
			return size;
	return size + padding;
}

static inline void kfi_walk_arm(const struct kfi_mutation *m, struct kfi_nodes *nodes, size_t entry,
				size_t at, size_t length)
{
	size_t left = kfi_least(kfi_get(m, at + KFI_PLACE(ARM_ERR_INFO_NUM), 2), KFI_MUTATE_ITEMS);
	size_t position = at + KFI_SIZE_ARM;
	size_t size, end;

	length = kfi_least(kfi_get(m, at + KFI_PLACE(ARM_SECTION_LENGTH), 4), length);
	end = at + length;
	kfi_meet(nodes, KFI_IN_ARM, at, length, entry, at);
	for (; left && position + KFI_SIZE_ERROR_INFO <= end; left--, position += size) {
		size = m->data[position + KFI_PLACE(ERROR_INFO_LENGTH)];
		if (size < KFI_SIZE_ERROR_INFO || size > end - position)
			size = KFI_SIZE_ERROR_INFO;
		kfi_meet(nodes, KFI_IN_ERROR_INFO, position, size, entry, at);
	}
	left = kfi_least(kfi_get(m, at + KFI_PLACE(ARM_CONTEXT_INFO_NUM), 2), KFI_MUTATE_ITEMS);
	for (; left && position + KFI_SIZE_CONTEXT_INFO <= end; left--, position += size) {
		size = kfi_walk_context(m, position, end);
		kfi_meet(nodes, KFI_IN_CONTEXT_INFO, position, size, entry, at);
	}
}

static inline void kfi_walk_section(const struct kfi_mutation *m, struct kfi_nodes *nodes,
				    size_t entry, size_t at, size_t length)
{
	__u64 low = kfi_get(m, entry, 8);
	__u64 high = kfi_get(m, entry + 8, 8);

	if (low == KFI_CPER_GUID_MEMORY_LO && high == KFI_CPER_GUID_MEMORY_HI) {
		if (length >= KFI_SIZE_MEMORY_OLD)
			kfi_meet(nodes, KFI_IN_MEMORY, at, length, entry, 0);
	} else if (low == KFI_CPER_GUID_ARM_LO && high == KFI_CPER_GUID_ARM_HI) {
		if (length >= KFI_SIZE_ARM)
			kfi_walk_arm(m, nodes, entry, at, length);
	}
}

/* What is there, with lenience: a length or count that lies is cut to what is there. */
static inline void kfi_walk(const struct kfi_mutation *m, struct kfi_nodes *nodes)
{
	size_t position = KFI_ENTRIES_AT;
	size_t head, length, end;

	nodes->count = 0;
	if (m->size < position)
		return;
	kfi_meet(nodes, KFI_IN_ESTATUS, KFI_CASE_HEAD_SIZE, KFI_SIZE_ESTATUS, 0, 0);
	end = position + kfi_least(kfi_get(m, KFI_ESTATUS_AT(DATA_LENGTH), 4), m->size - position);
	while (nodes->count < KFI_MUTATE_NODES && end - position >= KFI_SIZE_ENTRY_V2) {
		head = KFI_SIZE_ENTRY_V2;
		if (kfi_get(m, position + KFI_PLACE(ENTRY_REVISION), 2) >= KFI_CPER_REVISION_V3)
			head = KFI_SIZE_ENTRY_V3;
		if (end - position < head)
			break;
		length = kfi_least(kfi_get(m, position + KFI_PLACE(ENTRY_ERROR_DATA_LENGTH), 4),
				   end - position - head);
		kfi_meet(nodes, KFI_IN_ENTRY, position, head + length, position, 0);
		kfi_walk_section(m, nodes, position, position + head, length);
		position += head + length;
	}
	nodes->count = kfi_least(nodes->count, KFI_MUTATE_NODES);
}

/* One of the things in it. */
static inline bool kfi_one(struct kfi_mutation *m, struct kfi_node *node)
{
	struct kfi_nodes nodes;
	size_t chosen;

	kfi_walk(m, &nodes);
	chosen = kfi_below(m, nodes.count);
	if (!nodes.count)
		return false;
	*node = nodes.of[chosen];
	return true;
}

/* Add to a number, if it is there. */
static inline void kfi_add_there(struct kfi_mutation *m, size_t at, size_t width, __u64 number)
{
	if (at + width <= m->size)
		kfi_add(m, at, width, number);
}

/* What holds a node holds so many bytes more. */
static inline void kfi_grow(struct kfi_mutation *m, const struct kfi_node *node, __u64 by,
			    size_t spared)
{
	if (node->arm && spared != KFI_SPARED_SECTION)
		kfi_add_there(m, node->arm + KFI_PLACE(ARM_SECTION_LENGTH), 4, by);
	if (node->entry && spared != KFI_SPARED_DATA)
		kfi_add_there(m, node->entry + KFI_PLACE(ENTRY_ERROR_DATA_LENGTH), 4, by);
	if (spared != KFI_SPARED_BLOCK)
		kfi_add_there(m, KFI_ESTATUS_AT(DATA_LENGTH), 4, by);
	if (kfi_get(m, KFI_ESTATUS_AT(RAW_DATA_LENGTH), 4))
		kfi_add_there(m, KFI_ESTATUS_AT(RAW_DATA_OFFSET), 4, by);
}

/* A number anywhere in the firmware record becomes another. */
static inline void kfi_op_number(struct kfi_mutation *m)
{
	static const __u8 sizes[] = { KFI_SIZE_ESTATUS, KFI_SIZE_ENTRY_V3, KFI_SIZE_ARM,
				      KFI_SIZE_ERROR_INFO, KFI_SIZE_CONTEXT_INFO, KFI_SIZE_MEMORY };
	struct kfi_node node;
	size_t size;

	if (!kfi_one(m, &node))
		return;
	size = node.size > sizes[node.kind] ? node.size : sizes[node.kind];
	kfi_lie(m, node.at, kfi_least(node.at + size, m->size), node.kind);
}

/* One bit of what says which fields are valid is turned; one beyond the defined ones too. */
static inline void kfi_op_validity(struct kfi_mutation *m)
{
	struct kfi_node node;
	const __u8 *of;
	size_t bit, at;

	if (!kfi_one(m, &node))
		return;
	of = kfi_mutate_validity[node.kind];
	bit = kfi_below(m, of[2] + 1U);
	at = node.at + of[0];
	if (at + of[1] <= m->size)
		kfi_set(m, at, of[1], kfi_get(m, at, of[1]) ^ 1ULL << bit);
}

/* One other bit that means something is turned. */
static inline void kfi_op_mark(struct kfi_mutation *m)
{
	const struct kfi_range *range;
	const struct kfi_pair *mark;
	struct kfi_node node;

	if (!kfi_one(m, &node))
		return;
	range = &kfi_mutate_marks_of[node.kind];
	mark = &kfi_mutate_marks[range->first + kfi_below(m, range->count)];
	if (node.at + mark->at + mark->of / 8U < m->size)
		kfi_turn(m, node.at + mark->at, mark->of);
}

/* A length, a count or an offset: nothing, a little less or more, doubled, huge, or the most. */
static inline void kfi_op_measure(struct kfi_mutation *m)
{
	const struct kfi_range *range;
	const struct kfi_pair *measure;
	struct kfi_node node;
	size_t how, at;
	__u64 now, of[8];

	if (!kfi_one(m, &node))
		return;
	range = &kfi_mutate_measures_of[node.kind];
	if (!range->count)
		return;
	measure = &kfi_mutate_measures[range->first + kfi_below(m, range->count)];
	how = kfi_below(m, 8);
	at = node.at + measure->at;
	if (at + measure->of > m->size)
		return;
	now = kfi_get(m, at, measure->of);
	of[0] = 0;
	of[1] = now - 1;
	of[2] = now + 1;
	of[3] = now - 8;
	of[4] = now + 8;
	of[5] = 2 * now;
	of[6] = now ^ 1ULL << (8U * measure->of - 1);
	of[7] = ~0ULL;
	kfi_set(m, at, measure->of, of[how]);
}

/* The data entries of another firmware record behind those that are there. */
static inline void kfi_append(struct kfi_mutation *m, const struct kfi_mutation *other)
{
	size_t mine, theirs;
	__u64 status, one, two;

	if (m->size < KFI_ENTRIES_AT || other->size < KFI_ENTRIES_AT)
		return;
	mine = kfi_least(kfi_get(m, KFI_ESTATUS_AT(DATA_LENGTH), 4), m->size - KFI_ENTRIES_AT);
	theirs = kfi_least(kfi_get(other, KFI_ESTATUS_AT(DATA_LENGTH), 4),
			   other->size - KFI_ENTRIES_AT);
	if (!kfi_insert(m, KFI_ENTRIES_AT + mine, theirs))
		return;
	__builtin_memcpy(m->data + KFI_ENTRIES_AT + mine, other->data + KFI_ENTRIES_AT, theirs);
	kfi_set(m, KFI_ESTATUS_AT(DATA_LENGTH), 4, mine + theirs);
	if (kfi_get(m, KFI_ESTATUS_AT(RAW_DATA_LENGTH), 4))
		kfi_add(m, KFI_ESTATUS_AT(RAW_DATA_OFFSET), 4, theirs);
	status = kfi_get(m, KFI_ESTATUS_AT(BLOCK_STATUS), 4);
	one = status & KFI_CPER_COUNT_MASK;
	two = kfi_get(other, KFI_ESTATUS_AT(BLOCK_STATUS), 4) & KFI_CPER_COUNT_MASK;
	kfi_set(m, KFI_ESTATUS_AT(BLOCK_STATUS), 4,
		(status & ~(__u64)KFI_CPER_COUNT_MASK) |
		(one && two ? (one + two) & KFI_CPER_COUNT_MASK : 0));
}

/* A template as something to take from; nothing is written to it. */
static inline void kfi_take_template(struct kfi_mutation *m, unsigned int surface,
				     struct kfi_mutation *other)
{
	const struct kfi_template *t = kfi_any_template(m, surface);

	other->data = (__u8 *)(size_t)(kfi_mutate_bytes + t->at);
	other->size = t->size;
	other->room = t->size;
	other->state = 0;
	other->done = 0;
}

/* One error information or context more, a copy of what is there or of what is given. */
static inline void kfi_nest_item(struct kfi_mutation *m, const struct kfi_node *node, size_t at,
				 const __u8 *given, size_t size, size_t spared)
{
	size_t count = node->kind == KFI_IN_CONTEXT_INFO ? KFI_PLACE(ARM_CONTEXT_INFO_NUM) :
							   KFI_PLACE(ARM_ERR_INFO_NUM);

	if (!kfi_insert(m, at, size))
		return;
	__builtin_memmove(m->data + at, given ? given : m->data + at + size, size);
	if (spared != KFI_SPARED_COUNT)
		kfi_add_there(m, node->arm + count, 2, 1);
	kfi_grow(m, node, size, spared);
}

/* One more data entry, error information or context. */
static inline void kfi_op_nest(struct kfi_mutation *m)
{
	struct kfi_mutation other;
	struct kfi_node node;
	bool found = kfi_one(m, &node);
	size_t spared = kfi_below(m, KFI_MUTATE_SPARED);
	size_t twice = kfi_below(m, 2);

	if (!found)
		return;
	if (node.kind == KFI_IN_CONTEXT_INFO || (node.kind == KFI_IN_ERROR_INFO && twice)) {
		kfi_nest_item(m, &node, node.at, NULL, node.size, spared);
	} else if (node.kind == KFI_IN_ERROR_INFO || node.kind == KFI_IN_ARM) {
		kfi_nest_item(m, &node, node.at + (node.kind == KFI_IN_ARM ? KFI_SIZE_ARM : 0),
			      kfi_mutate_info, sizeof(kfi_mutate_info), spared);
	} else {
		kfi_take_template(m, KFI_CASE_FIRMWARE, &other);
		kfi_append(m, &other);
	}
}

/* One entry less in the count, where there is one. */
static inline void kfi_count_down(struct kfi_mutation *m)
{
	__u64 status = kfi_get(m, KFI_ESTATUS_AT(BLOCK_STATUS), 4);
	__u64 count = status - (1ULL << KFI_CPER_COUNT_SHIFT);

	if (status & KFI_CPER_COUNT_MASK)
		kfi_set(m, KFI_ESTATUS_AT(BLOCK_STATUS), 4,
			(status & ~(__u64)KFI_CPER_COUNT_MASK) | (count & KFI_CPER_COUNT_MASK));
}

/* One data entry, error information or context less. */
static inline void kfi_op_unnest(struct kfi_mutation *m)
{
	struct kfi_node node;
	bool found = kfi_one(m, &node);
	size_t spared = kfi_below(m, KFI_MUTATE_SPARED);

	if (!found || (node.kind != KFI_IN_ENTRY && node.kind != KFI_IN_ERROR_INFO &&
		       node.kind != KFI_IN_CONTEXT_INFO))
		return;
	kfi_erase(m, node.at, node.size);
	if (node.kind == KFI_IN_ENTRY)
		node.entry = 0;
	if (spared != KFI_SPARED_COUNT) {
		if (node.kind == KFI_IN_ENTRY)
			kfi_count_down(m);
		else
			kfi_add_there(m, node.arm + (node.kind == KFI_IN_ERROR_INFO ?
						     KFI_PLACE(ARM_ERR_INFO_NUM) :
						     KFI_PLACE(ARM_CONTEXT_INFO_NUM)),
				      2, ~0ULL);
	}
	kfi_grow(m, &node, 0 - (__u64)node.size, spared);
}

/* Raw data behind the entries. */
static inline void kfi_stretch_raw(struct kfi_mutation *m, size_t at, size_t by, size_t spared)
{
	if (!kfi_get(m, KFI_ESTATUS_AT(RAW_DATA_LENGTH), 4) && spared != KFI_SPARED_COUNT)
		kfi_set(m, KFI_ESTATUS_AT(RAW_DATA_OFFSET), 4, at - KFI_CASE_HEAD_SIZE);
	if (spared != KFI_SPARED_BLOCK)
		kfi_add(m, KFI_ESTATUS_AT(RAW_DATA_LENGTH), 4, by);
}

/* What a node says of its own length, or of what follows it. */
static inline void kfi_stretch_own(struct kfi_mutation *m, const struct kfi_node *node, size_t by,
				   size_t noisy)
{
	size_t valid = node->at + KFI_PLACE(ARM_VALIDATION_BITS);

	if (node->kind == KFI_IN_ERROR_INFO)
		kfi_add_there(m, node->at + KFI_PLACE(ERROR_INFO_LENGTH), 1, by);
	else if (node->kind == KFI_IN_CONTEXT_INFO)
		kfi_add_there(m, node->at + KFI_PLACE(CONTEXT_INFO_SIZE), 4, by);
	else if (node->kind == KFI_IN_ARM && noisy)
		kfi_set(m, valid, 4, kfi_get(m, valid, 4) | KFI_CPER_ARM_VALID_VENDOR_INFO);
}

/* Error information, context, vendor information, what follows a section, raw data: longer. */
static inline void kfi_op_stretch(struct kfi_mutation *m)
{
	struct kfi_node node;
	bool found = kfi_one(m, &node);
	size_t spared = kfi_below(m, KFI_MUTATE_SPARED);
	size_t by = 1 + kfi_below(m, KFI_MUTATE_MOST_STRETCH);
	size_t noisy = kfi_below(m, 2);
	size_t whole = kfi_below(m, 4);
	size_t at;

	if (!found)
		return;
	if (whole)
		by = (by + 7) / 8 * 8;
	at = node.kind == KFI_IN_ESTATUS ? m->size : node.at + node.size;
	if (!kfi_insert(m, at, by))
		return;
	if (noisy)
		kfi_noise(m, at, by);
	if (node.kind == KFI_IN_ESTATUS) {
		kfi_stretch_raw(m, at, by, spared);
		return;
	}
	if (spared != KFI_SPARED_COUNT)
		kfi_stretch_own(m, &node, by, noisy);
	kfi_grow(m, &node, by, spared);
}

/* An error information or a context becomes as short as it can be. */
static inline void kfi_op_squeeze(struct kfi_mutation *m)
{
	struct kfi_node node;
	bool found = kfi_one(m, &node);
	size_t spared = kfi_below(m, KFI_MUTATE_SPARED);
	size_t kept;

	if (!found || (node.kind != KFI_IN_ERROR_INFO && node.kind != KFI_IN_CONTEXT_INFO))
		return;
	kept = node.kind == KFI_IN_ERROR_INFO ? KFI_SIZE_ERROR_INFO : KFI_SIZE_CONTEXT_INFO;
	if (kept == node.size)
		return;
	kfi_erase(m, node.at + kept, node.size - kept);
	if (spared != KFI_SPARED_COUNT && node.kind == KFI_IN_ERROR_INFO)
		kfi_set(m, node.at + KFI_PLACE(ERROR_INFO_LENGTH), 1, kept);
	else if (spared != KFI_SPARED_COUNT)
		kfi_set(m, node.at + KFI_PLACE(CONTEXT_INFO_SIZE), 4, 0);
	kfi_grow(m, &node, (__u64)kept - node.size, spared);
}

/* The bytes end with something, within it or before it; half the time the status block agrees. */
static inline void kfi_op_cut(struct kfi_mutation *m)
{
	struct kfi_node node;
	bool found = kfi_one(m, &node);
	size_t where = kfi_below(m, 4);
	size_t agrees = kfi_below(m, 2);
	size_t within, size;

	if (!found)
		return;
	within = kfi_below(m, node.size);
	size = node.at + (where == 0 ? 0 : where == 1 ? within : where == 2 ? node.size :
			  node.size - 1);
	if (size < KFI_ENTRIES_AT || size > m->size)
		return;
	kfi_resize(m, size);
	if (!agrees)
		return;
	kfi_set(m, KFI_ESTATUS_AT(DATA_LENGTH), 4, size - KFI_ENTRIES_AT);
	kfi_set(m, KFI_ESTATUS_AT(RAW_DATA_LENGTH), 4, 0);
}

/* The record, or the oldest that is pending in a ring. */
static inline bool kfi_first(const struct kfi_mutation *m, struct kfi_area *area)
{
	struct kfi_image ring;

	area->start = KFI_CASE_HEAD_SIZE;
	area->end = m->size;
	area->grows = true;
	if (kfi_surface(m) == KFI_CASE_RECORD)
		return true;
	if (!kfi_find_image(m, &ring))
		return false;
	kfi_area_slot(&ring, ring.tail, area);
	return true;
}

/* Each field of a record from one or from the other. */
static inline void kfi_mix_fields(struct kfi_mutation *m, const struct kfi_mutation *other)
{
	struct kfi_area mine, theirs;
	bool found = kfi_find_area(m, &mine);
	__u64 chosen = kfi_draw(m);
	size_t n;

	if (!found || !kfi_first(other, &theirs))
		return;
	for (n = 0; n < KFI_COUNT(kfi_mutate_fields); n++) {
		const struct kfi_range *f = &kfi_mutate_fields[n];
		size_t end = (size_t)f->first + f->count;

		if (chosen >> n & 1 && end <= mine.end - mine.start &&
		    end <= theirs.end - theirs.start)
			__builtin_memcpy(m->data + mine.start + f->first,
					 other->data + theirs.start + f->first, f->count);
	}
}

/* The head and some of what follows, then the end of the other. */
static inline void kfi_mix_bytes(struct kfi_mutation *m, const struct kfi_mutation *other)
{
	size_t kept = KFI_CASE_HEAD_SIZE + kfi_below(m, m->size - KFI_CASE_HEAD_SIZE + 1);
	size_t taken = KFI_CASE_HEAD_SIZE + kfi_below(m, other->size - KFI_CASE_HEAD_SIZE + 1);
	size_t number = kfi_least(other->size - taken, m->room - kept);

	m->size = kept + number;
	__builtin_memcpy(m->data + kept, other->data + taken, number);
}

/* Two cases become one; both have a head. */
static inline void kfi_mix(struct kfi_mutation *m, const struct kfi_mutation *other)
{
	unsigned int one = kfi_surface(m);
	unsigned int two = kfi_surface(other);

	if (one == KFI_CASE_FIRMWARE && two == KFI_CASE_FIRMWARE)
		kfi_append(m, other);
	else if (one == KFI_CASE_FIRMWARE || two == KFI_CASE_FIRMWARE)
		kfi_mix_bytes(m, other);
	else
		kfi_mix_fields(m, other);
}

/* The case and one of the same surface that breaks nothing. */
static inline void kfi_op_splice(struct kfi_mutation *m)
{
	struct kfi_mutation other;

	kfi_take_template(m, kfi_surface(m), &other);
	kfi_mix(m, &other);
}

KFI_MUTATE_END

#endif /* KFI_MUTATE_FIRMWARE_H */
