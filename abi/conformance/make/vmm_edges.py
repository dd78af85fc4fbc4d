# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of the VMM that lie on the edge of a mask or a bound: each code by each, each bit by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from abi import pstate as ps
from abi.conformance.make.book import VCPU, Book, hand_made
from abi.conformance.make.checking import flipped
from abi.conformance.make.exits import page, sea
from abi.conformance.make.rings import changed, image
from abi.conformance.protocol import EXIT
from abi.definition import (
    ACTION_REQUIRED,
    FAR_VALID,
    FIRMWARE_VA_VALID,
    FLAGS,
    GPA_VALID,
    KVM_EXIT_ARM_SEA,
    KVM_EXIT_ARM_SERROR,
    SEVERITY_VALID,
    V1_0,
    VERSIONS,
)
from abi.esr_fields import FNV, IDS, SET
from abi.esr_mask import KEPT_DABT
from abi.record import FaultInfo, build, new
from abi.ring.header import Header, build_header
from abi.ring_layout import COUNT_LIMIT, RING_HEADER, RING_SLOT, RING_VERSION, stamp_done
from abi.vcpu import FEATURES, Machine

ABOUT: Final = "Codes by codes and one bit at a time, where an answer hangs on that bit or that number alone."
_ESR: Final = {1: 0x9200_0000, 2: 0x8200_0000, 3: 0xBE00_0000}
_CODE: Final = {1: 0x10, 2: 0x10, 3: 0x11, 4: 0}
_RULES: Final = {
    1: ("host.record.cause", "host.esr.mask", "host.far.fnv", "vmm.far.odds"),
    2: ("host.record.cause", "host.esr.mask", "host.far.fnv", "vmm.far.odds"),
    3: ("host.serror.given", "host.far.valid", "host.esr.mask", "vmm.notify"),
}
_LOST: Final = (1 << 32) - 1


def fill(book: Book) -> None:
    """Ask."""
    _codes(book)
    _crossed(book)
    _older(book)
    _serrors(book)
    _entries(book)
    _imports(book)
    _positions(book)
    _sequences(book)


def _codes(book: Book) -> None:
    """Every fault status code of every kind, with and without the bits that hang on it."""
    for kind, base in _ESR.items():
        for fsc in range(64):
            for more in (0, FNV, SET) if kind < 3 else (0, 0xC00, 0xC00 | IDS, 0xC00 | 1 << 23):
                for far in (0, FAR_VALID):
                    record = new(kind=kind, origin=1, esr=base | fsc | more, flags=far | ACTION_REQUIRED * (kind < 3))
                    name = f"edge-kind-{kind}-fsc-{fsc:02x}-{more:x}-far{far}"
                    why = f"Kind {kind}: FSC {fsc:#x} with ISS bits {more:#x}, FAR_VALID {far}: do they go together?"
                    book.check(f"{name}-check", _RULES[kind], why, record)
                    if not far:
                        book.vmm(name, _RULES[kind], why, record)


