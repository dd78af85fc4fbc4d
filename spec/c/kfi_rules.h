/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The rules that a record alone can be held against: one function for each group of them, each
 * returning the bits of those that are broken. kfi_check() joins them.
 */
#ifndef KFI_RULES_H
#define KFI_RULES_H

#include "kfi_tables.h"

/* The flags that such a reader judges: not those of newer versions, unless they are critical. */
static inline __u64 kfi_judged_flags(const struct kvm_arm_fault_info *r, __u8 reader)
{
	if (reader >= KVM_ARM_FAULT_INFO_MINOR)
		return r->flags;
	return r->flags & (kfi_known_flags(reader) | KVM_ARM_FAULT_FLAGS_CRITICAL);
}

/* The bit of a rule unless it is kept; a flag of the record by name. */
#define KFI_UNLESS(kept, name)			((__u64)!(kept) << KFI_RULE_##name)
#define KFI_FLAG(name)				(!!(flags & KVM_ARM_FAULT_FLAG_##name))

/* What SET of a SEA, or AET of an SError, says in the record's terms; 0 where it is reserved. */
static inline __u8 kfi_severity_of_set(__u64 esr)
{
	return (KFI_SEVERITY_OF_SET >> 4 * ((esr >> KFI_ESR_SET_SHIFT) & 3)) & 0xf;
}

static inline __u8 kfi_severity_of_aet(__u64 esr)
{
	return (KFI_SEVERITY_OF_AET >> 4 * ((esr >> KFI_ESR_AET_SHIFT) & 7)) & 0xf;
}

/* An SError whose ISS the architecture defines: IDS=0 and DFSC=0x11. */
static inline bool kfi_is_async(__u64 esr)
{
	return (esr & (KFI_ESR_IDS | KFI_ESR_FSC)) == KFI_FSC_ASYNC;
}

/* Whether a bitmap of fault status codes has the one of this syndrome. */
static inline bool kfi_fsc_in(__u64 codes, __u64 esr)
{
	return (codes >> (esr & KFI_ESR_FSC)) & 1;
}

static inline bool kfi_not_on_walk(__u64 esr)
{
	return (esr & KFI_ESR_FSC) == KFI_FSC_NOT_ON_WALK;
}

/* Kinds 1 and 2, and what is no kind at all: the synchronous side of every rule. */
static inline bool kfi_is_abort(const struct kvm_arm_fault_info *r)
{
	return r->kind <= KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT;
}

static inline bool kfi_is_firmware(const struct kvm_arm_fault_info *r)
{
	return r->origin == KVM_ARM_FAULT_ORIGIN_FIRMWARE ||
	       r->origin == KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE;
}

/* Rule vmm.agree: kind agrees with esr.EC. */
static inline bool kfi_kind_agrees(const struct kvm_arm_fault_info *r)
{
	const struct kfi_kind *kind = kfi_known_kind(r->kind);

	return (r->esr & kind->class_mask) == kind->class_is ||
	       r->kind > KVM_ARM_FAULT_KIND_MEMORY_NOTICE;
}

/*
 * Rule vmm.agree: severity, where valid and known, agrees with SET or AET. Without a branch, which
 * would go now this way, now that.
 */
static inline bool kfi_severity_agrees(const struct kvm_arm_fault_info *r, __u64 flags)
{
	const struct kfi_kind *kind = kfi_known_kind(r->kind);
	__u64 severity = (kind->severities >> 4 * ((r->esr >> KFI_ESR_AET_SHIFT) & 7)) & 0xf;
	bool said = (r->esr & kind->said_mask) == kind->said_is;
	bool claimed = KFI_FLAG(SEVERITY_VALID) & (r->severity - 1U < KVM_ARM_FAULT_SEVERITY_UC) &
		       (r->kind <= KVM_ARM_FAULT_KIND_MEMORY_NOTICE);

	return claimed <= (said & (r->severity == severity));
}

/* Rule vmm.size, but for the length of the bytes, which a reader knows. */
static inline bool kfi_size_fits(const struct kvm_arm_fault_info *r, __u8 reader)
{
	__u16 own = kfi_size_of_minor(r->minor < reader ? r->minor : reader);

	return r->size == own || (r->minor > reader && r->size > own && !(r->size % 8));
}

