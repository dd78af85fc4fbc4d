// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Do not edit: generated from abi/definition.py, abi/ring_layout.py, abi/cper/layouts.py.
// To regenerate run: faultinfo generate

//! Fields by name, offset and width, as refusals name them; and the fields of each version.

use crate::abi::KvmArmFaultInfo;

/// The record as a reader of that minor version reads it: newer fields are zero.
#[inline]
pub(crate) const fn upto(mut r: KvmArmFaultInfo, minor: u8) -> KvmArmFaultInfo {
    let kept = ((minor >= 1) as u64).wrapping_neg();
    r.hva &= kept;
    r.firmware_va &= kept;
    r
}

/// The fields of the newest version that the bytes hold whole, but for the very newest.
#[inline]
pub(crate) fn load_older(data: &[u8]) -> Option<KvmArmFaultInfo> {
    if let Some(bytes) = data.first_chunk::<64>() {
        return Some(KvmArmFaultInfo::from_le_bytes(&padded(bytes)));
    }
    None
}

#[inline]
fn padded<const N: usize>(bytes: &[u8; N]) -> [u8; KvmArmFaultInfo::SIZE] {
    let mut all = [0; KvmArmFaultInfo::SIZE];
    all[..N].copy_from_slice(bytes);
    all
}

/// Fields of `struct kvm_arm_fault_info`: What a VMM needs to tell an arm64 guest about a
/// hardware error.
pub mod record {
    use crate::layout::{Field, Layout};

    /// flags of upstream's arm_sea; bits but GPA_VALID are upstream's to allocate.
    pub const SEA_FLAGS: Field = Field::new("sea_flags", 0, 8);
    /// ESR_EL2, masked by kind.
    pub const ESR: Field = Field::new("esr", 8, 8);
    /// FAR_EL2 (arm_sea: gva); bits 63:60 may be UNKNOWN for a SEA.
    pub const FAR: Field = Field::new("far", 16, 8);
    /// guest physical address, in the VM's own space.
    pub const GPA: Field = Field::new("gpa", 24, 8);
    /// bytes of the whole record: the size of the minor version written.
    pub const SIZE: Field = Field::new("size", 32, 2);
    /// major version, 1.
    pub const MAJOR: Field = Field::new("major", 34, 1);
    /// minor version, 0 or 1.
    pub const MINOR: Field = Field::new("minor", 35, 1);
    /// what happened.
    pub const KIND: Field = Field::new("kind", 36, 2);
    /// what the host had done with the error when it wrote the record.
    pub const HOST_ACTION: Field = Field::new("host_action", 38, 1);
    /// from what the host learnt of the error.
    pub const ORIGIN: Field = Field::new("origin", 39, 1);
    /// validity and description (31:0), critical (63:32).
    pub const FLAGS: Field = Field::new("flags", 40, 8);
    /// HPFAR_EL2.FIPA \[47:4\] as the hardware wrote it, all else 0.
    pub const HPFAR: Field = Field::new("hpfar", 48, 8);
    /// log2 of the damaged granule around gpa (and hva), 0 unknown.
    pub const ADDRESS_LSB: Field = Field::new("address_lsb", 56, 1);
    /// where gpa comes from.
    pub const GPA_ORIGIN: Field = Field::new("gpa_origin", 57, 1);
    /// PE error state, from SET or AET.
    pub const SEVERITY: Field = Field::new("severity", 58, 1);
    /// CPER severity + 1, 0 without a firmware record.
    pub const FIRMWARE_SEVERITY: Field = Field::new("firmware_severity", 59, 1);
    /// zero.
    pub const RESERVED0: Field = Field::new("reserved0", 60, 4);
    /// address in the VMM, as SIGBUS si_addr.
    pub const HVA: Field = Field::new("hva", 64, 8);
    /// virtual fault address of the CPER ARM processor error.
    pub const FIRMWARE_VA: Field = Field::new("firmware_va", 72, 8);

    /// All of `struct kvm_arm_fault_info`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(80, &[
        SEA_FLAGS, ESR, FAR, GPA, SIZE, MAJOR, MINOR, KIND, HOST_ACTION, ORIGIN, FLAGS, HPFAR,
        ADDRESS_LSB, GPA_ORIGIN, SEVERITY, FIRMWARE_SEVERITY, RESERVED0, HVA, FIRMWARE_VA,
    ]);
}

