# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo decode REC``: a record, or all that wait in the image of a ring, field by field."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from abi.cli import BAD_INPUT, DONE, add_json, read_file
from abi.decode import Decoded, complaint, decode
from abi.definition import VERSIONS
from abi.errors import InputError
from abi.layout import Version
from abi.record import FaultInfo, NotUnderstood
from abi.render import as_dict, rows
from abi.terminal import table


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("record", metavar="REC", help="a file that holds one record, - for standard input")
    parser.add_argument("--ring", action="store_true", help="REC is the image of a ring: decode every record in it")
    parser.add_argument("--reader", type=Version.of, choices=VERSIONS, default=VERSIONS[-1], metavar="VERSION",
                        help=f"read as a reader of this version would: {', '.join(map(str, VERSIONS))}")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print one record or a ring of them; raises InputError for what is malformed."""
    data = read_file(options.record)
    if options.ring:
        return _ring(data, options)
    return show(decode(data, options.reader), as_json=options.json)


def show(result: Decoded | NotUnderstood, *, as_json: bool) -> int:
    """Print one decoded record and return the exit code."""
    if as_json:
        print(json.dumps(described(result)))
        return DONE if isinstance(result, Decoded) else _tell(result)
    record: FaultInfo | None = result.record
    if record is not None:
        print(f"kvm_arm_fault_info {record.version}, {record.size} bytes")
        table(rows(record), ("offset", "field", "value", "meaning"))
    if isinstance(result, Decoded):
        for rule in result.broken:
            print(f"broken: {rule}")
        return DONE
    print(f"kept raw: {result.raw.hex()}")
    return _tell(result)


def _tell(result: NotUnderstood | InputError) -> int:
    print(f"faultinfo: {complaint(result) if isinstance(result, NotUnderstood) else result}", file=sys.stderr)
    return BAD_INPUT


def described(result: Decoded | NotUnderstood) -> dict[str, Any]:
    """The JSON object of one record: its fields and the rules that it breaks, or why it is kept raw."""
    if isinstance(result, Decoded):
        return as_dict(result.record) | {"broken": list(result.broken)}
    fields = as_dict(result.record) if result.record else {}
    return fields | {
        "rule": result.rule, "path": result.path, "offset": hex(result.offset), "got": result.got,
        "raw": result.raw.hex(), "error": complaint(result).as_dict(),
    }


def _ring(data: bytes, options: argparse.Namespace) -> int:
    """Every record of the ring: one that is malformed is told and kept raw, and hides no other."""
    from abi.ring.image import read_image  # noqa: PLC0415 - only rings need it

    header, slots = read_image(data)
    found = [(slot, _judged(slot.record, options.reader)) for slot in slots]
    if options.json:
        print(json.dumps([{"position": hex(slot.position), **slot.envelope._asdict(), **_slot(slot.record, result)}
                          for slot, result in found]))
        codes = [DONE if isinstance(result, Decoded) else _tell(result) for _, result in found]
        return max(codes, default=DONE)
    print(f"ring of {header.slots} slots: head {header.head}, tail {header.tail}, lost {header.lost}")
    code = DONE
    for slot, result in found:
        print(f"position {slot.position}, {slot.envelope}")
        if isinstance(result, InputError):
            print(f"kept raw: {slot.record.hex()}")
            code = _tell(result)
        else:
            code = max(code, show(result, as_json=False))
    return code


def _judged(data: bytes, reader: Version) -> Decoded | NotUnderstood | InputError:
    try:
        return decode(data, reader, exact=False)
    except InputError as error:
        return error


def _slot(raw: bytes, result: Decoded | NotUnderstood | InputError) -> dict[str, Any]:
    if isinstance(result, InputError):
        return {"rule": result.code, "raw": raw.hex(), "error": result.as_dict()}
    return described(result)
