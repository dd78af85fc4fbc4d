/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The walker and what it reduces to, on any block; and the host's emitter on any trap and block: the
 * record that it makes must read back as understood, and break no rule.
 */
#ifndef OWN_FIRMWARE_H
#define OWN_FIRMWARE_H

#include "heads.h"
#include "kfi_fill.h"
#include "kfi_reader.h"
#include "own.h"
#include "path.h"

#define OWN_BLOCK_MAX			(64 * 1024)
#define OWN_PAS				KFI_MAX_PAS(OWN_BLOCK_MAX)

static struct own_room own_pas;

/* Room for so many addresses and not one more. */
static inline struct kfi_pa *own_pas_of(size_t number)
{
	if (!own_pas.memory)
		own_room_open(&own_pas, OWN_PAS * sizeof(struct kfi_pa));
	return (struct kfi_pa *)(void *)own_room_resize(&own_pas, number * sizeof(struct kfi_pa), true);
}

/* Where a block is accepted, each item of a walk lies within it. */
static inline void own_walk(const __u8 *data, size_t size)
{
	struct kfi_cper_item item;
	struct kfi_error error;
	struct kfi_cper walk;
	int step;

	OWN_UNSET(walk);
	OWN_CHECK(kfi_cper_open(&walk, data, size, &error));
	OWN_USE(walk);
	for (;;) {
		OWN_UNSET(item);
		step = kfi_cper_next(&walk, &item, &error);
		if (step == KFI_CPER_END)
			return;
		OWN_CHECK(step == KFI_CPER_ITEM);
		OWN_USE(item);
		OWN_CHECK(item.bytes >= data && item.size <= size && item.bytes + item.size <= data + size);
		own_use(item.bytes, item.size);
	}
}

static inline bool own_reduce(struct kfi_firmware *fw, const __u8 *data, size_t size)
{
	struct kfi_pa *pas = own_pas_of(KFI_MAX_PAS(size));
	struct kfi_error error;

	own_unset(fw, sizeof(*fw));
	own_unset(pas, KFI_MAX_PAS(size) * sizeof(*pas));
	OWN_UNSET(error);
	if (kfi_firmware_read(fw, data, size, pas, (__u32)KFI_MAX_PAS(size), &error)) {
		own_use(fw, sizeof(*fw));
		own_use(pas, fw->nr_pas * sizeof(*pas));
		return true;
	}
	OWN_USE(error);
	OWN_CHECK(error.rule == KFI_RULE_HOST_CPER_STRICT && error.outcome == KFI_MALFORMED);
	OWN_CHECK(error.offset <= size);
	own_path(&error);
	return false;
}

static inline void own_firmware(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	struct own_firmware_head h;
	struct kfi_firmware fw, small;
	struct kfi_error error;
	__u32 room;

	memcpy(&h, head, sizeof(h));
	size = size < OWN_BLOCK_MAX ? size : OWN_BLOCK_MAX;
	if (!own_reduce(&fw, data, size)) {
		depth->refused++;
		return;
	}
	depth->understood++;
	own_walk(data, size);
	if (!fw.nr_pas)
		return;
	room = h.room % fw.nr_pas;
	OWN_UNSET(error);
	OWN_CHECK(!kfi_firmware_read(&small, data, size, own_pas_of(room), room, &error));
	OWN_CHECK(error.rule == KFI_RULE_NONE);
}

/* The rules that a record may break because the trap did not keep struct kfi_isolated: none, or one. */
static inline __u64 own_excused(const struct kfi_trap *trap)
{
	__u32 i;

	for (i = 0; i < trap->nr_isolated; i++)
		if (trap->isolated[i].lsb > KFI_LSB_MAX)
			return KFI_BIT(KFI_RULE_HOST_LSB_ADDRESS);
	return 0;
}

