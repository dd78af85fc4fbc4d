# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The figures of the specification, with the numbers of the definition in them."""

from __future__ import annotations

from typing import Final

from abi.definition import KVM_EXIT_ARM_SEA, KVM_RUN, NEWEST, RESERVED_VERSIONS, SIZES, VERSIONS
from abi.generate.svg import Canvas
from abi.layout import Version
from abi.negotiate import Enabled, Refused, Request, VmState, cell, enable
from abi.ring_layout import MIN_SLOTS, RING_HEADER, RING_SLOT, stamp_done, stamp_writing

_DEFINITION: Final = ("abi/generate/figures.py", "abi/definition.py")


def way() -> str:
    """The way of one record, from the guest's access to the guest's registers."""
    canvas = Canvas(990, 560)
    for x, title in ((140, "guest"), (495, "host kernel"), (850, "VMM")):
        canvas.text(x, 28, title, "head")
    host, vmm, guest = 345, 700, 20
    canvas.box(guest, 50, 240, 46, "access to broken memory")
    canvas.box(host, 50, 300, 46, "trap to EL2: ESR_EL2, FAR_EL2,", "HPFAR_EL2")
    canvas.box(host, 130, 300, 46, "claim: does firmware know it?", "memory_failure() queued?")
    canvas.box(guest, 130, 240, 46, "no record: run again, or an", "SError of the host's own", style="some")
    canvas.box(host, 210, 300, 46, "resolve: which address is", "valid, and from where")
    canvas.box(host, 290, 300, 46, "emit: the record, in the version", f"enabled ({NEWEST}: {SIZES[NEWEST]} bytes)")
    canvas.box(vmm, 210, 270, 46, f"KVM_RUN returns 0: exit {KVM_EXIT_ARM_SEA}",
               f"or SError's, record @{KVM_RUN.offsets['exit']}")
    canvas.box(vmm, 290, 270, 46, "ring and eventfd (kind 4,", "and a copy of the others)")
    canvas.box(vmm, 370, 270, 46, "parse: refuse or believe;", "decide: SEA, SError, stop ...")
    canvas.box(host, 370, 300, 46, "KVM_SET_VCPU_EVENTS: check the", "reply, make the entry")
    canvas.box(guest, 370, 240, 46, "handler reads ESR_EL1,", "FAR_EL1", style="yes")
    canvas.box(vmm, 470, 270, 46, "report: CPER into a GHESv2", "block, wait for its ack")
    canvas.box(guest, 470, 240, 46, "APEI driver: the guest's", "own memory_failure()", style="yes")
    canvas.arrow((260, 73), (345, 73))
    for y in (96, 176, 256):
        canvas.arrow((495, y), (495, y + 34))
    canvas.arrow((345, 153), (260, 153))
    canvas.arrow((645, 302), (672, 302), (672, 233), (700, 233))
    canvas.arrow((645, 318), (700, 318))
    canvas.arrow((970, 233), (982, 233), (982, 393), (970, 393))
    canvas.arrow((835, 336), (835, 370))
    canvas.arrow((700, 393), (645, 393))
    canvas.arrow((345, 393), (260, 393))
    canvas.arrow((835, 416), (835, 470))
    canvas.arrow((700, 493), (260, 493))
    return canvas.render(_DEFINITION, "The way of one record", (
        "The guest's access traps to EL2. The host asks APEI whether firmware knows the error, resolves the addresses, "
        "and emits the record. The VMM gets it from KVM_RUN or from the ring, parses it, decides, and answers by "
        "KVM_SET_VCPU_EVENTS; the host makes the exception entry. The VMM's report reaches the guest's APEI driver."))


