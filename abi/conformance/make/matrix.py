# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Vectors of the matrix: a record of every writer's version, the reserved ones too, by every reader."""

from __future__ import annotations

from typing import Final

from abi.conformance.make.book import Book, hand_made
from abi.conformance.make.reading import Ask
from abi.definition import CODECS, KNOWN_FLAGS, NEWEST, SIZES, V1_0
from abi.layout import Version
from abi.negotiate import matrix
from abi.record import BEYOND, FaultInfo, build

ABOUT: Final = "Every writer's version by every reader's: read whole, as a prefix, or refused."


def fill(book: Book) -> None:
    """Ask, each cell with records of every kind, as a file and in an area that goes on."""
    ask_all(book.vmm, book.check)


def ask_all(ask: Ask, check: Ask | None = None) -> None:
    """Put every question of this module, and each of a file to ``check`` too."""
    for cell in matrix():
        for kind, name in ((1, "data-isolated"), (2, "fetch"), (3, "serror"), (4, "notice-claimed")):
            raw = _of(hand_made().VALID[name], cell.writer)
            why = f"Written by {cell.writer}, read by {cell.reader}: {cell.reads}, as {cell.rule} has it."
            slug = f"matrix-{cell.writer}-by-{cell.reader}-kind-{kind}"
            ask(slug, cell.rule, why, raw, reader=cell.reader)
            ask(f"{slug}-area", cell.rule, why, raw.ljust(256, b"\xC3"), reader=cell.reader, exact=False)
            if check:
                check(f"{slug}-check", cell.rule, why, raw, cell.reader)
    for reader in (V1_0, NEWEST):
        raw = _of(hand_made().DATA, Version(1, 255), 1 << 20)
        ask(f"matrix-unknown-flag-by-{reader}", ("vmm.trailing", "vmm.enum.unknown"),
            "A newer minor has a descriptive flag that the reader does not know.", raw, reader=reader)
        if check:
            check(f"matrix-unknown-flag-by-{reader}-check", ("vmm.trailing", "host.reserved.zero"),
                  "What a newer minor may use is not judged by a reader that lacks it.", raw, reader)


def _of(record: FaultInfo, writer: Version, more: int = 0) -> bytes:
    """The record as that version has it: without the fields it lacks, or with bytes that nobody knows."""
    own = CODECS.get(writer)
    if own is None:
        body = build(record._replace(major=writer.major, minor=writer.minor, size=SIZES[NEWEST] + 16,
                                     flags=record.flags | more))
        return body + bytes(range(1, 17))
    flags = record.flags & KNOWN_FLAGS & ~BEYOND[writer]
    return own.fast.pack(*record._replace(
        major=writer.major, minor=writer.minor, size=own.size, flags=flags)[: len(own.names)])
