/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The host's side, between the trap and the record: what becomes of the firmware record, and which
 * addresses are valid.
 */
#ifndef KFI_RESOLVE_H
#define KFI_RESOLVE_H

#include "kfi_firmware.h"
#include "kfi_trap.h"

/**
 * struct kfi_claim - what became of the firmware record
 * @firmware: the record, where it tells of this very error and may be used
 * @handed: the record, where the kernel reads it and queues what it has to
 * @claimed: APEI took the trap as its own
 * @queued: memory_failure() was given an address
 * @panic: the host stops before it queues anything
 * @reserved: zero
 */
struct kfi_claim {
	const struct kfi_firmware *firmware;
	const struct kfi_firmware *handed;
	__u8 claimed;
	__u8 queued;
	__u8 panic;
	__u8 reserved[5];
};

/**
 * struct kfi_addresses - what is known of where the error is; 0 where it is not valid
 * @far: FAR_EL2
 * @hpfar: HPFAR_EL2.FIPA
 * @gpa: guest physical address
 * @hva: of its page, in the VMM
 * @firmware_va: firmware's virtual address
 * @flags: KVM_ARM_FAULT_FLAG_*: what is valid, FAR_IMPRECISE, STAGE1_WALK
 * @sea_flags: KVM_ARM_FAULT_SEA_FLAG_GPA_VALID
 * @lsb: log2 of the damaged granule
 * @gpa_origin: where @gpa comes from
 */
struct kfi_addresses {
	__u64 far;
	__u64 hpfar;
	__u64 gpa;
	__u64 hva;
	__u64 firmware_va;
	__u64 flags;
	__u32 sea_flags;
	__u16 lsb;
	__u16 gpa_origin;
};

/* Fatal, or a severity that the kernel does not know: it panics when it reads the record. */
static inline bool kfi_firmware_fatal(const struct kfi_firmware *fw)
{
	return fw->severity != KFI_CPER_SEVERITY_RECOVERABLE &&
	       fw->severity != KFI_CPER_SEVERITY_CORRECTED &&
	       fw->severity != KFI_CPER_SEVERITY_INFORMATIONAL;
}

/* The kernel reads the record: it panics, or it queues what it has to. */
static inline void kfi_hand_over(struct kfi_claim *claim, const struct kfi_firmware *fw)
{
	__u32 i;

	claim->panic = kfi_firmware_fatal(fw);
	if (claim->panic)
		return;
	claim->handed = fw;
	for (i = 0; i < fw->nr_pas; i++)
		if (fw->pas[i].what & KFI_PA_QUEUED)
			claim->queued = 1;
}

/*
 * By the record's notification: SEA is claimed, GPIO is handled by itself, SEI only describes an
 * SError (Linux reads no such source). apei_claim_sea() is asked for external aborts alone.
 */
static inline void kfi_claim_record(const struct kfi_trap *trap, int cause,
				    const struct kfi_firmware *fw, struct kfi_claim *claim)
{
	bool serror = cause == KFI_CAUSE_SERROR || cause == KFI_CAUSE_DEFERRED;

	claim->firmware = NULL;
	claim->handed = NULL;
	claim->claimed = 0;
	claim->queued = 0;
	claim->panic = 0;
	if (!fw)
		return;
	if (trap->notify == KFI_NOTIFY_SEA && cause == KFI_CAUSE_ABORT) {
		kfi_hand_over(claim, fw);
		claim->claimed = 1;
		claim->firmware = fw;
	} else if (trap->notify == KFI_NOTIFY_GPIO) {
		kfi_hand_over(claim, fw);
		if (cause == KFI_CAUSE_NOTICE && !claim->panic)
			claim->firmware = fw;
	} else if (trap->notify == KFI_NOTIFY_SEI && serror) {
		claim->panic = kfi_firmware_fatal(fw);
		claim->firmware = claim->panic ? NULL : fw;
	}
}

static inline bool kfi_in_vm(const struct kfi_trap *trap, __u64 page)
{
	return !(trap->has & KFI_TRAP_MEMSLOTS) || kfi_slot_of(trap, page);
}

/*
 * What a software walk of FAR_EL2 found; of an abort on a walk, FAR does not lead to the
 * descriptor. Of a nested guest's trap KVM's own walk ends in the nested guest's space.
 */
static inline bool kfi_walked_page(const struct kfi_trap *trap, int cause, bool far, __u64 *page)
{
	__u64 fsc = trap->esr_el2 & KFI_ESR_FSC;

	if (!far || (cause == KFI_CAUSE_ABORT && fsc != KFI_FSC_NOT_ON_WALK && fsc != 0x18))
		return false;
	*page = trap->walk & ~KFI_IN_PAGE;
	if (trap->has & KFI_TRAP_WALK)
		return true;
	*page = kfi_ipa_of(trap->hpfar_el2);
	return cause == KFI_CAUSE_ABORT && trap->hpfar_el2 & KFI_KVM_MARK &&
	       !(trap->has & KFI_TRAP_NESTED);
}

/* A page by reverse map that some memslot has. */
static inline bool kfi_vm_page_of_pa(const struct kfi_trap *trap, __u64 pa, __u64 *page)
{
	return kfi_page_of_pa(trap, pa, page) && kfi_slot_of(trap, *page);
}

