# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""How a process ended, from its exit code and what it wrote to its standard error, as a group of findings has it.

Without numbers and texts that differ from run to run.
"""

from __future__ import annotations

import re
import signal
from typing import Final

_SANITIZER: Final = re.compile(rb"ERROR: (\w+Sanitizer): ([\w-]+)|WARNING: (MemorySanitizer): ([\w-]+)")
_UNDEFINED: Final = re.compile(rb"runtime error: ([^\n]*)")
_NUMBERS: Final = re.compile(r"\b0x[0-9a-f]+\b|-?\b\d+\b")
#: The first line of a stack that is in the target, not in a sanitizer or in the harness.
_FRAME: Final = re.compile(rb"#\d+ 0x[0-9a-f]+ in (\S+) ")
_NOT_THE_TARGET: Final = (b"__asan", b"__interceptor", b"__sanitizer", b"__msan", b"__ubsan", b"__lsan", b"memcpy",
                          b"memmove", b"memset", b"memcmp", b"malloc", b"calloc", b"realloc", b"operator", b"raise",
                          b"abort", b"kfi_fuzz", b"replay", b"serve", b"main")
#: The exception that ended a program of Python, and the functions that it went through.
_RAISED: Final = re.compile(r"^([A-Za-z_][\w.]*)(?::.*)?$", re.MULTILINE)
_WENT_THROUGH: Final = re.compile(r'^  File "([^"\n]+)", line \d+, in (.+)$', re.MULTILINE)
_TRACEBACK: Final = "Traceback (most recent call last):\n"
#: Where functions of Python are that are not the target's.
FOREIGN: Final = re.compile(
    r"/lib/python3[^/]*/(?!site-packages|dist-packages)|^<(frozen|string)|/abi/fuzz/|/abi/conformance/serve")


def how(code: int, complaint: bytes) -> str:
    """How a process ended, whatever it is written in."""
    found = _SANITIZER.search(complaint)
    if found and (kind := found[2] or found[4]):
        return f"{'leak' if b'detected' in kind else 'crash: ' + kind.decode()}{_where(complaint)}"
    undefined = _UNDEFINED.search(complaint)
    if undefined:
        text = undefined[1].decode("utf-8", "replace")
        return f"crash: {_NUMBERS.sub('N', text)}{_where(complaint)}"
    if b"kfi: an answer of" in complaint:
        return "crash: the answer is longer than there is room for"
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"crash: {name}"
    return f"it ended with exit code {code}"


def _where(complaint: bytes) -> str:
    names = (name for name in _FRAME.findall(complaint) if not name.startswith(_NOT_THE_TARGET))
    first = next(names, b"")
    return f" in {first.decode('utf-8', 'replace')}()" if first else ""


def raised(complaint: str) -> str:
    """How a program of Python broke, by the end of what it wrote: the exception and the target's function; "" if not.

    Without the text of the exception, which has numbers that differ from case to case.
    """
    end = complaint.rpartition(_TRACEBACK)[2]
    kinds, through = _RAISED.findall(end), _WENT_THROUGH.findall(end)
    if not kinds or not through:
        return ""
    names = [name for path, name in through if not FOREIGN.search(path)]
    return f"crash: {kinds[0]}{f' in {names[-1]}()' if names else ''}"
