/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The readers behind flat calls. Inputs are copied to memory of just their size, for AddressSanitizer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kfi_entry.h"
#include "kfi_fill.h"
#include "kfi_reader.h"
#include "kfi_reply.h"
#include "kfi_ring.h"
#include "kfi_text.h"
#include "shim.h"

#define MANY 256
/* Bytes beyond what is allocated, by which a reader that is wrong on purpose answers the same every time. */
#ifndef SHIM_BEYOND
#define SHIM_BEYOND 0
#endif

uint64_t shim_rules_off;

static void *room_for(size_t size)
{
	void *room = malloc(size + SHIM_BEYOND);

	if (SHIM_BEYOND)
		memset(room, 0xa5, size + SHIM_BEYOND);
	return room;
}

static uint8_t *own(const uint8_t *data, size_t size)
{
	uint8_t *copy = (uint8_t *)room_for(size);

	if (size)
		memcpy(copy, data, size);
	return copy;
}

static void tell(const struct kfi_error *error, struct shim_error *out)
{
	struct kfi_decision d;

	out->offset = error->offset;
	out->got = error->got;
	out->rule = error->rule;
	out->outcome = error->outcome;
	memset(out->path, 0, sizeof(out->path));
	kfi_error_path(error, out->path, sizeof(out->path));
	kfi_decide_refusal(error, &d);
	if (d.action != KFI_ACTION_STOP || d.rule != error->rule || d.notes)
		abort();
}

const char *shim_name(int what, unsigned int number)
{
	switch (what) {
	case 0:
		return kfi_rule_name(number);
	case 1:
		return kfi_action_name(number);
	case 2:
		return kfi_way_name(number);
	case 3:
		return kfi_end_name(number);
	default:
		return "";
	}
}

int shim_read(const uint8_t *data, size_t size, int reader, int exact, struct shim_reading *out)
{
	uint8_t *copy = own(data, size);
	struct kfi_record record;
	struct kfi_error error;
	int outcome;

	memset(&record, 0, sizeof(record));
	memset(&error, 0, sizeof(error));
	memset(out, 0, sizeof(*out));
	outcome = kfi_read(copy, size, (__u8)reader, exact, &record, &error);
	if (outcome != KFI_UNDERSTOOD)
		tell(&error, &out->error);
	if (outcome == KFI_UNDERSTOOD || error.rule == KFI_RULE_VMM_CRITICAL_UNKNOWN) {
		out->broken = kfi_check(&record.info, (__u8)reader);
		out->tail_at = (uint64_t)(record.tail - copy);
		out->tail_size = record.tail_size;
		memcpy(out->record, &record.info, sizeof(record.info));
	}
	free(copy);
	return outcome;
}

uint64_t shim_check(const uint8_t *record, int reader)
{
	struct kvm_arm_fault_info info;

	memcpy(&info, record, sizeof(info));
	return kfi_check(&info, (__u8)reader);
}

void shim_decide(const uint8_t *data, size_t size, int reader, int exact, const uint64_t *vcpu,
		 const uint64_t *machine, struct shim_answer *out)
{
	uint8_t *copy = own(data, size);
	struct kfi_record record;
	struct kfi_error error;
	struct kvm_arm_fault_reply reply;
	struct kfi_machine own_machine;
	struct kfi_decision d;
	struct kfi_vcpu after;
	size_t i;

	memcpy(&after, vcpu, sizeof(after));
	own_machine.features = (__u32)machine[0];
	own_machine.repeats = (__u32)machine[1];
	own_machine.bound = (__u32)machine[2];
	own_machine.pending_serror = (__u32)machine[3];
	for (i = 0; i < 4; i++)
		own_machine.ways[i] = (__u8)(machine[4] >> 8 * i);
	own_machine.ras = machine[5] != 0;
	own_machine.firmware_va = machine[6] != 0;
	own_machine.answered = machine[7] != 0;
	own_machine.has_pending_serror = machine[8] != 0;
	memset(&d, 0xa5, sizeof(d));
	memset(&reply, 0xa5, sizeof(reply));
	out->understood = kfi_read(copy, size, (__u8)reader, exact, &record, &error) == KFI_UNDERSTOOD;
	if (out->understood)
		kfi_decide(&record, &after, &own_machine, &d);
	else
		kfi_decide_refusal(&error, &d);
	out->decision[0] = d.action;
	out->decision[1] = d.rule;
	out->decision[2] = d.via;
	out->decision[3] = d.esr_el1;
	out->decision[4] = d.far_el1;
	out->decision[5] = d.notes & KFI_HAS_FAR;
	out->decision[6] = d.serror_esr;
	out->decision[7] = (d.notes & KFI_FNV_AT_ODDS) != 0;
	kfi_apply(&d, &own_machine, &after);
	memcpy(out->vcpu, &after, sizeof(after));
	out->has_reply = out->understood && kfi_reply(&d, &record, &reply);
	memcpy(out->reply, &reply, sizeof(reply));
	free(copy);
}

