/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The lookups of kfi_trap.h over the tables of live.h. Each search is a global function: the
 * verifier judges it once and by itself, not again for every path that leads to it.
 */
#ifndef KFI_LIVE_LOOKUP_H
#define KFI_LIVE_LOOKUP_H

#include "live.h"

/* An index that the compiler cannot see through, so that it cannot drop the mask. */
static __always_inline __u32 live_index(__u32 i, __u32 size)
{
	asm volatile("" : "+r"(i));
	return i & (size - 1);
}

/* The first slot that holds a guest physical address; LIVE_MEMSLOTS if there is none. */
__noinline __u32 live_slot_of_gpa(const struct live_memslots *slots, __u32 n, __u64 gpa)
{
	__u32 i;

	if (!slots)
		return LIVE_MEMSLOTS;
	for (i = 0; i < LIVE_MEMSLOTS && i < n; i++)
		if (gpa >= slots->at[i].gpa && gpa - slots->at[i].gpa < slots->at[i].size)
			return i;
	return LIVE_MEMSLOTS;
}

/* The first slot that holds a physical address of the host. */
__noinline __u32 live_slot_of_pa(const struct live_memslots *slots, __u32 n, __u64 pa)
{
	__u32 i;

	if (!slots)
		return LIVE_MEMSLOTS;
	for (i = 0; i < LIVE_MEMSLOTS && i < n; i++)
		if (pa >= slots->at[i].pa && pa - slots->at[i].pa < slots->at[i].size)
			return i;
	return LIVE_MEMSLOTS;
}

/* The first isolated page that holds a guest physical address. */
__noinline __u32 live_page_of_gpa(const struct live_pages *pages, __u32 n, __u64 gpa)
{
	__u32 i;

	if (!pages)
		return LIVE_PAGES;
	for (i = 0; i < LIVE_PAGES && i < n; i++)
		if (pages->at[i].lsb > 63 || !((gpa ^ pages->at[i].gpa) >> pages->at[i].lsb))
			return i;
	return LIVE_PAGES;
}

static __always_inline const struct live_memslots *live_memslots_of(const struct kfi_trap *trap)
{
	return (const struct live_memslots *)trap->memslots;
}

static inline const struct kfi_memslot *kfi_slot_of(const struct kfi_trap *trap, __u64 gpa)
{
	__u32 i = LIVE_MEMSLOTS;

	if (trap->has & KFI_TRAP_MEMSLOTS)
		i = live_slot_of_gpa(live_memslots_of(trap), trap->nr_memslots, gpa);
	return i < LIVE_MEMSLOTS ? &trap->memslots[live_index(i, LIVE_MEMSLOTS)] : NULL;
}

static inline bool kfi_page_of_pa(const struct kfi_trap *trap, __u64 pa, __u64 *page)
{
	const struct kfi_memslot *slot;
	__u32 i = LIVE_MEMSLOTS;

	if (trap->has & KFI_TRAP_MEMSLOTS)
		i = live_slot_of_pa(live_memslots_of(trap), trap->nr_memslots, pa);
	if (i >= LIVE_MEMSLOTS)
		return false;
	slot = &trap->memslots[live_index(i, LIVE_MEMSLOTS)];
	*page = (slot->gpa + (pa - slot->pa)) & ~KFI_IN_PAGE;
	return true;
}

static inline const struct kfi_isolated *kfi_isolated_at(const struct kfi_trap *trap, __u64 gpa)
{
	__u32 i = live_page_of_gpa((const struct live_pages *)trap->isolated, trap->nr_isolated, gpa);

	return i < LIVE_PAGES ? &trap->isolated[live_index(i, LIVE_PAGES)] : NULL;
}

#endif /* KFI_LIVE_LOOKUP_H */
