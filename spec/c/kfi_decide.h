/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a VMM does about a record that kfi_read() understood: whether it injects, and what the
 * guest's ESR_EL1 and FAR_EL1 must be (vmm.notify, vmm.far.source, vmm.esr.rewrite); then the
 * vCPU in its handler (vmm.entry.state, vmm.sea.vector), or the same as a reply for the host.
 */
#ifndef KFI_DECIDE_H
#define KFI_DECIDE_H

#include "kfi_reader.h"

/**
 * struct kfi_vcpu - the registers that an exception entry to EL1 reads or writes
 *
 * pstate has the layout of SPSR_EL1. A register that the vCPU has not is 0.
 */
struct kfi_vcpu {
	__u64 pc;
	__u64 pstate;
	__u64 vbar_el1;
	__u64 sctlr_el1;
	__u64 sctlr2_el1;
	__u64 gcscr_el1;
	__u64 esr_el1;
	__u64 far_el1;
	__u64 elr_el1;
	__u64 spsr_el1;
};

/**
 * struct kfi_machine - how the VMM's machine is set up, and what it remembers of this access
 * @features: KFI_FEAT_* of the vCPU
 * @repeats: how often this access was reported before
 * @bound: how often an interrupt may answer it
 * @pending_serror: ISS of a virtual SError that still waits, where @has_pending_serror
 * @ways: enum kfi_way, how it can tell its guest, the preferred first, KFI_WAY_NONE after the last
 * @ras: it has an error source for its guest at all
 * @firmware_va: it takes firmware's virtual address as a source of FAR_EL1
 * @answered: this very report was answered before (vmm.once)
 * @has_pending_serror: see @pending_serror
 */
struct kfi_machine {
	__u32 features;
	__u32 repeats;
	__u32 bound;
	__u32 pending_serror;
	__u8 ways[4];
	__u8 ras;
	__u8 firmware_va;
	__u8 answered;
	__u8 has_pending_serror;
};

#define KFI_HAS_FAR				1	/* far_el1 is an address */
#define KFI_FNV_AT_ODDS				2	/* esr.FnV is at odds with FAR_VALID */

/**
 * struct kfi_decision - what to do about a record
 * @esr_el1: with KFI_ACTION_INJECT, as the guest will read it
 * @far_el1: likewise
 * @serror_esr: ISS of the virtual SError that is to be made pending, or that stays so
 * @action: enum kfi_action
 * @rule: enum kfi_rule, the rule that decided
 * @via: enum kfi_way, of an interrupt or a log
 * @notes: KFI_HAS_FAR, KFI_FNV_AT_ODDS
 */
struct kfi_decision {
	__u64 esr_el1;
	__u64 far_el1;
	__u32 serror_esr;
	__u8 action;
	__u8 rule;
	__u8 via;
	__u8 notes;
};

static inline void kfi_do(struct kfi_decision *d, int action, int rule)
{
	d->action = (__u8)action;
	d->rule = (__u8)rule;
}

static inline bool kfi_aarch32(const struct kfi_vcpu *vcpu)
{
	return vcpu->pstate & KFI_PSTATE_AARCH32;
}

static inline __u64 kfi_mode(const struct kfi_vcpu *vcpu)
{
	return vcpu->pstate & KFI_PSTATE_MODE;
}

/* vmm.target: EL1 is AArch64, the vCPU has no EL2 and stands below it, the trap is its own. */
static inline bool kfi_is_target(const struct kfi_record *r, const struct kfi_vcpu *vcpu,
				 const struct kfi_machine *machine)
{
	__u64 mode = kfi_mode(vcpu);

	if (r->flags & KVM_ARM_FAULT_FLAG_NESTED ||
	    machine->features & (KFI_FEAT_NV | KFI_FEAT_AA32EL1))
		return false;
	return mode == KFI_PSTATE_MODE_EL0T || mode == KFI_PSTATE_MODE_EL1T ||
	       mode == KFI_PSTATE_MODE_EL1H || mode == KFI_PSTATE_MODE_USR;
}

/* The first way of the machine that is among some, bit n for enum kfi_way n; else KFI_WAY_NONE. */
static inline __u8 kfi_first_way(const struct kfi_machine *machine, __u64 among)
{
	size_t i;

	for (i = 0; i < sizeof(machine->ways) && machine->ways[i] != KFI_WAY_NONE; i++)
		if (machine->ways[i] <= KFI_WAY_SEI && (among >> machine->ways[i]) & 1)
			return machine->ways[i];
	return KFI_WAY_NONE;
}

