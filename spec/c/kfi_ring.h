/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The consumer of the ring: a VMM's side of asynchronous delivery.
 *
 *	struct kfi_ring ring;
 *	struct kfi_slot slot;
 *	__u64 words[256];
 *
 *	if (!kfi_ring_attach(&ring, memory, size, &error))
 *		report error
 *	while (kfi_ring_fetch(&ring, words, sizeof(words), &slot, &error) == KFI_RING_SLOT) {
 *		handle it: kfi_read(slot.record, slot.record_size, ..., false, ...)
 *		kfi_ring_commit(&ring, &slot);
 *	}
 *
 * Delivery is at least once: who dies between handling a record and kfi_ring_commit() leaves it to
 * a successor, who sees it again with the same sequence. Nothing is believed that the producer
 * could change after it was checked: a slot is copied once, and tail is never read back.
 */
#ifndef KFI_RING_H
#define KFI_RING_H

#include "kfi_tables.h"

/*
 * A word of shared memory, loaded or stored by one access: with acquire, with release, or in no
 * order; and a barrier between loads. To be defined before this file where there are others.
 */
#ifndef KFI_LOAD_ACQUIRE
#ifdef __KERNEL__
#include <asm/barrier.h>
#include <linux/compiler.h>
/* before the slot that it publishes is read */
#define KFI_LOAD_ACQUIRE(p)			smp_load_acquire(p)
/* after the slot that it frees was read */
#define KFI_STORE_RELEASE(p, v)			smp_store_release(p, v)
#define KFI_LOAD(p)				READ_ONCE(*(p))
/* between the copy of a slot and the second look at its stamp */
#define KFI_LOAD_BARRIER()			smp_rmb()
#else
#define KFI_LOAD_ACQUIRE(p)			__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define KFI_STORE_RELEASE(p, v)			__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define KFI_LOAD(p)				__atomic_load_n(p, __ATOMIC_RELAXED)
#define KFI_LOAD_BARRIER()			__atomic_thread_fence(__ATOMIC_ACQUIRE)
#endif
#endif

/* The ring is little-endian. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define KFI_LE64(v)				__builtin_bswap64(v)
#else
#define KFI_LE64(v)				((__u64)(v))
#endif

/* What kfi_ring_fetch() gives. */
enum kfi_ring_step {
	KFI_RING_EMPTY,
	KFI_RING_SLOT,
	KFI_RING_REFUSED,
};

/**
 * struct kfi_ring - the one consumer of a ring
 * @words: the shared memory
 * @header_size: bytes before the first slot
 * @slot_size: bytes of a slot
 * @slots: number of slots, a power of two
 * @has_previous: @previous is known
 * @tail: position that is handled next
 * @previous: sequence of the slot before
 */
struct kfi_ring {
	__u64 *words;
	__u32 header_size;
	__u32 slot_size;
	__u32 slots;
	__u32 has_previous;
	__u64 tail;
	__u64 previous;
};

/**
 * struct kfi_slot - one published record
 * @position: its place in the ring's order, from 0
 * @sequence: number of the record in this channel, from 1
 * @record: its bytes in the caller's storage; zeros may follow its end
 * @record_size: how many
 * @vcpu: number of the vCPU, KVM_ARM_FAULT_NO_VCPU: none
 * @lost: records dropped since the slot before, saturating
 */
struct kfi_slot {
	__u64 position;
	__u64 sequence;
	const __u8 *record;
	size_t record_size;
	__u32 vcpu;
	__u32 lost;
};

static inline bool kfi_ring_refuse(struct kfi_error *error, int rule, int where, __u32 at,
				   __u64 got)
{
	error->offset = KFI_OFFSET(at);
	error->got = got;
	error->index = 0;
	error->item = 0;
	error->rule = (__u8)rule;
	error->where = (__u8)where;
	error->field = (__u8)KFI_FIELD(at);
	error->outcome = KFI_MALFORMED;
	return false;
}

static inline bool kfi_ring_refuse_header(struct kfi_error *error, __u32 at, __u64 got)
{
	return kfi_ring_refuse(error, KFI_RULE_VMM_RING_HEADER, KFI_WHERE_RING_HEADER, at, got);
}

/* The word of the shared memory at an offset, a multiple of 8. */
static inline __u64 *kfi_ring_word(const struct kfi_ring *ring, size_t offset)
{
	return ring->words + offset / 8;
}

/* Offset of the slot of a position. */
static inline size_t kfi_ring_offset(const struct kfi_ring *ring, __u64 position)
{
	return ring->header_size + (size_t)(position & (ring->slots - 1)) * ring->slot_size;
}

static inline bool kfi_ring_refuse_slot(const struct kfi_ring *ring, struct kfi_error *error,
					int rule, __u32 at, __u64 got)
{
	kfi_ring_refuse(error, rule, KFI_WHERE_RING_SLOT, at, got);
	error->offset += kfi_ring_offset(ring, ring->tail);
	error->index = ring->tail;
	return false;
}

