# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Between the values of a message and those that the packages work with; for targets written in Python."""

from __future__ import annotations

from abi.conformance.codes import (
    ADDRESS_BITS,
    FEATURE_BITS,
    HAS_BITS,
    KNOWN_BITS,
    SECTIONS,
    STATE_BITS,
    WAYS,
    bits,
    names_of,
)
from abi.conformance.layouts import VMM_REQUEST
from abi.conformance.protocol import (
    ISOLATED,
    MALFORMED,
    MEMSLOT,
    NOT_UNDERSTOOD,
    VALUE,
    Values,
    array,
    unarray,
)
from abi.cper import ArmProcessor, PlatformMemory, parse_status_block
from abi.cper.layouts import STATUS_BLOCK
from abi.decode import Decoded
from abi.definition import CODECS, NEWEST
from abi.layout import Version
from abi.record import FaultInfo, NotUnderstood
from abi.trap import NOTIFICATIONS, Isolated, Memslot, Trap
from abi.vcpu import Machine, Vcpu

_BLOCK_STATUS = slice(STATUS_BLOCK.offsets["block_status"], STATUS_BLOCK.end("block_status"))
_DATA_LENGTH = slice(STATUS_BLOCK.offsets["data_length"], STATUS_BLOCK.end("data_length"))
_WAYS = VMM_REQUEST.field("ways").width
#: Registers of a vCPU that an answer tells.
AFTER = ("pc", "pstate", "esr_el1", "far_el1", "elr_el1", "spsr_el1")
_NUMBERS = ("pfar_el2", "disr_el1", "mpidr", "walk")


def vmm_input(
    record: bytes, vcpu: Vcpu, machine: Machine, reader: Version = NEWEST, *, exact: bool = True
) -> Values:
    """The request of VMM."""
    return vcpu._asdict() | {
        "features": bits(FEATURE_BITS, machine.features),
        "pending_serror": machine.pending_serror or 0,
        "has_pending_serror": int(machine.pending_serror is not None),
        "repeats": machine.repeats,
        "bound": machine.bound,
        "ways": bytes(map(WAYS.index, machine.notifications)).ljust(_WAYS, b"\0"),
        "ras": int(machine.ras),
        "firmware_va": int(machine.firmware_va),
        "answered": int(machine.answered),
        "reader": reader.minor,
        "exact": int(exact),
        "record": record,
    }


def vcpu_of(values: Values) -> Vcpu:
    """The vCPU of a request."""
    return Vcpu(**{name: values.get(name, 0) for name in Vcpu._fields})


def features_of(values: Values) -> frozenset[str]:
    """Its features."""
    return frozenset(names_of(FEATURE_BITS, values.get("features", 0)))


def machine_of(values: Values) -> Machine:
    """The machine of VMM's request."""
    return Machine(
        ras=bool(values.get("ras")),
        features=features_of(values),
        notifications=tuple(WAYS[way] for way in values.get("ways", b"").rstrip(b"\0")),
        firmware_va=bool(values.get("firmware_va")),
        pending_serror=values.get("pending_serror", 0) if values.get("has_pending_serror") else None,
        repeats=values.get("repeats", 0),
        bound=values.get("bound", 0),
        answered=bool(values.get("answered")),
    )


def reader_of(values: Values) -> Version:
    """The version that the reader is to know."""
    return Version(NEWEST.major, values.get("reader", 0))


def after(vcpu: Vcpu) -> Values:
    """The registers of an answer."""
    return {name: getattr(vcpu, name) for name in AFTER}


def outcome(parsed: object) -> int:
    """What a reader made of a record: read, not understood, or else malformed."""
    return {Decoded: VALUE, NotUnderstood: NOT_UNDERSTOOD}.get(type(parsed), MALFORMED)


def info(record: FaultInfo) -> bytes:
    """The record's fields as VMM's answer holds them."""
    codec = CODECS[NEWEST]
    return codec.fast.pack(*record[: len(codec.names)])


def host_input(trap: Trap, cper: bytes | None = None) -> Values:
    """The request of HOST."""
    known = [name for name in KNOWN_BITS if getattr(trap, name) is not None]
    states = [name for name in STATE_BITS if getattr(trap, name)]
    return {
        **{name: getattr(trap, name) for name in ("esr_el2", "far_el2", "hpfar_el2", "critical", "kinds")},
        **{name: getattr(trap, name) or 0 for name in _NUMBERS},
        "has": bits(HAS_BITS, known + states),
        "walk_level": (trap.walk_level or 0) & 0xFF,
        "notify": NOTIFICATIONS.index(trap.notify),
        "minor": trap.version.minor,
        "firmware": int(cper is not None),
        "memslots": array(MEMSLOT, [tuple(slot) for slot in trap.memslots or ()]),
        "isolated": array(ISOLATED, [tuple(page) for page in trap.isolated]),
        "cper": cper or b"",
    }


def trap_of(values: Values) -> Trap:
    """The trap of HOST's request. Raises ProtocolError for arrays that do not fit."""
    has = frozenset(names_of(HAS_BITS, values.get("has", 0)))
    level = values.get("walk_level", 0)
    slots = tuple(Memslot(*item) for item in unarray(MEMSLOT, values.get("memslots", b"")))
    registers: Values = {name: values.get(name, 0) for name in ("esr_el2", "far_el2", "hpfar_el2", "critical", "kinds")}
    registers |= {name: values.get(name, 0) if name in has else None for name in _NUMBERS}
    states: Values = {name: name in has for name in STATE_BITS}
    return Trap(
        **registers,
        **states,
        walk_level=(level - 0x100 if level >= 0x80 else level) if "walk_level" in has else None,
        memslots=slots if "memslots" in has else None,
        isolated=tuple(Isolated(*item) for item in unarray(ISOLATED, values.get("isolated", b""))),
        notify=NOTIFICATIONS[values.get("notify", 0)],
        version=Version(NEWEST.major, values.get("minor", 0)),
    )


def told(block: bytes) -> Values:
    """What a guest's error status block says, as REPORT's answer has it; ``block`` may go on after its end."""
    data = int.from_bytes(block[_DATA_LENGTH], "little")
    found = parse_status_block(block[: STATUS_BLOCK.size + data])
    (entry,) = found.entries
    said: Values = {
        "block_severity": found.error_severity + 1, "entry_severity": entry.error_severity + 1,
        "block_status": int.from_bytes(block[_BLOCK_STATUS], "little"),
    }
    section = entry.section
    if isinstance(section, PlatformMemory):
        kind = section.memory_error_type
        said |= {"section": SECTIONS.index("platform_memory"), "error_type": 0 if kind is None else kind + 1}
        addresses = {"physical_addr": section.physical_address, "physical_addr_mask": section.physical_address_mask}
    else:
        assert isinstance(section, ArmProcessor)
        (info,) = section.error_info
        said |= {"section": SECTIONS.index("arm_processor"), "error_type": info.type}
        addresses = {"physical_addr": info.physical_address, "virt_fault_addr": info.virtual_address}
    known = {name: address for name, address in addresses.items() if address is not None}
    return said | known | {"addresses": bits(ADDRESS_BITS, tuple(known))}
