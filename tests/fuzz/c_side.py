# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C mutator asked the same as the Python one: built with sanitizers, fed by a pipe, compared byte by byte."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from abi.fuzz import seeds
from abi.fuzz.case import HEAD, MAX_CHANGES, parse
from abi.fuzz.mutate import OPERATIONS, crossover, mutate
from abi.fuzz.random import Random
from abi.fuzz.steps import TEMPLATES
from tests.generate.tools import PATIENCE, ROOT, SPEC, run

SOURCE: Final = ROOT / "tests" / "fuzz" / "mutator.c"
HEADERS: Final = (SPEC / "fuzz", SPEC / "c", SPEC / "uapi")
SANITIZED: Final = ("-O1", "-g", "-fno-sanitize-recover=all")
MUTATE, CROSSOVER, PARSE = range(3)
_REQUEST: Final = struct.Struct("<QIIII")
_REPLY: Final = struct.Struct("<QQ")
#: Rooms: of an engine, of a record, of less than a head.
ROOMS: Final = (4096, 4096, 4096, 512, 300, 88, 72, 64, 20, 8, 7, 1)
NAMES: Final = tuple(OPERATIONS)


class Asked(NamedTuple):
    """One thing that both are asked."""

    what: int
    data: bytes
    other: bytes = b""
    room: int = 0
    seed: int = 0


class Answer(NamedTuple):
    """Bytes, and the operations that were done."""

    data: bytes
    done: frozenset[str] = frozenset()


def build(folder: Path, compiler: str, *flags: str, headers: tuple[Path, ...] = HEADERS) -> Path:
    """The program; raises ToolError."""
    program = folder / f"mutator-{compiler}"
    run(compiler, "-std=c11", *flags, *(f"-I{path}" for path in headers), SOURCE, "-o", program)
    return program


def copy_headers(folder: Path) -> Path:
    """A copy of ``spec/fuzz`` that may be changed."""
    return Path(shutil.copytree(HEADERS[0], folder / "fuzz"))


def questions(seed: int, count: int) -> list[Asked]:
    """Mutations of the seeds, of templates, of nothing and of what became of them; as many crossovers; and parses."""
    draw = Random(seed)
    corpus = [*seeds.SEEDS.values(), *TEMPLATES, b""]
    started, asked = len(corpus), []
    for _ in range(count):
        data, other = (corpus[draw.below(len(corpus))] for _ in range(2))
        room, number = ROOMS[draw.below(len(ROOMS))], draw.next()
        asked += [Asked(MUTATE, data, room=room, seed=number), Asked(PARSE, data)]
        made = mutate(data, room, number).data
        if draw.below(4) == 0:
            asked.append(Asked(CROSSOVER, data, other, room, number))
        corpus.append(made)
        if len(corpus) > started + 200:
            corpus.pop(started + draw.below(200))
    return asked


def python(asked: Asked) -> Answer:
    """What Python says."""
    if asked.what == MUTATE:
        made = mutate(asked.data, asked.room, asked.seed)
        return Answer(made.data, frozenset(made.operations))
    if asked.what == CROSSOVER:
        return Answer(crossover(asked.data, asked.other, asked.room, asked.seed))
    case = parse(asked.data)
    at = max(len(asked.data) - len(case.data), 0) if len(asked.data) > HEAD.size else len(asked.data)
    changes = [number for change in case.changes for number in change]
    said = (case.surface, case.reader, case.options, case.dealt, len(case.changes), at, len(case.data), *changes)
    return Answer(struct.pack(f"<{7 + 3 * MAX_CHANGES}Q", *said, *(0,) * (3 * MAX_CHANGES - len(changes))))


def c(program: Path, asked: list[Asked]) -> list[Answer]:
    """What C says; AssertionError with what a sanitizer wrote."""
    sent = b"".join(
        _REQUEST.pack(each.seed, each.what, each.room, len(each.data), len(each.other)) + each.data + each.other
        for each in asked
    )
    done = subprocess.run([program], input=sent, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    answers, at = [], 0
    while at < len(done.stdout):
        operations, size = _REPLY.unpack_from(done.stdout, at)
        at += _REPLY.size
        names = frozenset(name for n, name in enumerate(NAMES) if operations >> n & 1)
        answers.append(Answer(done.stdout[at : at + size], names))
        at += size
    return answers


def disagreements(program: Path, asked: list[Asked]) -> list[Asked]:
    """What the two answer differently."""
    answers = c(program, asked)
    assert len(answers) == len(asked)
    return [each for each, answer in zip(asked, answers, strict=True) if python(each) != answer]


def counted(asked: list[Asked]) -> Counter[str]:
    """How often each operation was done."""
    return Counter(name for each in asked if each.what == MUTATE for name in python(each).done)
