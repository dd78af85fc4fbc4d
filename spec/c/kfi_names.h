/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Do not edit: generated from abi/definition.py, abi/rules, abi/esr_fields.py, abi/cper. */
/* To regenerate run: faultinfo generate */

#ifndef KFI_NAMES_H
#define KFI_NAMES_H

#include "kfi_tables.h"

/* The name of an enum kfi_rule, empty for none. */
static inline const char *kfi_rule_name(unsigned int rule)
{
	static const char *const names[] = {
		"",
		"vmm.major.unknown",
		"vmm.size",
		"vmm.critical.unknown",
		"vmm.agree",
		"host.record.cause",
		"host.esr.mask",
		"host.esr.il",
		"host.esr.isolated",
		"host.far.valid",
		"host.far.fnv",
		"host.far.imprecise",
		"host.hpfar.valid",
		"host.hpfar.fipa",
		"host.gpa.origin",
		"host.gpa.low",
		"host.gpa.hpfar",
		"host.hva.valid",
		"host.lsb.address",
		"host.pa.valid",
		"host.severity.valid",
		"host.serror.given",
		"host.action.possible",
		"host.action_required.kind",
		"host.origin.kind",
		"host.firmware_severity.origin",
		"host.firmware_va.usable",
		"host.context_corrupt.firmware",
		"host.nested.trap",
		"host.stage1_walk.known",
		"host.invalid.zero",
		"host.reserved.zero",
		"host.byte_order",
		"host.gpa.space",
		"host.owned",
		"host.claim.queued",
		"host.never_silent",
		"host.one_report",
		"host.enabled.only",
		"host.cper.strict",
		"host.enable.once",
		"host.enable.known",
		"host.enable.protected",
		"host.reply.one_abort",
		"host.reply.kind",
		"host.reply.esr",
		"host.reply.far",
		"host.reply.fnv",
		"host.reply.entry",
		"host.reply.serror",
		"host.reply.none",
		"host.reply.reserved",
		"host.exit.publish",
		"vmm.exit.reason",
		"vmm.exit.lifetime",
		"vmm.single_fetch",
		"host.ring.publish",
		"host.ring.full",
		"host.ring.restart",
		"host.sequence",
		"vmm.ring.header",
		"vmm.ring.stamp",
		"vmm.ring.tail",
		"vmm.malformed",
		"vmm.trailing",
		"vmm.enum.unknown",
		"vmm.far.source",
		"vmm.far.odds",
		"vmm.esr.rewrite",
		"vmm.sea.vector",
		"vmm.entry.state",
		"vmm.target",
		"vmm.notify",
		"vmm.serror.worse",
		"vmm.once",
		"vmm.report.ack",
		"vmm.report.address",
		"vmm.report.severity",
		"vmm.migrate",
	};

	return rule < KFI_COUNT(names) ? names[rule] : "";
}

/* The name of an enum kfi_where, empty for none. */
static inline const char *kfi_where_name(unsigned int where)
{
	static const char *const names[] = {
		"record",
		"ring",
		"ring.header",
		"ring.slot",
		"estatus",
		"entry",
		"arm",
		"error_info",
		"context_info",
		"memory",
	};

	return where < KFI_COUNT(names) ? names[where] : "";
}

/* The name of an enum kfi_field, empty for none. */
static inline const char *kfi_field_name(unsigned int field)
{
	static const char *const names[] = {
		"",
		"address_lsb",
		"affinity_level",
		"bank",
		"bit_pos",
		"block_status",
		"card",
		"column",
		"context_info_num",
		"data_length",
		"device",
		"err_info_num",
		"error_data_length",
		"error_info",
		"error_severity",
		"error_status",
		"error_type",
		"esr",
		"extended",
		"far",
		"firmware_severity",
		"firmware_va",
		"flags",
		"fru_id",
		"fru_text",
		"gpa",
		"gpa_origin",
		"head",
		"header_size",
		"host_action",
		"hpfar",
		"hva",
		"kind",
		"length",
		"lost",
		"magic",
		"major",
		"mem_array_handle",
		"mem_dev_handle",
		"midr",
		"minor",
		"module",
		"mpidr",
		"multiple_error",
		"node",
		"origin",
		"physical_addr",
		"physical_addr_mask",
		"physical_fault_addr",
		"psci_state",
		"rank",
		"raw_data_length",
		"raw_data_offset",
		"requestor_id",
		"reserved",
		"reserved0",
		"responder_id",
		"revision",
		"row",
		"running_state",
		"sea_flags",
		"section_length",
		"section_type",
		"sequence",
		"severity",
		"size",
		"slot_size",
		"slots",
		"stamp",
		"tail",
		"target_id",
		"time_stamp",
		"type",
		"validation_bits",
		"vcpu",
		"version",
		"virt_fault_addr",
	};

	return field < KFI_COUNT(names) ? names[field] : "";
}

/* The name of an enum kfi_action, empty for none. */
static inline const char *kfi_action_name(unsigned int action)
{
	static const char *const names[] = {
		"inject",
		"pend",
		"interrupt",
		"log",
		"retry",
		"stop",
	};

	return action < KFI_COUNT(names) ? names[action] : "";
}

/* The name of an enum kfi_way, empty for none. */
static inline const char *kfi_way_name(unsigned int way)
{
	static const char *const names[] = {
		"",
		"sea",
		"irq",
		"poll",
		"sei",
	};

	return way < KFI_COUNT(names) ? names[way] : "";
}

/* The name of an enum kfi_end, empty for none. */
static inline const char *kfi_end_name(unsigned int end)
{
	static const char *const names[] = {
		"record",
		"kernel signal",
		"exception injected by the host",
		"host panic",
		"logged resume",
		"no hardware error",
	};

	return end < KFI_COUNT(names) ? names[end] : "";
}

#endif /* KFI_NAMES_H */
