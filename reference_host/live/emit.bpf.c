// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The emitter: the record of a trap from inside a running kernel, by fault_info_fill() of spec/c.
 *
 * hooks.bpf.h gathers what the kernel knows while it handles a trap of a guest. When it is done with it,
 * emit() runs, on the way back into the guest (kvm:kvm_entry) or out to the VMM
 * (kvm:kvm_userspace_exit), whichever comes first; for a page that firmware alone has told of, when
 * memory_failure() is done with it (ras:memory_failure_event). User space runs the same program by
 * BPF_PROG_TEST_RUN on a trap that it has put there itself.
 */
#define KFI_HOST_LOOKUPS

#include "maps.bpf.h"
#include "lookup.bpf.h"
#include "firmware.bpf.h"
#include "hooks.bpf.h"
#include "notice.bpf.h"

/* What struct kfi_trap says of a trap. The pointers in it must be on the stack. */
static __always_inline void live_describe(const struct live_vm *vm, struct live_trap *seen,
					  struct kfi_trap *trap)
{
	trap->esr_el2 = seen->esr_el2;
	trap->far_el2 = seen->far_el2;
	trap->hpfar_el2 = seen->hpfar_el2;
	trap->pfar_el2 = seen->pfar_el2;
	trap->disr_el1 = seen->disr_el1;
	trap->mpidr = seen->mpidr;
	trap->walk = seen->walk;
	trap->critical = vm->critical;
	trap->memslots = vm->memslots.at;
	trap->nr_memslots = vm->nr_memslots;
	trap->isolated = seen->pages.at;
	trap->nr_isolated = seen->nr_pages;
	trap->has = vm->has | seen->has;
	trap->kinds = vm->kinds;
	trap->walk_level = seen->walk_level;
	trap->notify = seen->notify;
	trap->minor = vm->minor;
	trap->reserved = 0;
}

static __always_inline void live_send(const struct live_trap *seen,
				      const struct kvm_arm_fault_info *info)
{
	struct live_record *record;
	__u32 first = 0;
	__u64 *count;

	count = bpf_map_lookup_elem(&lost, &first);
	if (!count)
		return;
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		__sync_fetch_and_add(count, 1);
		return;
	}
	record->lost = *count;
	record->signal_hva = seen->signal_hva;
	record->thread = live_thread();
	record->vcpu = seen->vcpu;
	record->claim = seen->claim;
	record->handled = seen->handled;
	record->seen = seen->seen;
	record->reserved = 0;
	record->info = *info;
	bpf_ringbuf_submit(record, 0);
}

SEC("raw_tp/kvm_entry")
int emit(void *ctx)
{
	struct live_trap *seen = live_trap();
	struct kvm_arm_fault_info info;
	__u32 thread = live_thread();
	struct kfi_firmware firmware;
	struct kfi_trap trap;
	struct live_vm *vm;

	if (!seen)
		return 0;
	vm = live_vm(seen->process);
	if (vm) {
		live_describe(vm, seen, &trap);
		live_firmware(seen, &firmware);
		if (fault_info_fill(&trap, &firmware, &info, &seen->emission))
			live_send(seen, &info);
	}
	if (!(seen->seen & LIVE_KEEP))
		bpf_map_delete_elem(&traps, &thread);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
