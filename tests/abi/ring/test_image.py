# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Reading a ring out of a file."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.errors import InputError
from abi.ring.image import read_image
from abi.ring.slot import Envelope
from tests.abi.ring.by_hand import NONE, THREE, header, slot


def test_an_image_gives_header_and_records_oldest_first() -> None:
    head, slots = read_image(THREE)
    assert (head.head, head.tail, head.lost) == (8, 5, 3)
    assert [(s.position, s.envelope, s.record) for s in slots] == [
        (5, Envelope(1, 0, 7), b"position 5......"),
        (6, Envelope(2, 2, 10), b"position 6......"),
        (7, Envelope(NONE, 0, 11), b"position 7......"),
    ]


def test_what_lies_outside_of_the_window_is_not_looked_at() -> None:
    torn = header(head=1, tail=0) + slot(2, 0, 0, 1) + slot(3, 9, 9, 9) + b"\xff" * 80
    assert len(read_image(torn)[1]) == 1


def test_an_image_cut_short_anywhere_is_refused() -> None:
    for size in range(len(THREE)):
        with pytest.raises(InputError, match=r"vmm\.ring\.header"):
            read_image(THREE[:size])


def test_bytes_after_the_last_slot_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        read_image(THREE + b"\0")
    assert (caught.value.offset, caught.value.expected, caught.value.got) == (224, "0xe0 bytes", "0xe1 bytes")


@pytest.mark.parametrize("position", [5, 6, 7])
def test_a_record_in_the_window_that_is_not_complete_is_refused(position: int) -> None:
    image = bytearray(THREE)
    offset = 64 + position % 4 * 40
    struct.pack_into("<Q", image, offset, 2 * position + 1)
    with pytest.raises(InputError) as caught:
        read_image(bytes(image))
    assert (caught.value.code, caught.value.path) == ("vmm.ring.stamp", f"ring.slot[{position}].stamp")
    assert caught.value.offset == offset


def test_a_gap_that_the_envelope_does_not_own_up_to_is_refused() -> None:
    image = bytearray(THREE)
    struct.pack_into("<I", image, 144 + 12, 1)
    with pytest.raises(InputError, match=r"host.sequence: ring.slot\[6\].lost at offset 0x9c: expected 0x2, got 0x1"):
        read_image(bytes(image))


@given(st.data())
def test_no_bytes_make_the_reader_fail_in_another_way(data: st.DataObject) -> None:
    image = bytearray(THREE)
    for _ in range(data.draw(st.integers(1, 4))):
        image[data.draw(st.integers(0, 63) | st.integers(0, len(image) - 1))] = data.draw(st.integers(0, 255))
    try:
        header_read, slots = read_image(bytes(image))
    except InputError:
        return
    assert len(slots) == header_read.head - header_read.tail


@given(st.binary(max_size=300))
def test_no_file_makes_the_reader_fail_in_another_way(data: bytes) -> None:
    for image in (data, b"KFI1" + data):
        with pytest.raises(InputError):
            read_image(image)
