/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The host's side: fault_info_fill() writes the record of a trap, or says by which rule there is
 * none. It allocates nothing, takes no lock and does not sleep.
 */
#ifndef KFI_FILL_H
#define KFI_FILL_H

#include "kfi_resolve.h"

/**
 * struct kfi_emission - what became of an error
 * @injected: ESR_EL1 of the SError that the host injects by itself, with KFI_END_INJECTED
 * @rule: enum kfi_rule, why there is no record; KFI_RULE_NONE if there is one
 * @end: enum kfi_end
 * @memory_failure: the kernel queues memory_failure()
 */
struct kfi_emission {
	__u64 injected;
	__u32 rule;
	__u16 end;
	__u16 memory_failure;
};

/* ESR_EL1 of the SError that a host injects by itself: IDS=1, nothing else. */
#define KFI_INJECTED_SERROR \
	((__u64)KFI_ESR_EC_SERROR << KFI_ESR_EC_SHIFT | KFI_ESR_IL | KFI_ESR_IDS)

/* No record: the rule and the end. Always false, for the caller to return. */
static inline bool kfi_no_record(struct kfi_emission *out, int rule, int end)
{
	out->rule = (__u32)rule;
	out->end = (__u16)end;
	out->injected = end == KFI_END_INJECTED ? KFI_INJECTED_SERROR : 0;
	return false;
}

/* How a trap ends that would make a record, where none may be made: as with the capability off. */
static inline int kfi_end_today(const struct kfi_trap *trap, int cause,
				const struct kfi_claim *claim)
{
	if (cause == KFI_CAUSE_ISOLATED || claim->claimed)
		return KFI_END_SIGNAL;
	if (cause != KFI_CAUSE_ABORT &&
	    kfi_serror_severity(kfi_syndrome(trap)) == KVM_ARM_FAULT_SEVERITY_UEO)
		return KFI_END_RESUMED;
	return KFI_END_INJECTED;
}

/* host.owned. */
static inline bool kfi_is_owned(const struct kfi_trap *trap, int cause)
{
	__u64 esr = kfi_syndrome(trap);
	__u64 fsc = esr & KFI_ESR_FSC;

	if (cause == KFI_CAUSE_ISOLATED)
		return false;
	if (!(trap->has & KFI_TRAP_HOST_RAS))
		return true;
	if (cause != KFI_CAUSE_ABORT)
		return false;
	return (kfi_is_vncr(esr) && trap->has & KFI_TRAP_HYP_CONTEXT) ||
	       (fsc >= 0x13 && fsc <= 0x17 && esr & KFI_ESR_S1PTW);
}

/* host.serror.given. */
static inline bool kfi_is_given(__u64 esr)
{
	return esr & KFI_ESR_IDS ||
	       (kfi_is_async(esr) && (KFI_AET_GIVEN >> ((esr >> KFI_ESR_AET_SHIFT) & 7)) & 1);
}

/* Whether the trap makes a record; if not, why, in the order in which Linux decides. */
static inline bool kfi_makes_record(const struct kfi_trap *trap, int cause,
				    const struct kfi_claim *claim, struct kfi_emission *out)
{
	__u64 esr = kfi_syndrome(trap);

	if (cause == KFI_CAUSE_NONE)
		return kfi_no_record(out, KFI_RULE_HOST_RECORD_CAUSE, KFI_END_NO_ERROR);
	if (claim->panic)
		return kfi_no_record(out, KFI_RULE_HOST_NEVER_SILENT, KFI_END_PANIC);
	if (claim->claimed && claim->queued)
		return kfi_no_record(out, KFI_RULE_HOST_CLAIM_QUEUED, KFI_END_RESUMED);
	if (kfi_is_owned(trap, cause))
		return kfi_no_record(out, KFI_RULE_HOST_OWNED, KFI_END_INJECTED);
	if ((cause == KFI_CAUSE_SERROR || cause == KFI_CAUSE_DEFERRED) && !kfi_is_given(esr))
		return kfi_no_record(out, KFI_RULE_HOST_SERROR_GIVEN,
				     kfi_serror_severity(esr) == KVM_ARM_FAULT_SEVERITY_CE ?
				     KFI_END_RESUMED : KFI_END_PANIC);
	if (trap->has & KFI_TRAP_PROTECTED)
		return kfi_no_record(out, KFI_RULE_HOST_ENABLE_PROTECTED,
				     kfi_end_today(trap, cause, claim));
	if (!((trap->kinds >> kfi_kind_of(esr)) & 1))
		return kfi_no_record(out, KFI_RULE_HOST_ENABLED_ONLY,
				     kfi_end_today(trap, cause, claim));
	return true;
}

