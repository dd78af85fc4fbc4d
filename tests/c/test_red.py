# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The agreement with Python would notice: each rule switched off in C, and one mistake in each part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from abi.rules import RECORD_RULES
from tests.c import library
from tests.c.agree import agree
from tests.c.c_side import CSide
from tests.test_checklists import edit

pytestmark = pytest.mark.check

#: Header, what stands there, what stands there then, and what of the agreement must notice.
MISTAKES = (
    ("kfi_reader.h", "own <= size", "true", "reading"),
    ("kfi_rules.h", " && !(r->size % 8)", "", "reading"),
    ("kfi_reader.h", "r->minor < reader ? r->minor : reader", "r->minor > reader ? r->minor : reader", "reading"),
    ("kfi_reader.h", "unknown ? KFI_AT_RECORD_FLAGS : KFI_AT_RECORD_KIND", "KFI_AT_RECORD_KIND", "reading"),
    ("kfi_reader.h", "record->flags = kfi_judged_flags(r, reader);", "record->flags = r->flags;", "deciding"),
    ("kfi_tables.h", "r->far = KFI_GET64(p, RECORD_FAR);", "r->far = KFI_GET64(p, RECORD_GPA);", "reading"),
    ("kfi_decide.h", "d->far_el1 = r->info.firmware_va;", "d->far_el1 = r->info.far;", "deciding"),
    ("kfi_decide.h", "(has_far ? 0 : KFI_ESR_FNV)", "0", "deciding"),
    ("kfi_decide.h", "fsc < 0x13", "fsc <= 0x13", "deciding"),
    ("kfi_decide.h", "machine->repeats < machine->bound", "true", "deciding"),
    ("kfi_decide.h", "kfi_rank(iss) <=", "kfi_rank(iss) <", "deciding"),
    ("kfi_entry.h", "vcpu->elr_el1 = vcpu->pc;\n", "", "deciding"),
    ("kfi_entry.h", "ease ? KFI_SERROR_VECTOR : 0", "0", "deciding"),
    ("kfi_entry.h", "reply->ext_abt_has_far = inject && d->notes & KFI_HAS_FAR;", "reply->ext_abt_has_far = inject;",
     "deciding"),
    ("kfi_reply.h", "seen |= reply->reserved[i]", "seen |= reply->reserved[0]", "replying"),
    ("kfi_reply.h", "fsc <= 0x17", "fsc <= 0x18", "replying"),
    ("kfi_reply.h", "kind && abort && kind != fits", "kind && kind != fits", "replying"),
    ("kfi_reply.h", "reply->ext_abt_esr : KFI_FSC_NOT_ON_WALK", "reply->ext_abt_esr : 0", "replying"),
    ("kfi_cper.h", "if (!count || count == w->entries)", "if (count <= w->entries)", "walking"),
    ("kfi_cper.h", "room >= head && KFI_GET16", "room > head && KFI_GET16", "walking"),
    ("kfi_cper_sections.h", "|| !kfi_cper_zeros(p + length, room - length)", "", "walking"),
    ("kfi_cper_sections.h", "length < KFI_SIZE_ERROR_INFO || length > room", "length > room", "walking"),
    ("kfi_cper_sections.h", "\tw->at += length;\n\tw->left--;", "\tw->at += KFI_SIZE_ERROR_INFO;\n\tw->left--;",
     "walking"),
    ("kfi_cper_sections.h", "room != KFI_SIZE_MEMORY_OLD)", "1)", "walking"),
    ("kfi_firmware.h", "details & KFI_CPER_DETAIL_CORRUPT_VALID && ", "", "walking"),
    ("kfi_firmware.h", "entry->has_mpidr ? KFI_FIRMWARE_VA_MPIDR : 0", "KFI_FIRMWARE_VA_MPIDR", "walking"),
    ("kfi_firmware.h", "fw->addressed++;", "fw->addressed = 1;", "walking"),
    ("kfi_trap.h", "kind && !kfi_is_vncr(esr) && (!kfi", "kind && (!kfi", "filling"),
    ("kfi_trap.h", "kfi_is_async(esr) && esr & KFI_ESR_VFV", "kfi_is_async(esr)", "filling"),
    ("kfi_resolve.h", "fw->va_mpidr != trap->mpidr", "false", "filling"),
    ("kfi_resolve.h", "fsc != KFI_FSC_NOT_ON_WALK && fsc != 0x18", "fsc != KFI_FSC_NOT_ON_WALK", "filling"),
    ("kfi_resolve.h", "(memory = KFI_PA_MEMORY; ; memory = 0)", "(memory = 0; ; memory = 0)", "filling"),
    ("kfi_fill.h", "mask &= ~KFI_ESR_SET;", "mask &= ~KFI_ESR_EA;", "filling"),
    ("kfi_fill.h", "0x14 + trap->walk_level", "0x13 + trap->walk_level", "filling"),
    ("kfi_fill.h", "KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT & trap->critical", "KVM_ARM_FAULT_FLAG_CONTEXT_CORRUPT",
     "filling"),
    ("kfi_ring.h", "head >= tail && ", "", "ring"),
    ("kfi_ring.h", "slot->sequence > first + lost", "false", "ring"),
    ("kfi_ring.h", "ring->previous = slot->sequence;", "ring->previous++;", "ring"),
    ("kfi_text.h", "kfi_put_index(to, error->item)", "kfi_put_index(to, error->index)", "walking"),
)


def built(headers: Path, folder: Path) -> CSide:
    library.BUILDS.setdefault("plain", ("gcc", "-O0"))
    return CSide(library.load(library.build("plain", folder, headers)))


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory) -> CSide:
    """The readers with a switch for each rule."""
    folder = tmp_path_factory.mktemp("switched")
    headers = library.copy_headers(folder)
    edit(headers / "kfi_rules.h", "((__u64)!(kept) << KFI_RULE_##name)",
         "((__u64)!(kept) << KFI_RULE_##name & ~(__u64)shim_rules_off)\nextern __UINT64_TYPE__ shim_rules_off;")
    return built(headers, folder)


@pytest.mark.parametrize("rule", RECORD_RULES)
def test_a_rule_that_is_switched_off_is_missed(switched: CSide, rule: str) -> None:
    switched.lib.shim_rules_off = 1 << switched.library.rules.index(rule)
    with pytest.raises(AssertionError, match=r"\nPython \(.*" + rule.replace(".", r"\.")):
        agree(switched, "checking", 21, 20_000)


def test_with_no_rule_switched_off_they_agree(switched: CSide) -> None:
    switched.lib.shim_rules_off = 0
    assert agree(switched, "checking", 21, 5_000)


@pytest.mark.parametrize(("header", "old", "new", "what"), MISTAKES)
def test_a_mistake_is_noticed(header: str, old: str, new: str, what: str, tmp_path: Path) -> None:
    headers = library.copy_headers(tmp_path)
    edit(headers / header, old, new)
    side = built(headers, tmp_path)
    with pytest.raises(AssertionError):
        agree(side, what, 22, 20_000)


def test_every_header_that_can_be_wrong_is_wrong_once() -> None:
    named = {header for header, *_rest in MISTAKES} | {"kfi_rules.h"}
    every = {path.name for path in library.SOURCES[0].glob("*.h")}
    assert every - named == {"kfi_base.h", "kfi_names.h"}, "types, and texts that every comparison reads"
