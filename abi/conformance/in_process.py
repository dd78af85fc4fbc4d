# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A C shared library as a target: ``python -m abi.conformance.in_process LIBRARY``.

It reads frames as any target does and has the library's one function answer them, called through cffi
in ABI mode. It is a process of its own, so that a library that crashes or hangs is the runner's to tell
like any target that does.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from abi.conformance.channel import python
from abi.conformance.protocol import FRAME, FRAME_MAX
from abi.conformance.serve import served
from abi.errors import InputError

FUNCTION: Final = "kfp_answer"
#: As C has it; the header of the protocol is made with it.
DECLARATION: Final = f"size_t {FUNCTION}(uint16_t *type, const void *payload, size_t size, void *answer);"
#: What it does, as kernel-doc: the first line, then the others.
MEANING: Final = (
    "answer one request; what a library that is driven in-process exports",
    "@type: of the request; set to KFP_TYPE_UNSUPPORTED or KFP_TYPE_FAILED where that is the answer",
    "@payload: of the request, at any address",
    "@size: its bytes",
    "@answer: where the payload of the answer goes, KFP_PAYLOAD_MAX bytes",
    "",
    "Return: bytes of the answer.",
)
_ROOM: Final = FRAME_MAX - FRAME.size
#: Exit codes: bad usage, and a library that cannot be loaded.
_USAGE, _NO_LIBRARY = 2, 3


def command(library: str) -> list[str]:
    """The command of the target that drives a library. Raises InputError without cffi or the file."""
    if importlib.util.find_spec("cffi") is None:
        raise InputError("library.cffi", "--library", None, "the Python package cffi", "none",
                         "pip install 'kvm-fault-info[c]'")
    path = Path(library)
    if not path.is_file():
        raise InputError("file.read", library, None, "a shared library", "no such file")
    return python(f"from {__name__} import main; sys.exit(main(sys.argv[1:]))", str(path.resolve()))


def main(arguments: list[str]) -> int:
    """Answer requests on standard input until BYE or its end."""
    if len(arguments) != 1:
        print("usage: python -m abi.conformance.in_process LIBRARY", file=sys.stderr)
        return _USAGE
    give = os.dup(1)
    os.dup2(2, 1)  # what the library prints must not stand among the frames
    import cffi  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, asked for only here

    ffi: Any = cffi.FFI()
    ffi.cdef(DECLARATION)
    try:
        answer = getattr(ffi.dlopen(arguments[0]), FUNCTION)
    except (OSError, AttributeError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return _NO_LIBRARY
    with os.fdopen(give, "wb") as out:
        served(sys.stdin.buffer, out, _answering(ffi, answer))
    return 0


def _answering(ffi: Any, function: Any) -> Callable[[int, bytes], tuple[int, bytes]]:
    """The library's function as one that takes and gives bytes."""
    kind, said = ffi.new("uint16_t *"), ffi.new("uint8_t[]", _ROOM)

    def answer(asked: int, payload: bytes) -> tuple[int, bytes]:
        kind[0] = asked
        size = function(kind, ffi.from_buffer(payload), len(payload), said)
        if size > _ROOM:
            sys.exit(f"{FUNCTION}() says that its answer has {size:#x} bytes, more than {_ROOM:#x}")
        return kind[0], ffi.buffer(said, size)[:]

    return answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
