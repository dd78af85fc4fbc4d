/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Do not edit: generated from abi/definition.py, abi/rules, abi/esr_fields.py, abi/cper. */
/* To regenerate run: faultinfo generate */

#ifndef KFI_TABLES_H
#define KFI_TABLES_H

#include "kfi_base.h"

/* Rules by number: those on a record first, in the order in which it is judged. */
enum kfi_rule {
	KFI_RULE_NONE,
	KFI_RULE_VMM_MAJOR_UNKNOWN,
	KFI_RULE_VMM_SIZE,
	KFI_RULE_VMM_CRITICAL_UNKNOWN,
	KFI_RULE_VMM_AGREE,
	KFI_RULE_HOST_RECORD_CAUSE,
	KFI_RULE_HOST_ESR_MASK,
	KFI_RULE_HOST_ESR_IL,
	KFI_RULE_HOST_ESR_ISOLATED,
	KFI_RULE_HOST_FAR_VALID,
	KFI_RULE_HOST_FAR_FNV,
	KFI_RULE_HOST_FAR_IMPRECISE,
	KFI_RULE_HOST_HPFAR_VALID,
	KFI_RULE_HOST_HPFAR_FIPA,
	KFI_RULE_HOST_GPA_ORIGIN,
	KFI_RULE_HOST_GPA_LOW,
	KFI_RULE_HOST_GPA_HPFAR,
	KFI_RULE_HOST_HVA_VALID,
	KFI_RULE_HOST_LSB_ADDRESS,
	KFI_RULE_HOST_PA_VALID,
	KFI_RULE_HOST_SEVERITY_VALID,
	KFI_RULE_HOST_SERROR_GIVEN,
	KFI_RULE_HOST_ACTION_POSSIBLE,
	KFI_RULE_HOST_ACTION_REQUIRED_KIND,
	KFI_RULE_HOST_ORIGIN_KIND,
	KFI_RULE_HOST_FIRMWARE_SEVERITY_ORIGIN,
	KFI_RULE_HOST_FIRMWARE_VA_USABLE,
	KFI_RULE_HOST_CONTEXT_CORRUPT_FIRMWARE,
	KFI_RULE_HOST_NESTED_TRAP,
	KFI_RULE_HOST_STAGE1_WALK_KNOWN,
	KFI_RULE_HOST_INVALID_ZERO,
	KFI_RULE_HOST_RESERVED_ZERO,
	KFI_RULE_HOST_BYTE_ORDER,
	KFI_RULE_HOST_GPA_SPACE,
	KFI_RULE_HOST_OWNED,
	KFI_RULE_HOST_CLAIM_QUEUED,
	KFI_RULE_HOST_NEVER_SILENT,
	KFI_RULE_HOST_ONE_REPORT,
	KFI_RULE_HOST_ENABLED_ONLY,
	KFI_RULE_HOST_CPER_STRICT,
	KFI_RULE_HOST_ENABLE_ONCE,
	KFI_RULE_HOST_ENABLE_KNOWN,
	KFI_RULE_HOST_ENABLE_PROTECTED,
	KFI_RULE_HOST_REPLY_ONE_ABORT,
	KFI_RULE_HOST_REPLY_KIND,
	KFI_RULE_HOST_REPLY_ESR,
	KFI_RULE_HOST_REPLY_FAR,
	KFI_RULE_HOST_REPLY_FNV,
	KFI_RULE_HOST_REPLY_ENTRY,
	KFI_RULE_HOST_REPLY_SERROR,
	KFI_RULE_HOST_REPLY_NONE,
	KFI_RULE_HOST_REPLY_RESERVED,
	KFI_RULE_HOST_EXIT_PUBLISH,
	KFI_RULE_VMM_EXIT_REASON,
	KFI_RULE_VMM_EXIT_LIFETIME,
	KFI_RULE_VMM_SINGLE_FETCH,
	KFI_RULE_HOST_RING_PUBLISH,
	KFI_RULE_HOST_RING_FULL,
	KFI_RULE_HOST_RING_RESTART,
	KFI_RULE_HOST_SEQUENCE,
	KFI_RULE_VMM_RING_HEADER,
	KFI_RULE_VMM_RING_STAMP,
	KFI_RULE_VMM_RING_TAIL,
	KFI_RULE_VMM_MALFORMED,
	KFI_RULE_VMM_TRAILING,
	KFI_RULE_VMM_ENUM_UNKNOWN,
	KFI_RULE_VMM_FAR_SOURCE,
	KFI_RULE_VMM_FAR_ODDS,
	KFI_RULE_VMM_ESR_REWRITE,
	KFI_RULE_VMM_SEA_VECTOR,
	KFI_RULE_VMM_ENTRY_STATE,
	KFI_RULE_VMM_TARGET,
	KFI_RULE_VMM_NOTIFY,
	KFI_RULE_VMM_SERROR_WORSE,
	KFI_RULE_VMM_ONCE,
	KFI_RULE_VMM_REPORT_ACK,
	KFI_RULE_VMM_REPORT_ADDRESS,
	KFI_RULE_VMM_REPORT_SEVERITY,
	KFI_RULE_VMM_MIGRATE,
};

