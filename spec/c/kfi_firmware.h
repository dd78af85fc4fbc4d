/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A firmware record reduced to what the host acts on: how bad, which addresses, for which PE.
 */
#ifndef KFI_FIRMWARE_H
#define KFI_FIRMWARE_H

#include "kfi_cper.h"

#define KFI_PA_MEMORY				1	/* of a memory section */
#define KFI_PA_QUEUED				2	/* given to memory_failure() */
#define KFI_PA_LOST				4	/* and the page is gone, not only moved */

/* A physical address of the host that firmware flags as valid. */
struct kfi_pa {
	__u64 address;
	__u64 what;
};

#define KFI_FIRMWARE_PRESENT			1	/* there is a record at all */
#define KFI_FIRMWARE_CORRUPT			2	/* it says that the context is corrupt */
#define KFI_FIRMWARE_VA_MPIDR			4	/* va_mpidr is valid */

/**
 * struct kfi_firmware - one firmware record
 * @pas: every valid physical address, in the order of the record; storage of the caller
 * @va: virtual fault address, where nr_vas is 1
 * @va_mpidr: MPIDR_EL1 of the PE that it belongs to
 * @nr_pas: how many physical addresses
 * @nr_vas: how many pieces of error information have a virtual address
 * @addressed: how many have an address of either kind
 * @severity: CPER severity of the block
 * @flags: KFI_FIRMWARE_*
 * @reserved: zero
 */
struct kfi_firmware {
	struct kfi_pa *pas;
	__u64 va;
	__u64 va_mpidr;
	__u32 nr_pas;
	__u32 nr_vas;
	__u32 addressed;
	__u32 severity;
	__u32 flags;
	__u32 reserved;
};

/* More addresses than a block of that many bytes can have. */
#define KFI_MAX_PAS(size)			((size) / KFI_SIZE_ERROR_INFO)

/* What is known of the entry that the walk is in. */
struct kfi_entry_facts {
	__u64 mpidr;
	__u32 severity;
	__u8 threshold;
	__u8 has_mpidr;
	__u8 reserved[2];
};

/* One more physical address; false if there is no room. */
static inline bool kfi_firmware_pa(struct kfi_firmware *fw, __u32 max, __u64 address, __u64 what)
{
	if (fw->nr_pas == max)
		return false;
	fw->pas[fw->nr_pas].address = address;
	fw->pas[fw->nr_pas].what = what;
	fw->nr_pas++;
	return true;
}

/* A memory section: what ghes_do_proc() hands on (Linux 7.3.4 drivers/acpi/apei/ghes.c). */
static inline bool kfi_firmware_memory(struct kfi_firmware *fw, __u32 max, const __u8 *p,
				       const struct kfi_entry_facts *entry)
{
	bool lost = fw->severity == KFI_CPER_SEVERITY_RECOVERABLE &&
		    entry->severity == KFI_CPER_SEVERITY_RECOVERABLE;
	bool moved = entry->severity == KFI_CPER_SEVERITY_CORRECTED && entry->threshold;
	__u64 what = KFI_PA_MEMORY | (lost || moved ? KFI_PA_QUEUED : 0) | (lost ? KFI_PA_LOST : 0);

	if (!(KFI_GET64(p, MEMORY_VALIDATION_BITS) & KFI_CPER_MEMORY_VALID_PA))
		return true;
	return kfi_firmware_pa(fw, max, KFI_GET64(p, MEMORY_PHYSICAL_ADDR), what);
}

/* Whether an error information says that the processor context is corrupt. */
static inline bool kfi_firmware_corrupt(const __u8 *p)
{
	__u64 details = KFI_GET64(p, ERROR_INFO_ERROR_INFO);

	return KFI_GET16(p, ERROR_INFO_VALIDATION_BITS) & KFI_CPER_VALID_ERR_INFO &&
	       !(KFI_GET8(p, ERROR_INFO_TYPE) & KFI_CPER_TYPE_VENDOR) &&
	       details & KFI_CPER_DETAIL_CORRUPT_VALID && details & KFI_CPER_DETAIL_CORRUPT;
}

