# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Rust crate gives Python's answers: values, the one refusal, the rules that are broken, decisions.

On records made by hand, on many inputs from one source of chance, and on hypothesis's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.conformance.values import machine_of, vcpu_of
from abi.conformance.vectors import load
from abi.cper import build_record, build_section, build_status_block
from abi.definition import NEWEST
from abi.record import FaultInfo, build
from abi.vcpu import Machine, Vcpu
from tests.abi.broken_records import BROKEN, BROKEN_TOO, MALFORMED, VALID
from tests.abi.cper import strategies as cper
from tests.abi.ring.by_hand import THREE
from tests.abi.strategies import hostile_bytes, near_valid_records
from tests.abi.strategies import records as any_records
from tests.reference_vmm.strategies import machines, read_records, vcpus
from tests.rust import asked, made
from tests.rust.asked import Asked, Consumed
from tests.rust.crate import CrashError, Pipe, ask_all, built

pytestmark = pytest.mark.check

#: Inputs of each kind.
NUMBER = 20_000
#: A few answers that each kind of input must have met, or the inputs are not what they should be.
MUST_MEET = {
    "reading": ("record", "vmm.size", "vmm.agree", "vmm.critical.unknown", "vmm.major.unknown", "vmm.malformed"),
    "deciding": ("inject", "pend", "interrupt", "log", "retry", "stop"),
    "image": ("ring", "vmm.ring.header", "vmm.ring.stamp", "host.sequence"),
    "consuming": ("slot", "vmm.ring.header", "vmm.ring.stamp", "host.sequence"),
    "walking": ("block", "host.cper.strict"),
    "record": ("record", "host.cper.strict"),
    "section": ("arm", "memory", "info", "host.cper.strict"),
    "capture": ("block", "arm", "host.cper.strict"),
}


@pytest.fixture(scope="module")
def program() -> Path:
    return built()


@pytest.fixture(scope="module")
def pipe(program: Path) -> Iterator[Pipe]:
    with Pipe(program) as process:
        yield process


def same(pipe: Pipe, one: Asked | Consumed) -> str:
    """Ask, and hold the answer against Python's."""
    answer = pipe.ask(one.request)
    difference = one.differs(answer)
    assert not difference, one.request.hex() + difference
    return answer


def first_words(answer: str) -> list[str]:
    """What an answer is: the first word of its first line, or the rule of a refusal."""
    lines = answer.strip().split("\n")
    refused = [lines[n + 1] for n, line in enumerate(lines[:-1]) if line in ("malformed", "not understood")]
    return [lines[0].split(" ")[0], *refused]


@pytest.mark.parametrize("what", made.WHAT)
def test_many_inputs_get_the_answer_that_python_gives(what: str, program: Path) -> None:
    met: Counter[str] = Counter()
    for seed in range(0, NUMBER, 1000):
        corpus = made.corpus(what, seed, 1000)
        for one, answer in zip(corpus, ask_all(program, (each.request for each in corpus)), strict=True):
            difference = one.differs(answer)
            assert not difference, one.request.hex() + difference
            met.update(first_words(answer))
    assert set(MUST_MEET.get(what, ())) <= set(met), met


@pytest.mark.parametrize("name", VALID)
def test_a_valid_record_breaks_no_rule(name: str, pipe: Pipe) -> None:
    assert same(pipe, asked.reading(build(VALID[name]), NEWEST.minor, exact=True)).endswith("\nbroken ")


@pytest.mark.parametrize("minor", [0, 1])
@pytest.mark.parametrize(("rule", "record"), [*BROKEN.items(), *BROKEN_TOO])
def test_a_broken_record_breaks_the_rule_that_it_was_made_to_break(
    rule: str, record: FaultInfo, minor: int, pipe: Pipe
) -> None:
    answer = same(pipe, asked.judging(record, minor))
    if minor == NEWEST.minor:
        assert answer == rule


@pytest.mark.parametrize(("data", "field"), MALFORMED.items(), ids=lambda value: str(len(value)))
def test_bytes_that_are_too_short_are_refused_at_the_field_that_is_cut(data: bytes, field: str, pipe: Pipe) -> None:
    """vmm.malformed"""
    answer = same(pipe, asked.reading(data, NEWEST.minor, exact=True))
    assert answer.startswith(f"malformed\nvmm.malformed\nrecord.{field}\n")


def test_a_ring_made_by_hand_gives_its_three_records(pipe: Pipe) -> None:
    assert same(pipe, asked.image(THREE)).count("\nslot ") == 3
    assert same(pipe, asked.consuming(THREE)).endswith("\ntail 0x8")


