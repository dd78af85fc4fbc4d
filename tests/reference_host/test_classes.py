# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The generated traps reach every class of the validity tables: each is counted, none may be empty.

Fixed runs of the strategies, the same on every machine; what the classes are is typed by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from abi.cper import ArmProcessor, PlatformMemory
from abi.definition import FLAGS, NEWEST
from abi.record import FaultInfo
from abi.rules.given import Given
from abi.rules.on_emission import broken
from abi.trap import Emission, End, Isolated, Trap
from reference_host.emit import emit
from tests.reference_host import strategies as s
from tests.reference_host import tables as t

#: What is drawn from, and how often.
RUNS = (
    (s.events(), 1500),
    (s.events(s.traps(s.external_abort, disr_el1=None, notify="sea")), 1800),
    (s.events(s.traps(s.serror)), 700),
    (s.events(s.traps(s.stage2_fault, disr_el1=None)), 700),
    (s.events(s.traps(disr_el1=None, notify="gpio", esr_el2=0)), 500),
    (s.events(s.traps(disr_el1=None, notify="gpio", esr_el2=0, isolated=(Isolated(s.SLOTS[0].gpa, 30),))), 800),
)
BITS = (0, 1)


def bit(word: int, mask: int) -> int:
    return int(word & mask != 0)


def of_abort(trap: Trap) -> Iterator[str]:
    """ESR_EL2 of a data or instruction abort."""
    esr = trap.esr_el2
    kind, fsc = t.KIND_OF_EC.get(esr >> 26 & 0x3F), esr & 0x3F
    if kind not in (1, 2) or not t.class_of(fsc):
        return
    yield f"kind {kind} {t.class_of(fsc)} FnV={bit(esr, t.FNV)} S1PTW={bit(esr, t.S1PTW)}"
    if fsc not in t.EXTERNAL:
        return
    known = int(trap.pfar_el2 is not None)
    yield f"kind {kind} PFV={bit(esr, t.PFV)} ISV={bit(esr, t.ISV)} PFAR={known} parity={int(fsc in t.PARITY)}"
    yield f"kind {kind} FnP={bit(esr, t.FNP)} ISV={bit(esr, t.ISV)}"
    yield f"kind {kind} VNCR={bit(esr, t.VNCR)} hyp={int(trap.hyp_context)}"
    yield f"kind {kind} host_ras={int(trap.host_ras)}"
    if fsc == t.NOT_ON_WALK:
        yield f"kind {kind} SET={esr >> 11 & 3} vm_ras={int(trap.vm_ras)}"
        yield f"kind {kind} walk={int(trap.walk is not None)} mark={trap.hpfar_el2 >> 63} nested={int(trap.nested)}"


def of_serror(trap: Trap) -> Iterator[str]:
    """The syndrome of an SError, taken or deferred."""
    deferred = trap.disr_el1 is not None and trap.disr_el1 >> 31
    iss = trap.disr_el1 or 0 if deferred else trap.esr_el2
    if not deferred and iss >> 26 != t.EC_SERROR:
        return
    place = "DISR" if deferred else "ESR"
    yield f"SError {place} IDS={bit(iss, t.IDS)} DFSC={iss & 0x3F:#x}"
    if not iss & t.IDS and iss & 0x3F == 0x11:
        yield f"SError {place} AET={iss >> 10 & 7}"
        if not deferred:
            yield f"SError VFV={bit(iss, t.VFV)} PFV={bit(iss, t.PFV)}"


def of_firmware(event: s.Event) -> Iterator[str]:
    """The shape of the firmware record, and with what kind of trap it came."""
    trap, block = event
    external = t.KIND_OF_EC.get(trap.esr_el2 >> 26) in (1, 2) and trap.esr_el2 & 0x3F in t.EXTERNAL
    what = "abort" if external else "SError" if trap.esr_el2 >> 26 == t.EC_SERROR else "other"
    yield f"notify {trap.notify} {what} CPER={int(block is not None)}"
    if block is None or not external or trap.notify != "sea":
        return
    yield f"CPER severity {min(block.error_severity, 4)}"
    yield f"CPER entries {min(len(block.entries), 2)} block_status {int(block.block_status != 0)}"
    for entry in block.entries:
        if isinstance(entry.section, PlatformMemory):
            yield f"CPER memory PA={entry.section.validation_bits >> 1 & 1} severity {min(entry.error_severity, 4)}"
        elif isinstance(entry.section, ArmProcessor) and len(entry.section.error_info) == 1:
            (info,) = entry.section.error_info
            ours = entry.section.mpidr_raw == trap.mpidr
            shape = f"VA={info.validation_bits >> 3 & 1} PA={info.validation_bits >> 4 & 1}"
            yield f"CPER arm {shape} cache={info.type >> 1 & 1}"
            yield f"CPER arm {shape} MPIDR={entry.section.validation_bits & 1} ours={int(ours)}"
        elif isinstance(entry.section, ArmProcessor):
            yield "CPER arm, several error informations"
        else:
            yield "CPER raw section"


