# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""ESR_ELx into fields with their meaning, and back.

Every 64-bit value decodes, and what it decodes to encodes to the same value. Data Abort,
Instruction Abort and SError are taken apart; of every other exception class the name and the raw
ISS are given. The tables are :mod:`abi.esr_fields` and :mod:`abi.esr_codes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from abi.errors import InputError
from abi.esr_codes import CLASS_BY_VALUE, EXTERNAL_ABORT, STATUS_BY_VALUE, Fault
from abi.esr_fields import (
    CLASSES,
    EC_DABT_CUR,
    EC_DABT_LOW,
    EC_MASK,
    EC_SHIFT,
    FSC,
    IL,
    ISS,
    ISS2,
    ISV,
    WORD,
    EsrField,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BITS: Final = 64
_BY_NAME: Final = {f.name: f for f in WORD}
#: Fields of the word that others are nested in.
_CONTAINERS: Final = ("ISS", "ISS2")


class DecodedField(NamedTuple):
    """One field: Arm's name, lowest bit in the 64-bit word, bits, value and what the value means."""

    name: str
    lo: int
    width: int
    value: int
    text: str

    @property
    def bits(self) -> str:
        """The bits as the Arm ARM writes them, ``[12:11]`` or ``[10]``."""
        return f"[{self.lo}]" if self.width == 1 else f"[{self.lo + self.width - 1}:{self.lo}]"


class Syndrome(NamedTuple):
    """A decoded ESR_ELx.

    ``fields`` holds EC, IL, ISS and ISS2, then the fields of ISS and of ISS2 from the highest bit
    down. ``reserved`` are the bits that are set although they are RES0 in this syndrome.
    """

    esr: int
    fields: tuple[DecodedField, ...]
    reserved: int

    def get(self, name: str) -> int | None:
        """Give the value of a field, or None where this syndrome does not have it."""
        return next((f.value for f in self.fields if f.name == name), None)


def decode(esr: int) -> Syndrome:
    """Take ``esr`` apart; raises InputError for a value that does not fit 64 bits, and no other."""
    if not 0 <= esr < 1 << _BITS:
        raise InputError("esr.value", "esr", None, "a value of 64 bits", hex(esr))
    children = _children(esr)
    covered = EC_MASK | IL
    if not children:
        covered |= ISS | ISS2
    for field in children:
        if field.holds(esr):
            covered |= field.mask
    shown = (*WORD, *(f for f in children if f.shown(esr)))
    return Syndrome(esr, tuple(_decoded(f, esr) for f in shown), esr & ~covered)


def encode(syndrome: Syndrome | Mapping[str, int]) -> int:
    """Build ESR_ELx from a decoded syndrome or from values by field name.

    A mapping needs ``EC``; ``IL`` is 1 where it is not given, every other field 0. ``ISS`` and
    ``ISS2`` may be given raw, alone or with the fields in them, as :func:`as_dict` gives them.
    Raises InputError for an unknown name, a value that does not fit, a field that this syndrome
    does not have, and an ISS that its own fields contradict.
    """
    if isinstance(syndrome, Syndrome):
        nested = len(syndrome.fields) > len(WORD)
        parts = (f.value << f.lo for f in syndrome.fields if not (nested and f.name in _CONTAINERS))
        return _any(syndrome.reserved, parts)
    values = {"IL": 1, **syndrome}
    if "EC" not in values:
        raise InputError("esr.field", "esr.EC", None, "an exception class", "none")
    esr = _any(0, (_placed(f, values[f.name]) for f in WORD if f.name in values))
    table = {**_BY_NAME, **{f.name: f for f in _children(esr)}}
    for name, value in values.items():
        field = table.get(name)
        if field is None:
            raise InputError("esr.field", f"esr.{name}", None, f"one of {', '.join(table)}", hex(value))
        if name not in _CONTAINERS:
            esr = esr & ~field.mask | _placed(field, value)
    _check(values, table, esr)
    return esr


def as_dict(esr: int) -> dict[str, int]:
    """Give the fields by name in the order of :func:`decode`; raises InputError as it does."""
    return {f.name: f.value for f in decode(esr).fields}


def explain(esr: int) -> list[str]:
    """Explain ``esr`` to people, one line a field, nested as the fields are; errors as :func:`decode`."""
    syndrome = decode(esr)
    lines = [f"ESR {esr:#018x}"]
    inner = syndrome.fields[len(WORD):]
    for field in syndrome.fields[: len(WORD)]:
        lines.append(_line(field, "  "))
        if field.name in _CONTAINERS:
            mask = _BY_NAME[field.name].mask
            lines += [_line(f, "    ") for f in inner if mask >> f.lo & 1]
    if syndrome.reserved:
        bits = ", ".join(str(n) for n in reversed(range(_BITS)) if syndrome.reserved >> n & 1)
        lines.append(f"  RES0   {syndrome.reserved:#x}: reserved, but set: bits {bits}")
    return lines


def fsc_class(fsc: int) -> Fault:
    """Give the class of a fault status code (a str, such as ``"translation"``); InputError above 0x3f."""
    status = STATUS_BY_VALUE.get(_fsc(fsc))
    return Fault.RESERVED if status is None else status.fault


def fsc_level(fsc: int) -> int | None:
    """Give the level of the table walk, -2 to 3, where the code has one; InputError above 0x3f."""
    status = STATUS_BY_VALUE.get(_fsc(fsc))
    return None if status is None else status.level


def is_external_abort(fsc: int) -> bool:
    """Arm ARM IsExternalSyncAbort: 0x10, 0x12-0x18, 0x1a-0x1f; InputError above 0x3f."""
    return bool(EXTERNAL_ABORT >> _fsc(fsc) & 1)


def _fsc(fsc: int) -> int:
    if not 0 <= fsc <= FSC:
        raise InputError("esr.fsc", "fsc", None, f"0 to {FSC:#x}", hex(fsc))
    return fsc


def _children(esr: int) -> tuple[EsrField, ...]:
    """Find the fields below ISS and ISS2; none where the class is not taken apart."""
    found = CLASSES.get((esr & EC_MASK) >> EC_SHIFT)
    return () if found is None else found.iss + found.iss2


def _decoded(field: EsrField, esr: int) -> DecodedField:
    return DecodedField(field.name, field.lo, field.width, field.of(esr), _text(field, esr))


def _text(field: EsrField, esr: int) -> str:
    value = field.of(esr)
    if field.name == "EC":
        return CLASS_BY_VALUE[value].meaning if value in CLASS_BY_VALUE else "unallocated"
    if field.when is not None and not field.when.holds(esr):
        return f"RES0 unless {field.when.text}"
    text = field.texts if isinstance(field.texts, str) else field.texts[value]
    if field.name == "IL" and not value and _il_always_set(esr):
        return f"{text}: not possible, IL is 1 for this exception"
    return text or "reserved"


def _il_always_set(esr: int) -> bool:
    """Arm ARM ESR_ELx.IL: the classes for which IL is 1 whatever was executed; Data Abort with ISV=0."""
    ec = (esr & EC_MASK) >> EC_SHIFT
    if ec in (EC_DABT_LOW, EC_DABT_CUR):
        return not esr & ISV
    return ec in CLASS_BY_VALUE and CLASS_BY_VALUE[ec].il_set


def _line(field: DecodedField, indent: str) -> str:
    digits = (field.width + 3) // 4
    short = f" 0b{field.value:0{field.width}b}" if 1 < field.width <= 6 else ""
    return f"{indent}{field.name:<11} {field.bits:<8} 0x{field.value:0{digits}x}{short}  {field.text}"


def _any(start: int, parts: Iterator[int]) -> int:
    for part in parts:
        start |= part
    return start


def _placed(field: EsrField, value: int) -> int:
    limit = field.mask >> field.lo
    if not 0 <= value <= limit:
        raise InputError("esr.field", f"esr.{field.name}", None, f"0 to {limit:#x}", hex(value))
    return value << field.lo


def _check(values: Mapping[str, int], table: Mapping[str, EsrField], esr: int) -> None:
    """Refuse fields that ``esr`` does not have, and values that it does not show."""
    for name, value in values.items():
        field = table[name]
        if not field.shown(esr):
            text = field.when.text if field.when is not None else ""
            raise InputError("esr.field", f"esr.{name}", None, f"no {name} in this syndrome", hex(value),
                             f"{name} is there only where {text}")
        if field.of(esr) != value:
            raise InputError("esr.field", f"esr.{name}", None, f"{field.of(esr):#x}, as the other fields say",
                             hex(value))