/* How bad the ISS of an SError is; one that says nothing counts as unrecoverable. */
static inline __u8 kfi_rank(__u32 iss)
{
	__u8 severity = kfi_is_async(iss) ? kfi_severity_of_aet(iss) : 0;

	return severity ? severity : KVM_ARM_FAULT_SEVERITY_UEU;
}

/* One virtual SError is pending at a time, the worse (vmm.serror.worse). */
static inline void kfi_pend(struct kfi_decision *d, __u32 iss, const struct kfi_machine *machine)
{
	if (machine->has_pending_serror && kfi_rank(iss) <= kfi_rank(machine->pending_serror)) {
		kfi_do(d, KFI_ACTION_LOG, KFI_RULE_VMM_SERROR_WORSE);
		d->serror_esr = machine->pending_serror;
		return;
	}
	kfi_do(d, KFI_ACTION_PEND, KFI_RULE_VMM_NOTIFY);
	d->serror_esr = iss;
}

/* Kind 4 of vmm.notify: by the first way that a notice can take; SEI only with FEAT_RAS. */
static inline void kfi_decide_notice(const struct kfi_record *r,
				     const struct kfi_vcpu *vcpu,
				     const struct kfi_machine *machine, struct kfi_decision *d)
{
	__u64 among = KFI_BIT(KFI_WAY_IRQ) | KFI_BIT(KFI_WAY_POLL);

	if (machine->features & KFI_FEAT_RAS)
		among |= KFI_BIT(KFI_WAY_SEI);
	d->via = kfi_first_way(machine, among);
	if (d->via != KFI_WAY_SEI) {
		kfi_do(d, d->via == KFI_WAY_IRQ ? KFI_ACTION_INTERRUPT : KFI_ACTION_LOG,
		       KFI_RULE_VMM_NOTIFY);
	} else if (!kfi_is_target(r, vcpu, machine)) {
		d->via = KFI_WAY_NONE;
		kfi_do(d, KFI_ACTION_STOP, KFI_RULE_VMM_TARGET);
	} else {
		kfi_pend(d, KFI_ISS_RESTARTABLE, machine);
	}
}

/* Kind 3 of vmm.notify. */
static inline void kfi_decide_serror(const struct kfi_record *r,
				     const struct kfi_vcpu *vcpu,
				     const struct kfi_machine *machine, struct kfi_decision *d)
{
	__u64 kept = KFI_ESR_AET | KFI_ESR_EA | KFI_ESR_FSC;

	switch (kfi_is_async(r->info.esr) ? kfi_severity_of_aet(r->info.esr) : 0) {
	case KVM_ARM_FAULT_SEVERITY_CE:
	case KVM_ARM_FAULT_SEVERITY_UEO:
		kfi_do(d, KFI_ACTION_LOG, KFI_RULE_VMM_NOTIFY);
		return;
	case KVM_ARM_FAULT_SEVERITY_UC:
		kfi_do(d, KFI_ACTION_STOP, KFI_RULE_VMM_NOTIFY);
		return;
	case KVM_ARM_FAULT_SEVERITY_UNKNOWN:
		kept = 0;
		break;
	default:
		break;
	}
	if (!kfi_is_target(r, vcpu, machine)) {
		kfi_do(d, KFI_ACTION_STOP, KFI_RULE_VMM_TARGET);
		return;
	}
	if (!(machine->features & KFI_FEAT_RAS))
		kept = 0;
	kfi_pend(d, (__u32)(kept ? r->info.esr & kept : KFI_ESR_IDS), machine);
}

/* FAR_EL1, and whether it is an address (vmm.far.source). */
static inline void kfi_far_el1(const struct kfi_record *r,
			       const struct kfi_machine *machine, struct kfi_decision *d)
{
	if (r->flags & KVM_ARM_FAULT_FLAG_FAR_VALID)
		d->far_el1 = r->info.far;
	else if (r->flags & KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID && machine->firmware_va)
		d->far_el1 = r->info.firmware_va;
	else
		return;
	d->notes |= KFI_HAS_FAR;
}

