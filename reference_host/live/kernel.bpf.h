/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the hooks read of the kernel's own structures: the fields alone, their places come from the
 * kernel's BTF when the object is loaded. Names as in Linux 7.3.
 */
#ifndef KFI_LIVE_KERNEL_H
#define KFI_LIVE_KERNEL_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kvm_vcpu_fault_info {
	__u64 esr_el2;
	__u64 far_el2;
	__u64 hpfar_el2;
	__u64 disr_el1;
};

struct kvm_s2_mmu {
	int nested_stage2_enabled;
};

struct user_pt_regs {
	__u64 pstate;
};

struct kvm_cpu_context {
	struct user_pt_regs regs;
};

struct kvm_vcpu_arch {
	struct kvm_cpu_context ctxt;
	struct kvm_s2_mmu *hw_mmu;
	struct kvm_vcpu_fault_info fault;
};

struct kvm_arch {
	struct kvm_s2_mmu mmu;
};

struct kvm {
	struct kvm_arch arch;
};

struct kvm_run {
	__u32 exit_reason;
};

struct kvm_vcpu {
	struct kvm *kvm;
	struct kvm_run *run;
	int vcpu_id;
	struct kvm_vcpu_arch arch;
};

struct acpi_hest_notify {
	__u8 type;
};

struct acpi_hest_generic {
	struct acpi_hest_notify notify;
};

struct ghes {
	struct acpi_hest_generic *generic;
};

struct acpi_hest_generic_status {
	__u32 error_severity;
};

#pragma clang attribute pop

/* PSTATE.M of a vCPU at its own EL2, as KVM keeps it; M[0], the stack pointer, aside. */
#define PSTATE_EL2			0x8
#define PSTATE_LEVEL			0x1e
/* HEST notification types, ACPI 6.5 table 18.14. */
#define HEST_SEA			8
/* <asm-generic/errno.h>: the claim's work is queued and runs later. */
#define LIVE_EINPROGRESS		115
#define LIVE_BUS_MCEERR_AR		4
/* <linux/kvm.h> */
#define LIVE_EXIT_ARM_SEA		41

#endif /* KFI_LIVE_KERNEL_H */
