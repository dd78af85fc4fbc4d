# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A reproducer in Python: of a target that is a process, or Python files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from abi.conformance.protocol import COUNTED, FRAME, HELLO, PROTOCOL
from abi.fuzz.findings import Finding
from abi.fuzz.reproduce import LICENCE, PATIENCE, about, exchange_of, fields_of

NAME: Final = "reproduce.py"

_SCRIPT: Final = '''\
# {licence}
"""{about}

To run it: python3 {name} {target}; exit 0: the answer is right, 1: it is not.
"""

{imports}

TYPE = {type:#x}
ASKED = bytes.fromhex(
{asked}
)
EXPECTED = bytes.fromhex(
{expected}
)
#: Name, offset and width of the fields of the answer.
FIELDS = (
{fields}
)


{ask}


def main():
    signal.alarm({patience})
    kind, got = ask(sys.argv[1:] or {default!r})
    if (kind, got) == (TYPE, EXPECTED):
        print("the answer is right")
        return 0
    print(f"type {{kind:#x}}, {{len(got)}} bytes; expected {{TYPE:#x}}, {{len(EXPECTED)}} bytes")
    for name, offset, width in FIELDS:
        right, its = EXPECTED[offset : offset + width], got[offset : offset + width]
        if right != its:
            print(f"{{name}}: expected {{right[::-1].hex()}}, got {{its[::-1].hex()}}")
    if EXPECTED[{fixed}:] != got[{fixed}:]:
        print("{parts}: not as expected")
    return 1


if __name__ == "__main__":
    sys.exit(main())
'''

_ASK_A_PROCESS: Final = """\
def frame(number, kind, payload):
    return struct.pack("<IIHH", {counted} + len(payload), number, kind, 0) + payload


def answer(out):
    length, number, kind, _ = struct.unpack("<IIHH", out.read({head}))
    return kind, out.read(length - {counted})


def ask(command):
    target = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        target.stdin.write(frame(0, {hello}, struct.pack("<H", {protocol})) + frame(1, TYPE, ASKED))
        target.stdin.close()
        answer(target.stdout)
        return answer(target.stdout)
    except (OSError, struct.error):
        print("the target broke, exit code", target.wait({patience}))
        sys.exit(1)
    finally:
        target.kill()"""

_ASK_A_MODULE: Final = """\
def ask(files):
    for path in reversed(files):
        sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
        module = importlib.import_module(os.path.basename(path).removesuffix(".py"))
    try:
        return module.answer(TYPE, ASKED)
    except SystemExit as error:
        print("the target broke, exit code", error.code)
        sys.exit(1)"""


def of_process(finding: Finding, command: Sequence[str]) -> str:
    """A script for a target that is a process; ValueError for a finding without a request."""
    ask = _ASK_A_PROCESS.format(counted=COUNTED, head=FRAME.size, hello=HELLO.type, protocol=PROTOCOL,
                                patience=PATIENCE)
    return _script(finding, command, "COMMAND...", ("signal", "struct", "subprocess", "sys"), ask)


def of_module(finding: Finding, files: Sequence[str]) -> str:
    """A script for a target that is Python files; ValueError for a finding without a request."""
    return _script(finding, files, "FILE.py...", ("importlib", "os", "signal", "sys"), _ASK_A_MODULE)


def _script(finding: Finding, default: Sequence[str], target: str, imports: Sequence[str], ask: str) -> str:
    exchange = exchange_of(finding)
    message = exchange.request.message
    return _SCRIPT.format(
        licence=LICENCE, about="\n".join(about(finding, "")).replace("\\", "/").replace('"', "'"), name=NAME,
        target=target, imports="\n".join(f"import {name}" for name in imports), type=message.type,
        asked=_hex(exchange.request.payload), expected=_hex(exchange.expected),
        fields="\n".join(f"    ({name!r}, {offset}, {width})," for name, offset, width in fields_of(message)),
        ask=ask, patience=PATIENCE, default=list(default), fixed=message.answer.size,
        parts=" or ".join(message.answer_parts),
    )


def _hex(data: bytes) -> str:
    rows = [data[at : at + 40].hex() for at in range(0, len(data), 40)] or [""]
    return "\n".join(f'    "{row}"' for row in rows)

