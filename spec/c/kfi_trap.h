/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the host knows at a trap to EL2, what kind of error it is, and which registers are valid.
 * A host fills struct kfi_trap from its vCPU. The lookups of memslots and of isolated pages are
 * functions of their own: with KFI_HOST_LOOKUPS they are only declared here, and the host has its
 * own.
 */
#ifndef KFI_TRAP_H
#define KFI_TRAP_H

#include "kfi_rules.h"

/* One memory slot: guest physical, host virtual and host physical address; bytes. */
struct kfi_memslot {
	__u64 gpa;
	__u64 size;
	__u64 hva;
	__u64 pa;
};

/*
 * A page that memory_failure() has isolated: any address in it, and log2 of its size, at most
 * KFI_LSB_MAX.
 */
struct kfi_isolated {
	__u64 gpa;
	__u64 lsb;
};

#define KFI_TRAP_PFAR				0x001	/* the field of that name is known */
#define KFI_TRAP_DISR				0x002
#define KFI_TRAP_MPIDR				0x004
#define KFI_TRAP_WALK				0x008
#define KFI_TRAP_WALK_LEVEL			0x010
#define KFI_TRAP_MEMSLOTS			0x020
#define KFI_TRAP_HOST_RAS			0x040	/* the host has FEAT_RAS */
#define KFI_TRAP_VM_RAS				0x080	/* the VM has it */
#define KFI_TRAP_HYP_CONTEXT			0x100	/* the vCPU was at its own EL2 */
#define KFI_TRAP_NESTED				0x200	/* it ran a guest of its own */
#define KFI_TRAP_PROTECTED			0x400	/* a protected VM */

/**
 * struct kfi_trap - registers at a trap to EL2 and what the host knows beside them
 * @esr_el2: 0 stands for no trap: memory_failure() found the error in the background
 * @far_el2: as read
 * @hpfar_el2: as read; bit 63 is KVM's mark of a walk that succeeded
 * @pfar_el2: as read
 * @disr_el1: as read
 * @mpidr: of the PE that took the trap
 * @walk: gpa that a software walk of FAR_EL2 found
 * @critical: critical flags that were enabled
 * @memslots: slots of the VM
 * @isolated: pages isolated before
 * @nr_memslots: how many
 * @nr_isolated: how many
 * @has: KFI_TRAP_*
 * @kinds: kinds that were enabled, bit n for kind n
 * @walk_level: level of the guest's stage-1 descriptor that a walk access touched, -2 to 3
 * @notify: enum kfi_notify, how the firmware record came
 * @minor: minor version to write
 * @reserved: zero
 */
struct kfi_trap {
	__u64 esr_el2;
	__u64 far_el2;
	__u64 hpfar_el2;
	__u64 pfar_el2;
	__u64 disr_el1;
	__u64 mpidr;
	__u64 walk;
	__u64 critical;
	const struct kfi_memslot *memslots;
	const struct kfi_isolated *isolated;
	__u32 nr_memslots;
	__u32 nr_isolated;
	__u16 has;
	__u16 kinds;
	__s8 walk_level;
	__u8 notify;
	__u8 minor;
	__u8 reserved;
};

/* What a trap is to the host that took it. */
enum kfi_cause {
	KFI_CAUSE_NONE,		/* an ordinary exit */
	KFI_CAUSE_ABORT,	/* a synchronous external abort */
	KFI_CAUSE_SERROR,
	KFI_CAUSE_DEFERRED,	/* an SError deferred to DISR_EL1 */
	KFI_CAUSE_ISOLATED,	/* a stage-2 fault on an isolated page */
	KFI_CAUSE_NOTICE,	/* no trap */
};

/* DISR_EL1.A: an SError was deferred. The rest has the places of ESR_ELx. */
#define KFI_DISR_A				KFI_BIT(31)

