# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Each rule that a record can break is broken on purpose, and the lie is named by the rule.

This is also what shows that no check of :mod:`abi.rules.on_emission` is one that cannot fail.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abi.cper import StatusBlock, bits
from abi.decode import Decoded, decode
from abi.definition import V1_0
from abi.errors import InputError
from abi.record import NotUnderstood, build
from abi.rules import RECORD_RULES, all_rules, on_emission, on_end
from abi.rules.given import Given
from abi.rules.on_emission import broken
from abi.trap import Isolated, Trap
from reference_host.emit import emit
from reference_host.violate import BREAKABLE, Lie, violate
from tests.reference_host import strategies as s
from tests.reference_host.builders import PA, block_of, cache, plain

ABORT, FETCH, NO_FAR = plain(walk=0x4000_0000), plain(0x8200_0010), plain(0x9200_0410)
ISOLATED = plain(0x9200_0007, hpfar_el2=0x40_0000, isolated=(Isolated(0x4000_0000, 12),))
WALK = ISOLATED._replace(esr_el2=0x9200_0087, walk_level=2)
PERMISSION = ISOLATED._replace(esr_el2=0x9200_000F, walk=0x4000_0000)
SERROR, CORRECTED, PANIC = plain(0xBE00_0C11), plain(0xBE00_1811), plain(0xBE00_0011)
DEFERRED = plain(disr_el1=0x8000_1811)
NOTICE, ORDINARY = plain(0, notify="gpio"), plain(0x9200_0007)
CLAIMED = block_of(cache(virtual=0x1230))
QUEUED = block_of(cache(physical=PA))
CORRUPT = block_of(cache(validation_bits=bits.VALID_ERR_INFO, error_info=1 << 3 | 1 << 25))

