# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo esr VALUE``: explain a syndrome."""

from __future__ import annotations

import argparse
import json

from abi.cli import DONE, add_json
from abi.jsonfile import number
from abi.syndrome import as_dict, explain


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("value", metavar="VALUE", help="ESR_ELx, hexadecimal, with or without 0x")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the fields; raises InputError for what is not a 64-bit number."""
    value = number(options.value, "esr")
    print(json.dumps(as_dict(value)) if options.json else "\n".join(explain(value)))
    return DONE