/* Bitmaps of rules, bit n for rule n. */
#define KFI_RECORD_RULES			0xfffffffeULL
#define KFI_REFUSALS				0x1eULL

/* What holds the field that an error names. */
enum kfi_where {
	KFI_WHERE_RECORD,
	KFI_WHERE_RING,
	KFI_WHERE_RING_HEADER,
	KFI_WHERE_RING_SLOT,
	KFI_WHERE_ESTATUS,
	KFI_WHERE_ENTRY,
	KFI_WHERE_ARM,
	KFI_WHERE_ERROR_INFO,
	KFI_WHERE_CONTEXT_INFO,
	KFI_WHERE_MEMORY,
};

/* Fields that an error can name. */
enum kfi_field {
	KFI_FIELD_none,
	KFI_FIELD_address_lsb,
	KFI_FIELD_affinity_level,
	KFI_FIELD_bank,
	KFI_FIELD_bit_pos,
	KFI_FIELD_block_status,
	KFI_FIELD_card,
	KFI_FIELD_column,
	KFI_FIELD_context_info_num,
	KFI_FIELD_data_length,
	KFI_FIELD_device,
	KFI_FIELD_err_info_num,
	KFI_FIELD_error_data_length,
	KFI_FIELD_error_info,
	KFI_FIELD_error_severity,
	KFI_FIELD_error_status,
	KFI_FIELD_error_type,
	KFI_FIELD_esr,
	KFI_FIELD_extended,
	KFI_FIELD_far,
	KFI_FIELD_firmware_severity,
	KFI_FIELD_firmware_va,
	KFI_FIELD_flags,
	KFI_FIELD_fru_id,
	KFI_FIELD_fru_text,
	KFI_FIELD_gpa,
	KFI_FIELD_gpa_origin,
	KFI_FIELD_head,
	KFI_FIELD_header_size,
	KFI_FIELD_host_action,
	KFI_FIELD_hpfar,
	KFI_FIELD_hva,
	KFI_FIELD_kind,
	KFI_FIELD_length,
	KFI_FIELD_lost,
	KFI_FIELD_magic,
	KFI_FIELD_major,
	KFI_FIELD_mem_array_handle,
	KFI_FIELD_mem_dev_handle,
	KFI_FIELD_midr,
	KFI_FIELD_minor,
	KFI_FIELD_module,
	KFI_FIELD_mpidr,
	KFI_FIELD_multiple_error,
	KFI_FIELD_node,
	KFI_FIELD_origin,
	KFI_FIELD_physical_addr,
	KFI_FIELD_physical_addr_mask,
	KFI_FIELD_physical_fault_addr,
	KFI_FIELD_psci_state,
	KFI_FIELD_rank,
	KFI_FIELD_raw_data_length,
	KFI_FIELD_raw_data_offset,
	KFI_FIELD_requestor_id,
	KFI_FIELD_reserved,
	KFI_FIELD_reserved0,
	KFI_FIELD_responder_id,
	KFI_FIELD_revision,
	KFI_FIELD_row,
	KFI_FIELD_running_state,
	KFI_FIELD_sea_flags,
	KFI_FIELD_section_length,
	KFI_FIELD_section_type,
	KFI_FIELD_sequence,
	KFI_FIELD_severity,
	KFI_FIELD_size,
	KFI_FIELD_slot_size,
	KFI_FIELD_slots,
	KFI_FIELD_stamp,
	KFI_FIELD_tail,
	KFI_FIELD_target_id,
	KFI_FIELD_time_stamp,
	KFI_FIELD_type,
	KFI_FIELD_validation_bits,
	KFI_FIELD_vcpu,
	KFI_FIELD_version,
	KFI_FIELD_virt_fault_addr,
};

/* Fields of kvm_arm_fault_info: where they are, and what they are called. */
#define KFI_AT_RECORD_SEA_FLAGS			KFI_AT(0, KFI_FIELD_sea_flags)
#define KFI_AT_RECORD_ESR			KFI_AT(8, KFI_FIELD_esr)
#define KFI_AT_RECORD_FAR			KFI_AT(16, KFI_FIELD_far)
#define KFI_AT_RECORD_GPA			KFI_AT(24, KFI_FIELD_gpa)
#define KFI_AT_RECORD_SIZE			KFI_AT(32, KFI_FIELD_size)
#define KFI_AT_RECORD_MAJOR			KFI_AT(34, KFI_FIELD_major)
#define KFI_AT_RECORD_MINOR			KFI_AT(35, KFI_FIELD_minor)
#define KFI_AT_RECORD_KIND			KFI_AT(36, KFI_FIELD_kind)
#define KFI_AT_RECORD_HOST_ACTION		KFI_AT(38, KFI_FIELD_host_action)
#define KFI_AT_RECORD_ORIGIN			KFI_AT(39, KFI_FIELD_origin)
#define KFI_AT_RECORD_FLAGS			KFI_AT(40, KFI_FIELD_flags)
#define KFI_AT_RECORD_HPFAR			KFI_AT(48, KFI_FIELD_hpfar)
#define KFI_AT_RECORD_ADDRESS_LSB		KFI_AT(56, KFI_FIELD_address_lsb)
#define KFI_AT_RECORD_GPA_ORIGIN		KFI_AT(57, KFI_FIELD_gpa_origin)
#define KFI_AT_RECORD_SEVERITY			KFI_AT(58, KFI_FIELD_severity)
#define KFI_AT_RECORD_FIRMWARE_SEVERITY		KFI_AT(59, KFI_FIELD_firmware_severity)
#define KFI_AT_RECORD_RESERVED0			KFI_AT(60, KFI_FIELD_reserved0)
#define KFI_AT_RECORD_HVA			KFI_AT(64, KFI_FIELD_hva)
#define KFI_AT_RECORD_FIRMWARE_VA		KFI_AT(72, KFI_FIELD_firmware_va)