def _crossed(book: Book) -> None:
    """Every kind by every origin by every action, flag and severity."""
    for kind in range(1, 5):
        for origin in range(7):
            severity = 1 if origin in (2, 3) else 0
            base = new(kind=kind, origin=origin, esr=_ESR.get(kind, 0) | _CODE[kind],
                       flags=FAR_VALID | ACTION_REQUIRED if kind < 3 else 0, firmware_severity=severity)
            for action in range(6):
                book.check(f"edge-kind-{kind}-origin-{origin}-action-{action}",
                           ("host.action.possible", "host.origin.kind"),
                           f"Kind {kind}, origin {origin}, host_action {action}: can these be together?",
                           base._replace(host_action=action))
            for flag in FLAGS:
                book.check(f"edge-kind-{kind}-origin-{origin}-flag-{flag.bit}", flag.rules or ("host.reserved.zero",),
                           f"Kind {kind}, origin {origin}, {flag.name} the other way round.",
                           base._replace(flags=base.flags ^ flag.mask))
        for value in range(8):
            base = new(kind=kind, origin=1, esr=_ESR.get(kind, 0) | _CODE[kind],
                       flags=SEVERITY_VALID | (FAR_VALID | ACTION_REQUIRED if kind < 3 else 0), severity=value)
            book.check(f"edge-kind-{kind}-severity-{value}", ("host.severity.valid", "vmm.agree"),
                       f"Kind {kind}, severity {value} is said to be valid: does esr say so?", base)
        told = new(kind=kind, origin=3, esr=_ESR.get(kind, 0) | _CODE[kind] | (FNV if kind < 3 else 0),
                   firmware_severity=1,
                   flags=FIRMWARE_VA_VALID | (ACTION_REQUIRED if kind < 3 else 0), firmware_va=0xFFFF_8000_0ABC_D000)
        book.check(f"edge-kind-{kind}-firmware-va", "host.firmware_va.usable",
                   f"Kind {kind} with firmware's address: can a record of that kind have one?", told)
        for fsc in (0x00, 0x07, 0x10, 0x11):
            for more in (0, IDS):
                far = new(kind=kind, origin=1, esr=_ESR.get(kind, 0) | fsc | more | 1 << 63,
                          flags=FAR_VALID | ACTION_REQUIRED if kind < 3 else 0)
                book.check(f"edge-kind-{kind}-fsc-{fsc:02x}-{more:x}-bit-63", "host.esr.mask",
                           f"Kind {kind}, FSC {fsc:#x}: bit 63 of esr is set, which no mask keeps.", far)
    isolated: FaultInfo = hand_made().DATA_WALK
    for fsc in range(64):
        book.check(f"edge-isolated-walk-fsc-{fsc:02x}", ("host.esr.isolated", "host.record.cause"),
                   f"The guest's own walk met the page; FSC {fsc:#x}.",
                   isolated._replace(esr=isolated.esr & ~0x3F | fsc))
    for name in ("data-isolated", "data-claimed", "fetch", "fetch-isolated", "serror", "notice"):
        flipped(book, name, hand_made().VALID[name])


def _older(book: Book) -> None:
    """vmm.enum.unknown, host.reserved.zero: what an older reader, and what a newer record, makes of a bit."""
    for name in ("data-1.0", "data", "fetch-claimed"):
        record: FaultInfo = hand_made().VALID[name]
        for minor in {record.minor, 2, 3}:
            size = {0: 64, 1: 80}.get(minor, 88)
            tail = bytes(size - 80) if size > 80 else b""
            for bit in (*range(12), 20, *range(30, 35), 62, 63):
                for reader in VERSIONS:
                    asked = record._replace(minor=minor, size=size, flags=record.flags ^ 1 << bit, tail=tail)
                    raw = build(asked)
                    slug = f"edge-{name}-minor-{minor}-flag-{bit}-by-{reader}"
                    book.check(slug, ("vmm.enum.unknown", "vmm.critical.unknown", "host.reserved.zero"),
                               f"Minor {minor}: bit {bit} of flags is the other way round.", raw, reader)
            for reserved in (0, 1):
                asked = record._replace(minor=minor, size=size, reserved0=reserved, tail=tail)
                for reader in VERSIONS:
                    book.check(f"edge-{name}-minor-{minor}-reserved-{reserved}-by-{reader}", "host.reserved.zero",
                               f"Minor {minor}: reserved0 is {reserved}, which a newer minor may use.",
                               build(asked), reader)