@given(hostile_bytes(), st.integers(0, 1), st.booleans())
def test_any_bytes_are_read_as_python_reads_them(pipe: Pipe, data: bytes, minor: int, exact: bool) -> None:
    same(pipe, asked.reading(data, minor, exact=exact))


@given(st.one_of(any_records(), near_valid_records()), st.integers(0, 1))
def test_any_record_breaks_the_rules_that_python_names(pipe: Pipe, record: FaultInfo, minor: int) -> None:
    same(pipe, asked.judging(record._replace(tail=b""), minor))


@given(read_records(), st.integers(0, 1), vcpus(), machines())
def test_any_record_is_answered_as_python_answers_it(
    pipe: Pipe, record: FaultInfo, minor: int, vcpu: Vcpu, machine: Machine
) -> None:
    """vmm.notify, vmm.far.source, vmm.esr.rewrite, vmm.sea.vector, vmm.entry.state"""
    same(pipe, asked.deciding(build(record).ljust(256, b"\0"), minor, vcpu, machine))


@given(st.integers(0), st.dictionaries(st.integers(0, 900), st.integers(0, 255), max_size=4), st.integers(0, 900))
def test_any_ring_is_read_as_python_reads_it(pipe: Pipe, seed: int, changes: dict[int, int], size: int) -> None:
    """vmm.ring.header, vmm.ring.stamp, host.sequence; only whole words can be mapped"""
    memory = bytearray(made.ring(Random(seed)))[:size]
    for at, value in changes.items():
        memory[at : at + 1] = bytes([value]) if at < len(memory) else b""
    same(pipe, asked.image(bytes(memory)))
    same(pipe, asked.consuming(bytes(memory[: size // 8 * 8])))


def vectors_asked() -> Iterator[tuple[str, Asked | Consumed]]:
    """Every vector of which the crate can be asked something, by its slug."""
    for vector in load():
        q = vector.input
        data, minor, exact = q.get("record", b""), q.get("reader", 0), bool(q.get("exact"))
        if "record" in vector.message.parts:
            yield vector.slug, asked.reading(data, minor, exact=exact)
        if vector.request == "vmm":
            yield vector.slug, asked.deciding(data, minor, vcpu_of(q), machine_of(q), exact=exact)
        if vector.request == "ring":
            image = q.get("image", b"")
            yield vector.slug, asked.image(image)
            yield vector.slug, asked.consuming(image[: len(image) // 8 * 8])
        if q.get("firmware"):
            yield vector.slug, asked.status_block(q.get("cper", b""))


def test_every_vector_is_answered_as_python_answers_it(program: Path) -> None:
    """The crate is a VMM's: of the host's vectors it reads the firmware records."""
    slugs, requests = zip(*vectors_asked(), strict=True)
    assert len(set(slugs)) > 4000
    for slug, one, answer in zip(slugs, requests, ask_all(program, (one.request for one in requests)), strict=True):
        difference = one.differs(answer)
        assert not difference, slug + difference


@given(cper.status_blocks().map(build_status_block), st.data())
def test_any_status_block_is_walked_as_python_walks_it(pipe: Pipe, data: bytes, draw: st.DataObject) -> None:
    """host.cper.strict"""
    same(pipe, asked.status_block(data))
    same(pipe, asked.status_block(draw.draw(changed(data))))


@given(cper.records().map(build_record), st.data())
def test_any_cper_record_is_walked_as_python_walks_it(pipe: Pipe, data: bytes, draw: st.DataObject) -> None:
    same(pipe, asked.cper_record(data))
    same(pipe, asked.cper_record(draw.draw(changed(data))))


@given(cper.sections().map(build_section), st.data())
def test_any_section_is_read_as_python_reads_it(pipe: Pipe, data: bytes, draw: st.DataObject) -> None:
    for section in (data, draw.draw(changed(data))):
        for read in (asked.arm_section, asked.memory_section, asked.error_info):
            same(pipe, read(section))


@st.composite
def changed(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with one turned, or cut."""
    if not data or draw(st.booleans()):
        return data[: draw(st.integers(0, len(data)))]
    at = draw(st.integers(0, len(data) - 1))
    return data[:at] + bytes((draw(st.integers(0, 255)),)) + data[at + 1 :]


def test_a_pipe_that_ends_is_no_answer(program: Path) -> None:
    """The harness tells a crash from an answer."""
    with pytest.raises(CrashError):
        ask_all(program, [b"r\1\0", b"?"])
