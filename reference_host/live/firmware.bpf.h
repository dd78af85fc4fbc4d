/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The firmware record as the kernel takes it apart: the block's severity from ghes_do_proc(), the
 * processor error information from ras:arm_event, reduced by kfi_firmware.h as a block would be.
 */
#ifndef KFI_LIVE_FIRMWARE_H
#define KFI_LIVE_FIRMWARE_H

#include <bpf/bpf_tracing.h>

#include "kernel.bpf.h"
#include "maps.bpf.h"

/* The record with its addresses: the verifier follows the pointer only on the stack. */
static __always_inline void live_firmware(struct live_trap *seen, struct kfi_firmware *firmware)
{
	__u32 n = seen->firmware.nr_pas;

	asm volatile("" : "+r"(n));
	*firmware = seen->firmware;
	firmware->pas = seen->pas;
	firmware->nr_pas = n > LIVE_PAS ? LIVE_PAS : n;
}

/* GHES severity of a section to that of CPER (ghes_severity() of drivers/acpi/apei/ghes.c, back). */
static __always_inline __u32 live_severity(__u8 ghes)
{
	switch (ghes) {
	case 0:
		return KFI_CPER_SEVERITY_INFORMATIONAL;
	case 1:
		return KFI_CPER_SEVERITY_CORRECTED;
	case 2:
		return KFI_CPER_SEVERITY_RECOVERABLE;
	default:
		return KFI_CPER_SEVERITY_FATAL;
	}
}

/* Every piece of error information that the tracepoint carries. */
static __always_inline void live_infos(struct kfi_firmware *firmware, const __u8 *pei, __u32 size,
				       const struct kfi_entry_facts *entry)
{
	__u8 bytes[KFI_SIZE_ERROR_INFO];
	__u32 at = 0;
	__u8 length;
	int i;

	for (i = 0; i < LIVE_INFOS; i++) {
		if (at + KFI_SIZE_ERROR_INFO > size ||
		    bpf_probe_read_kernel(bytes, sizeof(bytes), pei + at))
			return;
		length = KFI_GET8(bytes, ERROR_INFO_LENGTH);
		if (length < KFI_SIZE_ERROR_INFO)
			return;
		kfi_firmware_info(firmware, LIVE_PAS, bytes, entry);
		at += length;
	}
}

/* The block that holds the section of arm_event. */
SEC("fentry/ghes_do_proc")
int BPF_PROG(on_ghes_do_proc, struct ghes *ghes, struct acpi_hest_generic_status *estatus)
{
	struct live_trap *seen = live_trap();

	if (!seen || ghes->generic->notify.type != HEST_SEA)
		return 0;
	seen->firmware.severity = estatus->error_severity;
	seen->firmware.flags |= KFI_FIRMWARE_PRESENT;
	return 0;
}

SEC("tp_btf/arm_event")
int BPF_PROG(on_arm_event, const void *section, const __u8 *pei, __u32 pei_size, const __u8 *ctx_,
	     __u32 ctx_size, const __u8 *oem, __u32 oem_size, __u8 severity, int cpu)
{
	struct live_trap *seen = live_trap();
	struct kfi_entry_facts entry = {};
	struct kfi_firmware firmware;
	__u8 arm[KFI_SIZE_ARM];

	if (!seen || bpf_probe_read_kernel(arm, sizeof(arm), section))
		return 0;
	entry.severity = live_severity(severity);
	entry.mpidr = KFI_GET64(arm, ARM_MPIDR);
	entry.has_mpidr = KFI_GET32(arm, ARM_VALIDATION_BITS) & KFI_CPER_ARM_VALID_MPIDR;
	if (!(seen->firmware.flags & KFI_FIRMWARE_PRESENT))
		seen->firmware.severity = entry.severity;
	seen->firmware.flags |= KFI_FIRMWARE_PRESENT;
	live_firmware(seen, &firmware);
	live_infos(&firmware, pei, pei_size, &entry);
	seen->firmware = firmware;
	seen->firmware.pas = NULL;
	/* The kernel has looked the section's MPIDR up among its PEs; this is the one that trapped. */
	seen->has |= KFI_TRAP_MPIDR;
	seen->mpidr = cpu == (int)bpf_get_smp_processor_id() ? entry.mpidr : ~entry.mpidr;
	return 0;
}

/*
 * memory_failure() is queued for an address. At a trap arm_event has told those of processor errors;
 * without one it is the beginning of a notice.
 */
SEC("fexit/ghes_do_memory_failure")
int BPF_PROG(on_ghes_do_memory_failure, __u64 address, int flags, bool queued)
{
	struct live_trap *seen = live_trap();
	__u64 frame = address >> KFI_PAGE_SHIFT;
	struct kfi_firmware firmware;
	__u8 yes = 1;

	if (!queued)
		return 0;
	if (!seen) {
		bpf_map_update_elem(&told, &frame, &yes, BPF_ANY);
		return 0;
	}
	if (seen->firmware.addressed)
		return 0;
	live_firmware(seen, &firmware);
	kfi_firmware_pa(&firmware, LIVE_PAS, address,
			KFI_PA_MEMORY | KFI_PA_QUEUED | KFI_PA_LOST);
	seen->firmware.nr_pas = firmware.nr_pas;
	return 0;
}

#endif /* KFI_LIVE_FIRMWARE_H */