def _serrors(book: Book) -> None:
    """vmm.serror.worse: every bit of the ISS that waits, and of the one that comes."""
    coming = new(kind=3, origin=1, esr=0xBE00_0411, severity=4, flags=SEVERITY_VALID)
    for bit in range(32):
        book.vmm(f"edge-serror-waits-{bit}", "vmm.serror.worse",
                 f"Bit {bit} of the ISS that waits is turned: which of the two is the worse?", coming,
                 machine=Machine(pending_serror=0xC11 ^ 1 << bit))
    for bit in range(26):
        book.vmm(f"edge-serror-comes-{bit}", ("vmm.serror.worse", "vmm.notify"),
                 f"Bit {bit} of esr is turned while another SError waits: which of the two is the worse?",
                 coming._replace(esr=coming.esr ^ 1 << bit, severity=0, flags=0),
                 machine=Machine(pending_serror=0xC11))


def _entries(book: Book) -> None:
    """vmm.entry.state: every bit of the registers that the entry reads, with every feature."""
    load = new(V1_0, kind=1, origin=1, esr=0x9200_0010, far=8, flags=FAR_VALID | ACTION_REQUIRED)
    machine = Machine(features=FEATURES - {"FEAT_NV", "FEAT_AA32EL1"})
    for mode, state in (("el0", ps.MODE_EL0T), ("el1h", ps.MODE_EL1H), ("el1t", ps.MODE_EL1T)):
        for bit in range(64):
            for name in ("sctlr_el1", "sctlr2_el1", "gcscr_el1", "vbar_el1"):
                if mode == "el1h" or name in ("sctlr_el1", "gcscr_el1"):
                    vcpu = VCPU._replace(pstate=state)._replace(**{name: 1 << bit})
                    book.vmm(f"edge-{mode}-{name.removesuffix('_el1')}-{bit}", ("vmm.entry.state", "vmm.sea.vector"),
                             f"Entry from {mode}, {name.upper()} has bit {bit} alone: what is read of it?", load, vcpu,
                             machine)
            if not ps.MODE >> bit & 1 and mode == "el1h":
                book.vmm(f"edge-{mode}-pstate-{bit}", "vmm.entry.state",
                         f"PSTATE has bit {bit} alone: kept, set or cleared, and saved in SPSR_EL1.", load,
                         VCPU._replace(pstate=state | 1 << bit, sctlr_el1=ps.SCTLR_SPAN), machine)
    for feature in sorted(FEATURES):
        vcpu = VCPU._replace(sctlr_el1=ps.SCTLR_DSSBS, sctlr2_el1=ps.SCTLR2_EASE, gcscr_el1=ps.GCSCR_EXLOCKEN)
        book.vmm(f"edge-feature-{feature[5:].lower().replace('_', '-')}", ("vmm.entry.state", "vmm.target"),
                 f"The vCPU has {feature} alone: what of the entry hangs on it?", load, vcpu,
                 Machine(features=frozenset({feature})))


def _imports(book: Book) -> None:
    """vmm.exit.reason: every bit of upstream's arm_sea, where the kind was not enabled."""
    for name, esr in (("load", 0x9200_0010), ("load-fnv", 0x9200_0410), ("fetch-fnv", 0x8200_0410)):
        for bit in (n for n in range(64) if (KEPT_DABT | SET) >> n & 1):  # a kernel gives no others
            told = sea(GPA_VALID, esr ^ 1 << bit, gpa=0x5_0012_3000)
            book.ask(EXIT.name, f"edge-import-{name}-esr-{bit}", ("vmm.exit.reason", "host.far.valid"),
                     f"arm_sea of a {name}: bit {bit} of esr is the other way round.",
                     {"page": page(KVM_EXIT_ARM_SEA, told), "serror_exit": KVM_EXIT_ARM_SERROR})


def _positions(book: Book) -> None:
    """vmm.ring.header: positions at their limit, the smallest rings, sizes that a newer minor alone may have."""
    for slug, why, data in header_edges():
        book.ring(f"edge-ring-{slug}", "vmm.ring.header", why, data)


