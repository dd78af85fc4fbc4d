# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The rules that the live emitter's records show, where the kernel's own exit cannot: by which case.

Each record of ``live.*`` and ``firmware.*`` is judged as an emission of the trap that it is about, then again with one
bit of it turned over: a rule is shown by a case if it is kept there, and some such lie would break it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from abi.cper import StatusBlock, parse_status_block
from abi.definition import RECORD
from abi.errors import InputError
from abi.record import FaultInfo, build, read
from abi.rules import on_emission
from abi.rules.given import Given
from abi.trap import Emission, End, Isolated, Trap
from reference_host.emit import emit
from tests.lab import guest, live_judging
from tests.lab.case import Said
from tests.lab.verdict_chain import CHAIN, trap_of

#: Cases of traps, each by its name; those of one access.
_ABORTS, _SERRORS = ("live.not_told", "live.told"), ("live.serror", "live.deferred")
#: How KVM_RUN ends at an abort that APEI has claimed.
_CLAIMED: Final = "EINTR"
#: Rules about more than one record -> the case whose judge asks for it.
_JUDGED: Final = {"host.sequence": ("live.full",)}
#: Bits of a field that are told wrongly, from its first and from its end; of flags and syndrome every one.
_ENDS: Final = (0, 1, -1)
_WHOLE: Final = ("flags", "sea_flags", "esr")


class Event(NamedTuple):
    """What a record is about, and its bytes; b"": there was none."""

    case: str
    trap: Trap
    block: StatusBlock | None
    record: bytes


class Shown(NamedTuple):
    """Rule -> the cases that show it kept, and those that show it broken."""

    kept: Mapping[str, tuple[str, ...]]
    broken: Mapping[str, tuple[str, ...]]


def shown(results: Mapping[str, Said]) -> Shown:
    """Of everything that the emitter said."""
    kept: dict[str, list[str]] = {}
    broken: dict[str, list[str]] = {}
    for event in (*_aborts(results), *_pages(results), *_chain(results)):
        truth = _broken(event, event.record)
        for rule in truth:
            broken.setdefault(rule, []).append(event.case)
        for rule in frozenset[str]().union(*(_broken(event, lie) for lie in _lies(event))) - truth:
            kept.setdefault(rule, []).append(event.case)
    kept |= {rule: [case for case in cases if case in results] for rule, cases in _JUDGED.items()}
    return Shown(*({rule: tuple(dict.fromkeys(cases)) for rule, cases in one.items()} for one in (kept, broken)))


def told(results: Mapping[str, Said], unseen: Iterable[str]) -> Iterator[str]:
    """Of rules that the kernel's exit cannot show: those that the emitter's records show, by their cases; the rest."""
    found = shown(results)
    groups: dict[tuple[str, ...], list[str]] = {}
    for rule in unseen:
        groups.setdefault(found.kept.get(rule, ()), []).append(rule)
    every = max(groups, key=len)
    for cases, rules in groups.items():
        others = [case for case in every if case not in cases]
        all_but = "every case with a record" + f" but {', '.join(others)}" * bool(others)
        yield f"{all_but if len(others) < len(cases) else ', '.join(cases) or 'none'}: {', '.join(rules)}"


def _aborts(results: Mapping[str, Said]) -> Iterator[Event]:
    for case in (*_ABORTS, *_SERRORS):
        for seen in results.get(case, {}).values():
            trap = live_judging.trap_of(seen)
            if case in _SERRORS:
                trap = live_judging.without_far(trap)
            yield from (Event(case, trap, None, bytes.fromhex(one["record"])) for one in seen["records"])


def _pages(results: Mapping[str, Said]) -> Iterator[Event]:
    """Pages that were poisoned, by madvise() and by a memory section of a firmware record."""
    for case in ("live.poison", "live.notice"):
        seen = results.get(case)
        if seen is not None:
            trap = live_judging.trap_of(seen)._replace(isolated=(Isolated(guest.GPA_TARGET, 12),))
            block = parse_status_block(bytes.fromhex(seen["cper"])) if "cper" in seen else None
            yield from (Event(case, trap, block, bytes.fromhex(one["record"])) for one in seen["records"])


def _chain(results: Mapping[str, Said]) -> Iterator[Event]:
    for case, result in results.items():
        if not case.startswith(CHAIN):
            continue
        for number, run in enumerate(result["runs"]):
            trap, block = trap_of(case, result, number)
            told = block if run["exit"] == _CLAIMED else None
            records = [one["record"] for one in run["emitted"]] or [""]
            yield from (Event(case, trap, told, bytes.fromhex(record)) for record in records)


def _broken(event: Event, record: bytes) -> frozenset[str]:
    emission = emit(event.trap, event.block)
    if not record:
        silent = emission if emission.record is None else Emission(None, None, End.RESUMED)
        return frozenset(on_emission.broken(Given(event.trap, event.block, silent)))
    try:
        told = read(record, exact=False)
    except InputError as error:
        return frozenset({error.code})
    if not isinstance(told, FaultInfo):
        return frozenset({told.rule})
    return frozenset(on_emission.broken(Given(event.trap, event.block, emission._replace(record=told))))


def _lies(event: Event) -> Iterator[bytes]:
    """Another bit; where there was no record the one that there is without firmware's."""
    record = event.record
    if not record:
        other = emit(event.trap).record
        yield from [build(other)] if other else []
    number = int.from_bytes(record, "little")
    for name, offset in RECORD.offsets.items():
        width = RECORD.end(name) - offset
        bits = range(8 * width) if name in _WHOLE else (bit % (8 * width) for bit in _ENDS)
        yield from ((number ^ 1 << 8 * offset + bit).to_bytes(len(record), "little")
                    for bit in bits if offset + width <= len(record))
