/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The Rust crate on the same input: its answer must be that of the C readers, word for word. An
 * execution is one call of Rust.
 */
#ifndef OWN_RUST_H
#define OWN_RUST_H

#include "firmware.h"
#include "record.h"
#include "ring.h"

void own_rust_record(const __u64 *vcpu, const __u64 *machine, const __u8 *data, size_t size, __u64 *out);
void own_rust_firmware(const __u8 *data, size_t size, __u64 *out);
void own_rust_ring(size_t size, __u32 dealt, __u64 *out);
__u64 own_rust_load(size_t word);
void own_rust_store(size_t word, __u64 value);

/* Both answers, where they differ. */
static inline void own_same(const __u64 *c, const __u64 *rust, size_t words)
{
	size_t i;

	for (i = 0; i < words; i++)
		if (c[i] != rust[i])
			fprintf(stderr, "word %zu: C %#llx, Rust %#llx\n", i, (unsigned long long)c[i],
				(unsigned long long)rust[i]);
	OWN_CHECK(!memcmp(c, rust, words * sizeof(*c)));
}

/* Words 0 to 3 of every answer: 1, or 0 with rule, offset and number. */
static inline void own_words_of(const struct kfi_error *error, __u64 *out)
{
	out[0] = 0;
	out[1] = error->rule;
	out[2] = error->offset;
	out[3] = error->got;
}

/*
 * 4 rules broken, 5 size of the tail, 6 to 15 the record, 16 to 23 the decision (action, rule, via, has
 * FAR, ESR_EL1, FAR_EL1, SError, FnV at odds), 24 to 33 the vCPU after it, 34 whether there is a
 * reply, 35 to 42 the reply.
 */
#define OWN_RECORD_WORDS		43

static inline void own_c_record(const struct own_record_head *h, const struct kfi_machine *machine,
				const __u8 *data, size_t size, __u64 *out)
{
	struct kvm_arm_fault_reply reply;
	struct kfi_record record;
	struct kfi_error error;
	struct kfi_decision d;
	struct kfi_vcpu vcpu;

	memset(out, 0, OWN_RECORD_WORDS * sizeof(*out));
	memcpy(&vcpu, h->vcpu, sizeof(vcpu));
	if (kfi_read(data, size, h->reader, h->exact & 1, &record, &error) == KFI_UNDERSTOOD) {
		out[0] = 1;
		out[4] = kfi_check(&record.info, h->reader);
		out[5] = record.tail_size;
		memcpy(out + 6, &record.info, sizeof(record.info));
		kfi_decide(&record, &vcpu, machine, &d);
		out[34] = kfi_reply(&d, &record, &reply);
		if (out[34])
			memcpy(out + 35, &reply, sizeof(reply));
	} else {
		own_words_of(&error, out);
		kfi_decide_refusal(&error, &d);
	}
	kfi_apply(&d, machine, &vcpu);
	out[16] = d.action, out[17] = d.rule, out[18] = d.via, out[19] = !!(d.notes & KFI_HAS_FAR);
	out[20] = d.esr_el1, out[21] = d.far_el1, out[22] = d.serror_esr, out[23] = !!(d.notes & KFI_FNV_AT_ODDS);
	memcpy(out + 24, &vcpu, sizeof(vcpu));
}

static inline void own_both_record(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	__u64 c[OWN_RECORD_WORDS], rust[OWN_RECORD_WORDS], setup[11] = { 0 };
	struct kfi_machine machine;
	struct own_record_head h;

	memcpy(&h, head, sizeof(h));
	machine = own_machine(&h);
	setup[0] = h.features, setup[1] = h.repeats, setup[2] = h.bound, setup[3] = h.pending_serror;
	memcpy(setup + 4, h.ways, sizeof(h.ways));
	setup[5] = h.ras, setup[6] = h.firmware_va, setup[7] = h.answered, setup[8] = h.has_pending_serror;
	setup[9] = h.reader, setup[10] = h.exact & 1;
	own_rust_record(h.vcpu, setup, data, size, rust);
	own_c_record(&h, &machine, data, size, c);
	own_same(c, rust, OWN_RECORD_WORDS);
	if (*c)
		depth->understood++;
	else
		depth->refused++;
}

/*
 * 4 entries, 5 error informations, 6 contexts, 7 whether there is a record at all, 8 severity, 9
 * context corrupt, 10 addressed, 11 virtual addresses, 12 the first, 13 its MPIDR; then number and sum
 * of the physical addresses, of those that are queued, and of those that are lost.
 */
#define OWN_FIRMWARE_WORDS		20

static inline void own_count_items(const __u8 *data, size_t size, __u64 *out)
{
	struct kfi_cper_item item;
	struct kfi_error error;
	struct kfi_cper walk;

	OWN_CHECK(kfi_cper_open(&walk, data, size, &error));
	while (kfi_cper_next(&walk, &item, &error) == KFI_CPER_ITEM) {
		out[4] += item.type == KFI_CPER_ENTRY;
		out[5] += item.type == KFI_CPER_ERROR_INFO;
		out[6] += item.type == KFI_CPER_CONTEXT;
	}
}