/* Fields of kvm_arm_fault_ring: where they are, and what they are called. */
#define KFI_AT_RING_HEADER_MAGIC		KFI_AT(0, KFI_FIELD_magic)
#define KFI_AT_RING_HEADER_HEADER_SIZE		KFI_AT(4, KFI_FIELD_header_size)
#define KFI_AT_RING_HEADER_MAJOR		KFI_AT(6, KFI_FIELD_major)
#define KFI_AT_RING_HEADER_MINOR		KFI_AT(7, KFI_FIELD_minor)
#define KFI_AT_RING_HEADER_SLOT_SIZE		KFI_AT(8, KFI_FIELD_slot_size)
#define KFI_AT_RING_HEADER_SLOTS		KFI_AT(12, KFI_FIELD_slots)
#define KFI_AT_RING_HEADER_HEAD			KFI_AT(16, KFI_FIELD_head)
#define KFI_AT_RING_HEADER_TAIL			KFI_AT(24, KFI_FIELD_tail)
#define KFI_AT_RING_HEADER_LOST			KFI_AT(32, KFI_FIELD_lost)
#define KFI_AT_RING_HEADER_RESERVED		KFI_AT(40, KFI_FIELD_reserved)

/* Fields of kvm_arm_fault_slot: where they are, and what they are called. */
#define KFI_AT_RING_SLOT_STAMP			KFI_AT(0, KFI_FIELD_stamp)
#define KFI_AT_RING_SLOT_VCPU			KFI_AT(8, KFI_FIELD_vcpu)
#define KFI_AT_RING_SLOT_LOST			KFI_AT(12, KFI_FIELD_lost)
#define KFI_AT_RING_SLOT_SEQUENCE		KFI_AT(16, KFI_FIELD_sequence)

/* Fields of acpi_hest_generic_status: where they are, and what they are called. */
#define KFI_AT_ESTATUS_BLOCK_STATUS		KFI_AT(0, KFI_FIELD_block_status)
#define KFI_AT_ESTATUS_RAW_DATA_OFFSET		KFI_AT(4, KFI_FIELD_raw_data_offset)
#define KFI_AT_ESTATUS_RAW_DATA_LENGTH		KFI_AT(8, KFI_FIELD_raw_data_length)
#define KFI_AT_ESTATUS_DATA_LENGTH		KFI_AT(12, KFI_FIELD_data_length)
#define KFI_AT_ESTATUS_ERROR_SEVERITY		KFI_AT(16, KFI_FIELD_error_severity)

/* Fields of acpi_hest_generic_data_v300: where they are, and what they are called. */
#define KFI_AT_ENTRY_SECTION_TYPE		KFI_AT(0, KFI_FIELD_section_type)
#define KFI_AT_ENTRY_ERROR_SEVERITY		KFI_AT(16, KFI_FIELD_error_severity)
#define KFI_AT_ENTRY_REVISION			KFI_AT(20, KFI_FIELD_revision)
#define KFI_AT_ENTRY_VALIDATION_BITS		KFI_AT(22, KFI_FIELD_validation_bits)
#define KFI_AT_ENTRY_FLAGS			KFI_AT(23, KFI_FIELD_flags)
#define KFI_AT_ENTRY_ERROR_DATA_LENGTH		KFI_AT(24, KFI_FIELD_error_data_length)
#define KFI_AT_ENTRY_FRU_ID			KFI_AT(28, KFI_FIELD_fru_id)
#define KFI_AT_ENTRY_FRU_TEXT			KFI_AT(44, KFI_FIELD_fru_text)
#define KFI_AT_ENTRY_TIME_STAMP			KFI_AT(64, KFI_FIELD_time_stamp)

