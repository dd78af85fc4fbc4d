# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""How each rule is switched off in the reference host and the reference VMM."""

from __future__ import annotations

from typing import Final

from tests.adequacy.off import Off, Table

_EMIT, _RESOLVE, _TRAP = (f"reference_host/{name}.py" for name in ("emit", "resolve", "trap"))
_REPLY, _ENABLE = "reference_host/reply.py", "abi/negotiate.py"
_DECIDE, _INJECT, _PARSE, _EXIT, _REPORT = (
    f"reference_vmm/{name}.py" for name in ("decide", "inject", "parse", "kvm_run", "report")
)
_PRODUCER: Final = "abi/ring/producer.py"
_RECORD, _SLOT, _CONSUMER = "abi/record.py", "abi/ring/slot.py", "abi/ring/consumer.py"

#: Both roles read and build by the same layouts.
_BYTE_ORDER: Final = {"host.byte_order": Off("abi/layout.py", 'struct.Struct("<" +', 'struct.Struct(">" +')}

_HOST: Final = _BYTE_ORDER | {
    "host.record.cause": Off(_TRAP, "if kind and is_external_abort(trap.esr_el2):", "if kind:"),
    "host.esr.mask": Off(_EMIT, "esr & kept(kind, esr, vm_ras=trap.vm_ras) | IL", "esr | IL"),
    "host.esr.il": Off(_EMIT, "kept(kind, esr, vm_ras=trap.vm_ras) | IL", "kept(kind, esr, vm_ras=trap.vm_ras)"),
    "host.esr.isolated": Off(
        _EMIT, "    if cause is Cause.ISOLATED:\n        level", "    if cause is None:\n        level"),
    "host.far.valid": Off(_RESOLVE, "trap.far_el2 if far_valid(esr, deferred=deferred) else None", "trap.far_el2"),
    "host.far.fnv": Off(_EMIT, "esr = esr | FNV if invalid else esr & ~FNV", "esr &= ~FNV"),
    "host.far.imprecise": Off(_RESOLVE, "far is not None and far_imprecise(esr)", "False"),
    "host.hpfar.valid": Off(_RESOLVE, "if isolated and hpfar_valid(esr) else None", "if isolated else None"),
    "host.hpfar.fipa": Off(_RESOLVE, "return ipa_of(trap.hpfar_el2) >> 8", "return trap.hpfar_el2"),
    "host.gpa.origin": Off(_EMIT, "gpa_origin=addresses.gpa_origin", "gpa_origin=0"),
    "host.gpa.low": Off(_RESOLVE, "and not (stage1_walk or imprecise)", ""),
    "host.gpa.hpfar": Off(_TRAP, "        return ipa_of(trap.hpfar_el2)", "        return trap.hpfar_el2 & ~IN_PAGE"),
    "host.gpa.space": Off(
        _RESOLVE, "return trap.memslots is None or slot_of(trap.memslots, page) is not None", "return True"),
    "host.hva.valid": Off(_RESOLVE, "page is None else slot.hva + page - slot.gpa", "page is None else slot.hva"),
    "host.lsb.address": Off(_RESOLVE, "isolated.lsb if isolated and page is not None else 0",
                            "isolated.lsb if isolated else 0"),
    "host.pa.valid": Off(_RESOLVE, "has_pa=bool(pas) or isolated is not None", "has_pa=True"),
    "host.severity.valid": Off(
        _EMIT, "cause is Cause.EXTERNAL_ABORT and trap.vm_ras and esr & FSC == NOT_ON_WALK", "True"),
    "host.serror.given": Off(
        _EMIT, "cause in (Cause.SERROR, Cause.DEFERRED_SERROR) and not _given(esr)", "False"),
    "host.action.possible": Off(_EMIT, "ACTION_CLAIMED if claimed.claimed else ACTION_NOT_CLAIMED", "ACTION_ISOLATED"),
    "host.action_required.kind": Off(_EMIT, "(ACTION_REQUIRED if kind < KIND_SERROR else 0)", "ACTION_REQUIRED"),
    "host.origin.kind": Off(_EMIT, "ORIGIN_ISOLATED if isolated else ORIGIN_BOTH if firmware else ORIGIN_TRAP",
                            "ORIGIN_TRAP"),
    "host.firmware_severity.origin": Off(
        _EMIT, "severity=severity,\n            firmware_severity=firmware.severity + 1 if firmware else 0",
        "severity=severity,\n            firmware_severity=0"),
    "host.firmware_va.usable": Off(
        _RESOLVE, "address if address and mpidr is not None and mpidr == trap.mpidr else None", "address"),
    "host.context_corrupt.firmware": Off(
        _EMIT, "(CONTEXT_CORRUPT & trap.critical if firmware and firmware.context_corrupt else 0)", "0"),
    "host.nested.trap": Off(_EMIT, "(NESTED if trap.nested else 0)", "0"),
    "host.stage1_walk.known": Off(_EMIT, "(STAGE1_WALK if addresses.stage1_walk else 0)", "0"),
    "host.invalid.zero": Off(_EMIT, "gpa=addresses.gpa or 0", "gpa=addresses.gpa or addresses.far or 0"),
    "host.reserved.zero": Off(_EMIT, "sea_flags=GPA_VALID if addresses.gpa is not None else 0",
                              "sea_flags=GPA_VALID | 2 if addresses.gpa is not None else 2"),
    "host.owned": Off(_EMIT, "if _owned(trap, cause, esr):", "if False:"),
    "host.claim.queued": Off(_EMIT, "if claimed.claimed and claimed.queued:", "if False:"),
    "host.never_silent": Off(
        _EMIT, '    if claimed.panic:\n        return _none("host.never_silent"',
        '    if claimed.panic:\n        return _none("host.record.cause"'),
    "host.one_report": Off(
        _EMIT, "Emission(record, None, End.RECORD, bool(claimed.queued)",
        "Emission(record, None, End.SIGNAL if legacy else End.RECORD, bool(claimed.queued)"),
    "host.enabled.only": Off(_EMIT, "if not trap.kinds >> record.kind & 1:", "if False:"),
    "host.cper.strict": Off("abi/cper/window.py", "if not low <= got <= high:", "if False:"),
    "host.enable.once": Off(_ENABLE, "if vm.enabled is not None or vm.vcpus:", "if False:"),
    "host.enable.known": Off(_ENABLE, "if request.version.major != host.major or unknown:", "if False:"),
    "host.enable.protected": Off(_ENABLE, "if vm.protected:", "if False:"),
    "host.reply.one_abort": Off(_REPLY, "if reply.ext_dabt_pending and reply.ext_iabt_pending:", "if False:"),
    "host.reply.kind": Off(_REPLY, "if not _kind_fits(reply, kind):", "if False:"),
    "host.reply.esr": Off(_REPLY, "if reply.ext_abt_has_esr and (reply", "if False and (reply"),
    "host.reply.far": Off(_REPLY, "if fsc in _ON_WALK and not reply.ext_abt_has_far:", "if False:"),
    "host.reply.fnv": Off(_REPLY, "if iss & FSC == _NOT_ON_WALK and not reply.ext_abt_has_far:", "if False:"),
    "host.reply.entry": Off(_REPLY, "+ (0 if user else 1)", ""),
    "host.reply.serror": Off(
        _REPLY, "if (reply.serror_has_esr and not host_ras) or reply.serror_esr & ~_VSESR_ISS:", "if False:"),
    "host.reply.none": Off(_REPLY, "if record.kind != KIND_SERROR or record.severity == SEVERITY_UEO:", "if True:"),
    "host.sequence": Off(
        _PRODUCER, "Envelope(vcpu, lost_between(self._previous, self.sequence), self.sequence)",
        "Envelope(vcpu, 0, self._head + 1)"),
    "host.ring.publish": Off(
        _PRODUCER,
        "        self._stores.word(points.STAMP_DONE, self._ring.offset(self._head), stamp_done(self._head))\n", ""),
    "host.ring.full": Off(_PRODUCER, "if self._head - tail == self._ring.slots:", "if False:"),
    "host.ring.restart": Off(_PRODUCER, "if stamp not in (before, stamp_writing(position)):", "if False:"),
    "host.reply.reserved": Off(
        _REPLY, "if any(reply.pad) or any(reply.reserved) or max(flags) > 1:", "if False:"),
}

