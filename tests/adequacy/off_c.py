# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""How each rule is switched off in the C readers."""

from __future__ import annotations

from typing import Final

from tests.adequacy.off import Off, Table

_TRAP, _FILL, _RESOLVE, _REPLY, _DECIDE, _ENTRY, _READER, _RING, _WALK, _SECTIONS = (
    f"spec/c/kfi_{name}.h"
    for name in ("trap", "fill", "resolve", "reply", "decide", "entry", "reader", "ring", "cper", "cper_sections")
)

_HOST: Final = {
    "host.record.cause": Off(_TRAP, "if (kind && kfi_fsc_in(KFI_FSCS_EXTERNAL, esr))", "if (kind)"),
    "host.esr.mask": Off(_FILL, "esr = (esr & mask) | KFI_ESR_IL;", "esr |= KFI_ESR_IL;"),
    "host.esr.il": Off(_FILL, "esr = (esr & mask) | KFI_ESR_IL;", "esr &= mask;"),
    "host.esr.isolated": Off(
        _FILL, "if (cause == KFI_CAUSE_ISOLATED)\n\t\treturn kfi_esr_isolated(trap, kind, esr);", ""),
    "host.far.valid": Off(_RESOLVE, "if (kfi_far_valid(esr)) {", "if (true) {"),
    "host.far.fnv": Off(_FILL, "\t\tesr |= KFI_ESR_FNV;\n", "\t\t;\n"),
    "host.far.imprecise": Off(_RESOLVE, "(kfi_far_imprecise(esr) ? KVM_ARM_FAULT_FLAG_FAR_IMPRECISE : 0)", "0"),
    "host.hpfar.valid": Off(_RESOLVE, "if (kfi_hpfar_valid(esr)) {", "if (true) {"),
    "host.hpfar.fipa": Off(_RESOLVE, "trap->hpfar_el2 & KFI_FIPA;", "trap->hpfar_el2;"),
    "host.gpa.origin": Off(_RESOLVE, "where->gpa_origin = (__u16)origin;", "where->gpa_origin = 0;"),
    "host.gpa.low": Off(_RESOLVE, "!KFI_FLAG(STAGE1_WALK) && !KFI_FLAG(FAR_IMPRECISE) &&\n", "\n"),
    "host.gpa.hpfar": Off(
        _TRAP, "\t\t*page = kfi_ipa_of(trap->hpfar_el2);", "\t\t*page = trap->hpfar_el2 & ~KFI_IN_PAGE;"),
    "host.gpa.space": Off(
        _RESOLVE, "return !(trap->has & KFI_TRAP_MEMSLOTS) || kfi_slot_of(trap, page);", "return true;"),
    "host.hva.valid": Off(_RESOLVE, "slot->hva + (page - slot->gpa)", "slot->hva"),
    "host.lsb.address": Off(
        _RESOLVE, "\t\twhere->lsb = isolated ? (__u16)isolated->lsb : 0;\n\t}", "\t}\n\twhere->lsb = isolated ? "
        "(__u16)isolated->lsb : 0;"),
    "host.pa.valid": Off(_RESOLVE, "if (pfar || (claim->firmware && claim->firmware->nr_pas))", "if (true)"),
    "host.severity.valid": Off(
        _FILL, "if (cause != KFI_CAUSE_ABORT || !(trap->has & KFI_TRAP_VM_RAS) || !kfi_not_on_walk(esr))",
        "if (false)"),
    "host.serror.given": Off(
        _FILL, "(cause == KFI_CAUSE_SERROR || cause == KFI_CAUSE_DEFERRED) && !kfi_is_given(esr)", "false"),
    "host.action.possible": Off(
        _FILL, "claim->claimed ? KVM_ARM_FAULT_ACTION_CLAIMED_NOTHING_QUEUED :\n\t\t\t\t\t  "
        "KVM_ARM_FAULT_ACTION_NOT_CLAIMED;", "KVM_ARM_FAULT_ACTION_ISOLATED;"),
    "host.action_required.kind": Off(_FILL, "if (kfi_is_abort(r))", "if (true)"),
    "host.origin.kind": Off(_FILL, "\t\tr->origin = KVM_ARM_FAULT_ORIGIN_ISOLATED_PAGE;\n", ""),
    "host.firmware_severity.origin": Off(_FILL, "(__u8)(fw->severity + 1)", "0"),
    "host.firmware_va.usable": Off(
        _RESOLVE, "if (!(fw->flags & KFI_FIRMWARE_VA_MPIDR) || !(trap->has & KFI_TRAP_MPIDR) ||\n\t    fw->va_mpidr != "
        "trap->mpidr)\n\t\treturn;", ""),
    "host.context_corrupt.firmware": Off(_FILL, "if (fw->flags & KFI_FIRMWARE_CORRUPT)", "if (false)"),
    "host.nested.trap": Off(_FILL, "\t\tr->flags |= KVM_ARM_FAULT_FLAG_NESTED;", "\t\t;"),
    "host.stage1_walk.known": Off(_RESOLVE, "(esr & KFI_ESR_S1PTW ? KVM_ARM_FAULT_FLAG_STAGE1_WALK : 0)", "0"),
    "host.invalid.zero": Off(_FILL, "r->gpa = where->gpa;", "r->gpa = where->gpa ? where->gpa : where->far;"),
    "host.reserved.zero": Off(_FILL, "r->sea_flags = where->sea_flags;", "r->sea_flags = where->sea_flags | 2;"),
    "host.owned": Off(_FILL, "if (kfi_is_owned(trap, cause))", "if (false)"),
    "host.claim.queued": Off(_FILL, "if (claim->claimed && claim->queued)", "if (false)"),
    "host.never_silent": Off(
        _FILL, "\tif (claim->panic)\n\t\treturn kfi_no_record(out, KFI_RULE_HOST_NEVER_SILENT, KFI_END_PANIC);\n"
        "\tif (claim", "\tif (claim"),
    "host.one_report": Off(
        _FILL, "out->end = KFI_END_RECORD;",
        "out->end = claim.claimed || cause == KFI_CAUSE_ISOLATED ? KFI_END_SIGNAL : KFI_END_RECORD;"),
    "host.enabled.only": Off(_FILL, "if (!((trap->kinds >> kfi_kind_of(esr)) & 1))", "if (false)"),
    "host.cper.strict": Off(
        _WALK, "if (length > room || (!raw && length != room))", "if (length > room)"),
    "host.enable.protected": Off(
        _FILL, "\tif (trap->has & KFI_TRAP_PROTECTED)\n\t\treturn kfi_no_record(out, KFI_RULE_HOST_ENABLE_PROTECTED,\n",
        "\tif (false)\n\t\treturn kfi_no_record(out, KFI_RULE_HOST_ENABLE_PROTECTED,\n"),
    "host.reply.one_abort": Off(_REPLY, "if (reply->ext_dabt_pending && reply->ext_iabt_pending)", "if (false)"),
    "host.reply.kind": Off(_REPLY, "if (kind && abort && kind != fits)", "if (false)"),
    "host.reply.esr": Off(_REPLY, "if (!kfi_reply_esr(reply, features))", "if (false)"),
    "host.reply.far": Off(_REPLY, "if (reply->ext_abt_has_esr && !reply->ext_abt_has_far &&", "if (false &&"),
    "host.reply.fnv": Off(_REPLY, "if (kfi_not_on_walk(iss) && !reply->ext_abt_has_far)", "if (false)"),
    "host.reply.entry": Off(_REPLY, "(ec | !user) << KFI_ESR_EC_SHIFT", "ec << KFI_ESR_EC_SHIFT"),
    "host.reply.serror": Off(
        _REPLY, "if ((reply->serror_has_esr && !host_ras) || reply->serror_esr & ~KFI_VSESR_ISS)", "if (false)"),
    "host.reply.reserved": Off(_REPLY, "if (!kfi_reply_clean(reply))", "if (false)"),
}