/* The fields that never change, in the bytes of a header (vmm.ring.header). */
static inline bool kfi_ring_sizes(const __u8 *p, size_t size, bool newer, struct kfi_error *error)
{
	__u16 header = KFI_GET16(p, RING_HEADER_HEADER_SIZE);
	__u32 slot = KFI_GET32(p, RING_HEADER_SLOT_SIZE);
	__u32 slots = KFI_GET32(p, RING_HEADER_SLOTS);
	size_t own = sizeof(struct kvm_arm_fault_ring);

	if (header % 8 || (newer ? header < own : header != own))
		return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_HEADER_SIZE, header);
	if (slot % 8 || slot < sizeof(struct kvm_arm_fault_slot) + 8)
		return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_SLOT_SIZE, slot);
	if (slots < KVM_ARM_FAULT_RING_MIN_SLOTS || slots & (slots - 1) || size < header ||
	    slots > (size - header) / slot)
		return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_SLOTS, slots);
	return true;
}

/* tail <= head <= tail + slots; head is the producer's. */
static inline bool kfi_ring_window(__u64 head, __u64 tail, __u32 slots, struct kfi_error *error)
{
	if (head < KVM_ARM_FAULT_RING_COUNT_LIMIT && head >= tail && head - tail <= slots)
		return true;
	return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_HEAD, head);
}

static inline bool kfi_ring_lost(__u64 lost, struct kfi_error *error)
{
	if (lost < KVM_ARM_FAULT_RING_COUNT_LIMIT)
		return true;
	return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_LOST, lost);
}

/* A whole header, copied from shared memory (vmm.ring.header). */
static inline bool kfi_ring_header(const __u8 *p, size_t size, struct kfi_error *error)
{
	__u32 magic = KFI_GET32(p, RING_HEADER_MAGIC);
	__u8 major = KFI_GET8(p, RING_HEADER_MAJOR);
	bool newer = KFI_GET8(p, RING_HEADER_MINOR) > KVM_ARM_FAULT_RING_MINOR;
	const __u8 *reserved = p + KFI_OFFSET(KFI_AT_RING_HEADER_RESERVED);
	size_t i;

	if (magic != KVM_ARM_FAULT_RING_MAGIC)
		return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_MAGIC, magic);
	if (major != KVM_ARM_FAULT_RING_MAJOR)
		return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_MAJOR, major);
	if (!kfi_ring_sizes(p, size, newer, error))
		return false;
	/* A newer minor may use what is zero here. */
	for (i = 0; !newer && i < sizeof(((struct kvm_arm_fault_ring *)0)->reserved); i++)
		if (reserved[i])
			return kfi_ring_refuse_header(error, KFI_AT_RING_HEADER_RESERVED,
						      kfi_get64(reserved));
	return kfi_ring_lost(KFI_GET64(p, RING_HEADER_LOST), error) &&
	       kfi_ring_window(KFI_GET64(p, RING_HEADER_HEAD),
			       KFI_GET64(p, RING_HEADER_TAIL),
			       KFI_GET32(p, RING_HEADER_SLOTS), error);
}

/**
 * kfi_ring_attach() - take over a ring as its one consumer
 * @ring: filled if the header holds
 * @memory: the shared memory, mapped writable, at a multiple of 8
 * @size: its bytes
 * @error: filled if the header does not hold
 *
 * Nothing is stored. The producer may run: every word is loaded once.
 *
 * Return: whether the ring may be used.
 */
static inline bool kfi_ring_attach(struct kfi_ring *ring, void *memory, size_t size,
				   struct kfi_error *error)
{
	__u64 words[sizeof(struct kvm_arm_fault_ring) / 8];
	const __u8 *p = (const __u8 *)words;
	size_t i;

	if (size < sizeof(words))
		return kfi_ring_refuse(error, KFI_RULE_VMM_RING_HEADER, KFI_WHERE_RING_HEADER,
				       KFI_FIELD_none, size);
	ring->words = (__u64 *)memory;
	for (i = 0; i < sizeof(words) / 8; i++)
		words[i] = KFI_LOAD(ring->words + i);
	if (!kfi_ring_header(p, size, error))
		return false;
	ring->header_size = KFI_GET16(p, RING_HEADER_HEADER_SIZE);
	ring->slot_size = KFI_GET32(p, RING_HEADER_SLOT_SIZE);
	ring->slots = KFI_GET32(p, RING_HEADER_SLOTS);
	ring->tail = KFI_GET64(p, RING_HEADER_TAIL);
	ring->has_previous = 0;
	ring->previous = 0;
	return true;
}

/* A slot is used only if its stamp says that its position is complete (vmm.ring.stamp). */
static inline bool kfi_ring_stamp(const struct kfi_ring *ring, __u64 stamp, struct kfi_error *error)
{
	if (stamp == 2 * ring->tail + 2)
		return true;
	return kfi_ring_refuse_slot(ring, error, KFI_RULE_VMM_RING_STAMP, KFI_AT_RING_SLOT_STAMP,
				    stamp);
}

