/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Do not edit: generated from abi/definition.py, abi/reply.py, abi/ring_layout.py. */
/* To regenerate run: faultinfo generate */
#include <stddef.h>
#include <kvm_arm_fault_info.h>

#ifdef __cplusplus
#define ASSERT(what) static_assert(what, #what)
#else
#define ASSERT(what) _Static_assert(what, #what)
#endif

ASSERT(offsetof(struct kvm_arm_fault_info, sea_flags) == 0);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->sea_flags) == 8);
ASSERT(offsetof(struct kvm_arm_fault_info, esr) == 8);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->esr) == 8);
ASSERT(offsetof(struct kvm_arm_fault_info, far) == 16);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->far) == 8);
ASSERT(offsetof(struct kvm_arm_fault_info, gpa) == 24);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->gpa) == 8);
ASSERT(offsetof(struct kvm_arm_fault_info, size) == 32);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->size) == 2);
ASSERT(offsetof(struct kvm_arm_fault_info, major) == 34);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->major) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, minor) == 35);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->minor) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, kind) == 36);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->kind) == 2);
ASSERT(offsetof(struct kvm_arm_fault_info, host_action) == 38);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->host_action) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, origin) == 39);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->origin) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, flags) == 40);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->flags) == 8);
ASSERT(offsetof(struct kvm_arm_fault_info, hpfar) == 48);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->hpfar) == 8);
ASSERT(offsetof(struct kvm_arm_fault_info, address_lsb) == 56);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->address_lsb) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, gpa_origin) == 57);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->gpa_origin) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, severity) == 58);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->severity) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, firmware_severity) == 59);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->firmware_severity) == 1);
ASSERT(offsetof(struct kvm_arm_fault_info, reserved0) == 60);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->reserved0) == 4);
ASSERT(offsetof(struct kvm_arm_fault_info, hva) == 64);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->hva) == 8);
ASSERT(offsetof(struct kvm_arm_fault_info, firmware_va) == 72);
ASSERT(sizeof(((struct kvm_arm_fault_info *)0)->firmware_va) == 8);
ASSERT(sizeof(struct kvm_arm_fault_info) == 80);

ASSERT(offsetof(struct kvm_arm_fault_envelope, vcpu) == 0);
ASSERT(sizeof(((struct kvm_arm_fault_envelope *)0)->vcpu) == 4);
ASSERT(offsetof(struct kvm_arm_fault_envelope, lost) == 4);
ASSERT(sizeof(((struct kvm_arm_fault_envelope *)0)->lost) == 4);
ASSERT(offsetof(struct kvm_arm_fault_envelope, sequence) == 8);
ASSERT(sizeof(((struct kvm_arm_fault_envelope *)0)->sequence) == 8);
ASSERT(sizeof(struct kvm_arm_fault_envelope) == 16);

ASSERT(offsetof(struct kvm_arm_fault_ring, magic) == 0);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->magic) == 4);
ASSERT(offsetof(struct kvm_arm_fault_ring, header_size) == 4);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->header_size) == 2);
ASSERT(offsetof(struct kvm_arm_fault_ring, major) == 6);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->major) == 1);
ASSERT(offsetof(struct kvm_arm_fault_ring, minor) == 7);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->minor) == 1);
ASSERT(offsetof(struct kvm_arm_fault_ring, slot_size) == 8);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->slot_size) == 4);
ASSERT(offsetof(struct kvm_arm_fault_ring, slots) == 12);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->slots) == 4);
ASSERT(offsetof(struct kvm_arm_fault_ring, head) == 16);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->head) == 8);
ASSERT(offsetof(struct kvm_arm_fault_ring, tail) == 24);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->tail) == 8);
ASSERT(offsetof(struct kvm_arm_fault_ring, lost) == 32);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->lost) == 8);
ASSERT(offsetof(struct kvm_arm_fault_ring, reserved) == 40);
ASSERT(sizeof(((struct kvm_arm_fault_ring *)0)->reserved) == 24);
ASSERT(sizeof(struct kvm_arm_fault_ring) == 64);

ASSERT(offsetof(struct kvm_arm_fault_slot, stamp) == 0);
ASSERT(sizeof(((struct kvm_arm_fault_slot *)0)->stamp) == 8);
ASSERT(offsetof(struct kvm_arm_fault_slot, vcpu) == 8);
ASSERT(sizeof(((struct kvm_arm_fault_slot *)0)->vcpu) == 4);
ASSERT(offsetof(struct kvm_arm_fault_slot, lost) == 12);
ASSERT(sizeof(((struct kvm_arm_fault_slot *)0)->lost) == 4);
ASSERT(offsetof(struct kvm_arm_fault_slot, sequence) == 16);
ASSERT(sizeof(((struct kvm_arm_fault_slot *)0)->sequence) == 8);
ASSERT(sizeof(struct kvm_arm_fault_slot) == 24);

