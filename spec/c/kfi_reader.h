/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The reader of struct kvm_arm_fault_info: any bytes end as a record, or as one refusal.
 *
 *	struct kfi_record record;
 *	struct kfi_error error;
 *
 *	if (kfi_read(bytes, size, KVM_ARM_FAULT_INFO_MINOR, false, &record, &error))
 *		keep the bytes, report error, do not resume the vCPU
 *
 * The bytes must not change meanwhile: copy a record out of shared memory first (rule
 * vmm.single_fetch; kfi_ring.h does).
 */
#ifndef KFI_READER_H
#define KFI_READER_H

#include "kfi_rules.h"

/**
 * struct kfi_record - a record that was read
 * @info: its fields; those that its version has not are zero
 * @flags: of @info.flags those that the reader knows, and every critical one; a VMM acts on these
 *	alone, the fields of others were not read (vmm.enum.unknown)
 * @tail: bytes of a newer minor version beyond @info, kept but not judged (vmm.trailing)
 * @tail_size: how many
 */
struct kfi_record {
	struct kvm_arm_fault_info info;
	__u64 flags;
	const __u8 *tail;
	size_t tail_size;
};

static inline int kfi_refuse_record(struct kfi_error *error, int outcome, int rule, __u32 at,
				    __u64 got)
{
	error->offset = KFI_OFFSET(at);
	error->got = got;
	error->index = 0;
	error->item = 0;
	error->rule = (__u8)rule;
	error->where = KFI_WHERE_RECORD;
	error->field = (__u8)KFI_FIELD(at);
	error->outcome = (__u8)outcome;
	return outcome;
}

/* Whether a record of that size may stand in so many bytes. */
static inline bool kfi_size_within(__u16 own, size_t size, bool exact)
{
	return exact ? own == size : own <= size;
}

/* What stands beside the fields, of which those newer than record and reader are zero. */
static inline void kfi_finish(struct kfi_record *record, const __u8 *p, __u8 reader)
{
	struct kvm_arm_fault_info *r = &record->info;
	__u8 minor = r->minor < reader ? r->minor : reader;

	kfi_keep(r, minor);
	record->flags = kfi_judged_flags(r, reader);
	record->tail = p + kfi_size_of_minor(minor);
	record->tail_size = (size_t)(r->size - kfi_size_of_minor(minor));
}

/**
 * kfi_parse() - read a record by length, version and size
 * @data: the bytes
 * @size: how many there are
 * @reader: newest minor version that the reader knows
 * @exact: the bytes hold just this record (a file); else it may end early (exit union, slot)
 * @record: filled if the outcome is KFI_UNDERSTOOD
 * @error: filled if it is not
 *
 * What the fields say is not judged. Rules vmm.malformed, vmm.major.unknown, vmm.size,
 * vmm.trailing.
 *
 * Return: enum kfi_outcome.
 */
static inline int kfi_parse(const void *data, size_t size, __u8 reader, bool exact,
			    struct kfi_record *record, struct kfi_error *error)
{
	struct kvm_arm_fault_info *r = &record->info;
	const __u8 *p = (const __u8 *)data;
	__u32 at;

	reader = kfi_known_minor(reader);
	if (size < KFI_SIZE_HEAD) {
		at = kfi_unfit(KFI_WHERE_RECORD, size);
		return kfi_refuse_record(error, KFI_MALFORMED, KFI_RULE_VMM_MALFORMED, at,
					 size > KFI_OFFSET(at) ? size - KFI_OFFSET(at) : 0);
	}
	kfi_load_head(r, p);
	if (r->major != KVM_ARM_FAULT_INFO_MAJOR)
		return kfi_refuse_record(error, KFI_NOT_UNDERSTOOD, KFI_RULE_VMM_MAJOR_UNKNOWN,
					 KFI_AT_RECORD_MAJOR, r->major);
	if (!kfi_size_fits(r, reader) || !kfi_size_within(r->size, size, exact))
		return kfi_refuse_record(error, KFI_MALFORMED, KFI_RULE_VMM_SIZE,
					 KFI_AT_RECORD_SIZE, r->size);
	kfi_load_rest(r, p, kfi_minor_within(size));
	kfi_finish(record, p, reader);
	return KFI_UNDERSTOOD;
}

/* The one refusal of a record that breaks a rule of KFI_REFUSALS. */
static inline int kfi_refuse_broken(const struct kvm_arm_fault_info *r, __u64 broken,
				    struct kfi_error *error)
{
	__u64 unknown = r->flags & KVM_ARM_FAULT_FLAGS_CRITICAL & ~KFI_KNOWN_CRITICAL;

	if (broken & KFI_BIT(KFI_RULE_VMM_SIZE))
		return kfi_refuse_record(error, KFI_MALFORMED, KFI_RULE_VMM_SIZE,
					 KFI_AT_RECORD_FLAGS, r->flags);
	if (broken & KFI_BIT(KFI_RULE_VMM_CRITICAL_UNKNOWN))
		return kfi_refuse_record(error, KFI_NOT_UNDERSTOOD, KFI_RULE_VMM_CRITICAL_UNKNOWN,
					 unknown ? KFI_AT_RECORD_FLAGS : KFI_AT_RECORD_KIND,
					 unknown ? unknown : r->kind);
	if (kfi_kind_agrees(r))
		return kfi_refuse_record(error, KFI_MALFORMED, KFI_RULE_VMM_AGREE,
					 KFI_AT_RECORD_SEVERITY, r->severity);
	return kfi_refuse_record(error, KFI_MALFORMED, KFI_RULE_VMM_AGREE, KFI_AT_RECORD_KIND,
				 r->kind);
}

/* Why kfi_read() refuses; out of its way, so that what is told of a refusal slows down no record. */
KFI_ASIDE int kfi_refuse(const void *data, size_t size, __u8 reader, bool exact,
			 struct kfi_record *record, struct kfi_error *error)
{
	int outcome = kfi_parse(data, size, reader, exact, record, error);

	if (outcome != KFI_UNDERSTOOD)
		return outcome;
	return kfi_refuse_broken(&record->info,
				 kfi_check_refusals(&record->info, record->flags,
						    kfi_known_minor(reader)),
				 error);
}

/**
 * kfi_read() - read a record and refuse what must be refused
 *
 * Arguments as of kfi_parse(). Where a critical flag or the kind is not known, @record is filled
 * too, for the log. Of a record that is understood kfi_check() tells which rules the host has
 * broken.
 *
 * The branches go the same way for every record that is understood, whatever version and kind come
 * after one another. Each byte of such a record is read once.
 *
 * Return: enum kfi_outcome; any but KFI_UNDERSTOOD is a refusal, which @error describes.
 */
static inline int kfi_read(const void *data, size_t size, __u8 reader, bool exact,
			   struct kfi_record *record, struct kfi_error *error)
{
	const __u8 *p = (const __u8 *)data;
	struct kvm_arm_fault_info *r = &record->info;
	__u8 knows = kfi_known_minor(reader);

	if (size >= KFI_SIZE_OLDEST) {
		kfi_load_head(r, p);
		kfi_load_rest(r, p, kfi_minor_within(size));
		if (kfi_size_within(r->size, size, exact) &&
		    !kfi_check_refusals(r, kfi_judged_flags(r, knows), knows)) {
			kfi_finish(record, p, knows);
			return KFI_UNDERSTOOD;
		}
	}
	return kfi_refuse(data, size, reader, exact, record, error);
}

#endif /* KFI_READER_H */