/* host.esr.isolated: the abort that the access stands for; IL, WnR and CM describe the access. */
static inline __u64 kfi_esr_isolated(const struct kfi_trap *trap, __u16 kind, __u64 esr)
{
	__u64 fsc = KFI_FSC_NOT_ON_WALK;

	if (esr & KFI_ESR_S1PTW && trap->has & KFI_TRAP_WALK_LEVEL)
		fsc = (__u64)(0x14 + trap->walk_level) & KFI_ESR_FSC;
	esr &= KFI_ESR_EC_MASK | KFI_ESR_IL | KFI_ESR_WNR | KFI_ESR_CM;
	if (kind == KVM_ARM_FAULT_KIND_DATA_ABORT)
		return (esr & KFI_KEPT_DABT) | fsc;
	return (esr & KFI_KEPT_IABT) | fsc | KFI_ESR_IL;
}

/* host.esr.mask, host.esr.il, host.far.fnv. */
static inline __u64 kfi_esr(const struct kfi_trap *trap, int cause, __u16 kind,
			    const struct kfi_addresses *where)
{
	__u64 esr = kfi_syndrome(trap);
	__u64 mask = kfi_esr_may_hold(kind, esr);

	if (cause == KFI_CAUSE_ISOLATED)
		return kfi_esr_isolated(trap, kind, esr);
	if (kind != KVM_ARM_FAULT_KIND_SERROR) {
		if (!(trap->has & KFI_TRAP_VM_RAS))
			mask &= ~KFI_ESR_SET;
		mask &= ~KFI_ESR_FNV;
	}
	esr = (esr & mask) | KFI_ESR_IL;
	if (kind != KVM_ARM_FAULT_KIND_SERROR && kfi_not_on_walk(esr) &&
	    !(where->flags & KVM_ARM_FAULT_FLAG_FAR_VALID))
		esr |= KFI_ESR_FNV;
	return esr;
}

/* host.severity.valid; 0 where the syndrome does not say. */
static inline __u8 kfi_severity(const struct kfi_trap *trap, int cause, __u16 kind, __u64 esr)
{
	if (kind == KVM_ARM_FAULT_KIND_SERROR)
		return kfi_serror_severity(esr);
	if (cause != KFI_CAUSE_ABORT || !(trap->has & KFI_TRAP_VM_RAS) || !kfi_not_on_walk(esr))
		return KVM_ARM_FAULT_SEVERITY_UNKNOWN;
	return kfi_severity_of_set(esr);
}

/* What every record has: version, firmware's word, and addresses by version (host.invalid.zero). */
static inline void kfi_fill_common(const struct kfi_trap *trap, const struct kfi_firmware *fw,
				   const struct kfi_addresses *where, struct kvm_arm_fault_info *r)
{
	__u64 flags = where->flags & kfi_known_flags(trap->minor);

	r->size = kfi_size_of_minor(trap->minor);
	r->major = KVM_ARM_FAULT_INFO_MAJOR;
	r->minor = trap->minor;
	r->sea_flags = where->sea_flags;
	r->far = where->far;
	r->gpa = where->gpa;
	r->hpfar = where->hpfar;
	r->address_lsb = (__u8)where->lsb;
	r->gpa_origin = (__u8)where->gpa_origin;
	r->hva = KFI_FLAG(HVA_VALID) ? where->hva : 0;
	r->firmware_va = KFI_FLAG(FIRMWARE_VA_VALID) ? where->firmware_va : 0;
	r->flags |= flags;
	if (!fw)
		return;
	r->firmware_severity = (__u8)(fw->severity + 1);
	if (fw->flags & KFI_FIRMWARE_CORRUPT)
		r->flags |= KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT & trap->critical;
}

/* The record of a trap. */
static inline void kfi_fill_trap(const struct kfi_trap *trap, int cause,
				 const struct kfi_claim *claim, const struct kfi_addresses *where,
				 struct kvm_arm_fault_info *r)
{
	__u64 esr = kfi_syndrome(trap);

	r->kind = kfi_kind_of(esr);
	r->esr = kfi_esr(trap, cause, r->kind, where);
	r->host_action = claim->claimed ? KVM_ARM_FAULT_ACTION_CLAIMED_NOTHING_QUEUED :
					  KVM_ARM_FAULT_ACTION_NOT_CLAIMED;
	r->origin = claim->firmware ? KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE :
				      KVM_ARM_FAULT_ORIGIN_TRAP;
	if (cause == KFI_CAUSE_ISOLATED) {
		r->host_action = KVM_ARM_FAULT_ACTION_ISOLATED;
		r->origin = KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE;
	}
	if (kfi_is_abort(r))
		r->flags |= KVM_ARM_FAULT_FLAG_ACTION_REQUIRED;
	if (trap->has & KFI_TRAP_NESTED)
		r->flags |= KVM_ARM_FAULT_FLAG_NESTED;
	r->severity = kfi_severity(trap, cause, r->kind, esr);
	if (r->severity)
		r->flags |= KVM_ARM_FAULT_FLAG_SEVERITY_VALID;
	kfi_fill_common(trap, claim->firmware, where, r);
}

/* Where a lost page is in the VM; false if it is not the VM's (host.gpa.space). */
static inline bool kfi_notice_addresses(const struct kfi_trap *trap, __u64 pa,
					struct kfi_addresses *where)
{
	const struct kfi_isolated *isolated;
	__u64 page;

