/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A decision carried out: the exception entry to EL1 that a VMM writes by KVM_SET_ONE_REG
 * (vmm.entry.state, vmm.sea.vector), or the reply by which the host makes it.
 */
#ifndef KFI_ENTRY_H
#define KFI_ENTRY_H

#include "kfi_decide.h"

/* Offset of the four vectors for an exception taken from there to EL1. */
static inline __u64 kfi_vector_set(const struct kfi_vcpu *vcpu)
{
	if (kfi_aarch32(vcpu))
		return 0x600;
	if (kfi_mode(vcpu) == KFI_PSTATE_MODE_EL0T)
		return 0x400;
	return kfi_mode(vcpu) == KFI_PSTATE_MODE_EL1H ? 0x200 : 0x000;
}

/* PSTATE in the handler; what no feature sets is clear. */
static inline __u64 kfi_new_pstate(const struct kfi_vcpu *vcpu, __u32 features)
{
	__u64 state = (vcpu->pstate & (KFI_PSTATE_NZCV | KFI_PSTATE_DIT)) | KFI_PSTATE_DAIF |
		      KFI_PSTATE_MODE_EL1H;

	if (features & KFI_FEAT_PAN)
		state |= vcpu->sctlr_el1 & KFI_SCTLR_SPAN ? vcpu->pstate & KFI_PSTATE_PAN :
							    KFI_PSTATE_PAN;
	if (features & KFI_FEAT_SSBS && vcpu->sctlr_el1 & KFI_SCTLR_DSSBS)
		state |= KFI_PSTATE_SSBS;
	if (features & KFI_FEAT_MTE)
		state |= KFI_PSTATE_TCO;
	if (features & KFI_FEAT_NMI && !(vcpu->sctlr_el1 & KFI_SCTLR_SPINTMASK))
		state |= KFI_PSTATE_ALLINT;
	if (features & KFI_FEAT_EBEP)
		state |= KFI_PSTATE_PM;
	if (features & KFI_FEAT_GCS && kfi_vector_set(vcpu) < 0x400 &&
	    vcpu->gcscr_el1 & KFI_GCSCR_EXLOCKEN)
		state |= KFI_PSTATE_EXLOCK;
	return state;
}

/* Enter EL1 at an offset from the vector set that fits where the vCPU stands. */
static inline void kfi_take_exception(struct kfi_vcpu *vcpu, __u32 features, __u64 esr,
				      __u64 offset)
{
	__u64 pc = (vcpu->vbar_el1 & ~(KFI_VECTORS - 1)) + kfi_vector_set(vcpu) + offset;
	__u64 pstate = kfi_new_pstate(vcpu, features);

	vcpu->elr_el1 = vcpu->pc;
	vcpu->spsr_el1 = vcpu->pstate;
	vcpu->pc = pc;
	vcpu->pstate = pstate;
	vcpu->esr_el1 = esr;
}

/**
 * kfi_apply() - the vCPU after a decision
 * @d: the decision
 * @machine: how the machine is set up
 * @vcpu: changed if the decision is an abort, or a virtual SError that is not masked
 */
static inline void kfi_apply(const struct kfi_decision *d, const struct kfi_machine *machine,
			     struct kfi_vcpu *vcpu)
{
	__u64 serror = (__u64)KFI_ESR_EC_SERROR << KFI_ESR_EC_SHIFT | KFI_ESR_IL | d->serror_esr;
	bool ease = machine->features & KFI_FEAT_DOUBLEFAULT2 && vcpu->sctlr2_el1 & KFI_SCTLR2_EASE;

	if (d->action == KFI_ACTION_INJECT) {
		kfi_take_exception(vcpu, machine->features, d->esr_el1,
				   ease ? KFI_SERROR_VECTOR : 0);
		vcpu->far_el1 = d->far_el1;
	} else if (d->action == KFI_ACTION_PEND && !(vcpu->pstate & KFI_PSTATE_A)) {
		kfi_take_exception(vcpu, machine->features, serror, KFI_SERROR_VECTOR);
	}
}

/**
 * kfi_reply() - the reply that makes the host do what was decided
 * @d: the decision
 * @r: the record that it answers
 * @reply: filled whole, for KVM_SET_VCPU_EVENTS
 *
 * FnV, EC, IL and the vector are the host's to choose (host.reply.entry, host.reply.fnv).
 *
 * Return: whether there is anything for the host to do.
 */
static inline bool kfi_reply(const struct kfi_decision *d, const struct kfi_record *r,
			     struct kvm_arm_fault_reply *reply)
{
	bool inject = d->action == KFI_ACTION_INJECT;
	bool pend = d->action == KFI_ACTION_PEND;
	bool data = r->info.kind == KVM_ARM_FAULT_KIND_DATA_ABORT;
	__u64 iss = KFI_ESR_FSC | KFI_ESR_EA | KFI_ESR_CM | KFI_ESR_WNR | KFI_ESR_SET;
	bool bare = d->serror_esr == KFI_ESR_IDS || !d->serror_esr;
	size_t i;

	reply->serror_pending = pend;
	reply->serror_has_esr = pend && !bare;
	reply->ext_dabt_pending = inject && data;
	reply->ext_iabt_pending = inject && !data;
	reply->ext_abt_has_esr = inject;
	reply->ext_abt_has_far = inject && d->notes & KFI_HAS_FAR;
	reply->serror_esr = reply->serror_has_esr ? d->serror_esr : 0;
	reply->ext_abt_esr = inject ? d->esr_el1 & iss : 0;
	reply->ext_abt_far = inject ? d->far_el1 : 0;
	for (i = 0; i < sizeof(reply->pad); i++)
		reply->pad[i] = 0;
	for (i = 0; i < sizeof(reply->reserved); i++)
		reply->reserved[i] = 0;
	return inject || pend;
}

#endif /* KFI_ENTRY_H */
