# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One shape for every complaint about input: code, field path, offset, expected, got, hint."""

from __future__ import annotations


class InputError(Exception):
    """Bad input. ``code`` is stable and dotted; where a rule decides, it is the rule's name.

    ``path`` names the field (``record.size``, ``estatus.entry[1].error_data_length``, a JSON key),
    ``offset`` is its first byte in the input or None, ``expected`` and ``got`` are text with the
    numbers in hex. A command that meets one ends with exit code 3.
    """

    def __init__(
        self, code: str, path: str, offset: int | None, expected: str, got: str, hint: str = ""
    ) -> None:
        super().__init__(code, path, offset, expected, got, hint)
        self.code = code
        self.path = path
        self.offset = offset
        self.expected = expected
        self.got = got
        self.hint = hint

    def __str__(self) -> str:
        where = self.path if self.offset is None else f"{self.path} at offset {self.offset:#x}"
        text = f"{self.code}: {where}: expected {self.expected}, got {self.got}"
        return f"{text} ({self.hint})" if self.hint else text

    def as_dict(self) -> dict[str, str | None]:
        """The same for machines; the offset as a hex string or None."""
        return {
            "code": self.code,
            "path": self.path,
            "offset": None if self.offset is None else hex(self.offset),
            "expected": self.expected,
            "got": self.got,
            "hint": self.hint,
        }
