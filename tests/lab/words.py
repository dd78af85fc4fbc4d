# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What Linux 7.3.4 says of an error in its log and its tracepoints, as patterns; and what of it is not as expected."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tests.lab.case import Finding

#: Lines of the log. The first group is what differs from error to error.
PRINTED: Final = re.compile(r"\{\d+\}\[Hardware Error\]: (.*)")
WARNED: Final = re.compile(r"\[Firmware Warn\]: GHES: Unhandled processor error type (.*)")
SIGNALLED: Final = re.compile(r"GHES GHES\.\d+: .*GHES: \S+: (synchronous unrecoverable error \(SIGBUS\))")
FAILURE: Final = re.compile(r"Memory failure: (0x[0-9a-f]+): recovery action for .*: Recovered")
SENT: Final = re.compile(r"Memory failure: (0x[0-9a-f]+): Sending SIGBUS to \S+ due to hardware memory corruption")
INJECTED: Final = re.compile(r"Injecting memory failure for pfn (0x[0-9a-f]+) at process virtual address .*")
#: Two records are printed within 5 s, others are only counted.
SUPPRESSED: Final = re.compile(r"ghes_print_estatus: (\d+) callbacks suppressed")
#: Fields of ras:memory_failure_event, ras:arm_event (the error informations of a section), and of the return probe.
FAILED: Final = re.compile(r"pfn (0x[0-9a-f]+): recovery action for .*: Recovered")
INFOS: Final = re.compile(r"Err Info raw data: ([0-9a-f ]*);")
CLAIMED: Final = re.compile(r" said=(-?\d+)")
#: Characters of a finding's sides.
_TEXT: Final = 600

#: What is compared, what is expected, what was found.
Pairs = Iterator[tuple[str, Any, Any]]


def matches(pattern: re.Pattern[str], lines: Iterable[str]) -> list[str]:
    """The first group of each line that is such a one."""
    return [match[1] for line in lines if (match := pattern.fullmatch(line))]


def others(lines: Iterable[str], known: Sequence[re.Pattern[str]]) -> list[str]:
    """Lines of no known kind."""
    return [line for line in lines if not any(pattern.fullmatch(line) for pattern in known)]


def events(every: Iterable[tuple[str, str]], name: str, pattern: re.Pattern[str]) -> list[str]:
    """What the pattern finds in the fields of each event of that name, or all its fields; without blanks."""
    fields = (fields for event, fields in every if event == name)
    return ["".join((match[1] if (match := pattern.search(text)) else text).split()) for text in fields]


def differing(pairs: Iterable[tuple[str, Any, Any]]) -> tuple[Finding, ...]:
    """A finding for each pair that is not equal."""
    return tuple(Finding(name, _text(wanted), _text(got)) for name, wanted, got in pairs if wanted != got)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}... ({len(text)} characters)"
