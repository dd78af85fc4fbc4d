# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Rust crate with one change, asked through its pipe; the process knows its change from its environment."""

from __future__ import annotations

import atexit
import os
import resource
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from abi.conformance import values as v
from abi.conformance.codes import WAYS
from abi.conformance.protocol import OUTCOMES, Values
from abi.vcpu import ACTIONS
from tests.adequacy.forked import Place
from tests.adequacy.model import Mutant, changed, source
from tests.adequacy.questions import Question
from tests.adequacy.rust_mutants import PRELUDE, plain, schema
from tests.generate.tools import ROOT, run
from tests.rust.crate import CRATE, framed

#: The crate has the VMM's side alone.
REQUESTS: Final = ("vmm", "read", "check", "ring")
FOLDER: Final = ROOT / "build" / "adequacy" / "rust"
#: Where the judge adds a rule, and the same with the choice that takes out the check of the first rule.
_CHECKS: Final = "spec/rust/src/rule_set.rs"
_UNLESS: Final = "const fn unless(self, kept: bool, rule: Rule) -> Self {\n"
_FIRST_RULE: Final = 1 << 11
_UNLESS_OFF: Final = (
    f"{_UNLESS.removeprefix('const ')}        let kept = kept | crate::chosen::is({_FIRST_RULE} + rule as usize);\n"
)
#: Questions in flight: little enough for the buffers of two pipes.
_WINDOW: Final = 64
#: Seconds of the processor that all answers may take; what takes more hangs.
_CPU: Final = 10
#: Requests that are added to the pipe: which choices were asked; what a second consumer finds in a ring.
_ASKED, _RING = b"A", b"k"
_SUCCESSOR: Final = """
pub fn successor(data: &[u8]) -> Answer {
    let (dealt, image) = data.split_first_chunk().expect("a number");
    let words: Vec<AtomicU64> = image
        .chunks_exact(8)
        .map(|word| AtomicU64::new(u64::from_le_bytes(word.try_into().expect("a word"))))
        .collect();
    let (words, mut buffer): (&[AtomicU64], _) = (&words, [0; 4096]);
    let mut first = Consumer::new(words)?;
    for _ in 0..u32::from_le_bytes(*dealt) {
        if first.fetch(&mut buffer)?.is_none() {
            break;
        }
        first.commit();
    }
    first.fetch(&mut buffer)?;
    let mut second = Consumer::new(words)?;
    let found = second.fetch(&mut buffer)?;
    Ok(found.map_or(String::new(), |one| slot(&one)))
}
"""


def requests(question: Question) -> list[bytes]:
    """What the pipe is sent for one question."""
    q, name = question.input, question.message.name
    if name == "ring":
        return [_RING + struct.pack("<I", q["dealt"]) + q["image"]]
    reading = b"r" + bytes((q["reader"], q["exact"])) + q["record"]
    if name in ("read", "check"):
        return [reading]
    vcpu, machine = v.vcpu_of(q), v.machine_of(q)
    texts = (",".join(machine.notifications), ",".join(sorted(machine.features)))
    named = b"".join(bytes((len(text),)) + text.encode() for text in texts)
    facts = bytes((machine.ras, machine.firmware_va, machine.answered, min(q["repeats"], 255), min(q["bound"], 255)))
    pending = struct.pack("<BQ", q["has_pending_serror"], q["pending_serror"])
    return [reading, b"d" + struct.pack("<10Q", *vcpu) + named + facts + pending + reading[1:]]


def answer(question: Question, texts: Sequence[str]) -> Values:
    """The answer of the protocol in what the pipe said."""
    name = question.message.name
    if name == "ring":
        return _ring(texts[0])
    lines = texts[0].split("\n")
    if lines[0].startswith("record "):
        read: Values = {"outcome": 0, "info": bytes.fromhex(lines[0][7:]), "tail": len(lines[1][5:]) // 2}
        broken = lines[2][7:].replace(",", "").encode()
    else:
        read, broken = {"outcome": OUTCOMES.index(lines[0])}, b""
    if name == "check":
        return {"outcome": read["outcome"], "broken": broken} if not read["outcome"] else read | _rule(lines[1])
    if name == "read":
        return read | (_rule(lines[1]) if read["outcome"] else {})
    return read | _decided(texts[1])


def _rule(name: str) -> Values:
    return {"rule": name.encode()}


def _decided(text: str) -> Values:
    decision, _reply, after = text.split("\n")
    action, rule, _esr, _, _far, _, has_far, _iss, iss, _via, via, _odds, odds, *_reason = decision.split(" ")
    registers = [int(word, 16) for word in after.split(" ")[1:]]
    return dict(zip(v.AFTER, (*registers[:2], *registers[6:]), strict=True)) | _rule(rule) | {
        "action": ACTIONS.index(action), "via": WAYS.index(via), "serror_esr": int(iss, 16),
        "notes": (has_far == "true") | (odds == "true") << 1,
    }


def _ring(text: str) -> Values:
    """A slot, a refusal or nothing."""
    lines = text.split("\n")
    if len(lines) > 1 and lines[1].startswith("slot "):
        _slot, position, vcpu, lost, sequence, record = lines[1].split(" ")
        return {"position": int(position, 16), "vcpu": int(vcpu, 16), "lost": int(lost, 16),
                "sequence": int(sequence, 16), "record": bytes.fromhex(record), "found": 1}
    return _rule(lines[1]) if lines[0] == "malformed" else {}


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))


