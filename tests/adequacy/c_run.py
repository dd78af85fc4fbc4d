# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C readers with one change, asked in a process of their own through the library that the other tests use."""

from __future__ import annotations

import atexit
import ctypes
import errno
import os
import shutil
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from abi.conformance import values as v
from abi.conformance.protocol import Values
from tests.adequacy.c_mutants import PROLOGUE, schema
from tests.adequacy.forked import Place
from tests.adequacy.model import Mutant, changed, source
from tests.adequacy.python_run import first_red
from tests.adequacy.questions import Question
from tests.c import library
from tests.c.c_side import CSide, trap_words
from tests.generate.tools import ROOT, run

#: What the headers answer: they have no function that enables, and none for the next KVM_RUN without a reply.
REQUESTS: Final = ("vmm", "host", "reply", "read", "check", "ring")
FOLDER: Final = ROOT / "build" / "adequacy" / "c"
#: More than there are mutants.
_ROOM: Final = 1 << 13
_SINGLE: Final = "single"
#: Where every check of a rule is made, by what it is made, and the choice that takes out that of the first rule.
_CHECKS: Final = "spec/c/kfi_rules.h"
_UNLESS: Final = "((__u64)!(kept) << KFI_RULE_##name)"
_FIRST_RULE: Final = 1 << 12
_NO_SERROR: Final = (1 << 64) - 1
_SLOT, _REFUSED = 1, 2
_MAX_RECORD: Final = 4096
#: Bytes of noise after every input: a mutant that reads beyond it reads the same every time, and nothing that is right.
_BEYOND: Final = 1 << 14


def answerable(question: Question) -> bool:
    """Whether the headers have a function for it."""
    return question.message.name != "reply" or bool(question.input["reply"])


class Answers(Mapping[str, Callable[[Values], Values]]):
    """The questions of the protocol, asked of one build."""

    def __init__(self, module: Path) -> None:
        self.side = CSide(library.load(module))
        self.lib, self.ffi, self.rules = self.side.lib, self.side.ffi, self.side.library.rules
        self._read = self.ffi.new("struct shim_reading *")
        self._answer = self.ffi.new("struct shim_answer *")
        self._emission = self.ffi.new("struct shim_emission *")
        self._block = self.ffi.new("struct shim_block *")
        self._slot = self.ffi.new("struct shim_slot *")
        self._applied = self.ffi.new("struct shim_applied *")
        self._all = {
            "vmm": self.vmm, "host": self.host, "reply": self.reply, "read": self.read, "check": self.check,
            "ring": self.ring,
        }

    def __getitem__(self, name: str) -> Callable[[Values], Values]:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def _rule(self, number: int) -> bytes:
        return self.rules[number].encode()

    def vmm(self, q: Values) -> Values:
        """kfi_read(), kfi_decide() or kfi_decide_refusal(), kfi_apply()."""
        data = q["record"]
        setup = (
            q["features"], q["repeats"], q["bound"], q["pending_serror"], int.from_bytes(q["ways"], "little"),
            q["ras"], q["firmware_va"], q["answered"], q["has_pending_serror"],
        )
        made = self._answer
        self.lib.shim_decide(data, len(data), q["reader"], q["exact"], v.vcpu_of(q), setup, made)
        action, rule, via, _esr, _far, has_far, serror, odds = made.decision
        return self.read(q) | self._after(made.vcpu) | {
            "action": action, "via": via, "notes": has_far | odds << 1, "serror_esr": serror, "rule": self._rule(rule),
        }

    @staticmethod
    def _after(vcpu: Any) -> Values:
        return dict(zip(v.AFTER, (vcpu[0], vcpu[1], *list(vcpu)[6:10]), strict=True))

    def read(self, q: Values) -> Values:
        """kfi_read()."""
        out, data = self._read, q["record"]
        outcome = self.lib.shim_read(data, len(data), q["reader"], q["exact"], out)
        if outcome:
            return {"outcome": outcome, "rule": self._rule(out.error.rule)}
        return {"outcome": outcome, "info": bytes(self.ffi.buffer(out.record)), "tail": out.tail_size}

    def check(self, q: Values) -> Values:
        """kfi_read(), kfi_check()."""
        out, data = self._read, q["record"]
        outcome = self.lib.shim_read(data, len(data), q["reader"], q["exact"], out)
        if outcome:
            return {"outcome": outcome, "rule": self._rule(out.error.rule)}
        return {"outcome": outcome, "broken": " ".join(self.side.names(out.broken)).encode()}

    def host(self, q: Values) -> Values:
        """kfi_firmware_read(), fault_info_fill()."""
        trap, block, out = v.trap_of(q), q["cper"] if q["firmware"] else b"", self._emission
        self.lib.shim_firmware(block, len(block), self._block)
        if not self._block.accepted:
            block = b""
        slots = [number for slot in trap.memslots or () for number in slot]
        isolated = [number for page in trap.isolated for number in page]
        self.lib.shim_fill(
            trap_words(trap), slots, len(slots) // 4, isolated, len(isolated) // 2, block, len(block), out,
        )
        made, rule, end, memory_failure, injected = out.facts
        record = bytes(self.ffi.buffer(out.record)) if made else b""
        return {
            "end": end, "memory_failure": memory_failure, "injected": injected, "rule": self._rule(rule),
            "record": record[: int.from_bytes(record[32:34], "little")],
        }

    def reply(self, q: Values) -> Values:
        """fault_info_reply()."""
        out = self._applied
        self.lib.shim_apply(q["reply"], q["kind"], q["features"], q["host_ras"], v.vcpu_of(q), out)
        said = self._after(out.vcpu)
        if out.rule:
            return said | {"errno": errno.EINVAL, "rule": self._rule(out.rule)}
        if out.pending == _NO_SERROR:
            return said
        return said | {"has_pending_serror": 1, "pending_serror": out.pending}

    def ring(self, q: Values) -> Values:
        """kfi_ring_attach(), kfi_ring_fetch(), kfi_ring_commit(): two consumers, of which the first dies."""
        image, size = bytearray(q["image"] + b"\xA5" * _BEYOND), len(q["image"])
        first = self._consumed(image, size, q["dealt"])
        return first if "rule" in first else self._consumed(image, size, 0)

    def _consumed(self, image: bytearray, size: int, dealt: int) -> Values:
        """What a consumer finds after it has dealt with so many records."""
        out = self._slot
        with self.ffi.from_buffer(image, require_writable=True) as memory:
            ring = self.lib.shim_ring_new(memory, size, 1 << 16, out)
            if not ring:
                return {"rule": self._rule(out.error.rule)}
            self.lib.shim_ring_fetch(ring, out)
            while dealt and out.step == _SLOT:
                self.lib.shim_ring_commit(ring, out.facts[0])
                self.lib.shim_ring_fetch(ring, out)
                dealt -= 1
            self.lib.shim_ring_free(ring)
        if out.step == _REFUSED:
            return {"rule": self._rule(out.error.rule)}
        if out.step != _SLOT:
            return {}
        position, vcpu, lost, sequence = out.facts
        record = bytes(self.ffi.buffer(out.record, min(out.size, _MAX_RECORD)))
        return {"position": position, "vcpu": vcpu, "lost": lost, "sequence": sequence, "record": record, "found": 1}


