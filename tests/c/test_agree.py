# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""C and Python say the same: by the hundred thousand, by hypothesis, on captures and on records by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from abi.cper import StatusBlock, build_status_block
from abi.definition import KNOWN_FLAGS
from abi.layout import Version
from abi.record import FaultInfo, build
from abi.reply import FaultReply, build_reply
from abi.rules import RECORD_RULES, REFUSALS, check
from abi.trap import End
from abi.vcpu import ACTIONS, Machine, Vcpu
from tests.abi import strategies as records
from tests.abi.broken_records import BROKEN, BROKEN_TOO, MALFORMED, VALID
from tests.abi.cper import strategies as cper
from tests.c import python_side
from tests.c.agree import Met, agree
from tests.c.c_side import ITEMS, CSide, Reading, Refusal
from tests.c.ring_side import consume, ring
from tests.generate.tools import ROOT
from tests.reference_host import strategies as host
from tests.reference_vmm import strategies as vmm

pytestmark = pytest.mark.check

#: Hypothesis looks for the odd ones; the many are for the loops.
SHRINK = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
MANY = {
    "reading": 120_000, "checking": 120_000, "deciding": 60_000, "replying": 60_000, "walking": 25_000,
    "filling": 35_000,
}


def met_all(met: Met, wanted: set[str]) -> None:
    assert wanted <= set(met), f"never met: {sorted(wanted - set(met))}"


def test_reading_many(side: CSide) -> None:
    """Every refusal at every field, and every rule of the host broken in a record that is readable."""
    met = agree(side, "reading", 1, MANY["reading"])
    met_all(met, {"understood", "nothing broken", *(set(RECORD_RULES) - set(REFUSALS))})
    met_all(met, {
        "vmm.major.unknown record.major", "vmm.size record.size", "vmm.size record.flags", "vmm.agree record.kind",
        "vmm.agree record.severity", "vmm.critical.unknown record.flags", "vmm.critical.unknown record.kind",
        *(f"vmm.malformed record.{field}" for field in MALFORMED.values()),
    })
    assert met["tail"] > 100


def test_checking_many(side: CSide) -> None:
    met_all(agree(side, "checking", 2, MANY["checking"]), set(RECORD_RULES))


def test_deciding_many(side: CSide) -> None:
    met = agree(side, "deciding", 3, MANY["deciding"])
    assert {each.split()[0] for each in met} == set(ACTIONS)
    met_all(met, {"stop vmm.target ", "retry vmm.once ", "log vmm.serror.worse sei", "pend vmm.notify sei"})


def test_replying_many(side: CSide) -> None:
    met = agree(side, "replying", 6, MANY["replying"])
    rules = ("reserved", "one_abort", "kind", "serror", "esr", "far")
    assert set(met) == {"applied", "pending", *(f"host.reply.{rule}" for rule in rules)}


def test_walking_many(side: CSide) -> None:
    met = agree(side, "walking", 4, MANY["walking"])
    met_all(met, {"accepted", *ITEMS})
    met_all(met, {"refused " + path for path in (
        "estatus.block_status", "estatus.data_length", "estatus.raw_data_offset", "estatus.raw_data_length",
        ".error_data_length", ".time_stamp", ".arm.section_length", ".arm.err_info_num", ".length",
        ".arm.context_info_num", ".size", ".memory", ".memory.validation_bits",
    )})


def test_filling_many(side: CSide) -> None:
    met = agree(side, "filling", 5, MANY["filling"])
    assert {each.partition(":")[0] for each in met if "kind" not in each} == {e.value for e in End} - {"record"}
    met_all(met, {f"kind {kind} origin {origin}" for kind, origin in (
        (1, 1), (1, 3), (1, 5), (2, 1), (2, 3), (2, 5), (3, 1), (3, 3), (4, 2),
    )})
    met_all(met, {
        "logged resume: host.gpa.space", "kernel signal: host.enabled.only", "logged resume: host.claim.queued",
        "exception injected by the host: host.owned", "kernel signal: host.enable.protected",
    })


@pytest.mark.parametrize("name", VALID)
def test_a_valid_record_breaks_no_rule(side: CSide, name: str) -> None:
    read = side.read(build(VALID[name]), 1, exact=True)
    assert isinstance(read, Reading)
    assert read.broken == ()


@pytest.mark.parametrize("rule", RECORD_RULES)
def test_a_record_that_breaks_one_rule_breaks_that_rule_in_c(side: CSide, rule: str) -> None:
    """The rule is named by hand, beside the record, not by Python's own judgement."""
    found = [BROKEN[rule], *(record for name, record in BROKEN_TOO if name == rule)]
    for record in found:
        assert side.check(record, 1) == (rule,), record


