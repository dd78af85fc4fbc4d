# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo emit TRAP.json``: the reference host on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from abi.cli import DONE, NO, add_json, read_file, write_file
from abi.cper import parse_status_block
from abi.record import build
from abi.render import as_dict, rows
from abi.rules import all_rules
from abi.terminal import table
from abi.trap import Emission, Signal
from reference_host.emit import emit
from reference_host.trap import parse_trap
from reference_host.violate import BREAKABLE, named, violate


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("trap", metavar="TRAP.json", help="registers at the trap and what the host knows")
    parser.add_argument("--cper", metavar="FILE", help="firmware record: the bytes of a Generic Error Status Block")
    parser.add_argument("-o", "--output", metavar="REC", help="write the record here, - for standard output")
    parser.add_argument("--break", dest="violate", metavar="RULE",
                        help="break this rule, one of those below, on purpose (to test readers)")
    parser.epilog = f"Rules that --break can break, each where the trap allows it: {', '.join(BREAKABLE)}"
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Emit, print and write; raises InputError for bad files."""
    trap = parse_trap(read_file(options.trap))
    block = parse_status_block(read_file(options.cper)) if options.cper else None
    emission = emit(trap, block)
    raw = build(emission.record) if emission.record else None
    if options.violate:
        lie = violate(emission, trap, options.violate, block)
        emission, raw = lie.emission, lie.raw
        print(f"faultinfo: broken on purpose: {', '.join(named(lie, trap, block))}", file=sys.stderr)
    if options.output and raw is not None:
        write_file(options.output, raw)
    if options.json:
        print(json.dumps(described(emission, raw)))
    elif options.output != "-":
        _print(emission)
    return DONE if raw is not None else NO


def described(emission: Emission, raw: bytes | None) -> dict[str, Any]:
    """The JSON object of spec/command-line.rst, and how the error ended."""
    return {
        "record": None if raw is None else raw.hex(),
        "fields": as_dict(emission.record) if emission.record else None,
        "memory_failure": emission.memory_failure,
        "legacy": _signal(emission.legacy),
        "rule": emission.rule,
        "end": emission.end.value,
        "injected": None if emission.injected is None else hex(emission.injected),
    }


def _signal(signal: Signal | None) -> dict[str, Any] | None:
    if signal is None:
        return None
    return {"signal": "SIGBUS", **signal._asdict(), "si_addr": hex(signal.si_addr)}


def _print(emission: Emission) -> None:
    if emission.record:
        table(rows(emission.record), ("offset", "field", "value", "meaning"))
    else:
        rule = all_rules()[emission.rule or ""]
        print(f"no record: {emission.end.value}\n{rule.name}: {rule.text}")
    legacy = emission.legacy
    print("today: " + (
        f"SIGBUS si_code {legacy.si_code:#x}, si_addr {legacy.si_addr:#x}, lsb {legacy.si_addr_lsb}"
        if legacy else "no signal"
    ))
