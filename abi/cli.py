# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo``: the command line. Exit 0 done, 1 the answer is no, 2 bad usage, 3 bad input.

Each command is a module named here and imported only when it is asked for: some belong to the
reference host and the reference VMM, which ``abi`` knows by name alone.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from abi.errors import InputError

DONE: Final = 0
NO: Final = 1
BAD_USAGE: Final = 2
BAD_INPUT: Final = 3


class Command(NamedTuple):
    """Where a command lives, and what it does in one line."""

    module: str
    help: str


COMMANDS: Final = {
    "demo": Command("abi.commands.demo", "the main job end to end, between two processes"),
    "emit": Command("reference_host.command", "the reference host: trap registers (+ firmware record) -> record"),
    "decode": Command("abi.commands.decode", "a record field by field, its syndrome explained"),
    "import": Command("reference_vmm.import_command", "a kvm_run page with KVM_EXIT_ARM_SEA -> record"),
    "inject": Command("reference_vmm.command", "the reference VMM: record -> registers to write"),
    "esr": Command("abi.commands.esr", "explain a syndrome"),
    "generate": Command("abi.generate.command", "write spec/ from the definition, or check it for drift (in a clone)"),
    "files": Command("abi.commands.files", "the headers, readers, formats, schemas and vectors to take: find, or copy"),
    "conform": Command("abi.conformance.command", "drive an implementation of host or VMM through the vectors"),
    "fuzz": Command("abi.fuzz.command", "fuzz a reader of records against the reference, on the engine that is there"),
    "vectors": Command("abi.conformance.make.command", "make the vectors anew, or check them (in a clone)"),
    "lab": Command("tests.lab.command", "the record on the real KVM of a stock kernel, emulated (in a clone)"),
    "bench": Command("tests.bench.command", "measure ratios side by side (in a clone)"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = next((a for a in arguments if not a.startswith("-")), None)
    parser = argparse.ArgumentParser(prog="faultinfo", description="Records of arm64 guest memory errors.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    module: Any = None
    for each, command in COMMANDS.items():
        sub = commands.add_parser(each, help=command.help, description=command.help)
        if each == name:
            module = _load(command, sub)
            module.configure(sub)
    options = parser.parse_args(arguments)
    return run(module, options)


def run(module: Any, options: argparse.Namespace) -> int:
    """Run a command's module; bad input is told, never a traceback."""
    try:
        code = _judged(module, options)
        if sys.stdout is not None:
            sys.stdout.flush()  # what fails only at the interpreter's end is not ours to tell
    except BrokenPipeError:  # the reader of our output has gone
        _discard_output()
        return NO
    except OSError as error:
        _discard_output()
        return complain(
            InputError("file.write", "-", None, "a writable standard output", str(error.strerror)), as_json=False
        )
    except KeyboardInterrupt:
        return NO
    return code


def _judged(module: Any, options: argparse.Namespace) -> int:
    try:
        return int(module.run(options))
    except InputError as error:
        return complain(error, as_json=getattr(options, "json", False))


def _discard_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's end does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(error: InputError, *, as_json: bool) -> int:
    """Say what is wrong with the input: to people on standard error, to machines also as JSON."""
    if as_json:
        print(json.dumps({"error": error.as_dict()}))
    print(f"faultinfo: {error}", file=sys.stderr)
    return BAD_INPUT


def read_file(path: str, limit: int = 1 << 20) -> bytes:
    """The bytes of a file, ``-`` for standard input. Raises InputError ``file.*``."""
    try:
        if path == "-":
            data: bytes = _standard(sys.stdin, "file.read").read(limit + 1)
        else:
            with open(path, "rb") as file:  # noqa: PTH123 - pathlib is slow to import
                data = file.read(limit + 1)
    except OSError as error:
        raise InputError("file.read", path, None, "a readable file", str(error.strerror)) from None
    if len(data) > limit:
        raise InputError("file.size", path, limit, f"at most {limit:#x} bytes", "more", "no input here is that large")
    return data


def write_file(path: str, data: bytes) -> None:
    """Write a file, ``-`` for standard output. Raises InputError ``file.write``."""
    if path == "-":
        _standard(sys.stdout, "file.write").write(data)
        return
    try:
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(data)
    except OSError as error:
        raise InputError("file.write", path, None, "a writable file", str(error.strerror)) from None


def _standard(stream: Any, code: str) -> Any:
    """The bytes side of a standard stream, which a process can be started without."""
    if stream is None:
        raise InputError(code, "-", None, "a standard stream", "none: it is closed")
    return stream.buffer


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option that every command has."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _load(command: Command, parser: argparse.ArgumentParser) -> Any:
    try:
        return importlib.import_module(command.module)
    except ModuleNotFoundError as error:
        parser.error(f"{command.module} is not installed here ({error}); run it from a clone of the repository")


if __name__ == "__main__":
    sys.exit(main())