/* Fields of cper_sec_proc_arm: where they are, and what they are called. */
#define KFI_AT_ARM_VALIDATION_BITS		KFI_AT(0, KFI_FIELD_validation_bits)
#define KFI_AT_ARM_ERR_INFO_NUM			KFI_AT(4, KFI_FIELD_err_info_num)
#define KFI_AT_ARM_CONTEXT_INFO_NUM		KFI_AT(6, KFI_FIELD_context_info_num)
#define KFI_AT_ARM_SECTION_LENGTH		KFI_AT(8, KFI_FIELD_section_length)
#define KFI_AT_ARM_AFFINITY_LEVEL		KFI_AT(12, KFI_FIELD_affinity_level)
#define KFI_AT_ARM_RESERVED			KFI_AT(13, KFI_FIELD_reserved)
#define KFI_AT_ARM_MPIDR			KFI_AT(16, KFI_FIELD_mpidr)
#define KFI_AT_ARM_MIDR				KFI_AT(24, KFI_FIELD_midr)
#define KFI_AT_ARM_RUNNING_STATE		KFI_AT(32, KFI_FIELD_running_state)
#define KFI_AT_ARM_PSCI_STATE			KFI_AT(36, KFI_FIELD_psci_state)

/* Fields of cper_arm_err_info: where they are, and what they are called. */
#define KFI_AT_ERROR_INFO_VERSION		KFI_AT(0, KFI_FIELD_version)
#define KFI_AT_ERROR_INFO_LENGTH		KFI_AT(1, KFI_FIELD_length)
#define KFI_AT_ERROR_INFO_VALIDATION_BITS	KFI_AT(2, KFI_FIELD_validation_bits)
#define KFI_AT_ERROR_INFO_TYPE			KFI_AT(4, KFI_FIELD_type)
#define KFI_AT_ERROR_INFO_MULTIPLE_ERROR	KFI_AT(5, KFI_FIELD_multiple_error)
#define KFI_AT_ERROR_INFO_FLAGS			KFI_AT(7, KFI_FIELD_flags)
#define KFI_AT_ERROR_INFO_ERROR_INFO		KFI_AT(8, KFI_FIELD_error_info)
#define KFI_AT_ERROR_INFO_VIRT_FAULT_ADDR	KFI_AT(16, KFI_FIELD_virt_fault_addr)
#define KFI_AT_ERROR_INFO_PHYSICAL_FAULT_ADDR	KFI_AT(24, KFI_FIELD_physical_fault_addr)

/* Fields of cper_arm_ctx_info: where they are, and what they are called. */
#define KFI_AT_CONTEXT_INFO_VERSION		KFI_AT(0, KFI_FIELD_version)
#define KFI_AT_CONTEXT_INFO_TYPE		KFI_AT(2, KFI_FIELD_type)
#define KFI_AT_CONTEXT_INFO_SIZE		KFI_AT(4, KFI_FIELD_size)

/* Fields of cper_sec_mem_err: where they are, and what they are called. */
#define KFI_AT_MEMORY_VALIDATION_BITS		KFI_AT(0, KFI_FIELD_validation_bits)
#define KFI_AT_MEMORY_ERROR_STATUS		KFI_AT(8, KFI_FIELD_error_status)
#define KFI_AT_MEMORY_PHYSICAL_ADDR		KFI_AT(16, KFI_FIELD_physical_addr)
#define KFI_AT_MEMORY_PHYSICAL_ADDR_MASK	KFI_AT(24, KFI_FIELD_physical_addr_mask)
#define KFI_AT_MEMORY_NODE			KFI_AT(32, KFI_FIELD_node)
#define KFI_AT_MEMORY_CARD			KFI_AT(34, KFI_FIELD_card)
#define KFI_AT_MEMORY_MODULE			KFI_AT(36, KFI_FIELD_module)
#define KFI_AT_MEMORY_BANK			KFI_AT(38, KFI_FIELD_bank)
#define KFI_AT_MEMORY_DEVICE			KFI_AT(40, KFI_FIELD_device)
#define KFI_AT_MEMORY_ROW			KFI_AT(42, KFI_FIELD_row)
#define KFI_AT_MEMORY_COLUMN			KFI_AT(44, KFI_FIELD_column)
#define KFI_AT_MEMORY_BIT_POS			KFI_AT(46, KFI_FIELD_bit_pos)
#define KFI_AT_MEMORY_REQUESTOR_ID		KFI_AT(48, KFI_FIELD_requestor_id)
#define KFI_AT_MEMORY_RESPONDER_ID		KFI_AT(56, KFI_FIELD_responder_id)
#define KFI_AT_MEMORY_TARGET_ID			KFI_AT(64, KFI_FIELD_target_id)
#define KFI_AT_MEMORY_ERROR_TYPE		KFI_AT(72, KFI_FIELD_error_type)
#define KFI_AT_MEMORY_EXTENDED			KFI_AT(73, KFI_FIELD_extended)
#define KFI_AT_MEMORY_RANK			KFI_AT(74, KFI_FIELD_rank)
#define KFI_AT_MEMORY_MEM_ARRAY_HANDLE		KFI_AT(76, KFI_FIELD_mem_array_handle)
#define KFI_AT_MEMORY_MEM_DEV_HANDLE		KFI_AT(78, KFI_FIELD_mem_dev_handle)

