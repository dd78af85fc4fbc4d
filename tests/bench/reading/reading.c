/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is timed: a record read, read and checked, or only copied field by field, and the loops over
 * many. Record n of a run lies at areas + AREA * order[n], its size is in sizes. After each all that
 * was written must be in memory; a loop returns how many were taken.
 */
#include "kfi_reader.h"

#define AREA			256	/* the exit union of struct kvm_run */
#define ALONE			static __attribute__((__noinline__))

/* What is measured against: every field of the newest version; no version, no size, no rule. */
ALONE int copy_one(const __u8 *p, size_t size, struct kfi_record *record, struct kfi_error *error)
{
	struct kvm_arm_fault_info *r = &record->info;

	(void)size, (void)error;
	r->sea_flags = KFI_GET64(p, RECORD_SEA_FLAGS);
	r->esr = KFI_GET64(p, RECORD_ESR);
	r->far = KFI_GET64(p, RECORD_FAR);
	r->gpa = KFI_GET64(p, RECORD_GPA);
	r->size = KFI_GET16(p, RECORD_SIZE);
	r->major = KFI_GET8(p, RECORD_MAJOR);
	r->minor = KFI_GET8(p, RECORD_MINOR);
	r->kind = KFI_GET16(p, RECORD_KIND);
	r->host_action = KFI_GET8(p, RECORD_HOST_ACTION);
	r->origin = KFI_GET8(p, RECORD_ORIGIN);
	r->flags = KFI_GET64(p, RECORD_FLAGS);
	r->hpfar = KFI_GET64(p, RECORD_HPFAR);
	r->address_lsb = KFI_GET8(p, RECORD_ADDRESS_LSB);
	r->gpa_origin = KFI_GET8(p, RECORD_GPA_ORIGIN);
	r->severity = KFI_GET8(p, RECORD_SEVERITY);
	r->firmware_severity = KFI_GET8(p, RECORD_FIRMWARE_SEVERITY);
	r->reserved0 = KFI_GET32(p, RECORD_RESERVED0);
	r->hva = KFI_GET64(p, RECORD_HVA);
	r->firmware_va = KFI_GET64(p, RECORD_FIRMWARE_VA);
	return 1;
}

ALONE int read_one(const __u8 *p, size_t size, struct kfi_record *record, struct kfi_error *error)
{
	return kfi_read(p, size, KVM_ARM_FAULT_INFO_MINOR, false, record, error) == KFI_UNDERSTOOD;
}

ALONE int check_one(const __u8 *p, size_t size, struct kfi_record *record, struct kfi_error *error)
{
	if (kfi_read(p, size, KVM_ARM_FAULT_INFO_MINOR, false, record, error))
		return 0;
	return !kfi_check(&record->info, KVM_ARM_FAULT_INFO_MINOR);
}

#define LOOP(what)									\
__u64 reading_##what(const __u8 *areas, const __u32 *sizes, const __u32 *order, size_t count); \
__u64 reading_##what(const __u8 *areas, const __u32 *sizes, const __u32 *order, size_t count)	\
{											\
	struct kfi_record record;							\
	struct kfi_error error;								\
	__u64 sum = 0;									\
	size_t i;									\
											\
	for (i = 0; i < count; i++) {							\
		sum += what##_one(areas + AREA * order[i], sizes[order[i]], &record, &error); \
		__asm__ volatile("" : : "r"(&record), "r"(&error) : "memory");		\
	}										\
	return sum;									\
}
LOOP(copy)
LOOP(read)
LOOP(check)