class Pipe:
    """One process of the pipe, with a change chosen."""

    def __init__(self, program: Path, chosen: int = -1) -> None:
        environment = os.environ | ({"CHOSEN": str(chosen)} if chosen >= 0 else {})
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            preexec_fn=_bounded,  # noqa: PLW1509 - nobody here has threads
        )

    def ask(self, sent: Sequence[bytes]) -> Iterator[str]:
        """The answers, as far as they come."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(b"".join(map(framed, sent)))
            self._process.stdin.flush()
            for _ in sent:
                size = struct.unpack("<I", self._process.stdout.read(4))[0]
                yield self._process.stdout.read(size).decode()
        except (BrokenPipeError, struct.error):
            return

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def first_red(program: Path, questions: Sequence[Question], place: Place, chosen: int = -1) -> int | None:
    """Number of the first question that is not answered as its vector says."""
    pipe = Pipe(program, chosen)
    try:
        for start in range(0, len(questions), _WINDOW):
            window = questions[start : start + _WINDOW]
            sent = [requests(question) for question in window]
            said = pipe.ask([request for each in sent for request in each])
            for number, (question, each) in enumerate(zip(window, sent, strict=True), start):
                place.at = number
                texts = [text for _request, text in zip(each, said, strict=False)]
                if len(texts) < len(each) or not _right(question, texts):
                    return number
    finally:
        pipe.close()
    return None


def _right(question: Question, texts: Sequence[str]) -> bool:
    try:
        return question.is_answered(answer(question, texts))
    except (ValueError, IndexError):  # a changed crate may say what is no answer at all
        return False


class Build:
    """All choices in one build, and all checks; a mutant that is neither is built by itself when it is asked."""

    def __init__(self, mutants: Sequence[Mutant], checks: Mapping[str, Mutant], folder: Path = FOLDER) -> None:
        folder = folder / str(os.getpid())  # two may measure at once
        shutil.rmtree(folder, ignore_errors=True)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.folder = folder
        self.numbers: dict[str, int] = {}
        crate = _copied(folder / "all")
        self._paths = tuple(dict.fromkeys(mutant.path for mutant in mutants))
        for path in self._paths:
            own = [mutant for mutant in mutants if mutant.path == path and not mutant.rule]
            text, numbers = schema(plain(source(path)), own, len(self.numbers))
            _target(crate, path).write_text(text, encoding="utf-8")
            self.numbers |= {mutant.name: number for mutant, number in zip(own, numbers, strict=True)}
        rules = _target(crate, _CHECKS)
        text = rules.read_text(encoding="utf-8")
        assert text.count(_UNLESS) == 1, _UNLESS
        rules.write_text(text.replace(_UNLESS, _UNLESS_OFF), encoding="utf-8")
        self.numbers |= {check.name: _FIRST_RULE + n for n, check in enumerate(checks.values())}
        self.program = _built(crate)

    def asked(self, questions: Sequence[Question]) -> list[str]:
        """Names of the mutants whose choice the questions come to."""
        pipe = Pipe(self.program)
        for question in questions:
            for _text in pipe.ask(requests(question)):
                pass
        numbers = set(map(int, next(pipe.ask([_ASKED])).split()))
        pipe.close()
        return [name for name, number in self.numbers.items() if number in numbers]

    def program_of(self, mutant: Mutant) -> tuple[Path, int]:
        """The program with the mutant in it, and what is to be chosen."""
        number = self.numbers.get(mutant.name, -1)
        if number >= 0:
            return self.program, number
        crate = _copied(self.folder / f"single-{os.getpid()}")
        if not mutant.rule:  # it is a change of the plain text, which is plain throughout
            for path in self._paths:
                _target(crate, path).write_text(plain(source(path)), encoding="utf-8")
        text = source(mutant.path) if mutant.rule else plain(source(mutant.path))
        _target(crate, mutant.path).write_text(changed(text, mutant), encoding="utf-8")
        return _built(crate), -1


def _target(crate: Path, path: str) -> Path:
    return crate / Path(path).relative_to("spec/rust")


def _copied(folder: Path) -> Path:
    """A copy of the crate, with the requests that are added to its pipe."""
    crate = Path(shutil.copytree(CRATE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target")))
    pipe = crate / "examples" / "pipe"
    with (pipe / "ring.rs").open("a", encoding="utf-8") as ring:
        ring.write(_SUCCESSOR)
    main = (pipe / "main.rs").read_text(encoding="utf-8")
    arms = (
        f"b'{_RING.decode()}' => ring::successor(data),\n        "
        f"b'{_ASKED.decode()}' => Ok(kvm_fault_info::chosen::asked()),"
    )
    (pipe / "main.rs").write_text(main.replace("_ => panic!", f"{arms}\n        _ => panic!"), encoding="utf-8")
    lib = crate / "src" / "lib.rs"
    text = lib.read_text(encoding="utf-8").replace("#![no_std]", "#![no_std]" + PRELUDE)
    lib.write_text(text.replace('#![doc = include_str!("../README.md")]', ""), encoding="utf-8")
    return crate


def _built(crate: Path) -> Path:
    """The pipe by rustc alone, overflow being a crash; cargo would look at more than has changed."""
    flags = ("--edition", "2021", "-Copt-level=0", "-Coverflow-checks=on", "-Awarnings", "--cap-lints", "allow")
    library = crate / "libkvm_fault_info.rlib"
    run("rustc", *flags, "--crate-type", "rlib", "--crate-name", "kvm_fault_info", "-o", library, crate / "src/lib.rs")
    program = crate / "pipe"
    run("rustc", *flags, "--crate-name", "pipe", "--extern", f"kvm_fault_info={library}", "-o", program,
        crate / "examples" / "pipe" / "main.rs")
    return program
