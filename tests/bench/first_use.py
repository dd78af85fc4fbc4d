# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A fresh process that makes the judge of all rules once and says how long it took.

``python -m tests.bench.first_use RECORD`` (hex): prints nanoseconds of making it, and of one plain
construct parse.
"""

from __future__ import annotations

import json
import sys
import time

from abi.definition import CODECS
from abi.record import FaultInfo, read
from abi.rules import RECORD_RULES, on_record

_PARSES = 200


def main() -> None:
    """Measure and print."""
    raw = bytes.fromhex(sys.argv[1])
    record = read(raw)
    assert isinstance(record, FaultInfo)
    start = time.thread_time_ns()
    from abi.rules.fast import straight_line

    kept = straight_line(on_record, RECORD_RULES)(record)
    judge = time.thread_time_ns() - start
    assert kept, "the record keeps every rule"
    plain = CODECS[record.version].plain
    start = time.thread_time_ns()
    for _ in range(_PARSES):
        plain.parse(raw)
    parse = (time.thread_time_ns() - start) // _PARSES
    print(json.dumps({"judge_ns": judge, "parse_ns": parse}))


if __name__ == "__main__":
    main()
