/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A page of a VM that firmware alone has told of: the memory notice, when memory_failure() is done.
 * The VM is the first whose memslots, with the physical addresses that its VMM has given, hold it.
 */
#ifndef KFI_LIVE_NOTICE_H
#define KFI_LIVE_NOTICE_H

#include "firmware.bpf.h"
#include "lookup.bpf.h"

/* enum mf_result of <linux/mm.h>: of these and above the page is out of use. */
#define LIVE_MF_DELAYED			2

struct live_owner {
	__u64 address;
	__u64 page;	/* in the VM */
	__u32 process;
	__u32 found;
};

/* One VM: 1 ends the search. */
static long live_owns(void *map, const void *key, void *value, void *context)
{
	struct live_owner *owner = context;
	struct live_vm *vm = value;
	const struct kfi_memslot *slot;
	__u32 i;

	if (!(vm->has & KFI_TRAP_MEMSLOTS))
		return 0;
	i = live_slot_of_pa(&vm->memslots, vm->nr_memslots, owner->address);
	if (i >= LIVE_MEMSLOTS)
		return 0;
	slot = &vm->memslots.at[live_index(i, LIVE_MEMSLOTS)];
	owner->page = slot->gpa + (owner->address - slot->pa);
	owner->process = *(const __u32 *)key;
	owner->found = 1;
	return 1;
}

SEC("tp_btf/memory_failure_event")
int BPF_PROG(on_memory_failure, unsigned long pfn, int type, int result)
{
	struct live_owner owner = { .address = (__u64)pfn << KFI_PAGE_SHIFT };
	__u64 frame = pfn;
	struct live_trap *seen;

	if (live_trap() || bpf_map_delete_elem(&told, &frame))
		return 0;
	bpf_for_each_map_elem(&vms, live_owns, &owner, 0);
	if (!owner.found)
		return 0;
	seen = live_new_trap(owner.process);
	if (!seen)
		return 0;
	seen->vcpu = ~0U;
	seen->notify = KFI_NOTIFY_GPIO;
	/* ghes_do_proc() queues memory_failure() for recoverable errors alone. */
	seen->firmware.severity = KFI_CPER_SEVERITY_RECOVERABLE;
	seen->firmware.flags = KFI_FIRMWARE_PRESENT;
	seen->firmware.nr_pas = 1;
	seen->pas[0].address = owner.address;
	seen->pas[0].what = KFI_PA_MEMORY | KFI_PA_QUEUED | KFI_PA_LOST;
	if (result >= LIVE_MF_DELAYED) {
		seen->pages.at[0].gpa = owner.page;
		seen->pages.at[0].lsb = KFI_PAGE_SHIFT;
		seen->nr_pages = 1;
	}
	return 0;
}

#endif /* KFI_LIVE_NOTICE_H */
