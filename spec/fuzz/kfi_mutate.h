/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The mutator of cases (kfi_case.h): one becomes another by one to four operations, most of which
 * keep it valid but for one thing. For engines that take a custom mutator:
 *
 *	size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
 *	{
 *		return kfi_mutate(data, size, max, seed);
 *	}
 *
 * No libc, no allocation, no state: the same arguments give the same bytes, on every machine, and
 * the same as abi.fuzz.mutate gives in Python.
 */
#ifndef KFI_MUTATE_H
#define KFI_MUTATE_H

#include "kfi_mutate_firmware.h"
#include "kfi_mutate_ring.h"

KFI_MUTATE_BEGIN

static inline void kfi_op_afresh(struct kfi_mutation *m);

static inline void kfi_run_operation(struct kfi_mutation *m, unsigned int operation)
{
	static void (*const operations[])(struct kfi_mutation *) = {
		kfi_op_field, kfi_op_flag, kfi_op_skew, kfi_op_syndrome, kfi_op_settle, kfi_op_rule,
		kfi_op_template, kfi_op_splice, kfi_op_head, kfi_op_become, kfi_op_afresh, kfi_havoc,
		kfi_op_number, kfi_op_measure, kfi_op_validity, kfi_op_mark,
		kfi_op_nest, kfi_op_unnest, kfi_op_stretch, kfi_op_squeeze, kfi_op_cut,
		kfi_op_header, kfi_op_stamp, kfi_op_envelope, kfi_op_window, kfi_op_change,
		kfi_op_ring,
	};

	operations[operation](m);
}

/* Begin again from a case that breaks nothing, half the time of any surface; make one change. */
static inline void kfi_op_afresh(struct kfi_mutation *m)
{
	unsigned int surface = kfi_surface(m);

	if (kfi_below(m, 2))
		surface = (unsigned int)kfi_below(m, KFI_CASE_SURFACES);
	kfi_begin(m, surface);
	kfi_run_operation(m, kfi_mutate_alone[kfi_surface(m)][kfi_below(m, KFI_MUTATE_DRAWN_ALONE)]);
}

/* One operation, by its number. */
static inline void kfi_operate(struct kfi_mutation *m, unsigned int operation)
{
	m->done |= KFI_BIT(operation);
	kfi_run_operation(m, operation);
}

/* One operation that is drawn; a case without data becomes one that has some. */
static inline void kfi_step(struct kfi_mutation *m)
{
	unsigned int operation =
		kfi_mutate_choices[kfi_surface(m)][kfi_below(m, KFI_MUTATE_DRAWN)];

	if (m->size <= KFI_CASE_HEAD_SIZE && kfi_below(m, 4))
		operation = KFI_OP_TEMPLATE;
	kfi_operate(m, operation);
	if (m->size < KFI_CASE_HEAD_SIZE)
		kfi_resize(m, KFI_CASE_HEAD_SIZE);
}

/* Get bytes ready to be mutated; false, with bytes mutated, if there is no room for a head. */
static inline bool kfi_open(struct kfi_mutation *m, __u8 *data, size_t size, size_t max, __u64 seed)
{
	m->data = data;
	m->size = kfi_least(size, max);
	m->room = max;
	m->state = seed;
	m->done = 0;
	if (max < KFI_CASE_HEAD_SIZE) {
		kfi_operate(m, KFI_OP_HAVOC);
		return false;
	}
	if (m->size < KFI_CASE_HEAD_SIZE)
		kfi_resize(m, KFI_CASE_HEAD_SIZE);
	return true;
}

/* As kfi_mutate(), which see; @done says what was done, bit n for enum kfi_operation n. */
static inline size_t kfi_mutate_told(__u8 *data, size_t size, size_t max, __u64 seed, __u64 *done)
{
	struct kfi_mutation m;
	const __u8 *plan;
	size_t i;

	if (kfi_open(&m, data, size, max, seed)) {
		plan = kfi_mutate_plans[kfi_below(&m, KFI_COUNT(kfi_mutate_plans))];
		for (i = 0; i < plan[0]; i++)
			kfi_step(&m);
		if (plan[1] && kfi_surface(&m) != KFI_CASE_FIRMWARE)
			kfi_operate(&m, KFI_OP_SETTLE);
		for (i = 0; i < plan[2]; i++)
			kfi_step(&m);
	}
	*done = m.done;
	return m.size;
}

/**
 * kfi_mutate() - another case
 * @data: any bytes, mutated in place
 * @size: how many there are
 * @max: how many there can be
 * @seed: decides what is done
 *
 * Return: how many bytes there are now.
 */
static inline size_t kfi_mutate(__u8 *data, size_t size, size_t max, __u64 seed)
{
	__u64 done;

	return kfi_mutate_told(data, size, max, seed, &done);
}

/**
 * kfi_crossover() - a case of two
 * @one: any bytes
 * @one_size: how many
 * @other: any bytes
 * @other_size: how many
 * @out: filled; may not overlap them
 * @max: how many bytes fit
 * @seed: decides what comes of which
 *
 * Fields of two records, entries of two firmware records, else the end of one behind the other.
 *
 * Return: how many bytes of @out are filled.
 */
static inline size_t kfi_crossover(const __u8 *one, size_t one_size, const __u8 *other,
				   size_t other_size, __u8 *out, size_t max, __u64 seed)
{
	__u8 head[KFI_CASE_HEAD_SIZE] = { 0 };
	struct kfi_mutation m, from;
	size_t size = kfi_least(one_size, max);

	if (size)
		__builtin_memcpy(out, one, size);
	if (!kfi_open(&m, out, size, max, seed))
		return m.size;
	from.data = (__u8 *)(size_t)other;
	from.size = other_size;
	if (other_size < sizeof(head)) {
		if (other_size)
			__builtin_memcpy(head, other, other_size);
		from.data = head;
		from.size = sizeof(head);
	}
	from.room = from.size;
	from.state = 0;
	from.done = 0;
	kfi_mix(&m, &from);
	return m.size;
}

KFI_MUTATE_END

#endif /* KFI_MUTATE_H */
