# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo import arm-sea PAGE``: what a stock kernel tells, as a record."""

from __future__ import annotations

import argparse
import json

from abi.cli import DONE, add_json, read_file, write_file
from abi.record import build
from abi.render import as_dict, rows
from abi.rules import check
from abi.terminal import table
from reference_vmm.parse import import_arm_sea


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", choices=("arm-sea",), help="KVM_EXIT_ARM_SEA of Linux 6.19 and newer")
    parser.add_argument("page", metavar="PAGE", help="the first 288 bytes or more of a kvm_run page")
    parser.add_argument("-o", "--output", metavar="REC", help="write the record here, - for standard output")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Import, print and write; raises InputError for a page that holds no such exit."""
    record = import_arm_sea(read_file(options.page))
    raw = build(record)
    if options.output:
        write_file(options.output, raw)
    if options.json:
        print(json.dumps({"record": raw.hex(), "fields": as_dict(record), "broken": list(check(record))}))
    elif options.output != "-":
        table(rows(record), ("offset", "field", "value", "meaning"))
    return DONE