/* Rule vmm.critical.unknown. */
static inline bool kfi_critical_known(const struct kvm_arm_fault_info *r, __u64 flags)
{
	return !(flags & KVM_ARM_FAULT_FLAGS_CRITICAL & ~KFI_KNOWN_CRITICAL) &&
	       r->kind - 1U < KVM_ARM_FAULT_KIND_MEMORY_NOTICE;
}

/* vmm.major.unknown, vmm.size, vmm.critical.unknown, vmm.agree: what a reader refuses. */
KFI_WITHIN __u64 kfi_check_refusals(const struct kvm_arm_fault_info *r, __u64 flags, __u8 reader)
{
	bool size = kfi_size_fits(r, reader) && !(flags & kfi_beyond(r->minor));

	return KFI_UNLESS(r->major == KVM_ARM_FAULT_INFO_MAJOR, VMM_MAJOR_UNKNOWN) |
	       KFI_UNLESS(size, VMM_SIZE) |
	       KFI_UNLESS(kfi_critical_known(r, flags), VMM_CRITICAL_UNKNOWN) |
	       KFI_UNLESS(kfi_kind_agrees(r) && kfi_severity_agrees(r, flags), VMM_AGREE);
}

/* What of ESR_EL2 a record of this kind may hold (host.esr.mask). */
static inline __u64 kfi_esr_may_hold(__u16 kind, __u64 esr)
{
	__u64 set = kfi_fsc_in(KFI_FSCS_EXTERNAL, esr) ? KFI_ESR_SET : 0;

	switch (kind) {
	case KVM_ARM_FAULT_KIND_DATA_ABORT:
		return KFI_KEPT_DABT | set;
	case KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT:
		return KFI_KEPT_IABT | set;
	case KVM_ARM_FAULT_KIND_SERROR:
		return kfi_is_async(esr) ? KFI_KEPT_ASYNC : KFI_KEPT_SERROR;
	case KVM_ARM_FAULT_KIND_MEMORY_NOTICE:
		return 0;
	default:
		return ~0ULL;
	}
}

/* host.record.cause, host.esr.*, host.severity.valid, host.serror.given. */
static inline __u64 kfi_check_syndrome(const struct kvm_arm_fault_info *r, __u64 flags)
{
	bool isolated = r->origin == KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE;
	bool serror = r->kind == KVM_ARM_FAULT_KIND_SERROR;
	bool plain = !(r->esr & (KFI_ESR_SET | KFI_ESR_EA | KFI_ESR_FNV));
	bool il = r->esr & KFI_ESR_IL || r->kind >= KVM_ARM_FAULT_KIND_MEMORY_NOTICE ||
		  (r->kind == KVM_ARM_FAULT_KIND_DATA_ABORT && isolated);
	bool walk = kfi_not_on_walk(r->esr) ||
		    (KFI_FLAG(STAGE1_WALK) && kfi_fsc_in(KFI_FSCS_ON_WALK, r->esr));
	bool severity = r->severity && r->severity <= KVM_ARM_FAULT_SEVERITY_UC &&
			(kfi_is_abort(r) ? kfi_not_on_walk(r->esr) && !isolated :
					   r->kind != KVM_ARM_FAULT_KIND_MEMORY_NOTICE);
	bool given = r->esr & KFI_ESR_IDS ||
		     ((r->esr & KFI_ESR_FSC) == KFI_FSC_ASYNC &&
		      (KFI_AET_GIVEN >> ((r->esr >> KFI_ESR_AET_SHIFT) & 7)) & 1);

	return KFI_UNLESS(!kfi_is_abort(r) || kfi_fsc_in(KFI_FSCS_EXTERNAL, r->esr),
			  HOST_RECORD_CAUSE) |
	       KFI_UNLESS(!(r->esr & ~kfi_esr_may_hold(r->kind, r->esr)), HOST_ESR_MASK) |
	       KFI_UNLESS(il, HOST_ESR_IL) |
	       KFI_UNLESS(!isolated || !kfi_is_abort(r) || (plain && walk), HOST_ESR_ISOLATED) |
	       KFI_UNLESS(!KFI_FLAG(SEVERITY_VALID) || severity, HOST_SEVERITY_VALID) |
	       KFI_UNLESS(!serror || given, HOST_SERROR_GIVEN);
}