/* sequence and lost of a slot must fit what else is known (host.sequence). */
static inline bool kfi_ring_sequence(const struct kfi_ring *ring, const struct kfi_slot *slot,
				     __u64 lost, struct kfi_error *error)
{
	__u64 gap = slot->sequence - ring->previous - 1;
	__u64 first = ring->tail + 1;
	bool known = ring->has_previous || !ring->tail;

	if (slot->sequence < first || slot->sequence > first + lost ||
	    (known && slot->sequence <= ring->previous))
		return kfi_ring_refuse_slot(ring, error, KFI_RULE_HOST_SEQUENCE,
					    KFI_AT_RING_SLOT_SEQUENCE, slot->sequence);
	if (known && slot->lost != (gap < 0xffffffff ? gap : 0xffffffff))
		return kfi_ring_refuse_slot(ring, error, KFI_RULE_HOST_SEQUENCE,
					    KFI_AT_RING_SLOT_LOST, slot->lost);
	return true;
}

/* Bytes of storage that kfi_ring_fetch() needs: a slot without its stamp. */
static inline size_t kfi_ring_room(const struct kfi_ring *ring)
{
	return ring->slot_size - 8;
}

/* Copy a slot once, between two looks at its stamp (vmm.single_fetch, vmm.ring.stamp). */
static inline bool kfi_ring_copy(const struct kfi_ring *ring, __u64 *words, struct kfi_error *error)
{
	__u64 *from = kfi_ring_word(ring, kfi_ring_offset(ring, ring->tail));
	size_t i;

	if (!kfi_ring_stamp(ring, KFI_LE64(KFI_LOAD_ACQUIRE(from)), error))
		return false;
	for (i = 0; i < kfi_ring_room(ring) / 8; i++)
		words[i] = KFI_LOAD(from + 1 + i);
	KFI_LOAD_BARRIER();
	return kfi_ring_stamp(ring, KFI_LE64(KFI_LOAD(from)), error);
}

/* A slot from its bytes after the stamp. */
static inline void kfi_ring_slot(const struct kfi_ring *ring, const __u8 *p, struct kfi_slot *slot)
{
	size_t head = sizeof(struct kvm_arm_fault_envelope);

	slot->position = ring->tail;
	slot->vcpu = kfi_get32(p + offsetof(struct kvm_arm_fault_envelope, vcpu));
	slot->lost = kfi_get32(p + offsetof(struct kvm_arm_fault_envelope, lost));
	slot->sequence = kfi_get64(p + offsetof(struct kvm_arm_fault_envelope, sequence));
	slot->record = p + head;
	slot->record_size = kfi_ring_room(ring) - head;
}

/**
 * kfi_ring_fetch() - the oldest record that is not committed; frees nothing
 * @ring: the ring
 * @words: storage for a copy of the slot, which @slot->record points into
 * @size: its bytes, kfi_ring_room() or more
 * @slot: filled with KFI_RING_SLOT
 * @error: filled with KFI_RING_REFUSED; the slot then stays where it is. KFI_RULE_NONE if @words
 *	has no room
 *
 * Return: enum kfi_ring_step.
 */
static inline int kfi_ring_fetch(const struct kfi_ring *ring, __u64 *words, size_t size,
				 struct kfi_slot *slot, struct kfi_error *error)
{
	size_t head_at = offsetof(struct kvm_arm_fault_ring, head);
	size_t lost_at = offsetof(struct kvm_arm_fault_ring, lost);
	__u64 head = KFI_LE64(KFI_LOAD_ACQUIRE(kfi_ring_word(ring, head_at)));
	__u64 lost;

	if (!kfi_ring_window(head, ring->tail, ring->slots, error))
		return KFI_RING_REFUSED;
	if (head == ring->tail)
		return KFI_RING_EMPTY;
	if (size < kfi_ring_room(ring)) {
		kfi_ring_refuse(error, KFI_RULE_NONE, KFI_WHERE_RING, KFI_FIELD_none, size);
		return KFI_RING_REFUSED;
	}
	if (!kfi_ring_copy(ring, words, error))
		return KFI_RING_REFUSED;
	kfi_ring_slot(ring, (const __u8 *)words, slot);
	lost = KFI_LE64(KFI_LOAD(kfi_ring_word(ring, lost_at)));
	if (!kfi_ring_lost(lost, error) || !kfi_ring_sequence(ring, slot, lost, error))
		return KFI_RING_REFUSED;
	return KFI_RING_SLOT;
}

/**
 * kfi_ring_commit() - free a slot whose record has been handled (vmm.ring.tail)
 * @ring: the ring
 * @slot: what kfi_ring_fetch() gave
 *
 * Return: false, with nothing stored, unless it is the oldest slot.
 */
static inline bool kfi_ring_commit(struct kfi_ring *ring, const struct kfi_slot *slot)
{
	if (slot->position != ring->tail)
		return false;
	ring->tail++;
	ring->previous = slot->sequence;
	ring->has_previous = 1;
	KFI_STORE_RELEASE(kfi_ring_word(ring, offsetof(struct kvm_arm_fault_ring, tail)),
			  KFI_LE64(ring->tail));
	return true;
}

#endif /* KFI_RING_H */