def ring() -> str:
    """What producer and consumer store and load, in order, for one position."""
    canvas = Canvas(990, 440)
    position, slots = 5, 2 * MIN_SLOTS
    writing, done = stamp_writing(position), stamp_done(position)
    header, slot = RING_HEADER.offsets, RING_SLOT.offsets
    canvas.text(495, 26, f"position p = {position} of a ring of {slots} slots: slot {position % slots}", "head")
    canvas.box(20, 45, 310, 46, f"header: head @{header['head']}, tail @{header['tail']},",
               f"lost @{header['lost']}, {RING_HEADER.size} bytes")
    canvas.box(340, 45, 310, 46, f"slot: stamp @{slot['stamp']}, vcpu @{slot['vcpu']},",
               f"lost @{slot['lost']}, sequence @{slot['sequence']}")
    canvas.box(660, 45, 310, 46, f"record @{RING_SLOT.size} of its slot")
    for x, title in ((175, "producer stores"), (495, "stamp after that"), (815, "consumer loads, then stores")):
        canvas.text(x, 125, title, "head")
    left = (f"stamp := 2p+1 = {writing}", "envelope, then record", f"stamp := 2p+2 = {done}",
            f"head := p+1 = {position + 1}", "write 1 to the eventfd")
    middle = ((f"{writing}: being written", "no"), (f"{writing}: being written", "no"),
              (f"{done}: whole, not published", "some"), (f"{done}: whole, published", "yes"),
              (f"{done}: whole, published", "yes"))
    right = ("wait until head > tail = p", f"stamp is {done}, else refuse", "copy the slot once",
             f"stamp is still {done}, else refuse", f"act, then tail := p+1 = {position + 1}")
    for n in range(5):
        y = 140 + 56 * n
        canvas.box(20, y, 310, 40, left[n])
        canvas.box(340, y, 310, 40, middle[n][0], style=middle[n][1])
        canvas.box(660, y, 310, 40, right[n])
        if n < 4:
            canvas.arrow((175, y + 40), (175, y + 56))
            canvas.arrow((815, y + 40), (815, y + 56))
    canvas.text(495, 430, "each stamp, head and tail is one aligned 8-byte store; a full ring counts lost, never waits",
                "soft")
    return canvas.render(("abi/generate/figures.py", "abi/ring_layout.py"), "One slot of the ring", (
        "The producer stores the odd stamp, envelope and record, the even stamp, and head, in this order. The consumer "
        "loads head, checks the stamp, copies the slot, checks the stamp again, acts, and stores tail."))


def negotiation() -> str:
    """What the VMM asks for, what the host then writes, and what a reader makes of it all the same."""
    canvas = Canvas(990, 500)
    canvas.box(20, 20, 290, 46, "VMM: KVM_ENABLE_CAP with version,", "kinds, critical flags")
    canvas.box(350, 20, 290, 46, "host: all of it known, once,", "no vCPU yet, not protected?")
    canvas.box(680, 20, 290, 46, "the newest version both know", "for the life of the VM", style="yes")
    canvas.arrow((310, 43), (350, 43))
    canvas.arrow((640, 43), (680, 43))
    newest, oldest, (minor, major) = NEWEST, VERSIONS[0], RESERVED_VERSIONS
    asked = [
        (f"VMM {oldest}, host {newest}", enable(VmState(), Request(oldest), newest)),
        (f"VMM {newest}, host {oldest}", enable(VmState(), Request(newest), oldest)),
        (f"VMM {minor}, host {newest}", enable(VmState(), Request(minor), newest)),
        (f"VMM {major}, host {newest}", enable(VmState(), Request(major), newest)),
        ("an unknown kind or critical flag", enable(VmState(), Request(newest, 1 << 15), newest)),
        ("a second time, or after a vCPU", enable(VmState(vcpus=1), Request(), newest)),
        ("a protected VM", enable(VmState(protected=True), Request(), newest)),
    ]
    canvas.text(255, 100, "asked", "head")
    canvas.text(735, 100, "answered", "head")
    for n, (question, answer) in enumerate(asked):
        _asked(canvas, 112 + 36 * n, question, answer)
    canvas.text(495, 390, "a file, a dump or a broken host: what a reader makes of another version", "head")
    for n, (writer, reader) in enumerate(((minor, oldest), (oldest, newest), (major, newest))):
        decided = cell(writer, reader)
        style = {"whole": "yes", "prefix": "some", "refused": "no"}[decided.reads]
        canvas.box(20 + 320 * n, 404, 310, 64, f"writer {writer}, reader {reader}:", decided.reads, decided.rule,
                   style=style)
    return canvas.render((*_DEFINITION, "abi/negotiate.py"), "Negotiation", (
        "The VMM enables the capability once with its newest version, kinds and critical flags. The host refuses what "
        "it does not know and else writes the newest version that both know. A reader that meets another version "
        "reads it whole, reads its own prefix, or refuses it."))


def _asked(canvas: Canvas, y: float, question: str, answer: Enabled | Refused) -> None:
    refused = isinstance(answer, Refused)
    said = f"-EINVAL ({answer.rule})" if isinstance(answer, Refused) else _written(answer.version)
    canvas.box(20, y, 470, 28, question)
    canvas.box(530, y, 440, 28, said, style="no" if refused else "yes")
    canvas.arrow((490, y + 14), (530, y + 14))


def _written(version: Version) -> str:
    return f"records of {version}, {SIZES[version]} bytes"