#: Rule -> traps, each with its firmware record, by which it can be broken.
LIES: dict[str, list[tuple[Trap, StatusBlock | None]]] = {
    "host.byte_order": [(ABORT, None), (ABORT._replace(version=V1_0), None)],
    "host.record.cause": [(ABORT, None), (FETCH, None), (ORDINARY, None), (plain(0x5A00_0000), None)],
    "host.esr.mask": [(ABORT, None), (FETCH, None), (SERROR, None), (NOTICE, QUEUED), (ISOLATED, None)],
    "host.esr.il": [(ABORT, None), (FETCH, None), (SERROR, None)],
    "host.esr.isolated": [(ISOLATED, None), (WALK, None)],
    "host.far.valid": [(ABORT, None), (NO_FAR, None), (SERROR, None), (ISOLATED, None), (NOTICE, QUEUED)],
    "host.far.fnv": [(ABORT, None), (NO_FAR, None), (plain(0x9200_0014), None), (ISOLATED, None)],
    "host.far.imprecise": [(ABORT, None), (ABORT._replace(esr_el2=0x9200_8010), None), (SERROR, None)],
    "host.hpfar.valid": [(ABORT, None), (ISOLATED, None), (PERMISSION, None)],
    "host.hpfar.fipa": [(ISOLATED, None), (ABORT, None)],
    "host.gpa.origin": [(ABORT, None), (ISOLATED, None), (NO_FAR, None), (NOTICE, QUEUED)],
    "host.gpa.low": [(ABORT, None), (ISOLATED, None), (WALK, None), (NOTICE, QUEUED)],
    "host.gpa.hpfar": [(ISOLATED, None)],
    "host.gpa.space": [(ABORT, None), (ISOLATED, None), (NO_FAR, None)],
    "host.hva.valid": [(ABORT, None), (NO_FAR, None)],
    "host.lsb.address": [(ABORT, None), (ISOLATED, None)],
    "host.pa.valid": [(ABORT, None), (ISOLATED, None), (plain(0x9200_4010, pfar_el2=PA), None)],
    "host.severity.valid": [
        (ABORT, None), (ISOLATED, None), (SERROR, None), (NOTICE, QUEUED), (plain(0x9200_0814), None)],
    "host.serror.given": [
        (CORRECTED, None), (PANIC, None), (SERROR, None), (DEFERRED, None), (plain(0xBE00_0000), None)],
    "host.action.possible": [(ABORT, None), (ISOLATED, None), (ABORT, CLAIMED), (NOTICE, QUEUED)],
    "host.action_required.kind": [(ABORT, None), (SERROR, None), (NOTICE, QUEUED)],
    "host.origin.kind": [(ABORT, None), (ISOLATED, None), (SERROR, None), (NOTICE, QUEUED)],
    "host.firmware_severity.origin": [(ABORT, None), (ABORT, CLAIMED), (NOTICE, QUEUED)],
    "host.firmware_va.usable": [(ABORT, CLAIMED), (ABORT, None), (ABORT._replace(mpidr=1), CLAIMED)],
    "host.context_corrupt.firmware": [(ABORT, CORRUPT), (ABORT, CLAIMED), (ABORT, None)],
    "host.nested.trap": [(ABORT, None), (ABORT._replace(nested=True), None), (NOTICE, QUEUED)],
    "host.stage1_walk.known": [(WALK, None), (ISOLATED, None), (ABORT, None)],
    "host.invalid.zero": [(ABORT, None), (ISOLATED, None), (NOTICE, QUEUED)],
    "host.reserved.zero": [(ABORT, None), (NOTICE, QUEUED)],
    "host.owned": [
        (plain(0x9200_0094), None), (plain(host_ras=False), None), (SERROR._replace(host_ras=False), None),
        (plain(0x9600_2010, hyp_context=True), None)],
    "host.claim.queued": [(ABORT, QUEUED), (NO_FAR, QUEUED)],
    "host.never_silent": [(ABORT, None), (SERROR, None), (PANIC, None), (ABORT, QUEUED), (NOTICE, QUEUED)],
    "host.one_report": [(ABORT, None), (ISOLATED, None), (ABORT, CLAIMED)],
    "host.enabled.only": [
        (ABORT, None), (ABORT._replace(version=V1_0), None), (ABORT._replace(kinds=1 << 3), None),
        (NOTICE._replace(kinds=1 << 1), QUEUED)],
    "host.cper.strict": [(ABORT, None), (SERROR, None)],
    "host.enable.protected": [(ABORT._replace(protected=True), None), (ISOLATED._replace(protected=True), None)],
    "vmm.size": [(ABORT, None), (ABORT._replace(version=V1_0), None)],
    "vmm.major.unknown": [(ABORT, None)],
    "vmm.critical.unknown": [(ABORT, None), (NOTICE, QUEUED)],
    "vmm.agree": [(ABORT, None), (FETCH, None), (SERROR, None), (NOTICE, QUEUED)],
    "vmm.malformed": [(ABORT, None)],
}
CASES = [(rule, *trap) for rule, traps in LIES.items() for trap in traps]


def as_read(raw: bytes) -> tuple[str, ...]:
    """The rule by which a reader refuses the bytes, or those that the record breaks by itself."""
    try:
        result = decode(raw)
    except InputError as error:
        return (error.code,)
    return (result.rule,) if isinstance(result, NotUnderstood) else result.broken


def lie_of(trap: Trap, rule: str, block: StatusBlock | None) -> Lie:
    return violate(emit(trap, block), trap, rule, block)


