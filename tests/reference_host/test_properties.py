# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the host does with anything it is given, rule by rule; each class without a record has its own test."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.cper import DataEntry, PlatformMemory, StatusBlock, bits
from abi.cper import build_status_block as build_block
from abi.cper import parse_status_block as parse_block
from abi.decode import Decoded, decode
from abi.definition import (
    ALL_KINDS,
    CONTEXT_CORRUPT,
    FIRMWARE_VA_VALID,
    HVA_VALID,
    SIZES,
    V1_0,
    V1_1,
)
from abi.errors import InputError
from abi.record import build
from abi.rules.given import Given
from abi.rules.on_emission import broken
from abi.trap import End, Isolated, Signal, Trap
from reference_host.claim import claim
from reference_host.emit import emit, notices
from reference_host.firmware import read_firmware
from reference_host.trap import classify
from tests.abi.cper import strategies as cper
from tests.reference_host import strategies as s
from tests.reference_host import tables as t
from tests.reference_host.builders import PA, block_of, cache, plain, record_of

SOME = settings(max_examples=80, deadline=None)
SERROR_IDS = 0xBF00_0000


# -- every rule, whatever comes --

@settings(max_examples=400, deadline=None)
@given(s.events())
def test_every_output_keeps_every_host_rule(event: s.Event) -> None:
    assert broken(Given(*event, emit(*event))) == ()


@settings(max_examples=40, deadline=None)
@given(s.events(block=cper.status_blocks()))
def test_every_output_keeps_every_host_rule_with_any_firmware_record(event: s.Event) -> None:
    assert broken(Given(*event, emit(*event))) == ()


@SOME
@given(s.events())
def test_every_record_is_readable_and_its_reader_finds_no_fault(event: s.Event) -> None:
    record = emit(*event).record
    if record:
        assert decode(build(record)) == Decoded(record, ())


@SOME
@given(s.events(s.traps(esr_el2=0, disr_el1=None, notify="gpio")))
def test_every_notice_keeps_every_host_rule(event: s.Event) -> None:
    claimed = claim(event.trap, classify(event.trap), read_firmware(event.block))
    for notice in notices(event.trap, claimed):
        assert broken(Given(*event, notice)) == ()


@SOME
@given(s.events())
def test_host_one_report_a_record_or_a_signal(event: s.Event) -> None:
    emission = emit(*event)
    assert emission.record is None or emission.signal is None
    assert (emission.end is End.RECORD) is (emission.record is not None)
    assert (emission.end is End.SIGNAL) is (emission.signal is not None)


# -- the classes without a record --

@SOME
@given(s.events(s.traps(s.external_abort, host_ras=False, disr_el1=None)))
def test_host_owned_without_feat_ras_every_abort_is_the_hosts(event: s.Event) -> None:
    emission = emit(*event)
    assert emission.record is None
    assert emission.rule in ("host.owned", "host.claim.queued", "host.never_silent")
    assert emission.rule != "host.owned" or (emission.end, emission.injected) == (End.INJECTED, SERROR_IDS)


@SOME
@given(s.traps(s.external_abort, disr_el1=None, notify="sea"), st.integers(0, 0xFFF))
def test_host_claim_queued_the_vcpu_reenters_without_a_record(trap: Trap, low: int) -> None:
    emission = emit(trap, block_of(cache(physical=PA & ~0xFFF | low)))
    assert (emission.record, emission.rule, emission.end) == (None, "host.claim.queued", End.RESUMED)
    assert emission.memory_failure
    slot = s.SLOTS[0]
    mapped = trap.memslots is not None and slot in trap.memslots
    expected = Signal(4, slot.hva + 0x1000, 12) if mapped else None
    assert emission.legacy == expected


@pytest.mark.parametrize("block", [
    block_of(cache(physical=PA, type=bits.TYPE_TLB)),
    block_of(cache(virtual=0x1000)),
    block_of(cache(physical=PA), severity=bits.CORRECTED),
    block_of(cache(physical=PA), severity=bits.INFORMATIONAL),
    block_of(cache(physical=PA))._replace(error_severity=bits.CORRECTED),
    StatusBlock((DataEntry(PlatformMemory(0, physical_addr=PA)),)),
])
def test_host_action_possible_a_claim_that_queued_nothing_is_3(block: StatusBlock) -> None:
    emission = emit(plain(), block)
    assert emission.record is not None
    assert (emission.record.host_action, emission.record.origin) == (3, 3)
    assert emission.legacy == Signal(0x80)
    assert emission.signal is None