void shim_apply(const uint8_t *reply, int kind, uint64_t features, int host_ras, const uint64_t *vcpu,
		struct shim_applied *out)
{
	struct kvm_arm_fault_reply said;
	struct kfi_vcpu after;
	__u64 pending = ~0ULL;

	memcpy(&said, reply, sizeof(said));
	memcpy(&after, vcpu, sizeof(after));
	out->rule = (uint64_t)fault_info_reply(&said, (__u16)kind, (__u32)features, host_ras, &after, &pending);
	out->pending = pending;
	memcpy(out->vcpu, &after, sizeof(after));
}

/* Walk again, after kfi_cper_open() has been through: every item must lie in the block. */
static uint64_t walk(const uint8_t *data, size_t size, struct shim_item *items)
{
	struct kfi_cper_item item;
	struct kfi_error error;
	struct kfi_cper w;
	uint64_t n = 0;

	if (!kfi_cper_open(&w, data, size, &error))
		abort();
	for (;; n++) {
		switch (kfi_cper_next(&w, &item, &error)) {
		case KFI_CPER_END:
			return n;
		case KFI_CPER_ITEM:
			break;
		default:
			abort();
		}
		if (item.bytes < data || item.size > size - (size_t)(item.bytes - data))
			abort();
		if (items && n < MANY) {
			items[n].type = item.type;
			items[n].entry = item.entry;
			items[n].item = item.item;
			items[n].at = (uint64_t)(item.bytes - data);
			items[n].size = item.size;
		}
	}
}

void shim_firmware(const uint8_t *data, size_t size, struct shim_block *out)
{
	uint8_t *copy = own(data, size);
	struct kfi_pa pas[MANY];
	struct kfi_firmware fw;
	struct kfi_error error;

	memset(out, 0, sizeof(*out));
	memset(&error, 0, sizeof(error));
	out->accepted = kfi_firmware_read(&fw, copy, size, pas, MANY, &error);
	if (!out->accepted) {
		tell(&error, &out->error);
	} else {
		uint64_t facts[] = { fw.flags, fw.severity, fw.nr_pas, fw.nr_vas, fw.addressed, fw.va, fw.va_mpidr, 0 };

		out->items = walk(copy, size, out->item);
		if (fw.nr_pas) {
			struct kfi_pa *one_less = (struct kfi_pa *)room_for((fw.nr_pas - 1) * sizeof(*pas));
			struct kfi_firmware small;

			memset(&error, 0xa5, sizeof(error));
			facts[7] = !kfi_firmware_read(&small, copy, size, one_less, fw.nr_pas - 1, &error) &&
				   error.rule == KFI_RULE_NONE;
			free(one_less);
		}
		memcpy(out->facts, facts, sizeof(facts));
		memcpy(out->pas, pas, fw.nr_pas * sizeof(*pas));
	}
	free(copy);
}

