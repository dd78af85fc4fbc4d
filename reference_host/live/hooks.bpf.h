/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The hooks on KVM's way through a trap of a guest. Each reads; none changes what the kernel does. */
#ifndef KFI_LIVE_HOOKS_H
#define KFI_LIVE_HOOKS_H

#include <bpf/bpf_tracing.h>

#include "kernel.bpf.h"
#include "maps.bpf.h"

/* A trap of a vCPU that runs now; NULL if nobody wants to know of it. */
static __always_inline struct live_trap *live_begin(void)
{
	__u32 process = live_process();

	return live_vm(process) ? live_new_trap(process) : NULL;
}

/* What every trap has. */
static __always_inline void live_registers(struct live_trap *seen, struct kvm_vcpu *vcpu)
{
	seen->esr_el2 = vcpu->arch.fault.esr_el2;
	seen->far_el2 = vcpu->arch.fault.far_el2;
	seen->hpfar_el2 = vcpu->arch.fault.hpfar_el2;
	seen->vcpu = vcpu->vcpu_id;
	seen->notify = KFI_NOTIFY_NONE;
	if (vcpu->arch.hw_mmu != &vcpu->kvm->arch.mmu)
		seen->has |= KFI_TRAP_NESTED;
	if ((vcpu->arch.ctxt.regs.pstate & PSTATE_LEVEL) == PSTATE_EL2)
		seen->has |= KFI_TRAP_HYP_CONTEXT;
}

/* A stage-2 fault or a synchronous external abort. */
SEC("fentry/kvm_handle_guest_abort")
int BPF_PROG(on_abort, struct kvm_vcpu *vcpu)
{
	struct live_trap *seen = live_begin();

	if (seen)
		live_registers(seen, vcpu);
	return 0;
}

/* The page of the stage-2 fault is one that memory_failure() has isolated. */
static __always_inline void live_isolated(struct live_trap *seen, __u64 lsb)
{
	seen->pages.at[0].gpa = kfi_ipa_of(seen->hpfar_el2);
	seen->pages.at[0].lsb = lsb;
	seen->nr_pages = 1;
}

/*
 * An exit for a stage-2 fault is made by a kernel that tells the VMM of an isolated page by a record, without SIGBUS.
 * How large the page is only that record says; it is judged by this one, and so not read.
 */
SEC("fexit/kvm_handle_guest_abort")
int BPF_PROG(on_abort_done, struct kvm_vcpu *vcpu, int handled)
{
	struct live_trap *seen = live_trap();

	if (!seen)
		return 0;
	seen->handled = handled;
	if (!handled && !(seen->seen & LIVE_SIGNAL) && !kfi_fsc_in(KFI_FSCS_EXTERNAL, seen->esr_el2) &&
	    vcpu->run->exit_reason == LIVE_EXIT_ARM_SEA)
		live_isolated(seen, KFI_PAGE_SHIFT);
	seen->seen |= LIVE_HANDLED;
	return 0;
}

/* APEI's answer: 0 or -EINPROGRESS, the abort is its own. */
SEC("fexit/apei_claim_sea")
int BPF_PROG(on_claim, void *regs, int claim)
{
	struct live_trap *seen = live_trap();

	if (!seen)
		return 0;
	seen->claim = claim;
	seen->seen |= LIVE_CLAIM;
	if (!claim || claim == -LIVE_EINPROGRESS) {
		seen->notify = KFI_NOTIFY_SEA;
		seen->firmware.flags |= KFI_FIRMWARE_PRESENT;
	}
	return 0;
}

/* KVM ends a stage-2 fault on a page that memory_failure() has isolated with this SIGBUS. */
SEC("fentry/send_sig_mceerr")
int BPF_PROG(on_sigbus, int code, void *address, short lsb)
{
	struct live_trap *seen = live_trap();

	if (!seen || code != LIVE_BUS_MCEERR_AR || seen->seen & LIVE_HANDLED)
		return 0;
	seen->seen |= LIVE_SIGNAL;
	seen->signal_hva = (__u64)address;
	live_isolated(seen, (__u64)lsb);
	return 0;
}

/*
 * An SError of the guest; its syndrome is ESR_EL2, or made of DISR_EL1. KVM reads FAR_EL2 at aborts
 * alone, so that VFV has nothing to vouch for (host.far.valid).
 */
SEC("fentry/kvm_handle_guest_serror")
int BPF_PROG(on_serror, struct kvm_vcpu *vcpu, __u64 esr)
{
	struct live_trap *seen = live_begin();

	if (!seen)
		return 0;
	live_registers(seen, vcpu);
	if (esr != seen->esr_el2) {
		seen->disr_el1 = vcpu->arch.fault.disr_el1;
		seen->has |= KFI_TRAP_DISR;
	}
	seen->esr_el2 = esr & ~KFI_ESR_VFV;
	seen->far_el2 = 0;
	seen->hpfar_el2 = 0;
	return 0;
}

#endif /* KFI_LIVE_HOOKS_H */