/* Sizes of layouts. */
#define KFI_SIZE_OLDEST				64U
#define KFI_SIZE_HEAD				38U
#define KFI_SIZE_ESTATUS			20U
#define KFI_SIZE_ENTRY_V2			64U
#define KFI_SIZE_ENTRY_V3			72U
#define KFI_SIZE_ARM				40U
#define KFI_SIZE_ERROR_INFO			32U
#define KFI_SIZE_CONTEXT_INFO			8U
#define KFI_SIZE_MEMORY				80U
#define KFI_SIZE_MEMORY_OLD			73U

/* Flags of the record. */
#define KFI_KNOWN_FLAGS				0x1000003ffULL
#define KFI_KNOWN_CRITICAL			0x100000000ULL
#define KFI_KNOWN_SEA_FLAGS			0x1ULL
#define KFI_LSB_MAX				55U

/* ESR_ELx, and what a record keeps of it. */
#define KFI_ESR_EC_MASK				0xfc000000ULL
#define KFI_ESR_IL				0x2000000ULL
#define KFI_ESR_ISV				0x1000000ULL
#define KFI_ESR_FNP				0x8000ULL
#define KFI_ESR_PFV				0x4000ULL
#define KFI_ESR_VNCR				0x2000ULL
#define KFI_ESR_SET				0x1800ULL
#define KFI_ESR_FNV				0x400ULL
#define KFI_ESR_EA				0x200ULL
#define KFI_ESR_CM				0x100ULL
#define KFI_ESR_S1PTW				0x80ULL
#define KFI_ESR_WNR				0x40ULL
#define KFI_ESR_FSC				0x3fULL
#define KFI_ESR_IDS				0x1000000ULL
#define KFI_ESR_VFV				0x8000ULL
#define KFI_ESR_AET				0x1c00ULL
#define KFI_ESR_EC_SHIFT			0x1aU
#define KFI_ESR_SET_SHIFT			0xbU
#define KFI_ESR_AET_SHIFT			0xaU
#define KFI_ESR_EC_IABT_LOW			0x20U
#define KFI_ESR_EC_IABT_CUR			0x21U
#define KFI_ESR_EC_DABT_LOW			0x24U
#define KFI_ESR_EC_DABT_CUR			0x25U
#define KFI_ESR_EC_SERROR			0x2fU
#define KFI_FSC_NOT_ON_WALK			0x10U
#define KFI_FSC_ASYNC				0x11U
#define KFI_KEPT_DABT				0xfe00077fULL
#define KFI_KEPT_IABT				0xfe00063fULL
#define KFI_KEPT_SERROR				0xff000000ULL
#define KFI_KEPT_ASYNC				0xff001e3fULL

/* Bitmaps of fault status codes, bit n for code n. */
#define KFI_FSCS_EXTERNAL			0xfdfd0000ULL
#define KFI_FSCS_ON_WALK			0xfc0000ULL
#define KFI_FSCS_HPFAR				0x1e0000000fffULL
#define KFI_FSCS_PERMISSION			0xf000ULL
#define KFI_FSCS_PFAR				0xfd0000ULL

/* Severity by SET and by AET, four bits each. */
#define KFI_SEVERITY_OF_SET			0x2503U
#define KFI_SEVERITY_OF_AET			0x1003245U
#define KFI_AET_GIVEN				0xeU
#define KFI_ISS_RESTARTABLE			0x811U

/* HPFAR_EL2, PFAR_EL2, pages. */
#define KFI_FIPA				0xfffffffffff0ULL
#define KFI_FIPA_TO_IPA				8U
#define KFI_KVM_MARK				0x8000000000000000ULL
#define KFI_PADDR				0xffffffffffffffULL
#define KFI_PAGE_SHIFT				12U
#define KFI_IN_PAGE				0xfffULL

/* PSTATE as SPSR_EL1 holds it, SCTLR_ELx and GCSCR_EL1, vectors. */
#define KFI_PSTATE_UINJ				0x1000000000ULL
#define KFI_PSTATE_PACM				0x800000000ULL
#define KFI_PSTATE_EXLOCK			0x400000000ULL
#define KFI_PSTATE_PPEND			0x200000000ULL
#define KFI_PSTATE_PM				0x100000000ULL
#define KFI_PSTATE_NZCV				0xf0000000ULL
#define KFI_PSTATE_TCO				0x2000000ULL
#define KFI_PSTATE_DIT				0x1000000ULL
#define KFI_PSTATE_UAO				0x800000ULL
#define KFI_PSTATE_PAN				0x400000ULL
#define KFI_PSTATE_SS				0x200000ULL
#define KFI_PSTATE_IL				0x100000ULL
#define KFI_PSTATE_ALLINT			0x2000ULL
#define KFI_PSTATE_SSBS				0x1000ULL
#define KFI_PSTATE_BTYPE			0xc00ULL
#define KFI_PSTATE_D				0x200ULL
#define KFI_PSTATE_A				0x100ULL
#define KFI_PSTATE_I				0x80ULL
#define KFI_PSTATE_F				0x40ULL
#define KFI_PSTATE_DAIF				0x3c0ULL
#define KFI_PSTATE_MODE				0x1fULL
#define KFI_PSTATE_AARCH32			0x10ULL
#define KFI_PSTATE_MODE_EL0T			0x0ULL
#define KFI_PSTATE_MODE_EL1T			0x4ULL
#define KFI_PSTATE_MODE_EL1H			0x5ULL
#define KFI_PSTATE_MODE_USR			0x10ULL
#define KFI_SCTLR_SPAN				0x800000ULL
#define KFI_SCTLR_DSSBS				0x100000000000ULL
#define KFI_SCTLR_SPINTMASK			0x4000000000000000ULL
#define KFI_SCTLR2_EASE				0x20ULL
#define KFI_GCSCR_EXLOCKEN			0x40ULL
#define KFI_VECTORS				0x800ULL
#define KFI_SERROR_VECTOR			0x180ULL

