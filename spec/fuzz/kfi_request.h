/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From a case to the requests of the conformance protocol that it stands for. What a case does not
 * say is fixed here, or is a bit of its options; abi/fuzz/requests.py says the same.
 */
#ifndef KFI_REQUEST_H
#define KFI_REQUEST_H

#include <string.h>

#include "kfi_case.h"
#include "kfi_oracle.h"

/* Bits of a case's options above those of kfi_case.h; for records: */
#define KFI_OPTION_EL0				0x08	/* the vCPU runs at EL0, else at EL1 */
#define KFI_OPTION_GUEST_NO_RAS			0x10	/* the vCPU has no FEAT_RAS */
#define KFI_OPTION_PENDING			0x20	/* a virtual SError waits */
#define KFI_OPTION_IRQ				0x40	/* the machine prefers an interrupt to a SEA */
#define KFI_OPTION_ANSWERED			0x80	/* this report was answered before */
/* for firmware records: */
#define KFI_OPTION_NO_TRAP			0x08	/* it came by an interrupt, without a trap */
#define KFI_OPTION_VM_NO_RAS			0x10	/* the VM has no RAS */
#define KFI_OPTION_FAR				0x20	/* FAR_EL2 is valid */

#define KFI_PSTATE_EL1				0x3c5
#define KFI_ESR_SEA				0x92000010 /* data abort from a lower level, IL, FSC 0x10 */
#define KFI_ESR_SEA_NO_FAR			0x92000410 /* with FnV */
#define KFI_TRAP_MPIDR				0x80000000
#define KFI_TRAP_FAR				0xffff80000abcd128
#define KFI_ISS_PENDING				0xc11	/* UER, DFSC 0x11 */

/* A request, its payload at the very end of the room, so that a sanitizer sees what reads past it. */
struct kfi_request {
	__u16 type;
	__u8 room[KFP_PAYLOAD_MAX];
	size_t size;
};

static inline const __u8 *kfi_request_payload(const struct kfi_request *r)
{
	return r->room + sizeof(r->room) - r->size;
}

/* The fixed layout, parts that are empty or fixed, and the case's data as the last part. */
static inline void kfi_request_put(struct kfi_request *r, __u16 type, const void *fixed,
				   size_t fixed_size, const struct kfi_case *c)
{
	size_t most = sizeof(r->room) - fixed_size - 2;
	size_t size = c->size < most ? c->size : most;
	__u8 *p;

	r->type = type;
	r->size = fixed_size + 2 + size;
	p = r->room + sizeof(r->room) - r->size;
	if (fixed_size)
		memcpy(p, fixed, fixed_size);
	p[fixed_size] = (__u8)size;
	p[fixed_size + 1] = (__u8)(size >> 8);
	if (size)
		memcpy(p + fixed_size + 2, c->data, size);
}

static inline void kfi_request_vmm(struct kfi_request *r, const struct kfi_case *c)
{
	struct kfp_vmm_request q = {
		.pc = 0xffff800080010000, .pstate = KFI_PSTATE_EL1, .vbar_el1 = 0xffff800080020000,
		.sctlr_el1 = 0x30d00980, .features = KFP_FEATURES_FEAT_RAS, .bound = 2,
		.ways = { KFP_VIA_SEA, KFP_VIA_IRQ }, .reader = c->reader,
	};

	q.exact = !!(c->options & KFI_CASE_EXACT);
	q.ras = !(c->options & KFI_CASE_NO_RAS);
	q.firmware_va = !(c->options & KFI_CASE_NO_FIRMWARE_VA);
	q.answered = !!(c->options & KFI_OPTION_ANSWERED);
	if (c->options & KFI_OPTION_EL0)
		q.pstate = 0;
	if (c->options & KFI_OPTION_GUEST_NO_RAS)
		q.features = 0;
	if (c->options & KFI_OPTION_PENDING) {
		q.has_pending_serror = 1;
		q.pending_serror = KFI_ISS_PENDING;
	}
	if (c->options & KFI_OPTION_IRQ) {
		q.ways[0] = KFP_VIA_IRQ;
		q.ways[1] = KFP_VIA_SEA;
	}
	kfi_request_put(r, KFP_TYPE_VMM, &q, sizeof(q), c);
}

