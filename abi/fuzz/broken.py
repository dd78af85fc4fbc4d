# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which rules a case breaks, asked of the code that judges records, firmware records and rings.

A machine that reads the case may still refuse to act, or choose what to show its guest; that is no fault
of the case and not said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi.cper.parse import parse_status_block
from abi.definition import V1_0
from abi.errors import InputError
from abi.fuzz.case import FIRMWARE, RING, Case, parse
from abi.layout import Version
from abi.record import NotUnderstood, read
from abi.ring.consumer import Consumer
from abi.ring.memory import Memory
from abi.ring_layout import WORD
from abi.rules import check

if TYPE_CHECKING:
    from abi.ring.slot import Slot


class ChangingMemory(Memory):
    """Shared memory of which words change while it is read, as a case says: each load counts."""

    def __init__(self, case: Case) -> None:
        super().__init__(bytearray(case.data))
        self._loads = 0
        self._changes = case.changes if len(self.words) else ()

    def load(self, offset: int) -> int:
        """One load; what changes before it has changed."""
        for change in self._changes:
            if change.after == self._loads:
                self.words[change.word % len(self.words)] = change.value
        self._loads += 1
        return super().load(offset)

    def copy(self, offset: int, size: int) -> bytes:
        """Words, each by one load."""
        return b"".join(self.load(at).to_bytes(WORD, "little") for at in range(offset, offset + size, WORD))

    def copy_words(self, size: int) -> bytes:
        """The first words, each by one load."""
        return self.copy(0, min(size, len(self.words) * WORD))


def rules(data: bytes) -> tuple[str, ...]:
    """Names of the rules that the case of these bytes breaks, () if it breaks none; raises nothing.

    A record that is refused whole breaks the rule by which it is refused; of any other all that it breaks
    are named. A firmware record breaks ``host.cper.strict`` or nothing. A ring that is refused breaks that
    rule, else the record that its next consumer finds is judged.
    """
    case = parse(data)
    try:
        if case.surface == FIRMWARE:
            parse_status_block(case.data)
            return ()
        if case.surface == RING:
            slot = found(case)
            return () if slot is None else of_record(slot.record, case.reader, exact=False)
        return of_record(case.data, case.reader, exact=case.exact)
    except InputError as error:
        return (error.code,)


def of_record(data: bytes, reader: int, *, exact: bool) -> tuple[str, ...]:
    """Names of the rules that a record breaks; InputError if it is malformed by its length or size."""
    version = Version(V1_0.major, reader)
    record = read(data, version, exact=exact)
    return (record.rule,) if isinstance(record, NotUnderstood) else check(record, version)


def found(case: Case) -> Slot | None:
    """The slot that the second consumer of a ring finds first (request RING); InputError if either refuses it."""
    memory = ChangingMemory(case)
    first = Consumer(memory)
    for _ in range(case.dealt):
        slot = first.fetch()
        if slot is None:
            break
        first.commit(slot)
    else:
        first.fetch()
    return Consumer(memory).fetch()
