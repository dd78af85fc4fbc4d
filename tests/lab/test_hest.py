# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""HEST is read as ACPI lays it out, and refused where it is not that."""

from __future__ import annotations

import struct

import pytest

from abi.errors import InputError
from tests.lab import hest


def address(where: int, space: int = 0) -> bytes:
    return struct.pack("<BBBBQ", space, 64, 0, 4, where)


def source(number: int, notification: int, kind: int = 10, space: int = 0) -> bytes:
    generic = struct.pack("<HHHBBIII", kind, number, 0xFFFF, 0, 1, 1, 1, 0) + address(0x1000 + 8 * number, space)
    generic += struct.pack("<BB26x", notification, 28) + struct.pack("<I", 0x400)
    return generic if kind == 9 else generic + address(0x2000 + 8 * number) + struct.pack("<QQ", ~1 & (1 << 64) - 1, 1)


def table(*sources: bytes) -> bytes:
    body = b"".join(sources)
    head = b"HEST" + struct.pack("<IBB6s8sI4sII", 40 + len(body), 1, 0, b"OEM", b"TABLE", 1, b"ASL", 1, len(sources))
    checksum = -sum(head + body) & 0xFF
    return head[:9] + bytes([checksum]) + head[10:] + body


GOOD = table(source(0, 8), source(1, 7), source(2, 10, kind=9))


def test_layouts_have_the_sizes_of_acpi() -> None:
    assert [layout.size for layout in (hest.TABLE, hest.ADDRESS, hest.NOTIFY, hest.GENERIC, hest.GENERIC_V2)] == [
        40, 12, 28, 64, 92]


def test_each_source_is_read() -> None:
    sea, gpio, gsiv = hest.parse_hest(GOOD)
    assert sea == hest.ErrorSource(0, "SEA", 0x1000, 0x400, 0x2000, 1)
    assert gpio == hest.ErrorSource(1, "GPIO", 0x1008, 0x400, 0x2008, 1)
    assert gsiv == hest.ErrorSource(2, "GSIV", 0x1010, 0x400, None, 0)
    assert hest.by_notification((sea, gpio, gsiv), "GPIO") is gpio


@pytest.mark.parametrize(("code", "bad"), [
    ("hest.table", b""), ("hest.table", GOOD[:39]), ("hest.table", GOOD[:-1]), ("hest.table", GOOD + b"\0"),
    ("hest.table", b"X" + GOOD[1:]), ("hest.table", GOOD[:9] + b"\1" + GOOD[10:]),
    ("hest.table", table(source(0, 8)[:-1])), ("hest.source", table(source(0, 8, kind=6))),
    ("hest.source", table(b"")), ("hest.address", table(source(0, 8, space=1))),
])
def test_what_is_no_such_table_is_refused(code: str, bad: bytes) -> None:
    with pytest.raises(InputError) as caught:
        hest.parse_hest(bad)
    assert caught.value.code == code


def test_a_notification_that_no_source_has_is_named() -> None:
    with pytest.raises(InputError, match="SEI"):
        hest.by_notification(hest.parse_hest(GOOD), "SEI")
