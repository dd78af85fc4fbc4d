/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The adapter of spec/adapters/c with one thing wrong, chosen by WRONG, at records of one kind: it crashes,
 * hangs, or promises more bytes than there is room for. It also prints, which must not disturb anything.
 */
#define kfp_answer kfp_right
#include "adapter.c"
#undef kfp_answer

#define AT_KIND (sizeof(struct kfp_vmm_request) + 2 + offsetof(struct kvm_arm_fault_info, kind))

size_t kfp_answer(uint16_t *type, const void *payload, size_t size, void *answer)
{
	const uint8_t *bytes = (const uint8_t *)payload;

	printf("asked for %#x\n", *type);
	if (*type == KFP_TYPE_VMM && size > AT_KIND && bytes[AT_KIND] == KVM_ARM_FAULT_KIND_MEMORY_NOTICE) {
		if (WRONG == 1)
			__builtin_trap();
		while (WRONG == 2)
			pause();
		if (WRONG == 3)
			return KFP_FRAME_MAX;
	}
	return kfp_right(type, payload, size, answer);
}
