// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Turns a stage-2 fault on one guest page into whatever trap the lab asks for, before KVM looks at it. The guest and its
 * access are real, and so is all that KVM makes of the trap; only ESR_EL2, FAR_EL2 and HPFAR_EL2 are not the hardware's.
 *
 * It keeps the registers as they were taken, and takes a syndrome apart by the kernel's own <asm/esr.h>.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <asm/esr.h>
#include <asm/kvm_emulate.h>

static ulong gpa;	/* the page; 0: leave every trap alone */
static ulong esr_clear;	/* ESR_EL2 := ESR_EL2 & ~esr_clear | esr_set */
static ulong esr_set;
static bool far_lost;	/* FAR_EL2 := far */
static ulong far;
static bool ipa_lost;	/* no IPA: as KVM has none after an abort with FnV, or on a walk */
module_param(gpa, ulong, 0600);
module_param(esr_clear, ulong, 0600);
module_param(esr_set, ulong, 0600);
module_param(far_lost, bool, 0600);
module_param(far, ulong, 0600);
module_param(ipa_lost, bool, 0600);

static ulong taken_esr, taken_far, taken_hpfar, taken;	/* the last one, and how many */
module_param(taken_esr, ulong, 0400);
module_param(taken_far, ulong, 0400);
module_param(taken_hpfar, ulong, 0400);
module_param(taken, ulong, 0400);

static u64 syndrome;

static int set_syndrome(const char *text, const struct kernel_param *param)
{
	return kstrtou64(text, 0, &syndrome);
}

static int get_fields(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "EC %#lx IL %d SET %d FnV %d EA %d CM %d S1PTW %d WnR %d FSC %#lx\n",
			  (ulong)ESR_ELx_EC(syndrome), !!(syndrome & ESR_ELx_IL),
			  (int)((syndrome & ESR_ELx_SET_MASK) >> ESR_ELx_SET_SHIFT), !!(syndrome & ESR_ELx_FnV),
			  !!(syndrome & ESR_ELx_EA), !!(syndrome & ESR_ELx_CM), !!(syndrome & ESR_ELx_S1PTW),
			  !!(syndrome & ESR_ELx_WNR), (ulong)(syndrome & ESR_ELx_FSC));
}

static const struct kernel_param_ops decode_ops = { .set = set_syndrome, .get = get_fields };
module_param_cb(decode, &decode_ops, NULL, 0600);	/* write a syndrome, read its fields */

static int before_kvm(struct kprobe *probe, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	struct kvm_vcpu_fault_info *fault = &vcpu->arch.fault;
	u64 ipa = (fault->hpfar_el2 & GENMASK_ULL(43, 4)) << 8;

	if (!gpa || (ipa & PAGE_MASK) != gpa)
		return 0;
	taken_esr = fault->esr_el2;
	taken_far = fault->far_el2;
	taken_hpfar = fault->hpfar_el2;
	taken++;
	fault->esr_el2 = (fault->esr_el2 & ~(u64)esr_clear) | esr_set;
	if (far_lost)
		fault->far_el2 = far;
	if (ipa_lost)
		fault->hpfar_el2 = 0;
	return 0;
}

static struct kprobe probe = { .symbol_name = "kvm_handle_guest_abort", .pre_handler = before_kvm };

static int __init relabel_init(void)
{
	return register_kprobe(&probe);
}

static void __exit relabel_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(relabel_init);
module_exit(relabel_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Test aid: relabels stage-2 faults of KVM guests");