/* By reverse map of any valid physical address: PFAR_EL2's, then firmware's, memory first. */
static inline bool kfi_reverse_page(const struct kfi_trap *trap, bool pfar,
				    const struct kfi_firmware *fw, __u64 *page)
{
	__u32 n = fw ? fw->nr_pas : 0;
	__u64 memory;
	__u32 i;

	if (pfar && kfi_vm_page_of_pa(trap, trap->pfar_el2 & KFI_PADDR, page))
		return true;
	for (memory = KFI_PA_MEMORY; ; memory = 0) {
		for (i = 0; i < n; i++)
			if ((fw->pas[i].what & KFI_PA_MEMORY) == memory &&
			    kfi_vm_page_of_pa(trap, fw->pas[i].address, page))
				return true;
		if (!memory)
			return false;
	}
}

/* host.firmware_va.usable. */
static inline void kfi_resolve_firmware_va(const struct kfi_trap *trap,
					   const struct kfi_claim *claim,
					   struct kfi_addresses *where)
{
	const struct kfi_firmware *fw = claim->firmware;

	if (!claim->claimed || !fw || fw->addressed != 1 || fw->nr_vas != 1 || !fw->va)
		return;
	if (!(fw->flags & KFI_FIRMWARE_VA_MPIDR) || !(trap->has & KFI_TRAP_MPIDR) ||
	    fw->va_mpidr != trap->mpidr)
		return;
	where->firmware_va = fw->va;
	where->flags |= KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID;
}

/* gpa and what stands beside it: the page, its origin, and the low bits that FAR gives. */
static inline void kfi_resolve_page(const struct kfi_trap *trap, __u64 page, int origin,
				    struct kfi_addresses *where)
{
	const struct kfi_memslot *slot = kfi_slot_of(trap, page);
	__u64 flags = where->flags;

	where->sea_flags = KVM_ARM_FAULT_SEA_FLAG_GPA_VALID;
	where->gpa_origin = (__u16)origin;
	where->gpa = page;
	if (KFI_FLAG(FAR_VALID) && !KFI_FLAG(STAGE1_WALK) && !KFI_FLAG(FAR_IMPRECISE) &&
	    origin != KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP)
		where->gpa |= where->far & KFI_IN_PAGE;
	if (!slot)
		return;
	where->hva = slot->hva + (page - slot->gpa);
	where->flags |= KVM_ARM_FAULT_FLAG_HVA_VALID;
}

static inline void kfi_no_addresses(struct kfi_addresses *where)
{
	where->far = 0;
	where->hpfar = 0;
	where->gpa = 0;
	where->hva = 0;
	where->firmware_va = 0;
	where->flags = 0;
	where->sea_flags = 0;
	where->lsb = 0;
	where->gpa_origin = KVM_ARM_FAULT_GPA_ORIGIN_UNKNOWN;
}

/* FAR, HPFAR, and whether there was a physical address. */
static inline bool kfi_resolve_registers(const struct kfi_trap *trap, int cause, bool isolated,
					 struct kfi_addresses *where)
{
	__u64 esr = kfi_syndrome(trap);
	bool direct = cause == KFI_CAUSE_ABORT || cause == KFI_CAUSE_SERROR;

	if (kfi_far_valid(esr)) {
		where->far = trap->far_el2;
		where->flags |= KVM_ARM_FAULT_FLAG_FAR_VALID |
				(kfi_far_imprecise(esr) ? KVM_ARM_FAULT_FLAG_FAR_IMPRECISE : 0);
	}
	if (isolated) {
		where->flags |= KVM_ARM_FAULT_FLAG_PA_VALID |
				(esr & KFI_ESR_S1PTW ? KVM_ARM_FAULT_FLAG_STAGE1_WALK : 0);
		if (kfi_hpfar_valid(esr)) {
			where->hpfar = trap->hpfar_el2 & KFI_FIPA;
			where->flags |= KVM_ARM_FAULT_FLAG_HPFAR_VALID;
		}
	}
	return direct && trap->has & KFI_TRAP_PFAR && kfi_pfar_valid(trap->esr_el2);
}

/* Every address of a trap (host.far.*, host.hpfar.*, host.gpa.*, host.pa.valid). */
static inline void kfi_resolve(const struct kfi_trap *trap, int cause,
			       const struct kfi_claim *claim, struct kfi_addresses *where)
{
	const struct kfi_isolated *isolated = NULL;
	int origin = KVM_ARM_FAULT_GPA_ORIGIN_WALK;
	bool found, pfar;
	__u64 page;

	kfi_no_addresses(where);
	if (cause == KFI_CAUSE_ISOLATED)
		isolated = kfi_isolated_page(trap);
	pfar = kfi_resolve_registers(trap, cause, isolated, where);
	if (pfar || (claim->firmware && claim->firmware->nr_pas))
		where->flags |= KVM_ARM_FAULT_FLAG_PA_VALID;
	if (isolated) {
		found = kfi_fault_page(trap, &page);
		if (kfi_hpfar_valid(trap->esr_el2) && !(trap->has & KFI_TRAP_NESTED))
			origin = KVM_ARM_FAULT_GPA_ORIGIN_HPFAR;
	} else {
		found = kfi_walked_page(trap, cause, where->flags & KVM_ARM_FAULT_FLAG_FAR_VALID,
					&page);
	}
	if (!found || !kfi_in_vm(trap, page)) {
		origin = KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP;
		found = kfi_reverse_page(trap, pfar, claim->firmware, &page);
	}
	if (found) {
		kfi_resolve_page(trap, page, origin, where);
		where->lsb = isolated ? (__u16)isolated->lsb : 0;
	}
	if (cause == KFI_CAUSE_ABORT)
		kfi_resolve_firmware_va(trap, claim, where);
}

#endif /* KFI_RESOLVE_H */