_VMM: Final = _BYTE_ORDER | {
    "vmm.major.unknown": Off(_RECORD, 'if head["major"] != V1_0.major:', "if False:"),
    "vmm.size": Off(_RECORD, '    _check_size(size, head["minor"], len(data), reader, exact)\n', ""),
    "vmm.malformed": Off(_DECIDE, 'Decision("stop", parsed.error.code,', 'Decision("retry", parsed.error.code,'),
    "vmm.trailing": Off(_RECORD, "bytes(data[codec.size : size])", 'b""'),
    "vmm.enum.unknown": Off(_PARSE, "decoded.record.flags & (KNOWN[reader] | CRITICAL)", "decoded.record.flags"),
    "vmm.far.source": Off(_DECIDE, "if record.flags & FIRMWARE_VA_VALID and machine.firmware_va:", "if False:"),
    "vmm.far.odds": Off(_DECIDE, "if record.esr & FNV == expected:", "if True:"),
    "vmm.esr.rewrite": Off(_DECIDE, "(fsc if on_walk else NOT_ON_WALK)", "fsc"),
    "vmm.sea.vector": Off(_INJECT, "pstate.SERROR_VECTOR if ease(vcpu, machine) else 0", "0"),
    "vmm.entry.state": Off(_INJECT, "spsr_el1=vcpu.pstate", "spsr_el1=vcpu.spsr_el1"),
    "vmm.target": Off(_DECIDE, "    if record.has(NESTED):\n", '    return ""\n    if record.has(NESTED):\n'),
    "vmm.notify": Off(_DECIDE, "if not machine.ras:", "if False:"),
    "vmm.exit.reason": Off(_EXIT, "if reason not in reasons:", "if False:"),
    "vmm.exit.lifetime": Off(_EXIT, "if returned.errno:", "if False:"),
    "vmm.migrate": Off(_EXIT, "error.code in _NONE\n    return answered", "error.code in _NONE\n    return True"),
    "vmm.report.ack": Off(
        "reference_vmm/ghes.py", "if not (self._waiting and register & READ_ACK_WRITE):", "if not self._waiting:"),
    "vmm.report.address": Off(_REPORT, "if record.sea_flags & GPA_VALID:", "if False:"),
    "vmm.report.severity": Off(_REPORT, "return SHOWN[record.severity]", "return bits.RECOVERABLE"),
    "vmm.serror.worse": Off(_DECIDE, "if pending is not None and not worse(iss, pending):", "if False:"),
    "vmm.once": Off(_DECIDE, "if machine.answered:", "if False:"),
    "host.sequence": Off(_CONSUMER, "        check_sequence(self._ring, slot, lost, self._previous)\n", ""),
    "host.ring.publish": Off(
        _SLOT, "if stamp != stamp_done(position):",
        "if stamp not in (stamp_done(position), stamp_done(position) - 1):"),
    "vmm.ring.tail": Off(
        _CONSUMER, "        return slot\n",
        "        self._stores.word(points.TAIL, TAIL_OFFSET, self._tail + 1)\n        return slot\n"),
    "vmm.ring.header": Off("abi/ring/header.py", "if not holds:", "if False:"),
    "vmm.ring.stamp": Off(_SLOT, "if stamp != stamp_done(position):", "if False:"),
}

TABLE: Final[Table] = {"host": _HOST, "vmm": _VMM}
