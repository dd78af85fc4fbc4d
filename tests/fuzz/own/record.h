/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The VMM's side: kfi_read(), kfi_check(), kfi_decide(), kfi_apply(), kfi_reply(); and the host's
 * fault_info_reply() on the reply of the VMM, which must end in the same vCPU; on any reply alone.
 */
#ifndef OWN_RECORD_H
#define OWN_RECORD_H

#include "heads.h"
#include "kfi_reply.h"
#include "own.h"
#include "path.h"

static inline void own_refusal(const struct kfi_error *error, int outcome)
{
	struct kfi_decision d;

	OWN_UNSET(d);
	OWN_USE(*error);
	OWN_CHECK(error->outcome == outcome && error->rule != KFI_RULE_NONE);
	kfi_decide_refusal(error, &d);
	OWN_USE(d);
	OWN_CHECK(d.action == KFI_ACTION_STOP && d.rule == error->rule);
	own_path(error);
}

/* What the VMM tells the host must make the vCPU that it would have written by itself. */
static inline void own_told(const struct kvm_arm_fault_reply *reply, bool has, const struct kfi_record *record,
			    const struct kfi_machine *machine, struct kfi_vcpu *before,
			    const struct kfi_vcpu *after, const struct kfi_decision *d)
{
	__u64 pending = ~0ULL;
	int rule;

	OWN_USE(*reply);
	rule = fault_info_reply(reply, record->info.kind, machine->features, true, before, &pending);
	OWN_CHECK(rule == KFI_RULE_NONE);
	OWN_CHECK(!memcmp(before, after, sizeof(*before)));
	OWN_CHECK(has || pending == ~0ULL);
	OWN_CHECK(pending == ~0ULL || (d->action == KFI_ACTION_PEND && pending == d->serror_esr));
}

static inline void own_understood(const struct kfi_record *record, const struct kfi_machine *machine,
				  const __u64 *registers, __u8 reader)
{
	__u64 broken = kfi_check(&record->info, reader);
	struct kvm_arm_fault_reply reply;
	struct kfi_vcpu before, after;
	struct kfi_decision d;
	bool has;

	OWN_UNSET(d);
	OWN_UNSET(reply);
	OWN_USE(broken);
	OWN_CHECK(!(broken & KFI_REFUSALS));
	memcpy(&before, registers, sizeof(before));
	after = before;
	kfi_decide(record, &after, machine, &d);
	OWN_USE(d);
	OWN_CHECK(d.rule != KFI_RULE_NONE);
	kfi_apply(&d, machine, &after);
	OWN_USE(after);
	has = kfi_reply(&d, record, &reply);
	own_told(&reply, has, record, machine, &before, &after, &d);
}

static inline struct kfi_machine own_machine(const struct own_record_head *h)
{
	struct kfi_machine machine = { h->features, h->repeats, h->bound, h->pending_serror, { 0 }, h->ras,
				       h->firmware_va, h->answered, h->has_pending_serror };

	memcpy(machine.ways, h->ways, sizeof(machine.ways));
	return machine;
}

static inline void own_record(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	struct own_record_head h;
	struct kfi_machine machine;
	struct kfi_record record;
	struct kfi_error error;
	int outcome;

	memcpy(&h, head, sizeof(h));
	machine = own_machine(&h);
	OWN_UNSET(record);
	OWN_UNSET(error);
	outcome = kfi_read(data, size, h.reader, h.exact & 1, &record, &error);
	if (outcome == KFI_UNDERSTOOD) {
		OWN_USE(record);
		OWN_CHECK(record.tail >= data && record.tail + record.tail_size <= data + size);
		own_use(record.tail, record.tail_size);
		own_understood(&record, &machine, h.vcpu, h.reader);
		depth->understood++;
	} else {
		own_refusal(&error, outcome);
		OWN_CHECK(KFI_BIT(error.rule) & KFI_REFUSALS || error.rule == KFI_RULE_VMM_MALFORMED);
		OWN_CHECK(error.offset <= size);
		if (error.rule == KFI_RULE_VMM_CRITICAL_UNKNOWN) {
			OWN_USE(record);
			OWN_CHECK(kfi_check(&record.info, h.reader) & KFI_BIT(error.rule));
		}
		depth->refused++;
	}
}

static inline void own_reply(const __u8 *head, const __u8 *data, size_t size, struct own_depth *depth)
{
	struct kvm_arm_fault_reply reply = { 0 };
	struct kfi_vcpu before, after;
	struct own_reply_head h;
	__u64 pending = ~0ULL;
	int rule;

	memcpy(&h, head, sizeof(h));
	memcpy(&reply, data, size < sizeof(reply) ? size : sizeof(reply));
	memcpy(&before, h.vcpu, sizeof(before));
	after = before;
	rule = fault_info_reply(&reply, h.kind, h.features, h.host_ras & 1, &after, &pending);
	OWN_USE(after);
	OWN_USE(pending);
	if (rule == KFI_RULE_NONE) {
		OWN_CHECK(pending == ~0ULL || (reply.serror_pending && after.pstate & KFI_PSTATE_A));
		depth->understood++;
	} else {
		OWN_CHECK(!memcmp(&before, &after, sizeof(after)) && pending == ~0ULL);
		OWN_CHECK(*kfi_rule_name((unsigned int)rule));
		depth->refused++;
	}
}

#endif /* OWN_RECORD_H */
