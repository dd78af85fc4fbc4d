# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bugs planted in the reader of a record, in the rules and in the VMM's decision."""

from __future__ import annotations

from typing import Final

from tests.fuzz.panel.planted import CRASH, RECORD, WRONG, Planted

PLANTED: Final = (
    Planted(
        "size-trusted", "a record's own size is believed where the bytes end earlier",
        "CWE-130; CVE-2014-0160 (Heartbleed)", "kfi_reader.h",
        "return exact ? own == size : own <= size;", "return exact ? own == size : true;",
        1, WRONG, RECORD,
    ),
    Planted(
        "size-zero", 'size 0 passes as "not said", and what is left of it after the fields is less than nothing',
        "CWE-191, CWE-1284", "kfi_rules.h",
        "return r->size == own ||", "return !r->size || r->size == own ||",
        1, WRONG, RECORD,
    ),
    Planted(
        "size-in-a-byte", "the record's size is compared in eight bits",
        "CWE-197; CWE-681", "kfi_reader.h",
        "return exact ? own == size : own <= size;", "return exact ? own == size : (__u8)own <= size;",
        2, WRONG, RECORD,
    ),
    Planted(
        "head-for-record", "the first check asks for the head, then the whole record is read",
        "CWE-125, CWE-130", "kfi_reader.h",
        "if (size >= KFI_SIZE_OLDEST) {", "if (size >= KFI_SIZE_HEAD) {",
        1, CRASH, RECORD,
    ),
    Planted(
        "version-end", "off by one at the end of version 1.1: a record that lacks its last byte has its last field",
        "CWE-193", "kfi_tables.h",
        "if (size < 80)", "if (size < 79)",
        1, CRASH, RECORD,
    ),
    Planted(
        "version-indexes", "a table is indexed by the record's minor version, whatever that is",
        "CWE-129", "kfi_tables.h",
        "static const __u64 of[] = { 0x18ULL, 0x0ULL };\n\n\treturn of[kfi_known_minor(minor)];",
        "static const __u64 of[] = { 0x18ULL, 0x0ULL };\n\n\treturn of[minor];",
        1, CRASH, RECORD,
    ),
    Planted(
        "major-ignored", "any major version but 0 is read as 1",
        "CWE-436", "kfi_rules.h",
        "KFI_UNLESS(r->major == KVM_ARM_FAULT_INFO_MAJOR, VMM_MAJOR_UNKNOWN)",
        "KFI_UNLESS(r->major, VMM_MAJOR_UNKNOWN)",
        1, WRONG, RECORD,
    ),
    Planted(
        "major-by-minor", "a newer major version passes where the minor version is newer too",
        "CWE-480, CWE-436", "kfi_rules.h",
        "KFI_UNLESS(r->major == KVM_ARM_FAULT_INFO_MAJOR, VMM_MAJOR_UNKNOWN)",
        "KFI_UNLESS(r->major == KVM_ARM_FAULT_INFO_MAJOR ||\n"
        "\t\t\t  (r->major > KVM_ARM_FAULT_INFO_MAJOR && r->minor > reader), VMM_MAJOR_UNKNOWN)",
        2, WRONG, RECORD,
    ),
    Planted(
        "critical-ignored", "flags are narrowed to 32 bits before the critical ones are looked at",
        "CWE-197; an unknown critical part is to be refused (RFC 5280, 4.2)", "kfi_rules.h",
        "return !(flags & KVM_ARM_FAULT_FLAGS_CRITICAL & ~KFI_KNOWN_CRITICAL) &&",
        "return !((__u32)flags & KVM_ARM_FAULT_FLAGS_CRITICAL & ~KFI_KNOWN_CRITICAL) &&",
        1, WRONG, RECORD,
    ),
    Planted(
        "critical-signed", "unknown critical flags are compared with 0 as a signed number: flag 63 passes",
        "CWE-195, CWE-839", "kfi_rules.h",
        "return !(flags & KVM_ARM_FAULT_FLAGS_CRITICAL & ~KFI_KNOWN_CRITICAL) &&",
        "return !((__s64)(flags & KVM_ARM_FAULT_FLAGS_CRITICAL & ~KFI_KNOWN_CRITICAL) > 0) &&",
        1, WRONG, RECORD,
    ),
    Planted(
        "kind-in-a-byte", "the kind is read from the first of its two bytes",
        "CWE-197", "kfi_tables.h",
        "r->kind = KFI_GET16(p, RECORD_KIND);", "r->kind = KFI_GET8(p, RECORD_KIND);",
        1, WRONG, RECORD,
    ),
    Planted(
        "reserved-used", "what is reserved in 1.x is added to the length of what follows",
        "CWE-130; a reserved field that an earlier draft gave a meaning", "kfi_reader.h",
        "record->tail_size = (size_t)(r->size - kfi_size_of_minor(minor));",
        "record->tail_size = (size_t)(r->size - kfi_size_of_minor(minor)) + r->reserved0;",
        1, WRONG, RECORD,
    ),
    Planted(
        "tail-of-an-serror", "of version 1.255 the tail of an SError begins where 1.0 ends",
        "CWE-193; only at one version, one kind and with a tail", "kfi_reader.h",
        "record->tail_size = (size_t)(r->size - kfi_size_of_minor(minor));",
        "record->tail_size = (size_t)(r->size - (r->minor == 0xff && r->size > KFI_SIZE_OLDEST + 16 &&\n"
        "\t\t\t\tr->kind == KVM_ARM_FAULT_KIND_SERROR ? KFI_SIZE_OLDEST :\n"
        "\t\t\t\tkfi_size_of_minor(minor)));",
        4, WRONG, RECORD,
    ),
    Planted(
        "gpa-without-lsb", "the damaged granule is believed where there is no address that it could be around",
        "CWE-754; mm without a look at si_addr_lsb", "kfi_rules.h",
        "(valid && r->address_lsb <= KFI_LSB_MAX)", "(r->address_lsb <= KFI_LSB_MAX)",
        1, WRONG, RECORD,
    ),
    Planted(
        "far-if-not-zero", "far counts as valid where it is not 0",
        "CWE-908; FAR_EL2 taken in spite of FnV=1", "kfi_decide.h",
        "if (r->flags & KVM_ARM_FAULT_FLAG_FAR_VALID)\n\t\td->far_el1",
        "if (r->flags & KVM_ARM_FAULT_FLAG_FAR_VALID || r->info.far)\n\t\td->far_el1",
        1, WRONG, RECORD,
    ),
    Planted(
        "fnv-of-a-fetch", "without an address FnV is 0 for an instruction abort",
        "CWE-480; FnV inverted on one path", "kfi_decide.h",
        "(has_far ? 0 : KFI_ESR_FNV);", "(has_far || !data ? 0 : KFI_ESR_FNV);",
        3, WRONG, RECORD,
    ),
    Planted(
        "fnv-of-an-serror", "bit 10 of an SError is cleared as if it were FnV: the severity changes",
        "CWE-843; a bit of one format taken for that of another", "kfi_decide.h",
        "(__u32)(kept ? r->info.esr & kept : KFI_ESR_IDS)",
        "(__u32)(kept ? r->info.esr & kept & ~(__u64)KFI_ESR_FNV : KFI_ESR_IDS)",
        3, WRONG, RECORD,
    ),
    Planted(
        "flag-not-known", "a reader of 1.0 acts on a flag of 1.1, whose field it has not read",
        "CWE-436", "kfi_decide.h",
        "else if (r->flags & KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID && machine->firmware_va)",
        "else if (r->info.flags & KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID && machine->firmware_va)",
        1, WRONG, RECORD,
    ),
    Planted(
        "va-sign-extended", "firmware's virtual address is extended from bit 47",
        "CWE-194; CVE-2017-16995", "kfi_decide.h",
        "d->far_el1 = r->info.firmware_va;",
        "d->far_el1 = (__u64)((__s64)(r->info.firmware_va << 16) >> 16);",
        1, WRONG, RECORD,
    ),
    Planted(
        "corrupt-serror-resumed", "a corrupt context stops the vCPU for aborts alone",
        "CWE-1023", "kfi_decide.h",
        "if (!machine->ras || r->flags & KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT)",
        "if (!machine->ras || (r->flags & KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT && kfi_is_abort(&r->info)))",
        3, WRONG, RECORD,
    ),
)