static inline void own_c_firmware(const __u8 *data, size_t size, __u64 *out)
{
	struct kfi_pa *pas = own_pas_of(KFI_MAX_PAS(size));
	struct kfi_firmware fw;
	struct kfi_error error;
	__u32 i;

	memset(out, 0, OWN_FIRMWARE_WORDS * sizeof(*out));
	if (!kfi_firmware_read(&fw, data, size, pas, (__u32)KFI_MAX_PAS(size), &error)) {
		own_words_of(&error, out);
		return;
	}
	out[0] = 1;
	own_count_items(data, size, out);
	if (!(fw.flags & KFI_FIRMWARE_PRESENT))
		return;
	out[7] = 1, out[8] = fw.severity, out[9] = !!(fw.flags & KFI_FIRMWARE_CORRUPT);
	out[10] = fw.addressed, out[11] = fw.nr_vas, out[12] = fw.va;
	out[13] = fw.flags & KFI_FIRMWARE_VA_MPIDR ? fw.va_mpidr : 0;
	for (i = 0; i < fw.nr_pas; i++) {
		out[14]++, out[15] += pas[i].address;
		if (pas[i].what & KFI_PA_QUEUED)
			out[16]++, out[17] += pas[i].address;
		if (pas[i].what & KFI_PA_LOST)
			out[18]++, out[19] += pas[i].address;
	}
}

static inline void own_both_firmware(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	__u64 c[OWN_FIRMWARE_WORDS], rust[OWN_FIRMWARE_WORDS];

	(void)head;
	size = size < OWN_BLOCK_MAX ? size : OWN_BLOCK_MAX;
	own_rust_firmware(data, size, rust);
	own_c_firmware(data, size, c);
	own_same(c, rust, OWN_FIRMWARE_WORDS);
	if (*c)
		depth->understood++;
	else
		depth->refused++;
}

/* 4 slots fetched, 5 a sum over all that is in them and whether their record is understood. */
#define OWN_RING_WORDS			6

static inline __u64 own_mix(__u64 sum, __u64 word)
{
	return (sum ^ word) * 0x100000001b3ULL;
}

static inline __u64 own_mix_slot(__u64 sum, const struct kfi_slot *slot)
{
	struct kfi_record record;
	struct kfi_error error;
	__u64 word;
	size_t i;
	int outcome = kfi_read(slot->record, slot->record_size, KVM_ARM_FAULT_INFO_MINOR, false, &record, &error);

	sum = own_mix(own_mix(sum, slot->position), slot->vcpu);
	sum = own_mix(own_mix(sum, slot->lost), slot->sequence);
	sum = own_mix(sum, outcome == KFI_UNDERSTOOD);
	for (i = 0; i + 8 <= slot->record_size; i += 8) {
		memcpy(&word, slot->record + i, 8);
		sum = own_mix(sum, word);
	}
	return sum;
}

static inline void own_c_ring(size_t size, __u32 dealt, __u64 *out)
{
	static __u64 words[OWN_RING_MAX / 8];
	struct kfi_error error;
	struct kfi_ring ring;
	struct kfi_slot slot;
	int step;

	memset(out, 0, OWN_RING_WORDS * sizeof(*out));
	out[0] = 1;
	if (!kfi_ring_attach(&ring, own_shared.image, size, &error)) {
		own_words_of(&error, out);
		return;
	}
	for (;;) {
		step = kfi_ring_fetch(&ring, words, sizeof(words), &slot, &error);
		if (step == KFI_RING_REFUSED)
			own_words_of(&error, out);
		if (step != KFI_RING_SLOT)
			return;
		out[4]++;
		out[5] = own_mix_slot(out[5], &slot);
		if (out[4] > dealt)
			return;
		OWN_CHECK(kfi_ring_commit(&ring, &slot));
	}
}

__u64 own_rust_load(size_t word)
{
	return own_load(own_shared.image + word);
}

void own_rust_store(size_t word, __u64 value)
{
	own_shared.image[word] = value;
}

/* Both on the same memory, which changes after as many loads. */
static inline void own_both_ring(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	__u64 c[OWN_RING_WORDS], rust[OWN_RING_WORDS];
	__u32 dealt;

	size = (size < OWN_RING_MAX ? size : OWN_RING_MAX) / 8 * 8;
	own_share(head, data, size);
	dealt = own_shared.head.dealt % 8;
	own_rust_ring(size, dealt, rust);
	own_share(head, data, size);
	own_c_ring(size, dealt, c);
	/* Wider than a number: C says its first 8 bytes, Rust the first of its words that is not zero. */
	if (!c[0] && c[2] == KFI_OFFSET(KFI_AT_RING_HEADER_RESERVED))
		rust[3] = c[3];
	own_same(c, rust, OWN_RING_WORDS);
	if (*c)
		depth->understood++;
	else
		depth->refused++;
}

#endif /* OWN_RUST_H */
