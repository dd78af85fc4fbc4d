# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The second panel: eight more bugs, written without sight of the mutators, run once and reported as it comes out."""

from __future__ import annotations

from typing import Final

from tests.fuzz.panel.planted import CRASH, FIRMWARE, RECORD, RING, WRONG, Planted

PLANTED: Final = (
    Planted(
        "uc-never-compared", "off by one at the end of the known severities: UC is taken for one that is not known",
        "CWE-193", "kfi_rules.h",
        "(r->severity - 1U < KVM_ARM_FAULT_SEVERITY_UC)", "(r->severity - 1U < KVM_ARM_FAULT_SEVERITY_UC - 1U)",
        2, WRONG, RECORD,
    ),
    Planted(
        "walk-level-3-hidden", "the codes of a walk end one too early: level 3 is not shown as the guest's own walk",
        "CWE-193", "kfi_decide.h",
        "fsc < 0x13 || fsc > 0x17)", "fsc < 0x13 || fsc >= 0x17)",
        2, WRONG, RECORD,
    ),
    Planted(
        "fetch-that-writes", "WnR and CM are kept whatever the kind: a guest sees an instruction fetch that writes",
        "CWE-843; a bit of one format taken for that of another", "kfi_decide.h",
        "if (data)\n\t\tkept |= KFI_ESR_WNR | KFI_ESR_CM;", "kept |= KFI_ESR_WNR | KFI_ESR_CM;",
        2, WRONG, RECORD,
    ),
    Planted(
        "ring-header-longer", "a header longer than its version's passes, as only a newer minor version's may",
        "CWE-130", "kfi_ring.h",
        "(newer ? header < own : header != own)", "(header < own)",
        2, WRONG, RING,
    ),
    Planted(
        "ring-lost-wraps", "a gap in the sequence is compared with lost in 32 bits, where lost saturates",
        "CWE-190, CWE-197", "kfi_ring.h",
        "slot->lost != (gap < 0xffffffff ? gap : 0xffffffff)", "slot->lost != (__u32)gap",
        3, WRONG, RING,
    ),
    Planted(
        "revision-beyond-the-end", "a data entry's revision is read where what is left has no room for it",
        "CWE-125", "kfi_cper.h",
        "if (room >= head && KFI_GET16(p, ENTRY_REVISION) >= KFI_CPER_REVISION_V3)",
        "if (KFI_GET16(p, ENTRY_REVISION) >= KFI_CPER_REVISION_V3)",
        2, CRASH, FIRMWARE,
    ),
    Planted(
        "raw-data-within", "raw data may begin among the data entries",
        "CWE-1284, CWE-823", "kfi_cper.h",
        "else if (raw && (offset < w->end || offset > size))",
        "else if (raw && (offset < KFI_SIZE_ESTATUS || offset > size))",
        3, WRONG, FIRMWARE,
    ),
    Planted(
        "severity-of-the-block", "what is queued is decided by the block's severity, without a look at the entry's",
        "CWE-1023", "kfi_firmware.h",
        "bool lost = cache && fw->severity == KFI_CPER_SEVERITY_RECOVERABLE &&\n"
        "\t\t    entry->severity == KFI_CPER_SEVERITY_RECOVERABLE;",
        "bool lost = cache && fw->severity == KFI_CPER_SEVERITY_RECOVERABLE;",
        3, WRONG, FIRMWARE,
    ),
)