class Build:
    """All choices in one build, and all checks; a mutant that is neither is built by itself when it is asked."""

    def __init__(self, mutants: Sequence[Mutant], checks: Mapping[str, Mutant], folder: Path = FOLDER) -> None:
        folder = folder / str(os.getpid())  # two may measure at once
        shutil.rmtree(folder, ignore_errors=True)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.folder = folder
        self.numbers: dict[str, int] = {}
        headers = _headers(folder / "all")
        for path in dict.fromkeys(mutant.path for mutant in mutants):
            own = [mutant for mutant in mutants if mutant.path == path and not mutant.rule]
            text, numbers = schema(source(path), own, len(self.numbers))
            (headers / Path(path).name).write_text(text, encoding="utf-8")
            self.numbers |= {mutant.name: number for mutant, number in zip(own, numbers, strict=True)}
        rules = headers / Path(_CHECKS).name
        text = rules.read_text(encoding="utf-8")
        assert text.count(_UNLESS) == 1, _UNLESS
        rules.write_text(text.replace(_UNLESS, f"(KFI_ASK({_FIRST_RULE} + KFI_RULE_##name) ? 0 : {_UNLESS})"), "utf-8")
        self.glue = _glue(folder)
        self.module = _built(folder / "all", headers, self.glue)
        self.whole = Answers(self.module)
        self.numbers |= {check.name: _FIRST_RULE + self.whole.rules.index(rule) for rule, check in checks.items()}

    def asked(self, questions: Sequence[Question]) -> list[str]:
        """Names of the mutants whose choice the questions come to."""
        asked = (ctypes.c_ubyte * _ROOM).in_dll(ctypes.CDLL(str(self.module)), "kfi_asked")
        ctypes.memset(asked, 0, _ROOM)
        first_red(self.whole, questions, Place())
        return [name for name, number in self.numbers.items() if number >= 0 and asked[number]]

    def answers(self, mutant: Mutant) -> Answers:
        """The answers of a mutant, in a child."""
        number = self.numbers.get(mutant.name, -1)
        if number >= 0:
            ctypes.c_int.in_dll(ctypes.CDLL(str(self.module)), "kfi_chosen").value = number
            return self.whole
        folder = self.folder / _SINGLE / str(os.getpid())  # the same mutant may be built for another role
        headers = _headers(folder)
        target = headers / Path(mutant.path).name
        target.write_text(changed(source(mutant.path), mutant), encoding="utf-8")
        return Answers(_built(folder, headers, self.glue))


def _headers(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return library.copy_headers(folder)


def _glue(folder: Path) -> Path:
    """The glue between Python and the module, compiled: it is the same for all."""
    source_, object_ = folder / f"{library.MODULE}_glue.c", folder / "glue.o"
    library.write_glue(source_)
    includes = (f"-I{sysconfig.get_path('include')}", f"-I{library.HERE}")
    run("gcc", "-O0", "-w", "-fPIC", *includes, "-c", source_, "-o", object_)
    return object_


def _built(folder: Path, headers: Path, glue: Path) -> Path:
    """The module: what nobody sets is always the same, and warnings are off, which a change may well be worth."""
    prologue = folder / "prologue.h"
    prologue.write_text(f"{PROLOGUE}int kfi_chosen = -1;\nunsigned char kfi_asked[{_ROOM}];\n", encoding="utf-8")
    module = folder / f"{library.MODULE}{sysconfig.get_config_var('EXT_SUFFIX')}"
    run("gcc", "-std=gnu11", "-O0", "-w", "-ftrivial-auto-var-init=pattern", f"-DSHIM_BEYOND={_BEYOND}", "-shared",
        "-fPIC", "-include", prologue, f"-I{library.HERE}", f"-I{headers}", f"-I{library.SOURCES[1]}",
        library.HERE / "shim.c", glue, "-o", module)
    return module
