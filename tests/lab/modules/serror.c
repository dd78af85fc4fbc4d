// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Turns one stage-2 fault on a guest page into an SError of the guest, before KVM looks at the exit: the emulated CPU has no
 * physical SError. All that KVM makes of it is real.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <asm/esr.h>
#include <asm/kvm_asm.h>

static ulong gpa;	/* the page; 0 again after the one SError */
static ulong iss;	/* of the SError */
static bool deferred;	/* to DISR_EL1, beside the exit: as a host with FEAT_RAS finds it by its ESB */
module_param(gpa, ulong, 0600);
module_param(iss, ulong, 0600);
module_param(deferred, bool, 0600);

static struct kvm_vcpu *struck;

static void strike(struct pt_regs *regs)
{
	if (deferred)
		regs->regs[1] |= BIT(ARM_EXIT_WITH_SERROR_BIT);
	else
		regs->regs[1] = ARM_EXCEPTION_EL1_SERROR;
}

/* handle_exit_early(vcpu, exception_index): KVM's own handling of SErrors. */
static int before_early(struct kprobe *probe, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	struct kvm_vcpu_fault_info *fault = &vcpu->arch.fault;

	if (!gpa || regs->regs[1] != ARM_EXCEPTION_TRAP ||
	    (((fault->hpfar_el2 & GENMASK_ULL(43, 4)) << 8) & PAGE_MASK) != gpa)
		return 0;
	gpa = 0;
	struck = vcpu;
	if (deferred)
		fault->disr_el1 = BIT(31) | iss;	/* DISR_EL1.A */
	else
		fault->esr_el2 = (u64)ESR_ELx_EC_SERROR << ESR_ELx_EC_SHIFT | ESR_ELx_IL | iss;
	strike(regs);
	return 0;
}

/* handle_exit(vcpu, exception_index): the same exit, later. */
static int before_exit(struct kprobe *probe, struct pt_regs *regs)
{
	if ((struct kvm_vcpu *)regs->regs[0] != struck)
		return 0;
	struck = NULL;
	strike(regs);
	return 0;
}

static struct kprobe early = { .symbol_name = "handle_exit_early", .pre_handler = before_early };
static struct kprobe later = { .symbol_name = "handle_exit", .pre_handler = before_exit };
static struct kprobe *probes[] = { &early, &later };

static int __init serror_init(void)
{
	return register_kprobes(probes, ARRAY_SIZE(probes));
}

static void __exit serror_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
}

module_init(serror_init);
module_exit(serror_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Test aid: one SError of a KVM guest");