/// Fields of `struct kvm_arm_fault_ring`: Start of the shared memory; the slots follow at
/// header_size.
pub mod ring_header {
    use crate::layout::{Field, Layout};

    /// the bytes KFI1.
    pub const MAGIC: Field = Field::new("magic", 0, 4);
    /// bytes of the header: where the first slot begins.
    pub const HEADER_SIZE: Field = Field::new("header_size", 4, 2);
    /// major version of the ring, 1.
    pub const MAJOR: Field = Field::new("major", 6, 1);
    /// minor version of the ring, 0.
    pub const MINOR: Field = Field::new("minor", 7, 1);
    /// bytes of a slot, a multiple of 8.
    pub const SLOT_SIZE: Field = Field::new("slot_size", 8, 4);
    /// number of slots, a power of two from 2.
    pub const SLOTS: Field = Field::new("slots", 12, 4);
    /// position that the producer writes next; stored by the producer only.
    pub const HEAD: Field = Field::new("head", 16, 8);
    /// position that the consumer handles next; stored by the consumer only.
    pub const TAIL: Field = Field::new("tail", 24, 8);
    /// records dropped because the ring was full; stored by the producer only.
    pub const LOST: Field = Field::new("lost", 32, 8);
    /// zero.
    pub const RESERVED: Field = Field::new("reserved", 40, 24);

    /// All of `struct kvm_arm_fault_ring`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(64, &[
        MAGIC, HEADER_SIZE, MAJOR, MINOR, SLOT_SIZE, SLOTS, HEAD, TAIL, LOST, RESERVED,
    ]);
}

/// Fields of `struct kvm_arm_fault_slot`: One slot; the bytes after these fields are the
/// record's, zero beyond its end.
pub mod ring_slot {
    use crate::layout::{Field, Layout};

    /// 2p+1 while position p is written, 2p+2 when done, 0 never used.
    pub const STAMP: Field = Field::new("stamp", 0, 8);
    /// number of the vCPU, 0xffffffff: none.
    pub const VCPU: Field = Field::new("vcpu", 8, 4);
    /// records dropped since the slot before, saturating.
    pub const LOST: Field = Field::new("lost", 12, 4);
    /// number of the record in this channel, from 1.
    pub const SEQUENCE: Field = Field::new("sequence", 16, 8);

    /// All of `struct kvm_arm_fault_slot`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(24, &[
        STAMP, VCPU, LOST, SEQUENCE,
    ]);
}

/// Fields of `struct acpi_hest_generic_status`: Generic Error Status Block: what firmware hands
/// over for one event. The data entries follow.
pub mod status_block {
    use crate::layout::{Field, Layout};

    /// flags; bits 13:4 are the number of data entries.
    pub const BLOCK_STATUS: Field = Field::new("block_status", 0, 4);
    /// from the start of the block; means nothing where raw_data_length is 0.
    pub const RAW_DATA_OFFSET: Field = Field::new("raw_data_offset", 4, 4);
    /// bytes of raw data, after the entries.
    pub const RAW_DATA_LENGTH: Field = Field::new("raw_data_length", 8, 4);
    /// bytes of all data entries with their sections.
    pub const DATA_LENGTH: Field = Field::new("data_length", 12, 4);
    /// the worst of the entries.
    pub const ERROR_SEVERITY: Field = Field::new("error_severity", 16, 4);

    /// All of `struct acpi_hest_generic_status`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(20, &[
        BLOCK_STATUS, RAW_DATA_OFFSET, RAW_DATA_LENGTH, DATA_LENGTH, ERROR_SEVERITY,
    ]);
}

/// Fields of `struct acpi_hest_generic_data_v300`: Generic Error Data Entry of revision 0x300
/// and up. Its section follows.
pub mod data_entry {
    use crate::layout::{Field, Layout};

