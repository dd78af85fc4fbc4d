# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Mistakes about what carries a record: exit page, ring, reader, and the guest's error source."""

from __future__ import annotations

from collections.abc import Callable

from abi.conformance.make.book import reference
from abi.conformance.protocol import Values
from abi.definition import RECORD, SEVERITY_VALID

Answer = Callable[[Values], Values]
RING: Answer = reference().ANSWERS["ring"]
READ: Answer = reference().ANSWERS["read"]
EXIT: Answer = reference().ANSWERS["exit"]
REPORT: Answer = reference().ANSWERS["report"]
PRODUCE: Answer = reference().ANSWERS["produce"]


def get(record: bytes, name: str) -> int:
    """A field of a record; 0 where that ends before."""
    start = RECORD.offsets[name]
    return int.from_bytes(record[start : RECORD.end(name)], "little") if len(record) >= RECORD.end(name) else 0


def put(q: Values, name: str, value: int) -> Values:
    """The request with another value in its record, where that is long enough."""
    record, start, end = q["record"], RECORD.offsets[name], RECORD.end(name)
    if len(record) < end:
        return q
    return q | {"record": record[:start] + value.to_bytes(end - start, "little") + record[end:]}


def trusts_head(q: Values) -> Values:
    """Does not look at stamps."""
    a = RING(q)
    return {} if a.get("rule") == b"vmm.ring.stamp" else a


def commits_at_fetch(q: Values) -> Values:
    """Stores tail before it has dealt with the record."""
    return RING(q | {"dealt": q["dealt"] + 1})


def forgets_its_version(q: Values) -> Values:
    """An older reader that looks at the fields it was not to know."""
    a = READ(q)
    return a | {"info": q["record"][: RECORD.size].ljust(RECORD.size, b"\0")} if a.get("tail") else a


def wants_the_whole_area(q: Values) -> Values:
    return READ(q | {"exact": 1})


def refuses_what_is_new(q: Values) -> Values:
    """Takes a newer minor version for an error."""
    a = READ(q)
    return {"outcome": 2, "rule": b"vmm.size"} if not a.get("outcome") and get(q["record"], "minor") > 1 else a


def with_reason(q: Values, reason: int) -> Values:
    return q | {"page": q["page"][:8] + reason.to_bytes(4, "little") + q["page"][12:]} if len(q["page"]) > 12 else q


def believes_a_failed_run(q: Values) -> Values:
    """Looks at exit_reason whatever KVM_RUN returned."""
    return EXIT(q | {"errno": 0})


def believes_any_exit(q: Values) -> Values:
    return EXIT(with_reason(q, 41))


def wants_the_number_of_today(q: Values) -> Values:
    """Has the provisional number of the exit of kind 3 built in."""
    return EXIT(q | {"serror_exit": 0x4000_0001})


def saves_at_once(q: Values) -> Values:
    return EXIT(q) | {"save": 1}


def asks_for_the_capability(q: Values) -> Values:
    """Takes every exit for a record, as if all kinds were enabled."""
    return EXIT(q | {"kinds": 0x1E})


def overwrites_a_block(q: Values) -> Values:
    return REPORT(q | {"read_ack": q["read_ack"] | 1})


def never_looks_again(q: Values) -> Values:
    """What had to wait is never shown."""
    return REPORT(q | {"acknowledges": 0})


def keeps_one_report(q: Values) -> Values:
    """A queue of one: the newer takes the place of the older."""
    return REPORT(q | {"earlier": b""})


def panics_the_guest(q: Values) -> Values:
    """Takes an error whose severity nobody knows for a fatal one."""
    a = REPORT(q)
    known = get(q["record"], "flags") & SEVERITY_VALID
    return a | {"block_severity": 2, "entry_severity": 2} if a["notified"] and not known else a


def prefers_the_virtual_address(q: Values) -> Values:
    return REPORT(put(q, "sea_flags", 0) if get(q["record"], "flags") & 1 else q)


def writes_over_a_whole_slot(q: Values) -> Values:
    """A restart begins the slot at head anew, whole or not."""
    image = bytearray(q["image"])
    head, slots = int.from_bytes(image[16:24], "little"), int.from_bytes(image[12:16], "little")
    at = 64 + head % (slots or 1) * 104
    if image[at : at + 8] == (2 * head + 2).to_bytes(8, "little"):
        image[at : at + 8] = (2 * head + 1).to_bytes(8, "little")
    return PRODUCE(q | {"image": bytes(image)})


def does_not_wake_again(q: Values) -> Values:
    a = PRODUCE(q)
    return a | {"woken": int(a["published"] > 0)}


def waits_for_room(q: Values) -> Values:
    """Does not count what does not fit."""
    a = PRODUCE(q)
    return PRODUCE(q | {"number": a["published"]})


def leaves_old_bytes(q: Values) -> Values:
    """Writes the record and not the zeros after it."""
    image = q["image"]
    a = PRODUCE(q)
    if not a.get("published"):
        return a
    at = 64 + int.from_bytes(image[16:24], "little") % int.from_bytes(image[12:16], "little") * 104
    end = at + 24 + len(q["record"])
    return a | {"image": a["image"][:end] + image[end : at + 104] + a["image"][at + 104 :]}


#: Message -> how it is answered wrongly.
WRONG: dict[str, tuple[Answer, ...]] = {
    "ring": (trusts_head, commits_at_fetch),
    "exit": (
        believes_a_failed_run, believes_any_exit, wants_the_number_of_today, saves_at_once, asks_for_the_capability,
    ),
    "report": (
        overwrites_a_block, never_looks_again, keeps_one_report, panics_the_guest, prefers_the_virtual_address,
    ),
    "produce": (writes_over_a_whole_slot, does_not_wake_again, waits_for_room, leaves_old_bytes),
    "read": (forgets_its_version, wants_the_whole_area, refuses_what_is_new),
}