@pytest.mark.parametrize(("rule", "trap", "block"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_a_lie_is_named_by_the_rule_that_it_breaks(rule: str, trap: Trap, block: StatusBlock | None) -> None:
    true = emit(trap, block)
    assert broken(Given(trap, block, true)) == ()
    lie = violate(true, trap, rule, block)
    seen = as_read(lie.raw) if lie.raw else ()
    if rule == "host.byte_order":
        assert seen == ("vmm.size",)
    elif rule.startswith("vmm."):
        assert seen == (rule,)
    else:
        assert rule in broken(Given(trap, block, lie.emission))


def test_every_rule_that_can_be_broken_is_tried() -> None:
    assert set(LIES) == set(BREAKABLE)


def test_every_check_of_a_record_or_an_emission_has_a_lie_that_it_catches() -> None:
    checked = {check.rule for check in (*on_emission.CHECKS.all, *on_end.CHECKS.all)} | set(RECORD_RULES)
    assert checked <= set(BREAKABLE)
    caught = set[str]()
    for rule, trap, block in CASES:
        caught.update(broken(Given(trap, block, lie_of(trap, rule, block).emission)))
    assert checked <= caught


@pytest.mark.parametrize("rule", sorted(set(all_rules()) - set(BREAKABLE)))
def test_a_rule_that_no_record_can_break_is_refused_with_a_hint(rule: str) -> None:
    with pytest.raises(InputError) as refused:
        lie_of(ABORT, rule, None)
    assert (refused.value.code, refused.value.got) == ("host.violate", repr(rule))
    words = {"host.ring": "Producer", "host.sequence": "Producer", "host.exit": "HostSide"}
    other = "VMM's" if rule.startswith("vmm.") else "answers"
    assert words.get(".".join(rule.split(".")[:2]), other) in refused.value.hint


def test_only_what_no_record_shows_is_left_out() -> None:
    left = {rule for rule in all_rules() if rule.startswith("host.")} - set(BREAKABLE)
    assert {rule.split(".")[1] for rule in left} == {"reply", "enable", "ring", "exit", "sequence"}
    assert {rule for rule in left if rule.startswith("host.enable.")} == {"host.enable.once", "host.enable.known"}


def test_an_unknown_rule_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError) as refused:
        lie_of(ABORT, "host.far", None)
    assert "host.far.valid" in refused.value.hint


@pytest.mark.parametrize(("rule", "trap"), [
    ("host.far.valid", ORDINARY), ("host.owned", ABORT), ("host.claim.queued", ABORT), ("host.gpa.low", NO_FAR),
    ("host.esr.isolated", ABORT), ("host.never_silent", ORDINARY), ("host.enable.protected", ABORT),
    ("host.record.cause", SERROR), ("vmm.size", ORDINARY), ("host.byte_order", ORDINARY),
])
def test_a_lie_that_would_be_none_is_refused(rule: str, trap: Trap) -> None:
    with pytest.raises(InputError) as refused:
        lie_of(trap, rule, None)
    assert (refused.value.code, refused.value.got) == ("host.violate", "this trap")


@pytest.mark.parametrize(("rule", "trap", "block"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_the_bytes_are_those_of_the_record_but_where_the_bytes_lie(
    rule: str, trap: Trap, block: StatusBlock | None
) -> None:
    lie = lie_of(trap, rule, block)
    if lie.emission.record is None:
        assert lie.raw is None
    elif rule in ("host.byte_order", "vmm.malformed"):
        assert lie.raw != build(lie.emission.record)
    else:
        assert lie.raw == build(lie.emission.record)


def test_the_true_emission_stays_true() -> None:
    true = emit(ABORT)
    for rule in BREAKABLE:
        try:
            violate(true, ABORT, rule)
        except InputError:
            continue
        assert true == emit(ABORT)
    assert true.record is not None
    assert decode(build(true.record)) == Decoded(true.record, ())


@settings(max_examples=150, deadline=None)
@given(s.events(), st.sampled_from(BREAKABLE))
def test_with_any_trap_the_rule_is_broken_or_the_switch_refuses(event: s.Event, rule: str) -> None:
    trap, block = event
    lie = told(trap, rule, block)
    if lie is None:
        return
    seen = as_read(lie.raw) if lie.raw else ()
    shown = "vmm.size" if rule == "host.byte_order" else rule
    assert shown in (*seen, *broken(Given(trap, block, lie.emission)))


def told(trap: Trap, rule: str, block: StatusBlock | None) -> Lie | None:
    """The lie, None where the switch refuses it; another refusal than the switch's is an error."""
    try:
        return lie_of(trap, rule, block)
    except InputError as error:
        if error.code != "host.violate":
            raise
        return None