/* host.far.*, host.hpfar.*, host.hva.valid, host.pa.valid, host.firmware_va.usable. */
static inline __u64 kfi_check_addresses(const struct kvm_arm_fault_info *r, __u64 flags)
{
	bool isolated = r->origin == KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE;
	bool abort = kfi_is_abort(r);
	bool far = abort || !KFI_FLAG(FAR_VALID) ||
		   (r->kind == KVM_ARM_FAULT_KIND_SERROR && kfi_is_async(r->esr));
	bool fnv = r->esr & KFI_ESR_FNV;
	bool firmware_va = r->firmware_va && abort &&
			   r->origin == KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE;

	return KFI_UNLESS(far, HOST_FAR_VALID) |
	       KFI_UNLESS(!abort || fnv == (kfi_not_on_walk(r->esr) && !KFI_FLAG(FAR_VALID)),
			  HOST_FAR_FNV) |
	       KFI_UNLESS(!KFI_FLAG(FAR_IMPRECISE) || (KFI_FLAG(FAR_VALID) && abort),
			  HOST_FAR_IMPRECISE) |
	       KFI_UNLESS(!KFI_FLAG(HPFAR_VALID) || isolated, HOST_HPFAR_VALID) |
	       KFI_UNLESS(!(r->hpfar & ~KFI_FIPA), HOST_HPFAR_FIPA) |
	       KFI_UNLESS(!KFI_FLAG(HVA_VALID) || r->sea_flags & KVM_ARM_FAULT_SEA_FLAG_GPA_VALID,
			  HOST_HVA_VALID) |
	       KFI_UNLESS(KFI_FLAG(PA_VALID) || !isolated, HOST_PA_VALID) |
	       KFI_UNLESS(!KFI_FLAG(FIRMWARE_VA_VALID) || firmware_va, HOST_FIRMWARE_VA_USABLE);
}

/* Whether gpa_origin fits what is valid (host.gpa.origin). */
static inline bool kfi_gpa_origin_fits(const struct kvm_arm_fault_info *r, __u64 flags)
{
	switch (r->gpa_origin) {
	case KVM_ARM_FAULT_GPA_ORIGIN_HPFAR:
		return KFI_FLAG(HPFAR_VALID);
	case KVM_ARM_FAULT_GPA_ORIGIN_WALK:
		return KFI_FLAG(FAR_VALID);
	case KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP:
		return KFI_FLAG(PA_VALID);
	default:
		return false;
	}
}

/* host.gpa.*, host.lsb.address. */
static inline __u64 kfi_check_gpa(const struct kvm_arm_fault_info *r, __u64 flags)
{
	bool valid = r->sea_flags & KVM_ARM_FAULT_SEA_FLAG_GPA_VALID;
	bool hardware = r->gpa_origin == KVM_ARM_FAULT_GPA_ORIGIN_HPFAR;
	bool from_far = (hardware || r->gpa_origin == KVM_ARM_FAULT_GPA_ORIGIN_WALK) &&
			KFI_FLAG(FAR_VALID) && !KFI_FLAG(STAGE1_WALK) && !KFI_FLAG(FAR_IMPRECISE);
	__u64 low = (r->gpa ^ (from_far ? r->far : 0)) & KFI_IN_PAGE;
	__u64 page = (r->gpa ^ r->hpfar << KFI_FIPA_TO_IPA) & ~KFI_IN_PAGE;

	return KFI_UNLESS(valid ? kfi_gpa_origin_fits(r, flags) : !r->gpa_origin, HOST_GPA_ORIGIN) |
	       KFI_UNLESS(!valid || !low, HOST_GPA_LOW) |
	       KFI_UNLESS(!hardware || !KFI_FLAG(HPFAR_VALID) || !page, HOST_GPA_HPFAR) |
	       KFI_UNLESS(!r->address_lsb || (valid && r->address_lsb <= KFI_LSB_MAX),
			  HOST_LSB_ADDRESS);
}

/* Whether host_action fits origin and kind (host.action.possible). */
static inline bool kfi_action_fits(const struct kvm_arm_fault_info *r)
{
	switch (r->host_action) {
	case KVM_ARM_FAULT_ACTION_UNKNOWN:
	case KVM_ARM_FAULT_ACTION_NOT_CLAIMED:
		return true;
	case KVM_ARM_FAULT_ACTION_CLAIMED_NOTHING_QUEUED:
		return kfi_is_firmware(r);
	case KVM_ARM_FAULT_ACTION_ISOLATED:
	case KVM_ARM_FAULT_ACTION_ISOLATION_FAILED:
		return r->origin == KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE ||
		       r->kind == KVM_ARM_FAULT_KIND_MEMORY_NOTICE;
	default:
		return false;
	}
}

