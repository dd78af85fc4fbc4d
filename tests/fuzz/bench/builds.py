# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Harnesses compiled: what is the same for all bugs once, the readers with the bug anew for each.

A bug of the walker is compiled into the host's readers, any other into the VMM's; what is not asked stays as it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from abi.errors import InputError
from tests.fuzz import panel
from tests.fuzz.panel.planted import FIRMWARE, HEADERS, ROOT, Planted
from tests.packages import find

FUZZ: Final = ROOT / "spec" / "fuzz"
DICTIONARY: Final = ROOT / "spec" / "formats" / "kvm_arm_fault_info.dict"
#: What the kit's mutator is, and what of the harness says how a case becomes a question.
_MUTATOR: Final = "*mutat*"
_COMMENTS: Final = re.compile(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_ASKED: Final = ("kfi_case.h", "kfi_request.h", "kfi_shared_state.h", "readers_host.c", "readers_vmm.c")
_OTHERS: Final = (ROOT / "spec" / "adapters" / "c", ROOT / "spec" / "uapi")
#: The panel's ring is kfi_ring.h with a bug: it is held to the very load.
_ALWAYS: Final = ("-std=gnu11", "-O2", "-g1", "-w", "-DKFI_SAME_LOADS")
_TARGET: Final = ("-DKFI_READERS=kfi_target",)
_ANSWERS: Final = Path(panel.__file__).with_name("target.c")


class Flavour(NamedTuple):
    """How all of a harness is compiled, and what its file with main() or its like is."""

    name: str
    compiler: str
    flags: tuple[str, ...]
    link: tuple[str, ...]
    source: str
    defines: tuple[str, ...] = ()


_LIBFUZZER: Final = ("-fsanitize=address,fuzzer-no-link",), ("-fsanitize=address,fuzzer",), "libfuzzer.c"
KIT_LIBFUZZER: Final = Flavour("libfuzzer", "clang", *_LIBFUZZER)
PLAIN_LIBFUZZER: Final = Flavour("libfuzzer", "clang", *_LIBFUZZER, ("-DKFI_PLAIN",))
AFL: Final = Flavour("afl", "afl-clang-fast", (), (), "afl.c")
REPLAY: Final = Flavour("replay", "clang", ("-fsanitize=address",), ("-fsanitize=address",), "replay.c")


class Shop:
    """A folder in which harnesses are made. Raises MissingError without a compiler, InputError if one says no."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def harness(self, flavour: Flavour, planted: Planted | None) -> Path:
        """The harness over the readers with a bug, or as they are; made once."""
        plain = "-plain" if flavour.defines else ""
        made = self._folder / f"{flavour.name}{plain}-{planted.name if planted else 'own'}"
        if made.exists():
            return made
        parts = [self._object(flavour, FUZZ / flavour.source, *flavour.defines), self._object(flavour, _ANSWERS)]
        parts += [self._object(flavour, FUZZ / f"readers_{side}.c") for side in ("vmm", "host")]
        changed = "" if planted is None else "host" if planted.surface == FIRMWARE else "vmm"
        for side in ("vmm", "host"):
            source = FUZZ / f"readers_{side}.c"
            if planted is not None and side == changed:
                parts.append(self._changed(flavour, source, planted))
            else:
                parts.append(self._object(flavour, source, *_TARGET))
        self._run(flavour, *flavour.link, *parts, "-o", made)
        return made

    def mutator(self) -> Path:
        """The kit's mutator as a library for AFL++."""
        made = self._folder / "afl_mutator.so"
        if not made.exists():
            _run("clang", {}, *_ALWAYS, "-shared", "-fPIC", *_includes(HEADERS), FUZZ / "afl_mutator.c", "-o", made)
        return made

    def _changed(self, flavour: Flavour, source: Path, planted: Planted) -> Path:
        headers = self._folder / "changed"
        shutil.rmtree(headers, ignore_errors=True)
        planted.write(headers)
        made = self._folder / f"{flavour.name}-changed.o"
        self._compile(flavour, source, headers, made, *_TARGET)
        return made

    def _object(self, flavour: Flavour, source: Path, *defines: str) -> Path:
        made = self._folder / f"{flavour.name}-{source.stem}{'-own' if defines else ''}.o"
        if not made.exists():
            self._compile(flavour, source, HEADERS, made, *defines)
        return made

    def _compile(self, flavour: Flavour, source: Path, headers: Path, made: Path, *defines: str) -> None:
        self._run(flavour, *_ALWAYS, *flavour.flags, *defines, *_includes(headers), "-c", source, "-o", made)

    @staticmethod
    def _run(flavour: Flavour, *arguments: object) -> None:
        _run(flavour.compiler, {"AFL_USE_ASAN": "1", "AFL_QUIET": "1"} if flavour is AFL else {}, *arguments)


def _includes(headers: Path) -> list[str]:
    return [f"-I{folder}" for folder in (headers, FUZZ, *_OTHERS)]


def _run(command: str, variables: dict[str, str], *arguments: object) -> None:
    done = subprocess.run([find(command), *map(str, arguments)], env=os.environ | variables, capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise InputError("bench.process", command, None, "exit code 0x0", hex(done.returncode), done.stderr.strip())


def fingerprint(planted: Planted, *, kit: bool) -> str:
    """What a measurement depends on: the readers, what they are asked, seeds, the bug, with the kit its mutator."""
    asked = [FUZZ / name for name in _ASKED] + ([*FUZZ.glob(_MUTATOR)] if kit else [])
    return _mark(repr(planted[3:6]), *HEADERS.iterdir(), _ANSWERS, ROOT / "abi" / "fuzz" / "seeds.py", *asked)


def mutator_mark() -> str:
    """The same of what the kit's mutator alone depends on."""
    return _mark("", *FUZZ.glob(_MUTATOR))


def _mark(text: str, *paths: Path) -> str:
    digest = hashlib.sha256(text.encode())
    for path in sorted(paths, key=lambda p: p.name):
        digest.update(path.name.encode() + b" ".join(_COMMENTS.sub(b"", path.read_bytes()).split()))
    return digest.hexdigest()[:16]