	kfi_no_addresses(where);
	if (!kfi_page_of_pa(trap, pa, &page) || !kfi_slot_of(trap, page))
		return false;
	where->flags = KVM_ARM_FAULT_FLAG_PA_VALID;
	kfi_resolve_page(trap, page, KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP, where);
	isolated = kfi_isolated_at(trap, page);
	where->lsb = isolated ? (__u16)isolated->lsb : KFI_PAGE_SHIFT;
	return true;
}

/**
 * fault_info_notice() - the memory notice of one page that memory_failure() was given
 * @trap: what the host knows; its registers are not looked at
 * @fw: the firmware record that told of the page
 * @pa: the page, as the host addresses it
 * @info: the record
 * @out: why there is none
 *
 * Return: whether there is a record.
 */
static inline bool fault_info_notice(const struct kfi_trap *trap, const struct kfi_firmware *fw,
				     __u64 pa, struct kvm_arm_fault_info *info,
				     struct kfi_emission *out)
{
	struct kfi_addresses where;

	kfi_clear(info);
	if (!kfi_notice_addresses(trap, pa, &where))
		return kfi_no_record(out, KFI_RULE_HOST_GPA_SPACE, KFI_END_RESUMED);
	if (trap->has & KFI_TRAP_PROTECTED)
		return kfi_no_record(out, KFI_RULE_HOST_ENABLE_PROTECTED, KFI_END_SIGNAL);
	if (!((trap->kinds >> KVM_ARM_FAULT_KIND_MEMORY_NOTICE) & 1))
		return kfi_no_record(out, KFI_RULE_HOST_ENABLED_ONLY, KFI_END_SIGNAL);
	info->kind = KVM_ARM_FAULT_KIND_MEMORY_NOTICE;
	info->origin = KVM_ARM_FAULT_ORIGIN_FIRMWARE;
	info->host_action = KVM_ARM_FAULT_ACTION_ISOLATION_FAILED;
	if (kfi_isolated_at(trap, where.gpa))
		info->host_action = KVM_ARM_FAULT_ACTION_ISOLATED;
	kfi_fill_common(trap, fw, &where, info);
	return true;
}

/* The first notice of the VM; failing that why there is none. */
static inline bool kfi_fill_notice(const struct kfi_trap *trap, const struct kfi_claim *claim,
				   struct kvm_arm_fault_info *info, struct kfi_emission *out)
{
	__u32 n = claim->handed ? claim->handed->nr_pas : 0;
	__u32 i;

	if (claim->panic)
		return kfi_no_record(out, KFI_RULE_HOST_NEVER_SILENT, KFI_END_PANIC);
	kfi_no_record(out, KFI_RULE_HOST_RECORD_CAUSE,
		      claim->firmware ? KFI_END_RESUMED : KFI_END_NO_ERROR);
	for (i = 0; i < n; i++) {
		const struct kfi_pa *pa = &claim->handed->pas[i];

		if (!(pa->what & KFI_PA_LOST))
			continue;
		if (fault_info_notice(trap, claim->handed, pa->address, info, out))
			return true;
		if (out->rule != KFI_RULE_HOST_GPA_SPACE)
			return false;
	}
	return false;
}

/**
 * fault_info_fill() - the record of a trap
 * @trap: registers and what the host knows beside them
 * @fw: the firmware record that came with it, or NULL
 * @info: the record, info->size bytes of it; zeros if there is none
 * @out: how the error ends, and by which rule if not in a record
 *
 * Without a trap (esr_el2 0, or an exit that is no error with a record that came by interrupt) it
 * is the notice of the first page of the VM that was lost; fault_info_notice() makes the others.
 *
 * Return: whether there is a record.
 */
static inline bool fault_info_fill(const struct kfi_trap *trap, const struct kfi_firmware *fw,
				   struct kvm_arm_fault_info *info, struct kfi_emission *out)
{
	int cause = kfi_classify(trap);
	struct kfi_addresses where;
	struct kfi_claim claim;
	bool made;

	if (fw && !(fw->flags & KFI_FIRMWARE_PRESENT))
		fw = NULL;
	if (cause == KFI_CAUSE_NONE && trap->notify == KFI_NOTIFY_GPIO && fw)
		cause = KFI_CAUSE_NOTICE;
	kfi_claim_record(trap, cause, fw, &claim);
	kfi_clear(info);
	out->memory_failure = claim.queued;
	if (cause == KFI_CAUSE_NOTICE) {
		made = kfi_fill_notice(trap, &claim, info, out);
	} else {
		made = kfi_makes_record(trap, cause, &claim, out);
		if (made) {
			kfi_resolve(trap, cause, &claim, &where);
			kfi_fill_trap(trap, cause, &claim, &where, info);
		}
	}
	if (!made)
		return false;
	out->rule = KFI_RULE_NONE;
	out->end = KFI_END_RECORD;
	out->injected = 0;
	return true;
}

#endif /* KFI_FILL_H */