/* Whether origin fits the kind (host.origin.kind). */
static inline bool kfi_origin_fits(const struct kvm_arm_fault_info *r)
{
	switch (r->origin) {
	case KVM_ARM_FAULT_ORIGIN_TRAP:
	case KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE:
		return r->kind <= KVM_ARM_FAULT_KIND_SERROR;
	case KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE:
		return kfi_is_abort(r);
	case KVM_ARM_FAULT_ORIGIN_UNKNOWN:
	case KVM_ARM_FAULT_ORIGIN_FIRMWARE:
		return r->kind > KVM_ARM_FAULT_KIND_SERROR;
	default:
		return false;
	}
}

/* What the host says of itself: host.action*, host.origin.kind, and what follows from origin. */
static inline __u64 kfi_check_host(const struct kvm_arm_fault_info *r, __u64 flags)
{
	bool abort = kfi_is_abort(r);
	bool severity = kfi_is_firmware(r) ?
			r->firmware_severity >= KVM_ARM_FAULT_FW_SEVERITY_RECOVERABLE &&
			r->firmware_severity <= KVM_ARM_FAULT_FW_SEVERITY_INFORMATIONAL :
			r->firmware_severity == KVM_ARM_FAULT_FW_SEVERITY_NONE;
	bool walk = abort && r->origin == KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE;

	return KFI_UNLESS(kfi_action_fits(r), HOST_ACTION_POSSIBLE) |
	       KFI_UNLESS(KFI_FLAG(ACTION_REQUIRED) == abort, HOST_ACTION_REQUIRED_KIND) |
	       KFI_UNLESS(kfi_origin_fits(r), HOST_ORIGIN_KIND) |
	       KFI_UNLESS(severity, HOST_FIRMWARE_SEVERITY_ORIGIN) |
	       KFI_UNLESS(!KFI_FLAG(CONTEXT_CORRUPT) || kfi_is_firmware(r),
			  HOST_CONTEXT_CORRUPT_FIRMWARE) |
	       KFI_UNLESS(!KFI_FLAG(NESTED) || r->kind <= KVM_ARM_FAULT_KIND_SERROR,
			  HOST_NESTED_TRAP) |
	       KFI_UNLESS(!KFI_FLAG(STAGE1_WALK) || walk, HOST_STAGE1_WALK_KNOWN);
}

/* host.invalid.zero, host.reserved.zero. A newer minor may use what is reserved here. */
static inline __u64 kfi_check_zeros(const struct kvm_arm_fault_info *r, __u64 flags, __u8 reader)
{
	bool valid = (!r->far || KFI_FLAG(FAR_VALID)) &&
		     (!r->gpa || r->sea_flags & KVM_ARM_FAULT_SEA_FLAG_GPA_VALID) &&
		     (!r->hpfar || KFI_FLAG(HPFAR_VALID)) &&
		     (!r->hva || KFI_FLAG(HVA_VALID)) &&
		     (!r->firmware_va || KFI_FLAG(FIRMWARE_VA_VALID)) &&
		     (!r->severity || KFI_FLAG(SEVERITY_VALID));
	bool reserved = !r->reserved0 && !(r->sea_flags & ~KFI_KNOWN_SEA_FLAGS) &&
			!(flags & ~KFI_KNOWN_FLAGS);

	return KFI_UNLESS(valid, HOST_INVALID_ZERO) |
	       KFI_UNLESS(reserved || r->minor > reader, HOST_RESERVED_ZERO);
}

/**
 * kfi_check() - hold a record against every rule that it can be held against by itself
 * @r: the record
 * @reader: newest minor version that the reader knows; it does not judge flags of newer ones
 *
 * Return: the rules that it breaks, bit n for enum kfi_rule n, in the order of judgement from bit 1
 * up: first those of KFI_REFUSALS, which a reader refuses; the others are the host's fault, but
 * the record is readable.
 */
static inline __u64 kfi_check(const struct kvm_arm_fault_info *r, __u8 reader)
{
	__u64 flags = kfi_judged_flags(r, reader);

	reader = kfi_known_minor(reader);
	return kfi_check_refusals(r, flags, reader) | kfi_check_syndrome(r, flags) |
	       kfi_check_addresses(r, flags) | kfi_check_gpa(r, flags) | kfi_check_host(r, flags) |
	       kfi_check_zeros(r, flags, reader);
}

#endif /* KFI_RULES_H */