def test_host_claim_queued_of_a_page_that_is_only_moved_no_signal_comes() -> None:
    memory = DataEntry(PlatformMemory(bits.MEMORY_VALID_PA, physical_addr=PA), bits.CORRECTED, flags=s.THRESHOLD)
    emission = emit(plain(), StatusBlock((memory,), bits.CORRECTED))
    assert (emission.rule, emission.end, emission.memory_failure) == ("host.claim.queued", End.RESUMED, True)
    assert emission.legacy is None


def test_legacy_is_what_linux_sends_whether_or_not_there_is_a_record() -> None:
    owned = emit(plain(0x9200_0094), block_of(cache(virtual=0x1000)))
    assert (owned.rule, owned.legacy, owned.signal) == ("host.owned", Signal(0x80), None)
    page = Signal(5, s.SLOTS[0].hva + 0x1000, 12)
    corrected = emit(plain(0xBE00_1811, notify="gpio"), block_of(cache(physical=PA)))
    assert (corrected.rule, corrected.legacy, corrected.signal) == ("host.serror.given", page, None)


@SOME
@given(s.events(s.traps(protected=True)))
def test_host_enable_protected_no_record_of_a_protected_vm(event: s.Event) -> None:
    assert emit(*event).record is None


def uncontainable(choose: s.Choices) -> int:
    """An SError with AET UC or reserved, or with a DFSC that has no AET."""
    return s.serror(choose) & ~(t.IDS | 0x1C3F) | choose.of(0x11, 0x1011, 0x1411, 0x1C11, 0x00, 0x0C00, 0x0C02)


@SOME
@given(s.events(s.traps(lambda choose: s.serror(choose) & ~(t.IDS | 0x1C3F) | 0b110 << 10 | 0x11,
                        disr_el1=None, host_ras=True, notify="sea")))
def test_host_serror_given_a_corrected_error_is_resumed(event: s.Event) -> None:
    emission = emit(*event)
    assert (emission.record, emission.rule, emission.end) == (None, "host.serror.given", End.RESUMED)
    assert emission.injected is None


@SOME
@given(s.events(s.traps(uncontainable, disr_el1=None, host_ras=True, notify="sea")))
def test_host_serror_given_what_cannot_be_contained_is_a_panic(event: s.Event) -> None:
    emission = emit(*event)
    assert (emission.record, emission.rule, emission.end) == (None, "host.serror.given", End.PANIC)


@SOME
@given(s.traps(s.external_abort, disr_el1=None, notify="sea"), st.sampled_from([bits.FATAL, 4, 0xFFFF_FFFF]))
def test_host_never_silent_a_fatal_record_is_a_panic(trap: Trap, severity: int) -> None:
    emission = emit(trap, block_of(cache(physical=PA), severity=severity))
    assert (emission.record, emission.rule, emission.end) == (None, "host.never_silent", End.PANIC)
    assert not emission.memory_failure


@SOME
@given(s.events(s.traps(kinds=0)))
def test_host_enabled_only_no_kind_no_record(event: s.Event) -> None:
    assert emit(*event).record is None