@pytest.mark.parametrize(("data", "field"), MALFORMED.items())
def test_bytes_that_say_nothing_are_refused_at_the_field_that_is_cut(side: CSide, data: bytes, field: str) -> None:
    refused = side.read(data, 1, exact=False)
    assert isinstance(refused, Refusal)
    assert (refused.outcome, refused.rule, refused.path) == ("malformed", "vmm.malformed", f"record.{field}")


@SHRINK
@given(
    data=st.one_of(records.valid_records().map(build), records.records().map(build), records.hostile_bytes()),
    minor=st.integers(0, 1), exact=st.booleans(),
)
@example(data=b"", minor=1, exact=True)
def test_reading_by_hypothesis(side: CSide, data: bytes, minor: int, exact: bool) -> None:
    assert side.read(data, minor, exact) == python_side.read(data, minor, exact)


@SHRINK
@given(
    record=vmm.records(), unknown=st.integers(0, (1 << 32) - 1), minor=st.integers(0, 1),
    vcpu=vmm.vcpus(vmm.EL1_TARGETS + vmm.ELSEWHERE), machine=vmm.machines(),
)
def test_deciding_by_hypothesis(
    side: CSide, record: FaultInfo, unknown: int, minor: int, vcpu: Vcpu, machine: Machine
) -> None:
    """Each reader on records of each version, with describing flags that nobody knows."""
    given = build(record._replace(flags=record.flags | unknown & ~KNOWN_FLAGS)), minor, vcpu, machine
    assert side.decide(*given) == python_side.answer(*given)


@SHRINK
@given(record=st.one_of(records.records(), records.near_valid_records()), minor=st.integers(0, 1))
def test_checking_by_hypothesis(side: CSide, record: FaultInfo, minor: int) -> None:
    assert side.check(record, minor) == check(record, Version(1, minor))


@SHRINK
@given(
    reply=records.replies(), kind=st.integers(0, 4), host_ras=st.booleans(), vcpu=vmm.vcpus(), machine=vmm.machines(),
)
def test_replying_by_hypothesis(
    side: CSide, reply: FaultReply, kind: int, host_ras: bool, vcpu: Vcpu, machine: Machine
) -> None:
    facts = kind, host_ras, vcpu, machine.features
    assert side.apply(build_reply(reply), *facts) == python_side.applied(reply, *facts)


@SHRINK
@given(seed=st.integers(0), changes=st.dictionaries(st.integers(0, 900), st.integers(0, 255), max_size=4),
       words=st.integers(0, 200))
def test_consuming_by_hypothesis(side: CSide, seed: int, changes: dict[int, int], words: int) -> None:
    memory = ring(Random(seed))
    for at, value in changes.items():
        memory[at : at + 1] = bytes([value]) if at < len(memory) else b""
    consume(side, memory[: 8 * words], Counter(), lambda: True)


@SHRINK
@given(block=cper.status_blocks(), cut=st.integers(0, 8), at=st.integers(0, 400), value=st.integers(0, 255))
def test_walking_by_hypothesis(side: CSide, block: StatusBlock, cut: int, at: int, value: int) -> None:
    data = bytearray(build_status_block(block))
    assert side.firmware(bytes(data)) == python_side.firmware(bytes(data))
    data[at : at + 1] = bytes([value]) if at < len(data) else b""
    data = data[: len(data) - cut]
    assert side.firmware(bytes(data)) == python_side.firmware(bytes(data))


@SHRINK
@given(event=host.events())
def test_filling_by_hypothesis(side: CSide, event: host.Event) -> None:
    trap, block = event
    data = b"" if block is None else build_status_block(block)
    assert side.fill(trap, data) == python_side.fill(trap, block)


@pytest.mark.parametrize("capture", sorted((ROOT / "tests" / "captures" / "cper").glob("*.bin")), ids=lambda p: p.name)
def test_captured_firmware_records(side: CSide, capture: Path) -> None:
    data = capture.read_bytes()
    assert side.firmware(data) == python_side.firmware(data)


def test_the_status_block_of_qemu_has_one_arm_section_with_one_error(side: CSide) -> None:
    """By hand, from hexdump: 20 bytes of block, 72 of entry, 40 of section, 32 of error information."""
    data = (ROOT / "tests" / "captures" / "cper" / "qemu-ghes-arm-v8-estatus.bin").read_bytes()
    read = side.firmware(data)
    assert not isinstance(read, Refusal)
    assert read.items[:3] == (("entry", 0, 0, 20, 72), ("arm", 0, 0, 92, 40), ("error_info", 0, 0, 132, 32))