/* ESR_EL1 (vmm.esr.rewrite). FSC 0x13-0x17 is shown only if it is known to be the guest's walk. */
static inline __u64 kfi_esr_el1(const struct kfi_record *r, const struct kfi_vcpu *vcpu,
				const struct kfi_machine *machine, bool has_far)
{
	bool data = r->info.kind == KVM_ARM_FAULT_KIND_DATA_ABORT;
	bool user = kfi_aarch32(vcpu) || kfi_mode(vcpu) == KFI_PSTATE_MODE_EL0T;
	__u64 fsc = r->info.esr & KFI_ESR_FSC;
	__u64 ec = data ? KFI_ESR_EC_DABT_LOW : KFI_ESR_EC_IABT_LOW;
	__u64 kept = KFI_ESR_EA;

	if (!has_far || !(r->flags & KVM_ARM_FAULT_FLAG_STAGE1_WALK) || fsc < 0x13 || fsc > 0x17)
		fsc = KFI_FSC_NOT_ON_WALK;
	if (data)
		kept |= KFI_ESR_WNR | KFI_ESR_CM;
	if (machine->features & KFI_FEAT_RAS)
		kept |= KFI_ESR_SET;
	return (ec | !user) << KFI_ESR_EC_SHIFT | KFI_ESR_IL | (r->info.esr & kept) | fsc |
	       (has_far ? 0 : KFI_ESR_FNV);
}

/* Kinds 1 and 2 of vmm.notify; vmm.target, vmm.once. */
static inline void kfi_decide_abort(const struct kfi_record *r, const struct kfi_vcpu *vcpu,
				    const struct kfi_machine *machine, struct kfi_decision *d)
{
	__u8 way = kfi_first_way(machine, KFI_BIT(KFI_WAY_SEA) | KFI_BIT(KFI_WAY_IRQ));

	if (way == KFI_WAY_NONE) {
		kfi_do(d, KFI_ACTION_STOP, KFI_RULE_VMM_NOTIFY);
	} else if (!kfi_is_target(r, vcpu, machine)) {
		kfi_do(d, KFI_ACTION_STOP, KFI_RULE_VMM_TARGET);
	} else if (machine->answered) {
		kfi_do(d, KFI_ACTION_RETRY, KFI_RULE_VMM_ONCE);
	} else if (way == KFI_WAY_IRQ && !(vcpu->pstate & KFI_PSTATE_I) &&
		   machine->repeats < machine->bound) {
		kfi_do(d, KFI_ACTION_INTERRUPT, KFI_RULE_VMM_NOTIFY);
		d->via = KFI_WAY_IRQ;
	} else {
		kfi_do(d, KFI_ACTION_INJECT, KFI_RULE_VMM_NOTIFY);
		kfi_far_el1(r, machine, d);
		d->esr_el1 = kfi_esr_el1(r, vcpu, machine, d->notes & KFI_HAS_FAR);
	}
}

/* Whether esr.FnV is at odds with FAR_VALID, which decides (vmm.far.odds). */
static inline bool kfi_fnv_at_odds(const struct kfi_record *r)
{
	bool invalid = kfi_not_on_walk(r->info.esr) && !(r->flags & KVM_ARM_FAULT_FLAG_FAR_VALID);

	return kfi_is_abort(&r->info) && invalid != !!(r->info.esr & KFI_ESR_FNV);
}

/**
 * kfi_decide_refusal() - what to do about an input that kfi_read() refused
 * @error: the refusal
 * @d: filled whole: the VMM stops, by the rule that the input breaks
 *
 * Keep the bytes, report, do not resume the vCPU (vmm.malformed, vmm.major.unknown,
 * vmm.critical.unknown).
 */
static inline void kfi_decide_refusal(const struct kfi_error *error, struct kfi_decision *d)
{
	d->esr_el1 = 0;
	d->far_el1 = 0;
	d->serror_esr = 0;
	d->via = KFI_WAY_NONE;
	d->notes = 0;
	kfi_do(d, KFI_ACTION_STOP, error->rule);
}

/**
 * kfi_decide() - what to do about a record that kfi_read() understood
 * @r: the record; of its flags those count that its reader knows (vmm.enum.unknown)
 * @vcpu: the vCPU that took the trap
 * @machine: how the machine is set up
 * @d: filled whole
 */
static inline void kfi_decide(const struct kfi_record *r, const struct kfi_vcpu *vcpu,
			      const struct kfi_machine *machine, struct kfi_decision *d)
{
	d->esr_el1 = 0;
	d->far_el1 = 0;
	d->serror_esr = 0;
	d->via = KFI_WAY_NONE;
	d->notes = kfi_fnv_at_odds(r) ? KFI_FNV_AT_ODDS : 0;
	if (!machine->ras || r->flags & KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT)
		kfi_do(d, KFI_ACTION_STOP, KFI_RULE_VMM_NOTIFY);
	else if (r->info.kind == KVM_ARM_FAULT_KIND_MEMORY_NOTICE)
		kfi_decide_notice(r, vcpu, machine, d);
	else if (r->info.kind == KVM_ARM_FAULT_KIND_SERROR)
		kfi_decide_serror(r, vcpu, machine, d);
	else
		kfi_decide_abort(r, vcpu, machine, d);
}

#endif /* KFI_DECIDE_H */