@pytest.mark.parametrize(("trap", "block", "end", "injected"), [
    (plain(), None, End.INJECTED, SERROR_IDS),
    (plain(notify="gpio"), block_of(cache(physical=PA)), End.INJECTED, SERROR_IDS),
    (plain(), block_of(cache(virtual=0x1000)), End.SIGNAL, None),
    (plain(0xBE00_0C11), None, End.INJECTED, SERROR_IDS),
    (plain(0xBF00_0000), None, End.INJECTED, SERROR_IDS),
    (plain(0xBE00_0811), None, End.RESUMED, None),  # UEO: Linux goes on
    (plain(0x9200_0007, hpfar_el2=0x40_0000, isolated=(Isolated(0x4000_0000, 12),)), None, End.SIGNAL, None),
])
@pytest.mark.parametrize("protected", [False, True])
def test_host_enabled_only_what_may_not_be_told_ends_as_linux_ends_it_today(
    trap: Trap, block: StatusBlock | None, end: End, injected: int | None, protected: bool
) -> None:
    emission = emit(trap._replace(kinds=ALL_KINDS if protected else 0, protected=protected), block)
    assert emission.rule == ("host.enable.protected" if protected else "host.enabled.only")
    assert (emission.record, emission.end, emission.injected) == (None, end, injected)
    assert emission.signal == (emission.legacy if end is End.SIGNAL else None)


@SOME
@given(s.events(s.traps(s.stage2_fault, isolated=(), disr_el1=None)), st.sampled_from(["sea", "sei", "none"]))
def test_host_record_cause_the_hosts_daily_work_is_no_error(event: s.Event, notify: str) -> None:
    emission = emit(event.trap._replace(notify=notify), event.block)
    assert (emission.record, emission.rule, emission.end) == (None, "host.record.cause", End.NO_ERROR)
    assert (emission.legacy, emission.injected, emission.memory_failure) == (None, None, False)


@pytest.mark.parametrize("esr", [0x0, 0x5A00_0000, 0x9200_0021, 0x9200_0011])
def test_host_record_cause_other_exits_are_no_error(esr: int) -> None:
    assert emit(plain(esr)).end is End.NO_ERROR


# -- versions and what was enabled --

@SOME
@given(s.events(s.traps(version=V1_1)))
def test_version_1_0_is_the_same_record_without_hva_and_firmware_va(event: s.Event) -> None:
    newest, oldest = emit(*event), emit(event.trap._replace(version=V1_0), event.block)
    assert oldest._replace(record=None) == newest._replace(record=None)
    if newest.record:
        flags = newest.record.flags & ~(HVA_VALID | FIRMWARE_VA_VALID)
        assert oldest.record == newest.record._replace(size=SIZES[V1_0], minor=0, flags=flags, hva=0, firmware_va=0)


@pytest.mark.parametrize("info", [1 << 3 | 1 << 25, 1 << 3, 1 << 25])
@pytest.mark.parametrize("critical", [CONTEXT_CORRUPT, 0])
def test_host_context_corrupt_firmware_says_so_and_the_vmm_knows_the_flag(info: int, critical: int) -> None:
    block = block_of(cache(validation_bits=bits.VALID_ERR_INFO, error_info=info))
    lost = bits.VALID_ERR_INFO | bits.VALID_PHYSICAL_ADDR
    said = info == 1 << 3 | 1 << 25 and critical
    for trap in (plain(critical=critical), plain(0xBE00_0C11, notify="sei", critical=critical)):
        assert record_of(trap, block).has(CONTEXT_CORRUPT) is bool(said)
    notice = block_of(cache(physical=PA, validation_bits=lost, error_info=info))
    assert record_of(plain(0, notify="gpio", critical=critical), notice).has(CONTEXT_CORRUPT) is bool(said)


def test_host_cper_strict_a_record_that_lies_is_refused_whole() -> None:
    data = bytearray(build_block(block_of(cache(physical=PA))))
    data[12] += 1  # data_length
    with pytest.raises(InputError) as refused:
        parse_block(bytes(data))
    assert refused.value.code == "host.cper.strict"


@SOME
@given(s.traps())
def test_host_cper_strict_without_a_record_nothing_of_one_is_used(trap: Trap) -> None:
    emission = emit(trap, None)
    assert not emission.memory_failure
    if emission.record:
        assert emission.record.origin in (1, 5)
        assert (emission.record.firmware_severity, emission.record.firmware_va) == (0, 0)
        assert emission.record.host_action != 3


@pytest.mark.parametrize("block", [
    block_of(cache(physical=PA))._replace(block_status=0, counted=False),
    StatusBlock(block_status=0),
])
def test_an_empty_block_status_is_no_record(block: StatusBlock) -> None:
    assert emit(plain(), block) == emit(plain(), None)
