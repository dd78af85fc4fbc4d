/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A host with lookups of its own, over its own tables. */
#define KFI_HOST_LOOKUPS

#include "kfi_fill.h"

static const struct kfi_memslot only_slot = { 0x40000000, 0x1000, 0x7f0000000000, 0x880000000 };
static const struct kfi_isolated only_page = { 0x40000000, 12 };

static inline const struct kfi_memslot *kfi_slot_of(const struct kfi_trap *trap, __u64 gpa)
{
	(void)trap;
	return gpa >> 12 == only_slot.gpa >> 12 ? &only_slot : NULL;
}

static inline bool kfi_page_of_pa(const struct kfi_trap *trap, __u64 pa, __u64 *page)
{
	(void)trap;
	*page = only_slot.gpa;
	return pa >> 12 == only_slot.pa >> 12;
}

static inline const struct kfi_isolated *kfi_isolated_at(const struct kfi_trap *trap, __u64 gpa)
{
	(void)trap;
	return gpa >> 12 == only_page.gpa >> 12 ? &only_page : NULL;
}

int main(void)
{
	struct kfi_trap trap = { 0 };
	struct kvm_arm_fault_info info;
	struct kfi_emission out;

	trap.esr_el2 = 0x92000007; /* a data abort, translation fault */
	trap.far_el2 = 0x300500123;
	trap.hpfar_el2 = only_slot.gpa >> 8;
	trap.kinds = 0x1e;
	trap.minor = 1;
	trap.has = KFI_TRAP_MEMSLOTS | KFI_TRAP_HOST_RAS | KFI_TRAP_VM_RAS;
	trap.notify = KFI_NOTIFY_NONE;
	if (!fault_info_fill(&trap, NULL, &info, &out))
		return 1;
	return info.origin != KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE || info.hva != only_slot.hva;
}