/* An error information; the kernel queues the physical address of a cache error. */
static inline bool kfi_firmware_info(struct kfi_firmware *fw, __u32 max, const __u8 *p,
				     const struct kfi_entry_facts *entry)
{
	__u16 valid = KFI_GET16(p, ERROR_INFO_VALIDATION_BITS);
	bool cache = KFI_GET8(p, ERROR_INFO_TYPE) & KFI_CPER_TYPE_CACHE;
	bool lost = cache && fw->severity == KFI_CPER_SEVERITY_RECOVERABLE &&
		    entry->severity == KFI_CPER_SEVERITY_RECOVERABLE;

	if (kfi_firmware_corrupt(p))
		fw->flags |= KFI_FIRMWARE_CORRUPT;
	if (valid & (KFI_CPER_VALID_VIRT_ADDR | KFI_CPER_VALID_PHYSICAL_ADDR))
		fw->addressed++;
	if (valid & KFI_CPER_VALID_VIRT_ADDR && !fw->nr_vas++) {
		fw->va = KFI_GET64(p, ERROR_INFO_VIRT_FAULT_ADDR);
		fw->va_mpidr = entry->mpidr;
		fw->flags |= entry->has_mpidr ? KFI_FIRMWARE_VA_MPIDR : 0;
	}
	if (!(valid & KFI_CPER_VALID_PHYSICAL_ADDR))
		return true;
	return kfi_firmware_pa(fw, max, KFI_GET64(p, ERROR_INFO_PHYSICAL_FAULT_ADDR),
			       lost ? KFI_PA_QUEUED | KFI_PA_LOST : 0);
}

/* One thing of the walk. */
static inline bool kfi_firmware_item(struct kfi_firmware *fw, __u32 max,
				     const struct kfi_cper_item *item,
				     struct kfi_entry_facts *entry)
{
	const __u8 *p = item->bytes;

	switch (item->type) {
	case KFI_CPER_ENTRY:
		entry->severity = KFI_GET32(p, ENTRY_ERROR_SEVERITY);
		entry->threshold = KFI_GET8(p, ENTRY_FLAGS) & KFI_CPER_THRESHOLD_EXCEEDED;
		return true;
	case KFI_CPER_ARM:
		entry->mpidr = KFI_GET64(p, ARM_MPIDR);
		entry->has_mpidr = KFI_GET32(p, ARM_VALIDATION_BITS) & KFI_CPER_ARM_VALID_MPIDR;
		return true;
	case KFI_CPER_ERROR_INFO:
		return kfi_firmware_info(fw, max, p, entry);
	case KFI_CPER_MEMORY:
		return kfi_firmware_memory(fw, max, p, entry);
	default:
		return true;
	}
}

/**
 * kfi_firmware_read() - judge a status block and reduce it
 * @fw: filled whole; without KFI_FIRMWARE_PRESENT where block_status says that there is no record
 * @data: the Generic Error Status Block
 * @size: its bytes
 * @pas: room for physical addresses, KFI_MAX_PAS(@size) suffice
 * @max: how many fit
 * @error: filled if the block is refused; KFI_RULE_NONE if @pas has no room
 *
 * Return: whether @fw may be used.
 */
static inline bool kfi_firmware_read(struct kfi_firmware *fw, const void *data, size_t size,
				     struct kfi_pa *pas, __u32 max, struct kfi_error *error)
{
	struct kfi_entry_facts entry;
	struct kfi_cper_item item;
	struct kfi_cper walk;
	__u32 status;
	bool room = true;

	fw->pas = pas;
	fw->va = 0;
	fw->va_mpidr = 0;
	fw->nr_pas = 0;
	fw->nr_vas = 0;
	fw->addressed = 0;
	fw->severity = 0;
	fw->flags = 0;
	fw->reserved = 0;
	entry.mpidr = 0;
	entry.has_mpidr = 0;
	entry.severity = 0;
	entry.threshold = 0;
	if (!kfi_cper_open(&walk, data, size, error))
		return false;
	status = KFI_GET32(walk.data, ESTATUS_BLOCK_STATUS);
	if (!status)
		return true;
	fw->flags = KFI_FIRMWARE_PRESENT;
	fw->severity = KFI_GET32(walk.data, ESTATUS_ERROR_SEVERITY);
	while (room && kfi_cper_next(&walk, &item, error) == KFI_CPER_ITEM)
		room = kfi_firmware_item(fw, max, &item, &entry);
	if (!room)
		error->rule = KFI_RULE_NONE;
	return room;
}

#endif /* KFI_FIRMWARE_H */