static inline void kfi_request_read(struct kfi_request *r, const struct kfi_case *c)
{
	struct kfp_read_request q = { c->reader, !!(c->options & KFI_CASE_EXACT) };

	kfi_request_put(r, KFP_TYPE_READ, &q, sizeof(q), c);
}

static inline void kfi_request_check(struct kfi_request *r, const struct kfi_case *c)
{
	struct kfp_check_request q = { c->reader, !!(c->options & KFI_CASE_EXACT) };

	kfi_request_put(r, KFP_TYPE_CHECK, &q, sizeof(q), c);
}

static inline void kfi_request_ring(struct kfi_request *r, const struct kfi_case *c)
{
	struct kfp_ring_request q = { c->dealt };

	kfi_request_put(r, KFP_TYPE_RING, &q, sizeof(q), c);
}

/* A SEA with the firmware record, or the record alone; one memslot, no page isolated before. */
static inline void kfi_request_host(struct kfi_request *r, const struct kfi_case *c)
{
	struct {
		struct kfp_host_request q;
		__u8 memslots_size[2];
		__u8 memslot[sizeof(struct kfp_memslot)];
		__u8 isolated_size[2];
	} fixed = { .memslots_size = { sizeof(struct kfp_memslot), 0 } };
	struct kfp_memslot slot = { 0x40000000, 0x40000000, 0x7f0000000000, 0x80000000 };
	struct kfp_host_request *q = &fixed.q;

	q->esr_el2 = c->options & KFI_OPTION_FAR ? KFI_ESR_SEA : KFI_ESR_SEA_NO_FAR;
	q->far_el2 = c->options & KFI_OPTION_FAR ? KFI_TRAP_FAR : 0;
	if (c->options & KFI_OPTION_NO_TRAP) {
		q->esr_el2 = 0;
		q->notify = KFP_NOTIFY_GPIO;
	}
	q->mpidr = KFI_TRAP_MPIDR;
	q->critical = KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT;
	q->has = KFP_HAS_MPIDR | KFP_HAS_MEMSLOTS | KFP_HAS_HOST_RAS;
	if (!(c->options & KFI_OPTION_VM_NO_RAS))
		q->has |= KFP_HAS_VM_RAS;
	q->kinds = 0x1e;
	q->minor = c->reader;
	q->firmware = 1;
	memcpy(fixed.memslot, &slot, sizeof(slot));
	kfi_request_put(r, KFP_TYPE_HOST, &fixed,
			offsetof(__typeof__(fixed), isolated_size) + sizeof(fixed.isolated_size), c);
}

static inline void kfi_request_walk(struct kfi_request *r, const struct kfi_case *c)
{
	kfi_request_put(r, KFI_TYPE_WALK, NULL, 0, c);
}

/* Bits of what a target answers, as its HELLO names them. */
enum kfi_feature {
	KFI_ANSWERS_VMM		= 1,
	KFI_ANSWERS_READ	= 2,
	KFI_ANSWERS_CHECK	= 4,
	KFI_ANSWERS_RING	= 8,
	KFI_ANSWERS_HOST	= 16,
	KFI_ANSWERS_WALK	= 32,
};

#define KFI_REQUESTS_MAX			2

/* The requests of a case, those that the target answers; how many. READ where there is no VMM. */
static inline size_t kfi_requests(struct kfi_request *r, const struct kfi_case *c, unsigned int answers)
{
	size_t n = 0;

	if (c->surface == KFI_CASE_RECORD) {
		if (answers & KFI_ANSWERS_VMM)
			kfi_request_vmm(&r[n++], c);
		else if (answers & KFI_ANSWERS_READ)
			kfi_request_read(&r[n++], c);
		if (answers & KFI_ANSWERS_CHECK)
			kfi_request_check(&r[n++], c);
	} else if (c->surface == KFI_CASE_FIRMWARE) {
		if (answers & KFI_ANSWERS_HOST)
			kfi_request_host(&r[n++], c);
		if (answers & KFI_ANSWERS_WALK)
			kfi_request_walk(&r[n++], c);
	} else if (answers & KFI_ANSWERS_RING) {
		kfi_request_ring(&r[n++], c);
	}
	return n;
}

#endif /* KFI_REQUEST_H */