    /// GUID of the section.
    pub const SECTION_TYPE: Field = Field::new("section_type", 0, 16);
    /// severity of this section.
    pub const ERROR_SEVERITY: Field = Field::new("error_severity", 16, 4);
    /// 0x300 and up: a time stamp follows.
    pub const REVISION: Field = Field::new("revision", 20, 2);
    /// which of fru_id, fru_text and time_stamp are valid.
    pub const VALIDATION_BITS: Field = Field::new("validation_bits", 22, 1);
    /// section flags.
    pub const FLAGS: Field = Field::new("flags", 23, 1);
    /// bytes of the section.
    pub const ERROR_DATA_LENGTH: Field = Field::new("error_data_length", 24, 4);
    /// GUID of the replaceable unit.
    pub const FRU_ID: Field = Field::new("fru_id", 28, 16);
    /// its name, ASCII.
    pub const FRU_TEXT: Field = Field::new("fru_text", 44, 20);
    /// BCD; bytes from the lowest: second, minute, hour, precise, day, month, year, century.
    pub const TIME_STAMP: Field = Field::new("time_stamp", 64, 8);

    /// All of `struct acpi_hest_generic_data_v300`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(72, &[
        SECTION_TYPE, ERROR_SEVERITY, REVISION, VALIDATION_BITS, FLAGS, ERROR_DATA_LENGTH,
        FRU_ID, FRU_TEXT, TIME_STAMP,
    ]);

    /// All of `struct acpi_hest_generic_data`.
    #[rustfmt::skip]
    pub const LAYOUT_V2: Layout = Layout::new(64, &[
        SECTION_TYPE, ERROR_SEVERITY, REVISION, VALIDATION_BITS, FLAGS, ERROR_DATA_LENGTH,
        FRU_ID, FRU_TEXT,
    ]);
}

/// Fields of `struct cper_sec_proc_arm`: ARM Processor Error Section. Error informations,
/// contexts and vendor information follow.
pub mod arm_processor {
    use crate::layout::{Field, Layout};

    /// which of mpidr, affinity_level, running_state and vendor are valid.
    pub const VALIDATION_BITS: Field = Field::new("validation_bits", 0, 4);
    /// number of error informations.
    pub const ERR_INFO_NUM: Field = Field::new("err_info_num", 4, 2);
    /// number of contexts.
    pub const CONTEXT_INFO_NUM: Field = Field::new("context_info_num", 6, 2);
    /// bytes of the whole section.
    pub const SECTION_LENGTH: Field = Field::new("section_length", 8, 4);
    /// affinity level that the error concerns.
    pub const AFFINITY_LEVEL: Field = Field::new("affinity_level", 12, 1);
    /// zero.
    pub const RESERVED: Field = Field::new("reserved", 13, 3);
    /// MPIDR_EL1 of the processor.
    pub const MPIDR: Field = Field::new("mpidr", 16, 8);
    /// MIDR_EL1 of the processor.
    pub const MIDR: Field = Field::new("midr", 24, 8);
    /// bit 0: running; psci_state is valid where it is clear.
    pub const RUNNING_STATE: Field = Field::new("running_state", 32, 4);
    /// PSCI power state.
    pub const PSCI_STATE: Field = Field::new("psci_state", 36, 4);

    /// All of `struct cper_sec_proc_arm`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(40, &[
        VALIDATION_BITS, ERR_INFO_NUM, CONTEXT_INFO_NUM, SECTION_LENGTH, AFFINITY_LEVEL,
        RESERVED, MPIDR, MIDR, RUNNING_STATE, PSCI_STATE,
    ]);
}

/// Fields of `struct cper_arm_err_info`: ARM Processor Error Information.
pub mod error_info {
    use crate::layout::{Field, Layout};

    /// 0.
    pub const VERSION: Field = Field::new("version", 0, 1);
    /// bytes of this structure: 32, or more in a later version.
    pub const LENGTH: Field = Field::new("length", 1, 1);
    /// which fields are valid.
    pub const VALIDATION_BITS: Field = Field::new("validation_bits", 2, 2);
    /// UEFI 2.9A and newer: bit mask of cache, TLB, bus, micro-architectural.
    pub const TYPE: Field = Field::new("type", 4, 1);
    /// 0 single, 1 multiple, else the count.
    pub const MULTIPLE_ERROR: Field = Field::new("multiple_error", 5, 2);
    /// first, last, propagated, overflow.
    pub const FLAGS: Field = Field::new("flags", 7, 1);
    /// details, by type.
    pub const ERROR_INFO: Field = Field::new("error_info", 8, 8);
    /// virtual fault address.
    pub const VIRT_FAULT_ADDR: Field = Field::new("virt_fault_addr", 16, 8);
    /// physical fault address.
    pub const PHYSICAL_FAULT_ADDR: Field = Field::new("physical_fault_addr", 24, 8);

