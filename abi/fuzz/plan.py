# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a campaign is to do, and where it keeps what it does."""

from __future__ import annotations

import shlex
import shutil
import sys
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from abi import home
from abi.errors import InputError

#: Endings of what is compiled or linked with a harness; everything else is a command.
SOURCES: Final = {".c": "c", ".cc": "c++", ".cpp": "c++", ".cxx": "c++"}
LINKED: Final = (".o", ".a", ".so")
#: Ending of what is imported by a harness in Python.
MODULE: Final = ".py"
#: Sanitizers that can be asked for, by what is given to the compiler.
SANITIZERS: Final = ("address,undefined", "address", "undefined", "memory", "none")
#: Bytes of the longest case.
MAX_CASE: Final = 4096


class Kind(Enum):
    """What a target is, by which it is driven and asked again; the value says it to people."""

    NATIVE = "sources, objects or libraries, linked with a harness"
    PROCESS = "a process that speaks the conformance protocol"
    MODULE = "Python files, called in process"


class Plan(NamedTuple):
    """A campaign. ``kit``: the kit's mutator; without it the engine mutates by itself."""

    target: tuple[str, ...]
    out: Path
    seconds: float = 60.0
    workers: int = 1
    timeout: int = 2
    cflags: tuple[str, ...] = ()
    sanitize: str = SANITIZERS[0]
    kit: bool = True
    disk: int = 1 << 30
    file: int = 64 << 20
    memory: int = 2048
    seed: int = 0

    @property
    def kind(self) -> Kind:
        """What the target is."""
        return kind_of(self.target[0])

    @property
    def build(self) -> Path:
        """Folder of what is compiled."""
        return self.out / "build"

    @property
    def replay(self) -> Path:
        """The program that asks a case again."""
        return self.build / "replay"

    @property
    def seeds(self) -> Path:
        """Folder of the cases to start from."""
        return self.out / "seeds"

    @property
    def corpus(self) -> Path:
        """Folder of the cases that the engine keeps."""
        return self.out / "corpus"

    @property
    def raw(self) -> Path:
        """Folder of cases with a difference, as the harness writes them."""
        return self.out / "raw"

    @property
    def broke(self) -> Path:
        """Folder of cases at which the target broke."""
        return self.out / "broke"

    @property
    def scratch(self) -> Path:
        """Folder in which a case is asked again; gone at the end."""
        return self.out / "scratch"

    @property
    def findings(self) -> Path:
        """Folder of what was found."""
        return self.out / "findings"

    def worker(self, number: int) -> Path:
        """Folder of a worker."""
        return self.out / "workers" / str(number)


#: Names that a module of the target cannot have in a process of the kit.
_TAKEN: Final = frozenset({*sys.stdlib_module_names, "abi", "reference_host", "reference_vmm", "construct", "atheris"})
#: What follows a first word that is a file, and where else it goes.
_MORE: Final = {
    Kind.NATIVE: ("more sources or libraries", "flags of the compiler go into --cflags"),
    Kind.MODULE: ("more Python files", "a command begins with its interpreter: python3 FILE.py ..."),
}


def kind_of(word: str) -> Kind:
    """What a target is by its first word."""
    suffix = Path(word).suffix
    return Kind.NATIVE if suffix in (*SOURCES, *LINKED) else Kind.MODULE if suffix == MODULE else Kind.PROCESS


def target(words: list[str]) -> tuple[str, ...]:
    """Sources and libraries, or a command, from the words of ``--target``. Raises InputError."""
    if len(words) == 1 and not Path(words[0]).exists():
        words = shlex.split(words[0])
    if not words:
        raise InputError("fuzz.target", "--target", None, "a source, a library or a command", "nothing")
    kind = kind_of(words[0])
    if kind is not Kind.PROCESS:
        for word in words:
            if kind_of(word) is not kind:
                raise InputError("fuzz.target", word, None, _MORE[kind][0], "something else", _MORE[kind][1])
            if not Path(word).is_file():
                raise InputError("file.read", word, None, "a file of the target", "no such file")
            if kind is Kind.MODULE and (not Path(word).stem.isidentifier() or Path(word).stem in _TAKEN):
                raise InputError("fuzz.target", word, None, "a name that can be imported and that no other module has",
                                 Path(word).stem, "the names of Python's own modules and of the kit's are taken")
        return tuple(str(Path(word).resolve()) for word in words)
    found = shutil.which(words[0])
    if found is None:
        raise InputError("fuzz.target", words[0], None, "a source, a library or a command that can be run", "neither",
                         f"sources and libraries end in {', '.join((*SOURCES, *LINKED, MODULE))}")
    return tuple(str(Path(word).absolute()) if Path(word).is_file() else word for word in (found, *words[1:]))


def includes() -> list[str]:
    """Flags for the folders of the kit's headers."""
    return [f"-I{home.spec() / folder}" for folder in ("fuzz", "c", "uapi", "adapters/c")]
