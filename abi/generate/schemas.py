# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The JSON schemas: what the commands print with ``--json``, and the two files that they take.

Nothing but the keys named is allowed anywhere. Names and types of the keys are those of the values in
:mod:`abi.trap` and :mod:`abi.vcpu`.
"""

from __future__ import annotations

from typing import Any, Final, get_type_hints

from abi.definition import SIZES, V1_0, VERSIONS
from abi.generate.schema_parts import (
    BOOLEAN,
    BROKEN,
    BYTES,
    NULL,
    TEXT,
    U64,
    Schema,
    bytes_out,
    document,
    enum,
    fields,
    hex_out,
    nullable,
    number_in,
    obj,
    record,
    refer,
    rule,
)
from abi.layout import Version
from abi.reply import VCPU_EVENTS
from abi.ring_layout import ENVELOPE
from abi.rules.on_record import LSB_MAX
from abi.trap import NOTIFICATIONS, End, Isolated, Memslot, Trap
from abi.vcpu import ACTIONS, FEATURES, MACHINE_NOTIFICATIONS, Machine, Vcpu

_RECORD: Final = ("abi/definition.py", "abi/render.py")
_TRAP: Final = ("abi/trap.py",)
_VCPU: Final = ("abi/vcpu.py",)
#: What of Trap and Machine the files do not say: it is negotiated, or remembered.
_NOT_IN_TRAP: Final = {"kinds", "critical"}
_NOT_IN_VCPU: Final = {"repeats", "bound", "answered"}
#: The registers that an entry to EL1 writes.
_ENTRY: Final = ("pc", "pstate", "esr_el1", "far_el1", "elr_el1", "spsr_el1")
#: Rules by which bytes are no record at all.
_MALFORMED: Final = ("vmm.malformed", "vmm.size", "vmm.agree")
_SERROR_ISS: Final = (1 << 25) - 1
#: Levels of a guest's translation table (Arm ARM, D8.2).
_LEVELS: Final[Schema] = {"type": "integer", "minimum": -2, "maximum": 3}
_ERROR: Final = refer("error")
_WRAPPED_ERROR: Final = obj({"error": _ERROR})


def error() -> str:
    """What every command prints with ``--json`` when the input is bad."""
    return document("bad input", _WRAPPED_ERROR, ("abi/errors.py",))


def decode() -> str:
    """``decode --json``: a record, one that must not be acted on, or what is wrong with the bytes."""
    return document("faultinfo decode --json", {"oneOf": [*_decoded(), _WRAPPED_ERROR]}, _RECORD)


def ring() -> str:
    """``decode --ring --json``: the records that wait in a ring."""
    slot = {"position": hex_out(), **{f.name: {"type": "integer", "minimum": 0, "maximum": (1 << 8 * f.width) - 1}
                                      for f in ENVELOPE.fields}}
    malformed = obj({"rule": enum(_MALFORMED), "raw": BYTES, "error": _ERROR})
    items = [each | {"properties": slot | each["properties"], "required": [*slot, *each["required"]]}
             for each in (*_decoded(), malformed)]
    whole = {"anyOf": [_array({"oneOf": items}), _WRAPPED_ERROR]}
    return document("faultinfo decode --ring --json", whole, _RECORD)


def emit() -> str:
    """``emit --json``."""
    signal = obj({"signal": enum(["SIGBUS"]), "si_code": _small(0xFF), "si_addr": hex_out(), "si_addr_lsb": _small(63)})
    properties: dict[str, Schema] = {
        "record": nullable(BYTES), "fields": nullable(record()), "memory_failure": BOOLEAN, "legacy": nullable(signal),
        "rule": nullable(rule("host.")), "end": enum(end.value for end in End), "injected": nullable(hex_out()),
    }
    none = {"if": {"properties": {"record": NULL}}, "then": {"properties": {"fields": NULL, "rule": TEXT}}}
    return document("faultinfo emit --json", {"oneOf": [obj(properties) | {"allOf": [none]}, _WRAPPED_ERROR]}, _RECORD)


def imported() -> str:
    """``import --json``."""
    whole = obj({"record": bytes_out(SIZES[V1_0]), "fields": record(), "broken": BROKEN})
    return document("faultinfo import --json", {"oneOf": [whole, _WRAPPED_ERROR]}, _RECORD)


def inject() -> str:
    """``inject --json``: a record that was read, or one that stops the VMM."""
    common: dict[str, Schema] = {"action": enum(ACTIONS), "rule": rule("vmm."), "notes": _array(TEXT)}
    told: dict[str, Schema] = {
        "via": enum(MACHINE_NOTIFICATIONS), "serror_esr": hex_out(4), **{name: hex_out() for name in _ENTRY},
        "reply": nullable(bytes_out(VCPU_EVENTS.size)), "report": nullable(BYTES), "broken": BROKEN,
    }
    read = obj(common | told, [*common, "reply", "report", "broken"]) | {
        "allOf": [_only_with("inject", _ENTRY), _only_with("pend", ("serror_esr",))],
    }
    stopped = obj(common | {"action": enum(["stop"]), "raw": BYTES, "error": _ERROR})
    return document("faultinfo inject --json", {"oneOf": [read, stopped, _WRAPPED_ERROR]},
                    (*_RECORD, "abi/vcpu.py", "abi/reply.py"))


def trap() -> str:
    """TRAP.json."""
    hints = get_type_hints(Trap)
    properties = {name: _trap_key(name, hints[name]) for name in Trap._fields if name not in _NOT_IN_TRAP}
    required = [name for name in properties if name not in Trap._field_defaults]
    return document("TRAP.json of faultinfo emit", obj(properties, required), _TRAP)


def vcpu() -> str:
    """VCPU.json."""
    registers = {name: refer("number") for name in Vcpu._fields}
    machine: dict[str, Schema] = {
        "ras": BOOLEAN, "firmware_va": BOOLEAN, "pending_serror": nullable(number_in(_SERROR_ISS)),
        "features": _array(_feature()), "notifications": _array(enum(MACHINE_NOTIFICATIONS)),
    }
    assert set(machine) == set(Machine._fields) - _NOT_IN_VCPU
    required = [name for name in registers if name not in Vcpu._field_defaults]
    return document("VCPU.json of faultinfo inject", obj(registers | machine, required), _VCPU)


def _decoded() -> list[Schema]:
    """A record with the rules that it breaks; one that is not understood, with or without its fields."""
    kept: dict[str, Schema] = {"path": TEXT, "offset": hex_out(), "got": hex_out(), "raw": BYTES, "error": _ERROR}
    critical = {"rule": {"const": "vmm.critical.unknown"}, **kept}
    major = {"rule": {"const": "vmm.major.unknown"}, **kept}
    assert not set(fields()[0]) & set(kept)
    return [record({"broken": BROKEN}), record(critical), obj(major)]


def _trap_key(name: str, hint: Any) -> Schema:
    if name == "walk_level":
        return nullable(_LEVELS)
    simple: dict[Any, Schema] = {
        int: refer("number"), int | None: nullable(refer("number")), bool: BOOLEAN, str: enum(NOTIFICATIONS),
        Version: enum(map(str, VERSIONS)), tuple[Memslot, ...] | None: nullable(_array(_memslot())),
        tuple[Isolated, ...]: _array(_isolated()),
    }
    return simple[hint]


def _memslot() -> Schema:
    return obj({name: number_in(U64, 1) if name == "size" else refer("number") for name in Memslot._fields})


def _isolated() -> Schema:
    return obj({"gpa": refer("number"), "lsb": number_in(LSB_MAX)})


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _small(limit: int) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": limit}


def _feature() -> Schema:
    """A feature's name in any case, with or without FEAT_ and a trailing number; ``-`` takes it away."""
    bare = sorted(name.removeprefix("FEAT_").rstrip("0123456789") for name in FEATURES)
    spelt = ("".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in name) for name in bare)
    return {"type": "string", "pattern": f"^-?(FEAT_)?({'|'.join(spelt)})[0-9]*$"}


def _only_with(action: str, keys: tuple[str, ...]) -> Schema:
    """These keys stand in the answer iff it is that action."""
    return {"if": {"properties": {"action": {"const": action}}}, "then": {"required": list(keys)},
            "else": {"properties": dict.fromkeys(keys, False)}}