void shim_fill(const uint64_t *t, const uint64_t *memslots, int nr_memslots, const uint64_t *isolated,
	       int nr_isolated, const uint8_t *block, size_t size, struct shim_emission *out)
{
	uint8_t *copy = own(block, size);
	uint8_t *slots = nr_memslots ? own((const uint8_t *)memslots, (size_t)nr_memslots * 32) : NULL;
	uint8_t *pages = nr_isolated ? own((const uint8_t *)isolated, (size_t)nr_isolated * 16) : NULL;
	struct kvm_arm_fault_info info;
	struct kfi_emission emission;
	struct kfi_firmware fw;
	struct kfi_pa pas[MANY];
	struct kfi_error error;
	struct kfi_trap trap;

	memcpy(&trap, t, 8 * sizeof(*t));
	trap.memslots = (const struct kfi_memslot *)(void *)slots;
	trap.nr_memslots = (__u32)nr_memslots;
	trap.isolated = (const struct kfi_isolated *)(void *)pages;
	trap.nr_isolated = (__u32)nr_isolated;
	trap.has = (__u16)t[8];
	trap.kinds = (__u16)t[9];
	trap.walk_level = (__s8)(int64_t)t[10];
	trap.notify = (__u8)t[11];
	trap.minor = (__u8)t[12];
	trap.reserved = 0;
	if (size && !kfi_firmware_read(&fw, copy, size, pas, MANY, &error))
		abort();
	memset(&info, 0xa5, sizeof(info));
	memset(&emission, 0xa5, sizeof(emission));
	out->facts[0] = fault_info_fill(&trap, size ? &fw : NULL, &info, &emission);
	out->facts[1] = emission.rule;
	out->facts[2] = emission.end;
	out->facts[3] = emission.memory_failure;
	out->facts[4] = emission.injected;
	memcpy(out->record, &info, sizeof(info));
	free(copy);
	free(slots);
	free(pages);
}

struct shim_ring {
	struct kfi_ring ring;
	size_t room;
	__u64 *words;
};

void *shim_ring_new(uint8_t *memory, size_t size, size_t room, struct shim_slot *out)
{
	struct shim_ring *ring = (struct shim_ring *)room_for(sizeof(*ring));
	struct kfi_error error;

	memset(ring, 0xa5, sizeof(*ring));
	ring->words = NULL;
	if (!kfi_ring_attach(&ring->ring, memory, size, &error)) {
		tell(&error, &out->error);
		free(ring);
		return NULL;
	}
	ring->room = kfi_ring_room(&ring->ring) < room ? kfi_ring_room(&ring->ring) : room;
	ring->words = (__u64 *)room_for(ring->room);
	return ring;
}

void shim_ring_fetch(void *of, struct shim_slot *out)
{
	struct shim_ring *ring = (struct shim_ring *)of;
	struct kfi_error error;
	struct kfi_slot slot;
	int step;

	memset(&error, 0, sizeof(error));
	out->size = 0;
	step = kfi_ring_fetch(&ring->ring, ring->words, ring->room, &slot, &error);
	out->step = (uint64_t)step;
	if (step == KFI_RING_REFUSED)
		tell(&error, &out->error);
	if (step != KFI_RING_SLOT)
		return;
	out->facts[0] = slot.position;
	out->facts[1] = slot.vcpu;
	out->facts[2] = slot.lost;
	out->facts[3] = slot.sequence;
	out->size = slot.record_size;
	memcpy(out->record, slot.record, slot.record_size < sizeof(out->record) ? slot.record_size : sizeof(out->record));
}

int shim_ring_commit(void *of, uint64_t position)
{
	struct shim_ring *ring = (struct shim_ring *)of;
	struct kfi_slot slot;

	memset(&slot, 0, sizeof(slot));
	slot.position = position;
	memcpy(&slot.sequence, (const uint8_t *)ring->words + offsetof(struct kvm_arm_fault_envelope, sequence), 8);
	return kfi_ring_commit(&ring->ring, &slot);
}

void shim_ring_free(void *of)
{
	struct shim_ring *ring = (struct shim_ring *)of;

	if (ring)
		free(ring->words);
	free(ring);
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A few bytes of a copy changed and its end moved, count times; how often each reader took it. */
int shim_storm(const uint8_t *base, size_t size, uint64_t seed, int count)
{
	struct shim_reading read;
	int taken = 0;

	while (count--) {
		size_t length = next(&seed) % 8 ? size : next(&seed) % (size + 1);
		uint8_t *copy = own(base, length);
		uint64_t changes = next(&seed) % 4;
		struct kfi_firmware fw;
		struct kfi_pa pas[MANY];
		struct kfi_error error;

		while (length && changes--)
			copy[next(&seed) % length] = (uint8_t)(next(&seed) % 3 ? next(&seed) : 1u << next(&seed) % 8);
		taken += shim_read(copy, length, (int)(next(&seed) % 3), (int)(next(&seed) % 2), &read) == KFI_UNDERSTOOD;
		if (kfi_firmware_read(&fw, copy, length, pas, MANY, &error)) {
			walk(copy, length, NULL);
			taken++;
		}
		free(copy);
	}
	return taken;
}
