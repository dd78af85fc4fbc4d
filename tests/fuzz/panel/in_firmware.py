# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bugs planted in the walker of firmware records and in what it reduces them to."""

from __future__ import annotations

from typing import Final

from tests.fuzz.panel.planted import CRASH, FIRMWARE, WRONG, Planted

PLANTED: Final = (
    Planted(
        "section-length-trusted", "the length in an ARM processor section is believed beyond its data entry",
        "CWE-130; CVE-2016-4997", "kfi_cper_sections.h",
        "if (length < KFI_SIZE_ARM || length > room || !kfi_cper_zeros",
        "if (length < KFI_SIZE_ARM || !kfi_cper_zeros",
        1, CRASH, FIRMWARE,
    ),
    Planted(
        "info-length-zero", "an error information of length 0 passes, and is met again as the next",
        "CWE-1284, CWE-835", "kfi_cper_sections.h",
        "if (length < KFI_SIZE_ERROR_INFO || length > room)", "if (length > room)",
        2, WRONG, FIRMWARE,
    ),
    Planted(
        "count-in-a-byte", "the number of error informations is judged in eight bits and used in sixteen",
        "CWE-197, CWE-125", "kfi_cper_sections.h",
        "if (w->left > (length - KFI_SIZE_ARM) / KFI_SIZE_ERROR_INFO)",
        "if ((__u8)w->left > (length - KFI_SIZE_ARM) / KFI_SIZE_ERROR_INFO)",
        1, CRASH, FIRMWARE,
    ),
    Planted(
        "context-size-wraps", "the size of a context and of its head are added in 32 bits",
        "CWE-190", "kfi_cper_sections.h",
        "if (size > room - KFI_SIZE_CONTEXT_INFO)", "if ((__u32)(size + KFI_SIZE_CONTEXT_INFO) > room)",
        2, CRASH, FIRMWARE,
    ),
    Planted(
        "contexts-just-fit", "contexts that fill their section to the end are refused",
        "CWE-193", "kfi_cper_sections.h",
        "if (w->left <= (w->section_end - w->at) / KFI_SIZE_CONTEXT_INFO)",
        "if (!w->left || w->left < (w->section_end - w->at) / KFI_SIZE_CONTEXT_INFO)",
        2, WRONG, FIRMWARE,
    ),
    Planted(
        "old-memory-section", "a platform memory section of the old length may flag what it has no room for",
        "CWE-125, CWE-1284", "kfi_cper_sections.h",
        "if (room == KFI_SIZE_MEMORY_OLD && valid >= KFI_CPER_MEMORY_VALID_NEW)",
        "if (room == KFI_SIZE_MEMORY_OLD && valid >= 2 * KFI_CPER_MEMORY_VALID_NEW)",
        3, WRONG, FIRMWARE,
    ),
    Planted(
        "pa-without-its-bit", "a physical address counts as valid where it is not 0",
        "CWE-908; the validation bit ignored", "kfi_firmware.h",
        "if (!(valid & KFI_CPER_VALID_PHYSICAL_ADDR))\n\t\treturn true;",
        "if (!KFI_GET64(p, ERROR_INFO_PHYSICAL_FAULT_ADDR))\n\t\treturn true;",
        1, WRONG, FIRMWARE,
    ),
    Planted(
        "mpidr-without-its-bit", "MPIDR_EL1 counts as valid whatever the section says",
        "CWE-908; the validation bit ignored", "kfi_firmware.h",
        "entry->has_mpidr = KFI_GET32(p, ARM_VALIDATION_BITS) & KFI_CPER_ARM_VALID_MPIDR;",
        "entry->has_mpidr = 1;",
        1, WRONG, FIRMWARE,
    ),
    Planted(
        "corrupt-without-its-bit", "the context counts as corrupt by a bit of error information that is not valid",
        "CWE-908; the outer validation bit ignored", "kfi_firmware.h",
        "return KFI_GET16(p, ERROR_INFO_VALIDATION_BITS) & KFI_CPER_VALID_ERR_INFO &&\n\t       !(KFI_GET8",
        "return !(KFI_GET8",
        2, WRONG, FIRMWARE,
    ),
    Planted(
        "count-of-addresses", "of several error informations those with a physical address alone are not counted",
        "CWE-1023; a nested count", "kfi_firmware.h",
        "if (valid & (KFI_CPER_VALID_VIRT_ADDR | KFI_CPER_VALID_PHYSICAL_ADDR))",
        "if (valid & KFI_CPER_VALID_VIRT_ADDR)",
        2, WRONG, FIRMWARE,
    ),
)