    /// All of `struct cper_arm_err_info`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(32, &[
        VERSION, LENGTH, VALIDATION_BITS, TYPE, MULTIPLE_ERROR, FLAGS, ERROR_INFO,
        VIRT_FAULT_ADDR, PHYSICAL_FAULT_ADDR,
    ]);
}

/// Fields of `struct cper_arm_ctx_info`: ARM Processor Context Information header. The register
/// array follows.
pub mod context_info {
    use crate::layout::{Field, Layout};

    /// 0.
    pub const VERSION: Field = Field::new("version", 0, 2);
    /// which registers.
    pub const TYPE: Field = Field::new("type", 2, 2);
    /// bytes of the register array.
    pub const SIZE: Field = Field::new("size", 4, 4);

    /// All of `struct cper_arm_ctx_info`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(8, &[
        VERSION, TYPE, SIZE,
    ]);
}

/// Fields of `struct cper_sec_mem_err`: Platform Memory Error Section of UEFI 2.3 and newer.
pub mod memory {
    use crate::layout::{Field, Layout};

    /// which fields are valid.
    pub const VALIDATION_BITS: Field = Field::new("validation_bits", 0, 8);
    /// Error Status, as UEFI defines it.
    pub const ERROR_STATUS: Field = Field::new("error_status", 8, 8);
    /// physical address of the error.
    pub const PHYSICAL_ADDR: Field = Field::new("physical_addr", 16, 8);
    /// which bits of the address are significant.
    pub const PHYSICAL_ADDR_MASK: Field = Field::new("physical_addr_mask", 24, 8);
    /// node of a system with several.
    pub const NODE: Field = Field::new("node", 32, 2);
    /// card number.
    pub const CARD: Field = Field::new("card", 34, 2);
    /// module number, unique within the card.
    pub const MODULE: Field = Field::new("module", 36, 2);
    /// bank number, or group and address.
    pub const BANK: Field = Field::new("bank", 38, 2);
    /// device number.
    pub const DEVICE: Field = Field::new("device", 40, 2);
    /// row number, bits 15:0.
    pub const ROW: Field = Field::new("row", 42, 2);
    /// column number.
    pub const COLUMN: Field = Field::new("column", 44, 2);
    /// bit within the word.
    pub const BIT_POS: Field = Field::new("bit_pos", 46, 2);
    /// device that requested the transaction.
    pub const REQUESTOR_ID: Field = Field::new("requestor_id", 48, 8);
    /// device that responded.
    pub const RESPONDER_ID: Field = Field::new("responder_id", 56, 8);
    /// intended target.
    pub const TARGET_ID: Field = Field::new("target_id", 64, 8);
    /// kind of memory error: 2 single-bit ECC, 3 multi-bit ECC, ....
    pub const ERROR_TYPE: Field = Field::new("error_type", 72, 1);
    /// bits 17:16 of row, chip identification.
    pub const EXTENDED: Field = Field::new("extended", 73, 1);
    /// rank number.
    pub const RANK: Field = Field::new("rank", 74, 2);
    /// SMBIOS handle of the memory array.
    pub const MEM_ARRAY_HANDLE: Field = Field::new("mem_array_handle", 76, 2);
    /// SMBIOS handle of the memory device.
    pub const MEM_DEV_HANDLE: Field = Field::new("mem_dev_handle", 78, 2);

    /// All of `struct cper_sec_mem_err`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(80, &[
        VALIDATION_BITS, ERROR_STATUS, PHYSICAL_ADDR, PHYSICAL_ADDR_MASK, NODE, CARD, MODULE,
        BANK, DEVICE, ROW, COLUMN, BIT_POS, REQUESTOR_ID, RESPONDER_ID, TARGET_ID, ERROR_TYPE,
        EXTENDED, RANK, MEM_ARRAY_HANDLE, MEM_DEV_HANDLE,
    ]);

    /// All of `struct cper_sec_mem_err_old`.
    #[rustfmt::skip]
    pub const LAYOUT_OLD: Layout = Layout::new(73, &[
        VALIDATION_BITS, ERROR_STATUS, PHYSICAL_ADDR, PHYSICAL_ADDR_MASK, NODE, CARD, MODULE,
        BANK, DEVICE, ROW, COLUMN, BIT_POS, REQUESTOR_ID, RESPONDER_ID, TARGET_ID, ERROR_TYPE,
    ]);
}

