# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rows of the equality tables: one a cell, its two sides compared with what the guest must read, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from abi.esr_fields import EC_DABT_CUR, EC_DABT_LOW, EC_IABT_CUR, EC_IABT_LOW, EC_SERROR
from tests.lab.case import Said
from tests.lab.cells import Cell
from tests.lab.guest import REPORTED
from tests.lab.judging import (
    ALL,
    Seen,
    claims,
    differing_fields,
    end_untold,
    expected,
    explained,
    not_injected,
    shown_by_hardware,
)

EQUAL: Final = "equal"
#: EC without the level, which the vector shows anyway.
_EC: Final = {EC_DABT_LOW: "data abort", EC_DABT_CUR: "data abort", EC_IABT_LOW: "instruction abort",
              EC_IABT_CUR: "instruction abort", EC_SERROR: "SError"}
_VECTOR: Final = 0x80
SEA_AGAIN: Final = "nothing injected, told as success"
#: The reference VMM has seen that, and says so.
BUG: Final = "not injected"
#: A kernel that takes the whole reply has no injection of its own beside it.
NOT_ASKED: Final = "the reply's"


class Difference(NamedTuple):
    """A field that the guest read as ``got`` where ``due`` was, and the rule that says so, or None."""

    field: str
    got: str
    due: str
    rule: str | None = None

    def __str__(self) -> str:
        return f"{self.field}={self.got}" + (f" ({self.rule})" if self.rule else "")


class Side(NamedTuple):
    """What one way of injection came to: differences, or ``word`` where there was nothing to compare, by ``rule``."""

    differences: tuple[Difference, ...] = ()
    word: str = ""
    rule: str | None = None

    @property
    def text(self) -> str:
        """For a table."""
        if self.word:
            return f"{self.word} ({self.rule})" if self.rule else self.word
        dropped = [one.field for one in self.differences if one.got == "0" and not one.rule]
        others = [str(one) for one in self.differences if one.field not in dropped]
        return "; ".join([f"drops {' '.join(dropped)}"] * bool(dropped) + others) or EQUAL

    @property
    def rules(self) -> set[str | None]:
        """By which it is as it is; None among them: by none. Empty: equal."""
        return {self.rule} if self.word else {difference.rule for difference in self.differences}


class Row(NamedTuple):
    """A cell, what its guest must read, the reference VMM's way, the kernel's own; ``absent``: why it did not run."""

    cell: Cell
    must: Seen
    vmm: Side
    kernel: Side
    absent: str = ""


def rows(result: Said, others: Mapping[str, Said]) -> Iterator[Row]:
    """Every cell of a case of the equality tables."""
    for name, found in result["cells"].items():
        cell = ALL[name]
        must = _must(cell, found, others)
        if "absent" in found:
            yield Row(cell, must, Side(), Side(), found["absent"])
        elif "stock" in found:
            end, rule = end_untold(cell, found["stock"], result)
            yield Row(cell, must, Side(word="not told", rule=rule or None), Side(word=end))
        else:
            bug = not_injected(result, cell, found)
            vmm = Side(word=BUG, rule=cell.refused) if bug else _vmm(cell, must, found)
            yield Row(cell, must, vmm, Side(word=NOT_ASKED) if claims(result) else _kernel(cell, must, found))


def _must(cell: Cell, found: Mapping[str, Any], others: Mapping[str, Said]) -> Seen:
    if cell.fields is not None:
        return expected(cell, others)
    seen: Seen = found.get("hardware") or shown_by_hardware(others, cell.name)
    return seen


def _vmm(cell: Cell, must: Seen, found: Mapping[str, Any]) -> Side:
    if "refused" in found:
        return Side(word="error", rule=found["refused"]["rule"])
    return compared(must, found["vmm"], cell, record=found.get("record", ""))


def _kernel(cell: Cell, must: Seen, found: Mapping[str, Any]) -> Side:
    got = found.get("kernel", {})
    if got.get("exit") == "KVM_EXIT_ARM_SEA":
        return Side(word=SEA_AGAIN)
    stale = int(found["trap"]["far_el2"], 16) if "trap" in found else None
    return compared(must, got, cell, stale)


def compared(
    must: Seen, got: Seen, cell: Cell | None = None, stale: int | None = None, record: str = ""
) -> Side:
    """Every field; ``stale``: FAR_EL2 of the trap, which nobody must see where it was not valid."""
    if "vector" not in got:
        return Side(word=f"no entry: {got.get('exit', 'nothing')}")
    if "vector" not in must:
        return Side(word="nothing to compare with")
    found: list[Difference] = []
    for field, wanted in must.items():
        if field not in got or got[field] == wanted:
            continue
        if field == "esr_el1":
            found += _syndrome(cell, wanted, got[field], record)
            continue
        rule = explained(cell, field, wanted, got[field], record) if cell else None
        if field == "vector":
            found.append(Difference(field, _offset(got[field]), _offset(wanted), rule))
        elif field == "far_el1":
            old = stale is not None and int(got[field], 16) == stale
            found.append(Difference("FAR", "stale" if old else got[field], wanted, rule))
        elif field in REPORTED:
            found.append(Difference(field.upper(), _bit(got[field]), _bit(wanted), rule))
        else:
            found.append(Difference(field, str(got[field]), str(wanted), rule))
    return Side(tuple(found))


def _offset(vector: str) -> str:
    return f"+{int(vector, 16) * _VECTOR:#x}"


def _bit(field: str) -> str:
    """Of PSTATE, as the guest's MRS shows it."""
    return "0" if field == "0x0" else "1"


def _syndrome(cell: Cell | None, wanted: str, got: str, record: str) -> Iterator[Difference]:
    """Fields of ESR_ELx that are other, each by its own rule."""
    for name, due, value in differing_fields(wanted, got):
        rule = explained(cell, name, hex(due), hex(value), record) if cell else None
        same_class = name == "EC" and _EC.get(due) == _EC.get(value)  # then the level is wrong
        texts = (hex(value), hex(due)) if same_class else (_value(name, value), _value(name, due))
        yield Difference(name, *texts, rule)


def _value(name: str, value: int) -> str:
    if name == "EC":
        return _EC.get(value, hex(value))
    return hex(value) if value > 1 else str(value)