/* Features of a vCPU. */
#define KFI_FEAT_AA32EL1			0x1U
#define KFI_FEAT_DOUBLEFAULT2			0x2U
#define KFI_FEAT_EBEP				0x4U
#define KFI_FEAT_GCS				0x8U
#define KFI_FEAT_MTE				0x10U
#define KFI_FEAT_NMI				0x20U
#define KFI_FEAT_NV				0x40U
#define KFI_FEAT_PAN				0x80U
#define KFI_FEAT_PAUTH_LR			0x100U
#define KFI_FEAT_RAS				0x200U
#define KFI_FEAT_SEBEP				0x400U
#define KFI_FEAT_SSBS				0x800U
#define KFI_FEAT_UAO				0x1000U
#define KFI_FEAT_UINJ				0x2000U

/* Bits of firmware records; a GUID is two little-endian words. */
#define KFI_CPER_REVISION_V3			0x300U
#define KFI_CPER_CONTEXT_ALIGN			0x10U
#define KFI_CPER_COUNT_SHIFT			0x4U
#define KFI_CPER_COUNT_MASK			0x3ff0U
#define KFI_CPER_SEVERITY_RECOVERABLE		0x0U
#define KFI_CPER_SEVERITY_FATAL			0x1U
#define KFI_CPER_SEVERITY_CORRECTED		0x2U
#define KFI_CPER_SEVERITY_INFORMATIONAL		0x3U
#define KFI_CPER_THRESHOLD_EXCEEDED		0x8U
#define KFI_CPER_ARM_VALID_MPIDR		0x1U
#define KFI_CPER_ARM_VALID_VENDOR_INFO		0x8U
#define KFI_CPER_VALID_ERR_INFO			0x4U
#define KFI_CPER_VALID_VIRT_ADDR		0x8U
#define KFI_CPER_VALID_PHYSICAL_ADDR		0x10U
#define KFI_CPER_TYPE_CACHE			0x2U
#define KFI_CPER_TYPE_VENDOR			0x10U
#define KFI_CPER_MEMORY_VALID_PA		0x2U
#define KFI_CPER_MEMORY_VALID_NEW		0x8000U
#define KFI_CPER_DETAIL_CORRUPT_VALID		0x8ULL
#define KFI_CPER_DETAIL_CORRUPT			0x2000000ULL
#define KFI_CPER_GUID_ARM_LO			0x11e4bc11e19e3d16ULL
#define KFI_CPER_GUID_ARM_HI			0xb0465d1d05c2aa9cULL
#define KFI_CPER_GUID_MEMORY_LO			0x4ede6f64a5bc1114ULL
#define KFI_CPER_GUID_MEMORY_HI			0xb1837ced833e63b8ULL

/* What a VMM does about a record. */
enum kfi_action {
	KFI_ACTION_INJECT,
	KFI_ACTION_PEND,
	KFI_ACTION_INTERRUPT,
	KFI_ACTION_LOG,
	KFI_ACTION_RETRY,
	KFI_ACTION_STOP,
};

/* Ways in which a machine can tell its guest. */
enum kfi_way {
	KFI_WAY_NONE,
	KFI_WAY_SEA,
	KFI_WAY_IRQ,
	KFI_WAY_POLL,
	KFI_WAY_SEI,
};

/* How a firmware record reaches the host. */
enum kfi_notify {
	KFI_NOTIFY_SEA,
	KFI_NOTIFY_SEI,
	KFI_NOTIFY_GPIO,
	KFI_NOTIFY_NONE,
};

/* How an error ends (rule host.never_silent). */
enum kfi_end {
	KFI_END_RECORD,
	KFI_END_SIGNAL,
	KFI_END_INJECTED,
	KFI_END_PANIC,
	KFI_END_RESUMED,
	KFI_END_NO_ERROR,
};

/* Minor versions that are not known count as the newest. */
static inline __u8 kfi_known_minor(__u8 minor)
{
	return minor < KVM_ARM_FAULT_INFO_MINOR ? minor : KVM_ARM_FAULT_INFO_MINOR;
}

/* Bytes of a record; minor versions that are not known answer as the newest. */
static inline __u16 kfi_size_of_minor(__u8 minor)
{
#ifdef __bpf__
	return (__u16)(0x40ULL ^
	       (0x10ULL & (0 - (__u64)(minor >= 1))));
#else
	static const __u16 of[] = { 0x40ULL, 0x50ULL };

	return of[kfi_known_minor(minor)];
#endif
}

