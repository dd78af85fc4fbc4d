/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A conformance target in C: the readers of spec/c as a VMM uses them. To build it:
 *	cc -I../../c -I../../uapi adapter.c -o adapter
 */
#include "kfi_serve.h"

#include "kfi_entry.h"
#include "kfi_names.h"
#include "kfi_reader.h"
#include "kfi_ring.h"

static void vmm(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_vmm_request q;
	struct kfp_vmm_answer a = { 0 };
	struct kfi_machine machine;
	struct kfi_record record;
	struct kfi_error error;
	struct kfi_decision d;
	struct kfi_vcpu vcpu;
	struct kfp_part part = kfp_take_both(in, &q, sizeof(q));

	memcpy(&vcpu, &q, sizeof(vcpu)); /* the request begins with the registers of struct kfi_vcpu */
	machine = (struct kfi_machine){ q.features, q.repeats, q.bound, q.pending_serror, { 0 }, q.ras,
					q.firmware_va, q.answered, q.has_pending_serror };
	memcpy(machine.ways, q.ways, sizeof(machine.ways));
	a.outcome = (uint8_t)kfi_read(part.data, part.size, q.reader, q.exact, &record, &error);
	if (a.outcome == KFI_UNDERSTOOD) {
		a.tail = (uint32_t)record.tail_size;
		memcpy(a.info, &record.info, sizeof(a.info));
		kfi_decide(&record, &vcpu, &machine, &d);
	} else {
		kfi_decide_refusal(&error, &d);
	}
	kfi_apply(&d, &machine, &vcpu);
	a.action = d.action, a.via = d.via, a.notes = d.notes, a.serror_esr = d.serror_esr;
	a.pc = vcpu.pc, a.pstate = vcpu.pstate, a.esr_el1 = vcpu.esr_el1, a.far_el1 = vcpu.far_el1;
	a.elr_el1 = vcpu.elr_el1, a.spsr_el1 = vcpu.spsr_el1;
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(d.rule));
}

static void check(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_check_request q;
	struct kfp_check_answer a = { 0 };
	char names[4096] = "";
	struct kfi_record record;
	struct kfi_error error = { 0 };
	struct kfp_part part = kfp_take_both(in, &q, sizeof(q));

	a.outcome = (uint8_t)kfi_read(part.data, part.size, q.reader, q.exact, &record, &error);
	uint64_t broken = a.outcome == KFI_UNDERSTOOD ? kfi_check(&record.info, q.reader) : 0;
	for (unsigned int rule = 1; broken >> rule; rule++)
		if (broken >> rule & 1)
			strcat(strcat(names, *names ? " " : ""), kfi_rule_name(rule));
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(error.rule));
	kfp_put_text(out, names);
}

static __u64 memory[KFP_FRAME_MAX / 8], words[KFP_FRAME_MAX / 8];

/* A consumer deals with so many records, and fetches one more. */
static int consume(size_t size, uint32_t dealt, struct kfi_slot *slot, struct kfi_error *error)
{
	int step = KFI_RING_REFUSED;
	struct kfi_ring r;

	if (kfi_ring_attach(&r, memory, size, error))
		do
			step = kfi_ring_fetch(&r, words, sizeof(words), slot, error);
		while (step == KFI_RING_SLOT && dealt-- && kfi_ring_commit(&r, slot));
	return step;
}

static void ring(struct kfp_in *in, struct kfp_out *out)
{
	struct kfp_ring_request q;
	struct kfp_ring_answer a = { 0 };
	struct kfi_error error = { 0 };
	struct kfi_slot s;
	struct kfp_part image = kfp_take_both(in, &q, sizeof(q));

	memcpy(memory, image.data, image.size);
	if (consume(image.size, q.dealt, &s, &error) != KFI_RING_REFUSED &&
	    consume(image.size, 0, &s, &error) == KFI_RING_SLOT)
		a = (struct kfp_ring_answer){ s.position, s.sequence, s.lost, s.vcpu, 1, { 0 } };
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(error.rule));
	kfp_put_part(out, a.found ? s.record : NULL, a.found ? s.record_size : 0);
}

static const struct kfp_handler handlers[] = {
	{ KFP_TYPE_VMM, vmm }, { KFP_TYPE_CHECK, check }, { KFP_TYPE_RING, ring },
};
const struct kfp_target kfp_target = { "adapter.c", "1", "1.0 1.1", "vmm check ring", handlers, 3 };