def header_edges() -> Iterator[tuple[str, str, bytes]]:
    """Slug, why and image of rings at those edges."""
    for head, tail in ((COUNT_LIMIT - 2, COUNT_LIMIT - 3), (COUNT_LIMIT - 1, COUNT_LIMIT - 2),
                       (COUNT_LIMIT, COUNT_LIMIT - 1), (COUNT_LIMIT + 1, COUNT_LIMIT - 1),
                       (COUNT_LIMIT, COUNT_LIMIT), (COUNT_LIMIT - 1, COUNT_LIMIT - 1)):
        yield (f"{tail:x}-to-{head:x}",
               f"Positions {tail:#x} to {head:#x}: counts end where a stamp would leave 64 bits.",
               bytes(image(head, tail)))
    for place in range(RING_HEADER.offsets["reserved"], RING_HEADER.size, 8):
        for minor in (0, 1):
            data = bytearray(changed(image(1), RING_HEADER.offsets["minor"], 1, minor))
            why = f"Byte {place} of the header is not 0, minor {minor}: only a newer minor may use it."
            yield f"reserved-{place}-minor-{minor}", why, changed(data, place, 1, 1)
    for lost in (1, 2):
        data = bytearray(changed(image(1, 0, 2), RING_HEADER.size + RING_SLOT.offsets["lost"], 4, lost))
        yield f"first-slot-lost-{lost}", f"The first slot says that {lost} were lost before it.", bytes(data)
    for lost in (COUNT_LIMIT - 2, COUNT_LIMIT - 1, COUNT_LIMIT):
        yield f"lost-{lost:x}", f"{lost:#x} records are lost in all: can that be?", bytes(image(0, 0, lost))
    for slots in (1, 2, 3, 4, 5, 6, 7, 8):
        for minor in (0, 1):
            for size in (64, 72):
                for slot in (32, 33, 39, 40, 104):
                    header = Header(size, RING_VERSION.major, minor, slot, slots, 1, 0, 0)
                    stamp = stamp_done(0).to_bytes(8, "little") + (7).to_bytes(8, "little") + (1).to_bytes(8, "little")
                    whole = (build_header(header).ljust(size, b"\0") + stamp).ljust(size + slots * slot, b"\0")
                    yield (f"{slots}-slots-of-{slot}-after-{size}-minor-{minor}",
                           f"{slots} slots of {slot} bytes after a header of {size}, minor {minor}.", whole)


def _sequences(book: Book) -> None:
    """host.sequence: lost where it saturates, and sequences that do not go on; slots that are being written."""
    slot = RING_SLOT.size + 80
    for position in range(4):
        book.ring(f"edge-ring-writing-{position}", ("host.ring.publish", "vmm.ring.stamp"),
                  f"Position {position} is still being written, though head is beyond it.",
                  changed(image(4, position), RING_HEADER.size + position * slot, 8, stamp_done(position) - 1))
    for lost in (_LOST - 1, _LOST, _LOST + 1):
        for said in (_LOST - 1, _LOST):
            data = image(1, 0, lost + 1)
            at = RING_HEADER.size
            data = bytearray(changed(data, at + RING_SLOT.offsets["sequence"], 8, lost + 1))
            book.ring(f"edge-ring-lost-{lost:x}-said-{said:x}", "host.sequence",
                      f"{lost:#x} records were lost, the slot says {said:#x}.",
                      changed(data, at + RING_SLOT.offsets["lost"], 4, said))
    for first in (1, 2, 3):
        for second in (1, 2, 3, 4):
            for said in (0, 1, _LOST):
                data = image(2, 0, 3)
                for position, sequence, lost in ((0, first, first - 1), (1, second, said)):
                    at = RING_HEADER.size + position * slot
                    data = bytearray(changed(data, at + RING_SLOT.offsets["sequence"], 8, sequence))
                    data = bytearray(changed(data, at + RING_SLOT.offsets["lost"], 4, lost))
                book.ring(f"edge-ring-sequence-{first}-{second}-lost-{said:x}", "host.sequence",
                          f"Sequence {first}, then {second} that says {said:#x} lost: is that the gap?", bytes(data), 1)
