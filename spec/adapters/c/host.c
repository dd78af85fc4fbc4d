/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A conformance target in C: the fill function of spec/c and the host's side of a reply.
 *
 *	cc -I../../c -I../../uapi host.c -o host
 *	faultinfo conform --role host --target ./host
 */
#include "kfi_serve.h"

#include "kfi_fill.h"
#include "kfi_names.h"
#include "kfi_reply.h"

static void host(struct kfp_in *in, struct kfp_out *out)
{
	static struct kfi_memslot slots[KFP_FRAME_MAX / sizeof(struct kfi_memslot)];
	static struct kfi_isolated pages[KFP_FRAME_MAX / sizeof(struct kfi_isolated)];
	static struct kfi_pa pas[KFP_FRAME_MAX / KFI_SIZE_ERROR_INFO];
	struct kfp_host_request q;
	struct kfp_host_answer a = { 0 };
	struct kvm_arm_fault_info info;
	struct kfi_emission e;
	struct kfi_firmware fw;
	struct kfi_error error;
	size_t slots_size, pages_size;
	struct kfp_part cper;
	bool firmware, made;

	kfp_take_fixed(in, &q, sizeof(q));
	slots_size = kfp_copy_part(in, slots);
	pages_size = kfp_copy_part(in, pages);
	cper = kfp_take_part(in);
	struct kfi_trap trap = {
		.esr_el2 = q.esr_el2, .far_el2 = q.far_el2, .hpfar_el2 = q.hpfar_el2,
		.pfar_el2 = q.pfar_el2, .disr_el1 = q.disr_el1, .mpidr = q.mpidr, .walk = q.walk,
		.critical = q.critical, .kinds = q.kinds, .has = q.has, .notify = q.notify,
		.walk_level = (__s8)q.walk_level, .minor = q.minor,
		.memslots = slots, .nr_memslots = (__u32)(slots_size / sizeof(*slots)),
		.isolated = pages, .nr_isolated = (__u32)(pages_size / sizeof(*pages)),
	};
	/* host.cper.strict: of a record that is refused nothing is used */
	firmware = q.firmware && kfi_firmware_read(&fw, cper.data, cper.size, pas,
						   KFI_COUNT(pas), &error);
	made = fault_info_fill(&trap, firmware ? &fw : NULL, &info, &e);
	a.end = (uint8_t)e.end;
	a.memory_failure = (uint8_t)e.memory_failure;
	a.injected = e.injected;
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name(e.rule));
	kfp_put_part(out, &info, made ? info.size : 0);
}

static void reply(struct kfp_in *in, struct kfp_out *out)
{
	struct kvm_arm_fault_reply said = { .serror_pending = 1 };
	struct kfp_reply_request q;
	struct kfp_reply_answer a = { 0 };
	struct kfi_vcpu vcpu;
	struct kfp_part part;
	__u64 pending = ~0ULL;
	int rule = KFI_RULE_NONE;

	kfp_take_fixed(in, &q, sizeof(q));
	part = kfp_take_part(in);
	memcpy(&vcpu, &q, sizeof(vcpu)); /* the request begins with the registers of struct kfi_vcpu */
	if (part.size == sizeof(said))
		memcpy(&said, part.data, sizeof(said));
	/* host.reply.none: without a reply an SError that was no UEO ends as it does today */
	if (part.size || (q.kind == KVM_ARM_FAULT_KIND_SERROR && q.severity != KVM_ARM_FAULT_SEVERITY_UEO))
		rule = fault_info_reply(&said, q.kind, q.features, q.host_ras || !part.size, &vcpu, &pending);
	a.errno = rule == KFI_RULE_NONE ? 0 : 22;
	if (pending != ~0ULL)
		a.has_pending_serror = 1, a.pending_serror = pending;
	a.pc = vcpu.pc, a.pstate = vcpu.pstate, a.esr_el1 = vcpu.esr_el1, a.far_el1 = vcpu.far_el1;
	a.elr_el1 = vcpu.elr_el1, a.spsr_el1 = vcpu.spsr_el1;
	kfp_put(out, &a, sizeof(a));
	kfp_put_text(out, kfi_rule_name((unsigned int)rule));
}

static const struct kfp_handler handlers[] = { { KFP_TYPE_HOST, host }, { KFP_TYPE_REPLY, reply } };
const struct kfp_target kfp_target = { "host.c", "1", "1.0 1.1", "host reply", handlers, 2 };