/* The record's kind of a trap with this syndrome, 0 for any other exception. */
static inline __u16 kfi_kind_of(__u64 esr)
{
	switch ((esr >> KFI_ESR_EC_SHIFT) & 0x3f) {
	case KFI_ESR_EC_DABT_LOW:
	case KFI_ESR_EC_DABT_CUR:
		return KVM_ARM_FAULT_KIND_DATA_ABORT;
	case KFI_ESR_EC_IABT_LOW:
	case KFI_ESR_EC_IABT_CUR:
		return KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT;
	case KFI_ESR_EC_SERROR:
		return KVM_ARM_FAULT_KIND_SERROR;
	default:
		return 0;
	}
}

static inline bool kfi_is_deferred(const struct kfi_trap *trap)
{
	return trap->has & KFI_TRAP_DISR && trap->disr_el1 & KFI_DISR_A;
}

/* The syndrome to report: a deferred SError's comes first, as the host handles it first. */
static inline __u64 kfi_syndrome(const struct kfi_trap *trap)
{
	__u64 iss = KFI_ESR_IDS | KFI_ESR_AET | KFI_ESR_EA | KFI_ESR_FSC;

	if (!kfi_is_deferred(trap))
		return trap->esr_el2;
	return (__u64)KFI_ESR_EC_SERROR << KFI_ESR_EC_SHIFT | KFI_ESR_IL | (trap->disr_el1 & iss);
}

/* A data abort on an access through VNCR_EL2; the bit means nothing in an instruction abort. */
static inline bool kfi_is_vncr(__u64 esr)
{
	return esr & KFI_ESR_VNCR && kfi_kind_of(esr) == KVM_ARM_FAULT_KIND_DATA_ABORT;
}

/* What AET of an SError says, if the architecture defines its ISS. */
static inline __u8 kfi_serror_severity(__u64 esr)
{
	return kfi_is_async(esr) ? kfi_severity_of_aet(esr) : KVM_ARM_FAULT_SEVERITY_UNKNOWN;
}

/*
 * host.far.valid, of the syndrome as trapped. FAR_EL2 of a deferred SError is another trap's, which
 * needs no word: DISR_EL1 has no VFV.
 */
static inline bool kfi_far_valid(__u64 esr)
{
	__u16 kind = kfi_kind_of(esr);

	if (kind == KVM_ARM_FAULT_KIND_SERROR)
		return kfi_is_async(esr) && esr & KFI_ESR_VFV;
	return kind && !kfi_is_vncr(esr) && (!kfi_not_on_walk(esr) || !(esr & KFI_ESR_FNV));
}

/* host.far.imprecise: FnP, which in a data abort is a field only with ISV=0. */
static inline bool kfi_far_imprecise(__u64 esr)
{
	__u16 kind = kfi_kind_of(esr);

	if (!(esr & KFI_ESR_FNP) || !kfi_far_valid(esr))
		return false;
	return kind == KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT ||
	       (kind == KVM_ARM_FAULT_KIND_DATA_ABORT && !(esr & KFI_ESR_ISV));
}

/* Whether a stage-2 fault with this syndrome has written HPFAR_EL2 (host.hpfar.valid). */
static inline bool kfi_hpfar_valid(__u64 esr)
{
	__u16 kind = kfi_kind_of(esr);
	__u64 codes = KFI_FSCS_HPFAR | (esr & KFI_ESR_S1PTW ? KFI_FSCS_PERMISSION : 0);

	return kind && kind != KVM_ARM_FAULT_KIND_SERROR && kfi_fsc_in(codes, esr);
}

/* Whether PFAR_EL2 holds the faulting physical address (host.pa.valid). */
static inline bool kfi_pfar_valid(__u64 esr)
{
	__u16 kind = kfi_kind_of(esr);

	if (!kind || !(esr & KFI_ESR_PFV))
		return false;
	if (kind == KVM_ARM_FAULT_KIND_SERROR)
		return kfi_is_async(esr);
	/* Bit 24 is ISV of a data abort alone; with it the bit of PFV is AR. */
	return kfi_fsc_in(KFI_FSCS_PFAR, esr) &&
	       !(kind == KVM_ARM_FAULT_KIND_DATA_ABORT && esr & KFI_ESR_ISV);
}

/* The page that HPFAR_EL2.FIPA names. */
static inline __u64 kfi_ipa_of(__u64 hpfar)
{
	return (hpfar & KFI_FIPA) << KFI_FIPA_TO_IPA;
}

