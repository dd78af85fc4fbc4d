/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which field two answers differ in first, by its name.
 */
#ifndef KFI_FIELDS_H
#define KFI_FIELDS_H

#include <string.h>

#include "kfi_oracle.h"

/* A field of an answer, or a part after the fixed layout (of no width). */
struct kfi_answer_field {
	const char *name;
	__u16 offset;
	__u16 width;
};

struct kfi_answer_layout {
	__u16 type;
	const char *name;
	const struct kfi_answer_field *fields;
	size_t nr_fields;
	size_t size;
};

#define KFI_F(message, field)								\
	{ #field, offsetof(struct message, field), sizeof(((struct message *)0)->field) }
#define KFI_INFO(message, field)							\
	{ "info." #field, offsetof(struct message, info) +				\
	  offsetof(struct kvm_arm_fault_info, field),					\
	  sizeof(((struct kvm_arm_fault_info *)0)->field) }
#define KFI_INFOS(m)									\
	KFI_INFO(m, sea_flags), KFI_INFO(m, esr), KFI_INFO(m, far), KFI_INFO(m, gpa),	\
	KFI_INFO(m, size), KFI_INFO(m, major), KFI_INFO(m, minor), KFI_INFO(m, kind),	\
	KFI_INFO(m, host_action), KFI_INFO(m, origin), KFI_INFO(m, flags),		\
	KFI_INFO(m, hpfar), KFI_INFO(m, address_lsb), KFI_INFO(m, gpa_origin),		\
	KFI_INFO(m, severity), KFI_INFO(m, firmware_severity), KFI_INFO(m, reserved0),	\
	KFI_INFO(m, hva), KFI_INFO(m, firmware_va)
#define KFI_ZERO(m, field)	{ "zero", offsetof(struct m, field), sizeof(((struct m *)0)->field) }
#define KFI_LAYOUT(type, name, fields, message)						\
	{ type, name, fields, sizeof(fields) / sizeof(*(fields)), sizeof(struct message) }

/* The layout of an answer; NULL for a type that no case stands for. */
static inline const struct kfi_answer_layout *kfi_answer_layout(__u16 type)
{
	static const struct kfi_answer_field vmm[] = {
		KFI_F(kfp_vmm_answer, outcome), KFI_F(kfp_vmm_answer, action),
		KFI_F(kfp_vmm_answer, via), KFI_F(kfp_vmm_answer, notes),
		KFI_F(kfp_vmm_answer, serror_esr), KFI_F(kfp_vmm_answer, pc),
		KFI_F(kfp_vmm_answer, pstate), KFI_F(kfp_vmm_answer, esr_el1),
		KFI_F(kfp_vmm_answer, far_el1), KFI_F(kfp_vmm_answer, elr_el1),
		KFI_F(kfp_vmm_answer, spsr_el1), KFI_F(kfp_vmm_answer, tail),
		KFI_ZERO(kfp_vmm_answer, zero), KFI_INFOS(kfp_vmm_answer),
	};
	static const struct kfi_answer_field read[] = {
		KFI_F(kfp_read_answer, outcome), KFI_ZERO(kfp_read_answer, zero),
		KFI_F(kfp_read_answer, tail), KFI_INFOS(kfp_read_answer),
	};
	static const struct kfi_answer_field check[] = {
		KFI_F(kfp_check_answer, outcome), KFI_ZERO(kfp_check_answer, zero),
	};
	static const struct kfi_answer_field ring[] = {
		KFI_F(kfp_ring_answer, position), KFI_F(kfp_ring_answer, sequence),
		KFI_F(kfp_ring_answer, lost), KFI_F(kfp_ring_answer, vcpu),
		KFI_F(kfp_ring_answer, found), KFI_ZERO(kfp_ring_answer, zero),
	};
	static const struct kfi_answer_field host[] = {
		KFI_F(kfp_host_answer, end), KFI_F(kfp_host_answer, memory_failure),
		KFI_ZERO(kfp_host_answer, zero), KFI_ZERO(kfp_host_answer, zero2),
		KFI_F(kfp_host_answer, injected),
	};
	static const struct kfi_answer_field walk[] = {
		KFI_F(kfi_walk_answer, outcome), KFI_F(kfi_walk_answer, items),
		KFI_F(kfi_walk_answer, digest),
	};
	static const struct kfi_answer_layout layouts[] = {
		KFI_LAYOUT(KFP_TYPE_VMM, "vmm", vmm, kfp_vmm_answer),
		KFI_LAYOUT(KFP_TYPE_READ, "read", read, kfp_read_answer),
		KFI_LAYOUT(KFP_TYPE_CHECK, "check", check, kfp_check_answer),
		KFI_LAYOUT(KFP_TYPE_RING, "ring", ring, kfp_ring_answer),
		KFI_LAYOUT(KFP_TYPE_HOST, "host", host, kfp_host_answer),
		KFI_LAYOUT(KFI_TYPE_WALK, "walk", walk, kfi_walk_answer),
	};
	size_t i;

	for (i = 0; i < KFI_COUNT(layouts); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}

/* The first field that differs, the parts by the first of them, or "length". */
static inline const struct kfi_answer_field *kfi_first_difference(const struct kfi_answer_layout *layout,
								  const __u8 *a, size_t a_size,
								  const __u8 *b, size_t b_size)
{
	static const struct kfi_answer_field length = { "length", 0, 0 }, parts = { "rule and parts", 0, 0 };
	size_t i;

	if (a_size < layout->size || b_size < layout->size)
		return &length;
	for (i = 0; i < layout->nr_fields; i++) {
		const struct kfi_answer_field *f = &layout->fields[i];

		if (memcmp(a + f->offset, b + f->offset, f->width))
			return f;
	}
	return &parts;
}

#endif /* KFI_FIELDS_H */