/* Flags whose field lies beyond a record of that version (rule vmm.size). */
static inline __u64 kfi_beyond(__u8 minor)
{
#ifdef __bpf__
	return (__u64)(0x18ULL ^
	       (0x18ULL & (0 - (__u64)(minor >= 1))));
#else
	static const __u64 of[] = { 0x18ULL, 0x0ULL };

	return of[kfi_known_minor(minor)];
#endif
}

/* Flags that a reader of that version knows. */
static inline __u64 kfi_known_flags(__u8 minor)
{
#ifdef __bpf__
	return (__u64)(0x1000003e7ULL ^
	       (0x18ULL & (0 - (__u64)(minor >= 1))));
#else
	static const __u64 of[] = { 0x1000003e7ULL, 0x1000003ffULL };

	return of[kfi_known_minor(minor)];
#endif
}

/* The newest minor version all of whose fields lie within so many bytes. */
static inline __u8 kfi_minor_within(size_t size)
{
	if (size < 80)
		return 0;
	return 1;
}

/* What esr says by kind (rule vmm.agree): its class, and the severity where it is said. */
struct kfi_kind {
	__u64 class_mask;
	__u64 class_is;
	__u64 said_mask;
	__u64 said_is;
	__u64 severities;	/* four bits for each value of esr[12:10], which SET or AET is */
};

/* Of a kind that is known; kind 0 counts as an abort. */
static inline const struct kfi_kind *kfi_known_kind(__u16 kind)
{
	static const struct kfi_kind of[8] = {
		{ 0xfc000000ULL, 0x0ULL, 0x0ULL, 0x0ULL, 0x22550033U },
		{ 0xf8000000ULL, 0x90000000ULL, 0x0ULL, 0x0ULL, 0x22550033U },
		{ 0xf8000000ULL, 0x80000000ULL, 0x0ULL, 0x0ULL, 0x22550033U },
		{ 0xfc000000ULL, 0xbc000000ULL, 0x100003fULL, 0x11ULL, 0x1003245U },
		{ 0xfc000000ULL, 0x0ULL, 0x0ULL, 0x0ULL, 0x0U },
	};

	return &of[kind & 0x7];
}

/* A record of zeros. */
static inline void kfi_clear(struct kvm_arm_fault_info *r)
{
	r->sea_flags = 0;
	r->esr = 0;
	r->far = 0;
	r->gpa = 0;
	r->size = 0;
	r->major = 0;
	r->minor = 0;
	r->kind = 0;
	r->host_action = 0;
	r->origin = 0;
	r->flags = 0;
	r->hpfar = 0;
	r->address_lsb = 0;
	r->gpa_origin = 0;
	r->severity = 0;
	r->firmware_severity = 0;
	r->reserved0 = 0;
	r->hva = 0;
	r->firmware_va = 0;
}

/* The fields that say which record this is, at the same place in every version. */
static inline void kfi_load_head(struct kvm_arm_fault_info *__restrict r, const __u8 *__restrict p)
{
	r->sea_flags = KFI_GET64(p, RECORD_SEA_FLAGS);
	r->esr = KFI_GET64(p, RECORD_ESR);
	r->far = KFI_GET64(p, RECORD_FAR);
	r->gpa = KFI_GET64(p, RECORD_GPA);
	r->size = KFI_GET16(p, RECORD_SIZE);
	r->major = KFI_GET8(p, RECORD_MAJOR);
	r->minor = KFI_GET8(p, RECORD_MINOR);
	r->kind = KFI_GET16(p, RECORD_KIND);
}

/* The other fields that the version has; those that it has not are zero. */
static inline void kfi_load_rest(struct kvm_arm_fault_info *__restrict r, const __u8 *__restrict p, __u8 minor)
{
	r->host_action = KFI_GET8(p, RECORD_HOST_ACTION);
	r->origin = KFI_GET8(p, RECORD_ORIGIN);
	r->flags = KFI_GET64(p, RECORD_FLAGS);
	r->hpfar = KFI_GET64(p, RECORD_HPFAR);
	r->address_lsb = KFI_GET8(p, RECORD_ADDRESS_LSB);
	r->gpa_origin = KFI_GET8(p, RECORD_GPA_ORIGIN);
	r->severity = KFI_GET8(p, RECORD_SEVERITY);
	r->firmware_severity = KFI_GET8(p, RECORD_FIRMWARE_SEVERITY);
	r->reserved0 = KFI_GET32(p, RECORD_RESERVED0);
	if (minor < 1) {
		r->hva = 0;
		r->firmware_va = 0;
		return;
	}
	r->hva = KFI_GET64(p, RECORD_HVA);
	r->firmware_va = KFI_GET64(p, RECORD_FIRMWARE_VA);
}

/* Fields newer than the version become zero, without a branch: any version may come next. */
static inline void kfi_keep(struct kvm_arm_fault_info *r, __u8 minor)
{
	r->hva &= 0 - (__u64)(minor >= 1);
	r->firmware_va &= 0 - (__u64)(minor >= 1);
}