/// Fields of `struct cper_record_header`: CPER record header. The section descriptors follow,
/// then the sections.
pub mod record_header {
    use crate::layout::{Field, Layout};

    /// "CPER".
    pub const SIGNATURE: Field = Field::new("signature", 0, 4);
    /// 0x0100.
    pub const REVISION: Field = Field::new("revision", 4, 2);
    /// 0xffffffff.
    pub const SIGNATURE_END: Field = Field::new("signature_end", 6, 4);
    /// number of section descriptors.
    pub const SECTION_COUNT: Field = Field::new("section_count", 10, 2);
    /// the worst of the sections.
    pub const ERROR_SEVERITY: Field = Field::new("error_severity", 12, 4);
    /// which of platform_id, timestamp and partition_id are valid.
    pub const VALIDATION_BITS: Field = Field::new("validation_bits", 16, 4);
    /// bytes of the whole record.
    pub const RECORD_LENGTH: Field = Field::new("record_length", 20, 4);
    /// BCD, as time_stamp of a data entry.
    pub const TIMESTAMP: Field = Field::new("timestamp", 24, 8);
    /// GUID.
    pub const PLATFORM_ID: Field = Field::new("platform_id", 32, 16);
    /// GUID.
    pub const PARTITION_ID: Field = Field::new("partition_id", 48, 16);
    /// GUID.
    pub const CREATOR_ID: Field = Field::new("creator_id", 64, 16);
    /// GUID.
    pub const NOTIFICATION_TYPE: Field = Field::new("notification_type", 80, 16);
    /// unique per system.
    pub const RECORD_ID: Field = Field::new("record_id", 96, 8);
    /// recovered, previous boot, simulated.
    pub const FLAGS: Field = Field::new("flags", 104, 4);
    /// for the creator.
    pub const PERSISTENCE_INFORMATION: Field = Field::new("persistence_information", 108, 8);
    /// zero.
    pub const RESERVED: Field = Field::new("reserved", 116, 12);

    /// All of `struct cper_record_header`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(128, &[
        SIGNATURE, REVISION, SIGNATURE_END, SECTION_COUNT, ERROR_SEVERITY, VALIDATION_BITS,
        RECORD_LENGTH, TIMESTAMP, PLATFORM_ID, PARTITION_ID, CREATOR_ID, NOTIFICATION_TYPE,
        RECORD_ID, FLAGS, PERSISTENCE_INFORMATION, RESERVED,
    ]);
}

/// Fields of `struct cper_section_descriptor`: CPER section descriptor.
pub mod section_descriptor {
    use crate::layout::{Field, Layout};

    /// from the start of the record.
    pub const SECTION_OFFSET: Field = Field::new("section_offset", 0, 4);
    /// bytes of the section.
    pub const SECTION_LENGTH: Field = Field::new("section_length", 4, 4);
    /// 0x0100.
    pub const REVISION: Field = Field::new("revision", 8, 2);
    /// which of fru_id and fru_text are valid.
    pub const VALIDATION_BITS: Field = Field::new("validation_bits", 10, 1);
    /// zero.
    pub const RESERVED: Field = Field::new("reserved", 11, 1);
    /// section flags.
    pub const FLAGS: Field = Field::new("flags", 12, 4);
    /// GUID of the section.
    pub const SECTION_TYPE: Field = Field::new("section_type", 16, 16);
    /// GUID of the replaceable unit.
    pub const FRU_ID: Field = Field::new("fru_id", 32, 16);
    /// severity of this section.
    pub const SECTION_SEVERITY: Field = Field::new("section_severity", 48, 4);
    /// its name, ASCII.
    pub const FRU_TEXT: Field = Field::new("fru_text", 52, 20);

    /// All of `struct cper_section_descriptor`.
    #[rustfmt::skip]
    pub const LAYOUT: Layout = Layout::new(72, &[
        SECTION_OFFSET, SECTION_LENGTH, REVISION, VALIDATION_BITS, RESERVED, FLAGS,
        SECTION_TYPE, FRU_ID, SECTION_SEVERITY, FRU_TEXT,
    ]);
}