/* A record of ours: readers of every version understand it, and it breaks no rule. */
static inline void own_judge(const struct kvm_arm_fault_info *info, const struct kfi_trap *trap)
{
	struct kfi_record record;
	struct kfi_error error;
	__u64 broken;
	__u8 reader;

	OWN_CHECK(info->minor == trap->minor);
	for (reader = 0; reader <= KVM_ARM_FAULT_INFO_MINOR; reader++) {
		OWN_UNSET(record);
		OWN_CHECK(kfi_read(info, info->size, reader, true, &record, &error) == KFI_UNDERSTOOD);
		OWN_USE(record);
		broken = kfi_check(&record.info, reader) & ~own_excused(trap);
		if (broken)
			fprintf(stderr, "%s\n", kfi_rule_name((unsigned int)__builtin_ctzll(broken)));
		OWN_CHECK(!broken);
	}
}

static inline bool own_zeros(const struct kvm_arm_fault_info *info)
{
	struct kvm_arm_fault_info none;

	kfi_clear(&none);
	return !memcmp(info, &none, sizeof(none));
}

/* Slots and pages in memory of just their size. */
static inline void own_trap(struct kfi_trap *trap, const struct own_fill_head *h)
{
	static __u8 *slots[OWN_MAX_SLOTS + 1], *pages[OWN_MAX_ISOLATED + 1];
	__u32 n = h->nr_memslots % (OWN_MAX_SLOTS + 1), m = h->nr_isolated % (OWN_MAX_ISOLATED + 1);

	if (!slots[n])
		slots[n] = (__u8 *)malloc(n * sizeof(*trap->memslots));
	if (!pages[m])
		pages[m] = (__u8 *)malloc(m * sizeof(*trap->isolated));
	memcpy(slots[n], h->memslots, n * sizeof(*trap->memslots));
	memcpy(pages[m], h->isolated, m * sizeof(*trap->isolated));
	memcpy(trap, h, offsetof(struct kfi_trap, memslots)); /* the head begins with the registers */
	trap->memslots = (const struct kfi_memslot *)(const void *)slots[n];
	trap->isolated = (const struct kfi_isolated *)(const void *)pages[m];
	trap->nr_memslots = n;
	trap->nr_isolated = m;
	trap->has = h->has;
	trap->kinds = h->kinds;
	trap->walk_level = (__s8)(h->walk_level % 6 - 2);
	trap->notify = h->notify;
	trap->minor = h->minor % (KVM_ARM_FAULT_INFO_MINOR + 1);
	trap->reserved = 0;
}

static inline void own_fill(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	struct kvm_arm_fault_info info;
	struct kfi_emission emission;
	struct kfi_firmware fw;
	struct own_fill_head h;
	struct kfi_trap trap;
	bool block, made;
	__u32 i;

	memcpy(&h, head, sizeof(h));
	own_trap(&trap, &h);
	size = size < OWN_BLOCK_MAX ? size : OWN_BLOCK_MAX;
	block = h.has_block & 1 && own_reduce(&fw, data, size);
	OWN_UNSET(info);
	OWN_UNSET(emission);
	made = fault_info_fill(&trap, block ? &fw : NULL, &info, &emission);
	OWN_USE(info);
	OWN_USE(emission);
	if (made) {
		own_judge(&info, &trap);
		OWN_CHECK(emission.end == KFI_END_RECORD && emission.rule == KFI_RULE_NONE);
		depth->understood++;
	} else {
		OWN_CHECK(own_zeros(&info) && emission.end != KFI_END_RECORD);
		OWN_CHECK(*kfi_rule_name(emission.rule));
		depth->refused++;
	}
	for (i = 0; block && i < fw.nr_pas && fw.flags & KFI_FIRMWARE_PRESENT && !kfi_firmware_fatal(&fw); i++) {
		OWN_UNSET(info);
		if (fault_info_notice(&trap, &fw, fw.pas[i].address, &info, &emission))
			own_judge(&info, &trap);
		else
			OWN_CHECK(own_zeros(&info));
	}
}

#endif /* OWN_FIRMWARE_H */