_VMM: Final = {
    "vmm.major.unknown": Off(_READER, "if (r->major != KVM_ARM_FAULT_INFO_MAJOR)", "if (false)"),
    "vmm.size": Off(_READER, "return exact ? own == size : own <= size;", "return true;"),
    "vmm.malformed": Off(_READER, "if (size < KFI_SIZE_HEAD) {", "if (false) {"),
    "vmm.trailing": Off(_READER, "(size_t)(r->size - kfi_size_of_minor(minor))", "0"),
    "vmm.far.source": Off(
        _DECIDE, "else if (r->flags & KVM_ARM_FAULT_FLAG_FIRMWARE_VA_VALID && machine->firmware_va)",
        "else if (false)"),
    "vmm.far.odds": Off(_DECIDE, "d->notes = kfi_fnv_at_odds(r) ? KFI_FNV_AT_ODDS : 0;", "d->notes = 0;"),
    "vmm.esr.rewrite": Off(_DECIDE, "\t\tfsc = KFI_FSC_NOT_ON_WALK;\n", "\t\t;\n"),
    "vmm.sea.vector": Off(
        _ENTRY, "d->esr_el1,\n\t\t\t\t   ease ? KFI_SERROR_VECTOR : 0);", "d->esr_el1, 0);"),
    "vmm.entry.state": Off(_ENTRY, "\tvcpu->spsr_el1 = vcpu->pstate;\n", ""),
    "vmm.target": Off(_DECIDE, "if (r->flags & KVM_ARM_FAULT_FLAG_NESTED ||\n", "return true;\n\tif ("),
    "vmm.notify": Off(_DECIDE, "if (!machine->ras || r->flags", "if (r->flags"),
    "vmm.serror.worse": Off(
        _DECIDE, "if (machine->has_pending_serror && kfi_rank(iss) <= kfi_rank(machine->pending_serror)) {",
        "if (false) {"),
    "vmm.once": Off(_DECIDE, "} else if (machine->answered) {", "} else if (false) {"),
    "host.sequence": Off(_RING, " || !kfi_ring_sequence(ring, slot, lost, error))", ")"),
    "host.ring.publish": Off(
        _RING, "if (stamp == 2 * ring->tail + 2)", "if (stamp == 2 * ring->tail + 2 || stamp == 2 * ring->tail + 1)"),
    "vmm.enum.unknown": Off(
        "spec/c/kfi_rules.h", "\tif (reader >= KVM_ARM_FAULT_INFO_MINOR)\n\t\treturn r->flags;",
        "\tif (true)\n\t\treturn r->flags;"),
    "vmm.ring.tail": Off(
        _RING, "\t\treturn KFI_RING_REFUSED;\n\treturn KFI_RING_SLOT;",
        "\t\treturn KFI_RING_REFUSED;\n\tKFI_STORE_RELEASE(kfi_ring_word(ring, offsetof(struct kvm_arm_fault_ring, "
        "tail)), KFI_LE64(ring->tail + 1));\n\treturn KFI_RING_SLOT;"),
    "vmm.ring.header": Off(_RING, "if (!kfi_ring_header(p, size, error))", "if (false)"),
    "vmm.ring.stamp": Off(_RING, "if (stamp == 2 * ring->tail + 2)", "if (true)"),
}

TABLE: Final[Table] = {"host": _HOST, "vmm": _VMM}