#ifdef KFI_HOST_LOOKUPS
static inline const struct kfi_memslot *kfi_slot_of(const struct kfi_trap *trap, __u64 gpa);
static inline bool kfi_page_of_pa(const struct kfi_trap *trap, __u64 pa, __u64 *page);
static inline const struct kfi_isolated *kfi_isolated_at(const struct kfi_trap *trap, __u64 gpa);
#else
/* The memslot that holds a guest physical address. */
static inline const struct kfi_memslot *kfi_slot_of(const struct kfi_trap *trap, __u64 gpa)
{
	__u32 n = trap->has & KFI_TRAP_MEMSLOTS ? trap->nr_memslots : 0;
	__u32 i;

	for (i = 0; i < n; i++) {
		const struct kfi_memslot *slot = &trap->memslots[i];

		if (gpa >= slot->gpa && gpa - slot->gpa < slot->size)
			return slot;
	}
	return NULL;
}

/* The page of the guest behind a physical address of the host, by reverse map. */
static inline bool kfi_page_of_pa(const struct kfi_trap *trap, __u64 pa, __u64 *page)
{
	__u32 n = trap->has & KFI_TRAP_MEMSLOTS ? trap->nr_memslots : 0;
	__u32 i;

	for (i = 0; i < n; i++) {
		const struct kfi_memslot *slot = &trap->memslots[i];

		if (pa < slot->pa || pa - slot->pa >= slot->size)
			continue;
		*page = (slot->gpa + (pa - slot->pa)) & ~KFI_IN_PAGE;
		return true;
	}
	return false;
}

/* The isolated page that holds a guest physical address. */
static inline const struct kfi_isolated *kfi_isolated_at(const struct kfi_trap *trap, __u64 gpa)
{
	__u32 i;

	for (i = 0; i < trap->nr_isolated; i++) {
		const struct kfi_isolated *page = &trap->isolated[i];

		if (page->lsb > 63 || !((gpa ^ page->gpa) >> page->lsb))
			return page;
	}
	return NULL;
}
#endif /* KFI_HOST_LOOKUPS */

/*
 * The page of the VM that a stage-2 fault touched: HPFAR's, or that of a software walk. HPFAR_EL2
 * of a nested guest's trap is in that guest's space, so only a walk helps there.
 */
static inline bool kfi_fault_page(const struct kfi_trap *trap, __u64 *page)
{
	if (kfi_hpfar_valid(trap->esr_el2) && !(trap->has & KFI_TRAP_NESTED)) {
		*page = kfi_ipa_of(trap->hpfar_el2);
		return true;
	}
	*page = trap->walk & ~KFI_IN_PAGE;
	return trap->has & KFI_TRAP_WALK && kfi_far_valid(trap->esr_el2);
}

static inline const struct kfi_isolated *kfi_isolated_page(const struct kfi_trap *trap)
{
	__u64 page;

	return kfi_fault_page(trap, &page) ? kfi_isolated_at(trap, page) : NULL;
}

/* What the trap is (host.record.cause). */
static inline int kfi_classify(const struct kfi_trap *trap)
{
	__u64 esr = trap->esr_el2;
	__u16 kind = kfi_kind_of(esr);

	if (kfi_is_deferred(trap))
		return KFI_CAUSE_DEFERRED;
	if (!esr)
		return KFI_CAUSE_NOTICE;
	if (kind == KVM_ARM_FAULT_KIND_SERROR)
		return KFI_CAUSE_SERROR;
	if (kind && kfi_fsc_in(KFI_FSCS_EXTERNAL, esr))
		return KFI_CAUSE_ABORT;
	/* A fault on an access through VNCR_EL2 is one of EL2's own stage 1. */
	if (kind && kfi_fsc_in(KFI_FSCS_HPFAR | KFI_FSCS_PERMISSION, esr) && !kfi_is_vncr(esr) &&
	    kfi_isolated_page(trap))
		return KFI_CAUSE_ISOLATED;
	return KFI_CAUSE_NONE;
}

#endif /* KFI_TRAP_H */
