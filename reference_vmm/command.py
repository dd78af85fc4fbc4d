# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo inject REC --vcpu VCPU.json``: the reference VMM on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from abi.cli import BAD_INPUT, DONE, add_json, read_file
from abi.cper import build_status_block
from abi.decode import Decoded, complaint
from abi.errors import InputError
from abi.record import NotUnderstood
from abi.reply import build_reply
from abi.terminal import table
from abi.vcpu import Decision, Machine, Vcpu
from reference_vmm.answer import reply_for
from reference_vmm.decide import decide
from reference_vmm.inject import apply
from reference_vmm.parse import Unreadable, parse, parse_vcpu
from reference_vmm.report import UNTOLD, report

#: What an entry to EL1 writes.
WRITTEN = ("pc", "pstate", "esr_el1", "far_el1", "elr_el1", "spsr_el1")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("record", metavar="REC", help="a file that holds one record, - for standard input")
    parser.add_argument("--vcpu", metavar="VCPU.json", required=True, help="registers of the vCPU and its machine")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Decide and print; a record that cannot be read is answered with stop, and is bad input."""
    vcpu, machine = parse_vcpu(read_file(options.vcpu))
    parsed = parse(read_file(options.record))
    decision = decide(parsed, vcpu, machine)
    after = apply(decision, vcpu, machine)
    if options.json:
        print(json.dumps(described(parsed, decision, machine, after)))
    else:
        _print(decision, vcpu, after)
    if isinstance(parsed, Decoded):
        return DONE
    print(f"faultinfo: {_error(parsed)}", file=sys.stderr)
    return BAD_INPUT


def _error(parsed: NotUnderstood | Unreadable) -> InputError:
    return parsed.error if isinstance(parsed, Unreadable) else complaint(parsed)


def described(
    parsed: Decoded | NotUnderstood | Unreadable, decision: Decision, machine: Machine, after: Vcpu
) -> dict[str, Any]:
    """The JSON object of spec/command-line.rst; the reply and the guest's CPER in hex beside it."""
    said: dict[str, Any] = {"action": decision.action, "rule": decision.rule}
    if decision.action == "inject":
        said |= {name: hex(getattr(after, name)) for name in WRITTEN}
    if decision.action == "pend":
        said["serror_esr"] = hex(decision.serror_esr)
    if decision.via:
        said["via"] = decision.via
    if isinstance(parsed, Decoded):
        reply = reply_for(decision, parsed.record)
        told = decision.action not in UNTOLD
        block = report(parsed.record, firmware_va=machine.firmware_va) if told else None
        said["reply"] = build_reply(reply).hex() if reply else None
        said["report"] = build_status_block(block).hex() if block else None
        said["broken"] = list(parsed.broken)
    else:
        said["raw"] = parsed.raw.hex()
        said["error"] = _error(parsed).as_dict()
    return said | {"notes": list(decision.notes)}


def _print(decision: Decision, before: Vcpu, after: Vcpu) -> None:
    print(f"{decision.action} ({decision.rule})" + (f" via {decision.via}" if decision.via else ""))
    for note in decision.notes:
        print(f"  {note}")
    if decision.action == "pend":
        print(f"  virtual SError, ISS {decision.serror_esr:#x}")
    changed = [(n, hex(getattr(before, n)), hex(getattr(after, n))) for n in WRITTEN if after != before]
    if changed:
        table(changed, ("register", "before", "after"))
