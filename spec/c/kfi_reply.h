/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The host's side of a reply: fault_info_reply() applies it whole, or refuses it by a rule with
 * nothing changed (KVM_SET_VCPU_EVENTS; host.reply.*).
 */
#ifndef KFI_REPLY_H
#define KFI_REPLY_H

#include "kfi_entry.h"

/* ISS [24:0], all that VSESR_EL2 holds. */
#define KFI_VSESR_ISS				0x1ffffffULL

/* host.reply.reserved. */
static inline bool kfi_reply_clean(const struct kvm_arm_fault_reply *reply)
{
	__u8 seen = 0;
	size_t i;

	for (i = 0; i < sizeof(reply->pad); i++)
		seen |= reply->pad[i];
	for (i = 0; i < sizeof(reply->reserved); i++)
		seen |= reply->reserved[i];
	return !seen && reply->serror_pending <= 1 && reply->serror_has_esr <= 1 &&
	       reply->ext_dabt_pending <= 1 && reply->ext_iabt_pending <= 1 &&
	       reply->ext_abt_has_esr <= 1 && reply->ext_abt_has_far <= 1;
}

/* host.reply.esr: nothing is said without its flag and an abort, and no other bit. */
static inline bool kfi_reply_esr(const struct kvm_arm_fault_reply *reply, __u32 features)
{
	bool abort = reply->ext_dabt_pending || reply->ext_iabt_pending;
	__u64 fsc = reply->ext_abt_esr & KFI_ESR_FSC;
	__u64 allowed = KFI_ESR_FSC | KFI_ESR_EA;

	if ((reply->ext_abt_esr && !reply->ext_abt_has_esr) ||
	    (reply->ext_abt_far && !reply->ext_abt_has_far) ||
	    ((reply->ext_abt_has_esr || reply->ext_abt_has_far) && !abort))
		return false;
	if (reply->ext_dabt_pending)
		allowed |= KFI_ESR_WNR | KFI_ESR_CM;
	if (features & KFI_FEAT_RAS)
		allowed |= KFI_ESR_SET;
	return !reply->ext_abt_has_esr ||
	       (!(reply->ext_abt_esr & ~allowed) &&
		(fsc == KFI_FSC_NOT_ON_WALK || (fsc >= 0x13 && fsc <= 0x17)));
}

/**
 * kfi_reply_check() - the rule that a reply breaks
 * @reply: the reply
 * @kind: kind of the record that the vCPU exited with, 0 for none
 * @features: KFI_FEAT_* of the vCPU
 * @host_ras: the host has FEAT_RAS
 *
 * Return: enum kfi_rule, KFI_RULE_NONE if it may be applied.
 */
static inline int kfi_reply_check(const struct kvm_arm_fault_reply *reply, __u16 kind,
				  __u32 features, bool host_ras)
{
	bool abort = reply->ext_dabt_pending || reply->ext_iabt_pending;
	__u16 fits = reply->ext_dabt_pending ? KVM_ARM_FAULT_KIND_DATA_ABORT :
					       KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT;

	if (!kfi_reply_clean(reply))
		return KFI_RULE_HOST_REPLY_RESERVED;
	if (reply->ext_dabt_pending && reply->ext_iabt_pending)
		return KFI_RULE_HOST_REPLY_ONE_ABORT;
	if (kind && abort && kind != fits)
		return KFI_RULE_HOST_REPLY_KIND;
	if ((reply->serror_has_esr && !host_ras) || reply->serror_esr & ~KFI_VSESR_ISS)
		return KFI_RULE_HOST_REPLY_SERROR;
	/* VMMs write back serror_has_esr as they read it, whether or not one is pending. */
	if (reply->serror_esr && !(reply->serror_has_esr && reply->serror_pending))
		return KFI_RULE_HOST_REPLY_SERROR;
	if (!kfi_reply_esr(reply, features))
		return KFI_RULE_HOST_REPLY_ESR;
	if (reply->ext_abt_has_esr && !reply->ext_abt_has_far &&
	    !kfi_not_on_walk(reply->ext_abt_esr))
		return KFI_RULE_HOST_REPLY_FAR;
	return KFI_RULE_NONE;
}

/* The abort of a reply; EC, IL, FnV and the vector are the host's (host.reply.entry, .fnv). */
static inline void kfi_reply_abort(const struct kvm_arm_fault_reply *reply, __u32 features,
				   struct kfi_vcpu *vcpu)
{
	bool user = kfi_aarch32(vcpu) || kfi_mode(vcpu) == KFI_PSTATE_MODE_EL0T;
	bool ease = features & KFI_FEAT_DOUBLEFAULT2 && vcpu->sctlr2_el1 & KFI_SCTLR2_EASE;
	__u64 ec = reply->ext_dabt_pending ? KFI_ESR_EC_DABT_LOW : KFI_ESR_EC_IABT_LOW;
	__u64 iss = reply->ext_abt_has_esr ? reply->ext_abt_esr : KFI_FSC_NOT_ON_WALK;

	if (kfi_not_on_walk(iss) && !reply->ext_abt_has_far)
		iss |= KFI_ESR_FNV;
	kfi_take_exception(vcpu, features, (ec | !user) << KFI_ESR_EC_SHIFT | KFI_ESR_IL | iss,
			   ease ? KFI_SERROR_VECTOR : 0);
	vcpu->far_el1 = reply->ext_abt_far;
}

/**
 * fault_info_reply() - apply a reply
 * @reply: the reply
 * @kind: kind of the record that the vCPU exited with, 0 for none
 * @features: KFI_FEAT_* of the vCPU; EL1 is AArch64, and the vCPU at EL0 or EL1
 * @host_ras: the host has FEAT_RAS
 * @vcpu: changed if the reply is applied
 * @pending: ISS of a virtual SError that still waits because it is masked; not touched if none does
 *
 * Return: enum kfi_rule; KFI_RULE_NONE if the reply was applied, else the rule of -EINVAL.
 */
static inline int fault_info_reply(const struct kvm_arm_fault_reply *reply, __u16 kind,
				   __u32 features, bool host_ras, struct kfi_vcpu *vcpu,
				   __u64 *pending)
{
	__u64 iss = reply->serror_has_esr ? reply->serror_esr : KFI_ESR_IDS;
	int rule = kfi_reply_check(reply, kind, features, host_ras);

	if (rule != KFI_RULE_NONE)
		return rule;
	if (reply->ext_dabt_pending || reply->ext_iabt_pending)
		kfi_reply_abort(reply, features, vcpu);
	if (!reply->serror_pending)
		return KFI_RULE_NONE;
	if (vcpu->pstate & KFI_PSTATE_A)
		*pending = iss;
	else
		kfi_take_exception(vcpu, features,
				   (__u64)KFI_ESR_EC_SERROR << KFI_ESR_EC_SHIFT | KFI_ESR_IL | iss,
				   KFI_SERROR_VECTOR);
	return KFI_RULE_NONE;
}

#endif /* KFI_REPLY_H */