ASSERT(offsetof(struct kvm_arm_fault_reply, serror_pending) == 0);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->serror_pending) == 1);
ASSERT(offsetof(struct kvm_arm_fault_reply, serror_has_esr) == 1);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->serror_has_esr) == 1);
ASSERT(offsetof(struct kvm_arm_fault_reply, ext_dabt_pending) == 2);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->ext_dabt_pending) == 1);
ASSERT(offsetof(struct kvm_arm_fault_reply, ext_iabt_pending) == 3);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->ext_iabt_pending) == 1);
ASSERT(offsetof(struct kvm_arm_fault_reply, ext_abt_has_esr) == 4);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->ext_abt_has_esr) == 1);
ASSERT(offsetof(struct kvm_arm_fault_reply, ext_abt_has_far) == 5);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->ext_abt_has_far) == 1);
ASSERT(offsetof(struct kvm_arm_fault_reply, pad) == 6);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->pad) == 2);
ASSERT(offsetof(struct kvm_arm_fault_reply, serror_esr) == 8);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->serror_esr) == 8);
ASSERT(offsetof(struct kvm_arm_fault_reply, ext_abt_esr) == 16);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->ext_abt_esr) == 8);
ASSERT(offsetof(struct kvm_arm_fault_reply, ext_abt_far) == 24);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->ext_abt_far) == 8);
ASSERT(offsetof(struct kvm_arm_fault_reply, reserved) == 32);
ASSERT(sizeof(((struct kvm_arm_fault_reply *)0)->reserved) == 32);
ASSERT(sizeof(struct kvm_arm_fault_reply) == 64);

ASSERT(KVM_ARM_FAULT_FLAG_FAR_VALID == 0x1ULL);
ASSERT(KVM_ARM_FAULT_FLAG_HPFAR_VALID == 0x2ULL);
ASSERT(KVM_ARM_FAULT_FLAG_PA_VALID == 0x4ULL);
ASSERT(KVM_ARM_FAULT_FLAG_HVA_VALID == 0x8ULL);
ASSERT(KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID == 0x10ULL);
ASSERT(KVM_ARM_FAULT_FLAG_SEVERITY_VALID == 0x20ULL);
ASSERT(KVM_ARM_FAULT_FLAG_ACTION_REQUIRED == 0x40ULL);
ASSERT(KVM_ARM_FAULT_FLAG_NESTED == 0x80ULL);
ASSERT(KVM_ARM_FAULT_FLAG_FAR_IMPRECISE == 0x100ULL);
ASSERT(KVM_ARM_FAULT_FLAG_STAGE1_WALK == 0x200ULL);
ASSERT(KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT == 0x100000000ULL);
ASSERT(KVM_ARM_FAULT_SEA_FLAG_GPA_VALID == 0x1ULL);
ASSERT(KVM_ARM_FAULT_KIND_DATA_ABORT == 0x1ULL);
ASSERT(KVM_ARM_FAULT_KIND_INSTRUCTION_ABORT == 0x2ULL);
ASSERT(KVM_ARM_FAULT_KIND_SERROR == 0x3ULL);
ASSERT(KVM_ARM_FAULT_KIND_MEMORY_NOTICE == 0x4ULL);
ASSERT(KVM_ARM_FAULT_ACTION_UNKNOWN == 0x0ULL);
ASSERT(KVM_ARM_FAULT_ACTION_NOT_CLAIMED == 0x1ULL);
ASSERT(KVM_ARM_FAULT_ACTION_ISOLATED == 0x2ULL);
ASSERT(KVM_ARM_FAULT_ACTION_CLAIMED_NOTHING_QUEUED == 0x3ULL);
ASSERT(KVM_ARM_FAULT_ACTION_ISOLATION_FAILED == 0x4ULL);
ASSERT(KVM_ARM_FAULT_ORIGIN_UNKNOWN == 0x0ULL);
ASSERT(KVM_ARM_FAULT_ORIGIN_TRAP == 0x1ULL);
ASSERT(KVM_ARM_FAULT_ORIGIN_FIRMWARE == 0x2ULL);
ASSERT(KVM_ARM_FAULT_ORIGIN_TRAP_AND_FIRMWARE == 0x3ULL);
ASSERT(KVM_ARM_FAULT_ORIGIN_KERNEL_FIRST == 0x4ULL);
ASSERT(KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE == 0x5ULL);
ASSERT(KVM_ARM_FAULT_GPA_ORIGIN_UNKNOWN == 0x0ULL);
ASSERT(KVM_ARM_FAULT_GPA_ORIGIN_HPFAR == 0x1ULL);
ASSERT(KVM_ARM_FAULT_GPA_ORIGIN_WALK == 0x2ULL);
ASSERT(KVM_ARM_FAULT_GPA_ORIGIN_REVERSE_MAP == 0x3ULL);
ASSERT(KVM_ARM_FAULT_SEVERITY_UNKNOWN == 0x0ULL);
ASSERT(KVM_ARM_FAULT_SEVERITY_CE == 0x1ULL);
ASSERT(KVM_ARM_FAULT_SEVERITY_UEO == 0x2ULL);
ASSERT(KVM_ARM_FAULT_SEVERITY_UER == 0x3ULL);
ASSERT(KVM_ARM_FAULT_SEVERITY_UEU == 0x4ULL);
ASSERT(KVM_ARM_FAULT_SEVERITY_UC == 0x5ULL);
ASSERT(KVM_ARM_FAULT_FW_SEVERITY_NONE == 0x0ULL);
ASSERT(KVM_ARM_FAULT_FW_SEVERITY_RECOVERABLE == 0x1ULL);
ASSERT(KVM_ARM_FAULT_FW_SEVERITY_FATAL == 0x2ULL);
ASSERT(KVM_ARM_FAULT_FW_SEVERITY_CORRECTED == 0x3ULL);
ASSERT(KVM_ARM_FAULT_FW_SEVERITY_INFORMATIONAL == 0x4ULL);
ASSERT(KVM_ARM_FAULT_INFO_SIZE_1_0 == 0x40ULL);
ASSERT(KVM_ARM_FAULT_INFO_SIZE_1_1 == 0x50ULL);
ASSERT(KVM_ARM_FAULT_INFO_MAJOR == 0x1ULL);
ASSERT(KVM_ARM_FAULT_INFO_MINOR == 0x1ULL);