/* The first field of a layout that does not fit whole into size bytes. */
static inline __u32 kfi_unfit(__u8 where, size_t size)
{
	static const struct {
		__u16 where;
		__u16 end;
		__u32 at;
	} fields[] = {
		{ KFI_WHERE_RECORD, 8, KFI_AT_RECORD_SEA_FLAGS },
		{ KFI_WHERE_RECORD, 16, KFI_AT_RECORD_ESR },
		{ KFI_WHERE_RECORD, 24, KFI_AT_RECORD_FAR },
		{ KFI_WHERE_RECORD, 32, KFI_AT_RECORD_GPA },
		{ KFI_WHERE_RECORD, 34, KFI_AT_RECORD_SIZE },
		{ KFI_WHERE_RECORD, 35, KFI_AT_RECORD_MAJOR },
		{ KFI_WHERE_RECORD, 36, KFI_AT_RECORD_MINOR },
		{ KFI_WHERE_RECORD, 38, KFI_AT_RECORD_KIND },
		{ KFI_WHERE_RECORD, 39, KFI_AT_RECORD_HOST_ACTION },
		{ KFI_WHERE_RECORD, 40, KFI_AT_RECORD_ORIGIN },
		{ KFI_WHERE_RECORD, 48, KFI_AT_RECORD_FLAGS },
		{ KFI_WHERE_RECORD, 56, KFI_AT_RECORD_HPFAR },
		{ KFI_WHERE_RECORD, 57, KFI_AT_RECORD_ADDRESS_LSB },
		{ KFI_WHERE_RECORD, 58, KFI_AT_RECORD_GPA_ORIGIN },
		{ KFI_WHERE_RECORD, 59, KFI_AT_RECORD_SEVERITY },
		{ KFI_WHERE_RECORD, 60, KFI_AT_RECORD_FIRMWARE_SEVERITY },
		{ KFI_WHERE_RECORD, 64, KFI_AT_RECORD_RESERVED0 },
		{ KFI_WHERE_RECORD, 72, KFI_AT_RECORD_HVA },
		{ KFI_WHERE_RECORD, 80, KFI_AT_RECORD_FIRMWARE_VA },
		{ KFI_WHERE_ESTATUS, 4, KFI_AT_ESTATUS_BLOCK_STATUS },
		{ KFI_WHERE_ESTATUS, 8, KFI_AT_ESTATUS_RAW_DATA_OFFSET },
		{ KFI_WHERE_ESTATUS, 12, KFI_AT_ESTATUS_RAW_DATA_LENGTH },
		{ KFI_WHERE_ESTATUS, 16, KFI_AT_ESTATUS_DATA_LENGTH },
		{ KFI_WHERE_ESTATUS, 20, KFI_AT_ESTATUS_ERROR_SEVERITY },
		{ KFI_WHERE_ENTRY, 16, KFI_AT_ENTRY_SECTION_TYPE },
		{ KFI_WHERE_ENTRY, 20, KFI_AT_ENTRY_ERROR_SEVERITY },
		{ KFI_WHERE_ENTRY, 22, KFI_AT_ENTRY_REVISION },
		{ KFI_WHERE_ENTRY, 23, KFI_AT_ENTRY_VALIDATION_BITS },
		{ KFI_WHERE_ENTRY, 24, KFI_AT_ENTRY_FLAGS },
		{ KFI_WHERE_ENTRY, 28, KFI_AT_ENTRY_ERROR_DATA_LENGTH },
		{ KFI_WHERE_ENTRY, 44, KFI_AT_ENTRY_FRU_ID },
		{ KFI_WHERE_ENTRY, 64, KFI_AT_ENTRY_FRU_TEXT },
		{ KFI_WHERE_ENTRY, 72, KFI_AT_ENTRY_TIME_STAMP },
		{ KFI_WHERE_ARM, 4, KFI_AT_ARM_VALIDATION_BITS },
		{ KFI_WHERE_ARM, 6, KFI_AT_ARM_ERR_INFO_NUM },
		{ KFI_WHERE_ARM, 8, KFI_AT_ARM_CONTEXT_INFO_NUM },
		{ KFI_WHERE_ARM, 12, KFI_AT_ARM_SECTION_LENGTH },
		{ KFI_WHERE_ARM, 13, KFI_AT_ARM_AFFINITY_LEVEL },
		{ KFI_WHERE_ARM, 16, KFI_AT_ARM_RESERVED },
		{ KFI_WHERE_ARM, 24, KFI_AT_ARM_MPIDR },
		{ KFI_WHERE_ARM, 32, KFI_AT_ARM_MIDR },
		{ KFI_WHERE_ARM, 36, KFI_AT_ARM_RUNNING_STATE },
		{ KFI_WHERE_ARM, 40, KFI_AT_ARM_PSCI_STATE },
	};
	unsigned int i;

	for (i = 0; i < KFI_COUNT(fields); i++)
		if (fields[i].where == where && fields[i].end > size)
			return fields[i].at;
	return 0;
}

#endif /* KFI_TABLES_H */