def of_record(record: FaultInfo) -> Iterator[str]:
    """What was written."""
    kind = record.kind
    yield f"record kind {kind} origin {record.origin} host_action {record.host_action}"
    yield f"record kind {kind} gpa_origin {record.gpa_origin}"
    yield f"record kind {kind} version 1.{record.minor}"
    yield from (f"record {flag.name}={bit(record.flags, flag.mask)}" for flag in FLAGS)


def classes(event: s.Event, emission: Emission) -> Iterator[str]:
    if event.trap.disr_el1 is None:
        yield from of_abort(event.trap)
        yield from of_firmware(event)
    yield from of_serror(event.trap)
    yield f"end {emission.end.name}, {emission.rule}"
    if emission.record:
        yield from of_record(emission.record)


EXPECTED = {
    *(f"kind {k} {c} FnV={f} S1PTW={w}" for k, c, f, w in product((1, 2), t.CLASSES, BITS, BITS)),
    *(f"kind {k} PFV={p} ISV={i} PFAR={r} parity={e}" for k, p, i, r, e in product((1, 2), *[BITS] * 4)),
    *(f"kind {k} FnP={f} ISV={i}" for k, f, i in product((1, 2), BITS, BITS)),
    *(f"kind {k} VNCR={v} hyp={h}" for k, v, h in product((1, 2), BITS, BITS)),
    *(f"kind {k} host_ras={r}" for k, r in product((1, 2), BITS)),
    *(f"kind {k} SET={x} vm_ras={r}" for k, x, r in product((1, 2), range(4), BITS)),
    *(f"kind {k} walk={w} mark={m} nested={n}" for k, w, m, n in product((1, 2), *[BITS] * 3)),
    *(f"SError {p} AET={a}" for p, a in product(("ESR", "DISR"), range(8))),
    *(f"SError {p} IDS={i} DFSC={d}" for p, i, d in product(("ESR", "DISR"), BITS, ("0x0", "0x2", "0x11"))),
    *(f"SError VFV={v} PFV={p}" for v, p in product(BITS, BITS)),
    *(f"notify {n} {w} CPER={c}" for n, w, c in product(
        ("sea", "sei", "gpio", "none"), ("abort", "SError", "other"), BITS)),
    *(f"CPER severity {n}" for n in range(5)),
    *(f"CPER entries {n} block_status {b}" for n, b in product(range(3), BITS)),
    *(f"CPER memory PA={p} severity {n}" for p, n in product(BITS, range(5))),
    *(f"CPER arm VA={v} PA={p} cache={c}" for v, p, c in product(*[BITS] * 3)),
    *(f"CPER arm VA={v} PA={p} MPIDR={m} ours={o}" for v, p, m, o in product(*[BITS] * 4)),
    "CPER arm, several error informations", "CPER raw section",
    *(f"record kind {k} origin {o} host_action {a}" for k, o, a in (
        (1, 1, 1), (1, 3, 3), (1, 5, 2), (2, 1, 1), (2, 3, 3), (2, 5, 2), (3, 1, 1), (3, 3, 1), (4, 2, 2), (4, 2, 4))),
    *(f"record kind {k} gpa_origin {o}" for k, o in (
        (1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3), (3, 0), (3, 2), (3, 3), (4, 3))),
    *(f"record kind {k} version 1.{m}" for k, m in product((1, 2, 3, 4), range(NEWEST.minor + 1))),
    *(f"record {flag.name}={b}" for flag, b in product(FLAGS, BITS)),
    *(f"end {end.name}, {rule}" for end, rule in (
        (End.RECORD, None),
        (End.PANIC, "host.never_silent"), (End.PANIC, "host.serror.given"),
        (End.RESUMED, "host.serror.given"), (End.RESUMED, "host.claim.queued"), (End.RESUMED, "host.gpa.space"),
        (End.RESUMED, "host.record.cause"), (End.RESUMED, "host.enable.protected"), (End.RESUMED, "host.enabled.only"),
        (End.INJECTED, "host.owned"), (End.INJECTED, "host.enable.protected"), (End.INJECTED, "host.enabled.only"),
        (End.SIGNAL, "host.enable.protected"), (End.SIGNAL, "host.enabled.only"),
        (End.NO_ERROR, "host.record.cause"))),
}


@pytest.fixture(scope="module")
def counted() -> Counter[str]:
    """How often each class came; on the way every output is held against the rules."""
    counts: Counter[str] = Counter()

    def run(event: s.Event) -> None:
        emission = emit(*event)
        assert broken(Given(*event, emission)) == ()
        counts.update(set(classes(event, emission)))

    for strategy, examples in RUNS:
        fixed = settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
                         suppress_health_check=list(HealthCheck))
        seed(20261122)(fixed(given(strategy)(run)))()
    return counts


def test_every_class_was_generated(counted: Counter[str]) -> None:
    assert EXPECTED - set(counted) == set()


def test_no_trap_ends_in_a_way_that_no_rule_allows(counted: Counter[str]) -> None:
    assert {name for name in counted if name.startswith("end ")} <= EXPECTED


def test_no_record_says_where_it_comes_from_but_as_the_tables_have_it(counted: Counter[str]) -> None:
    assert {name for name in counted if name.startswith("record kind ")} <= EXPECTED
