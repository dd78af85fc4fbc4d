/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Every function that the headers offer, made for real, with nothing but the headers. */
#include "kfi_reader.h"
#include "kfi_reply.h"
#include "kfi_entry.h"
#include "kfi_ring.h"
#include "kfi_fill.h"
#include "kfi_text.h"

#ifdef __cplusplus
#define EXPORT extern "C"
#else
#define EXPORT
#endif

EXPORT int every_read(const void *data, size_t size, __u8 reader, bool exact, struct kfi_record *record,
		      struct kfi_error *error);
EXPORT int every_read(const void *data, size_t size, __u8 reader, bool exact, struct kfi_record *record,
		      struct kfi_error *error)
{
	return kfi_read(data, size, reader, exact, record, error);
}

EXPORT __u64 every_check(const struct kvm_arm_fault_info *r, __u8 reader);
EXPORT __u64 every_check(const struct kvm_arm_fault_info *r, __u8 reader)
{
	return kfi_check(r, reader);
}

EXPORT bool every_answer(const struct kfi_record *record, struct kfi_vcpu *vcpu, const struct kfi_machine *machine,
			 struct kvm_arm_fault_reply *reply);
EXPORT bool every_answer(const struct kfi_record *record, struct kfi_vcpu *vcpu, const struct kfi_machine *machine,
			 struct kvm_arm_fault_reply *reply)
{
	struct kfi_decision d;

	kfi_decide(record, vcpu, machine, &d);
	kfi_apply(&d, machine, vcpu);
	return kfi_reply(&d, record, reply);
}

EXPORT int every_reply(const struct kvm_arm_fault_reply *reply, __u32 features, struct kfi_vcpu *vcpu, __u64 *pending);
EXPORT int every_reply(const struct kvm_arm_fault_reply *reply, __u32 features, struct kfi_vcpu *vcpu, __u64 *pending)
{
	return fault_info_reply(reply, 0, features, true, vcpu, pending);
}

EXPORT bool every_firmware(struct kfi_firmware *fw, const void *data, size_t size, struct kfi_pa *pas, __u32 max,
			   struct kfi_error *error);
EXPORT bool every_firmware(struct kfi_firmware *fw, const void *data, size_t size, struct kfi_pa *pas, __u32 max,
			   struct kfi_error *error)
{
	return kfi_firmware_read(fw, data, size, pas, max, error);
}

EXPORT bool every_fill(const struct kfi_trap *trap, const struct kfi_firmware *fw, struct kvm_arm_fault_info *info,
		       struct kfi_emission *out);
EXPORT bool every_fill(const struct kfi_trap *trap, const struct kfi_firmware *fw, struct kvm_arm_fault_info *info,
		       struct kfi_emission *out)
{
	return fault_info_fill(trap, fw, info, out);
}

EXPORT bool every_attach(struct kfi_ring *ring, void *memory, size_t size, struct kfi_error *error);
EXPORT bool every_attach(struct kfi_ring *ring, void *memory, size_t size, struct kfi_error *error)
{
	return kfi_ring_attach(ring, memory, size, error);
}

EXPORT int every_fetch(const struct kfi_ring *ring, __u64 *words, size_t size, struct kfi_slot *slot,
		       struct kfi_error *error);
EXPORT int every_fetch(const struct kfi_ring *ring, __u64 *words, size_t size, struct kfi_slot *slot,
		       struct kfi_error *error)
{
	return kfi_ring_fetch(ring, words, size, slot, error);
}

EXPORT bool every_commit(struct kfi_ring *ring, const struct kfi_slot *slot);
EXPORT bool every_commit(struct kfi_ring *ring, const struct kfi_slot *slot)
{
	return kfi_ring_commit(ring, slot);
}

EXPORT const char *every_text(const struct kfi_error *error, char *buffer, size_t size);
EXPORT const char *every_text(const struct kfi_error *error, char *buffer, size_t size)
{
	return *kfi_rule_name(error->rule) ? kfi_error_path(error, buffer, size) : kfi_action_name(0);
}
