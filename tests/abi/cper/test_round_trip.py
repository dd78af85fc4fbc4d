# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Any bytes: read and build back the same, or an InputError; and no work beyond the input's size."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi import cper
from abi.errors import InputError
from tests.abi.cper import strategies as cs

CAPTURES = Path(__file__).parents[2] / "captures/cper"
KINDS: dict[str, tuple[Callable[[bytes], Any], Callable[[Any], bytes], st.SearchStrategy[Any]]] = {
    "estatus": (cper.parse_status_block, cper.build_status_block, cs.status_blocks()),
    "arm": (cper.parse_arm_processor_section, cper.build_arm_processor_section, cs.arm_processors()),
    "memory": (cper.parse_platform_memory_section, cper.build_platform_memory_section, cs.platform_memories()),
    "error_info": (cper.parse_error_info, cper.build_error_info, cs.error_infos(extra=True)),
    "record": (cper.parse_record, cper.build_record, cs.records()),
}


def _same_or_refused(kind: str, data: bytes) -> bool:
    """Whether ``data`` was read; it must then build back, else be refused in the one way there is."""
    parse, build, _ = KINDS[kind]
    try:
        value = parse(data)
    except InputError as caught:
        error = caught
    else:
        assert build(value) == data
        return True
    assert error.code == "host.cper.strict"
    assert error.path.split(".")[0] == kind
    assert error.offset is not None
    assert 0 <= error.offset <= len(data)
    assert error.expected != error.got
    return False


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_was_built_reads_as_the_same_value(kind: str, data: st.DataObject) -> None:
    parse, build, values = KINDS[kind]
    value = data.draw(values)
    assert parse(build(value)) == value


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_exactly_or_refused(kind: str, data: bytes) -> None:
    _same_or_refused(kind, data)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_damaged_bytes_are_read_exactly_or_refused(kind: str, data: st.DataObject) -> None:
    _, build, values = KINDS[kind]
    raw = bytearray(build(data.draw(values)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.sampled_from([0, 1, 0x1F, 0x20, 0x21, 0x7F, 0x80, 0xFF, raw[at] ^ 1]))
    _same_or_refused(kind, bytes(raw))


@given(st.integers(0, 163), st.binary(min_size=1, max_size=4))
def test_a_real_block_damaged_anywhere_is_read_exactly_or_refused(at: int, patch: bytes) -> None:
    raw = bytearray((CAPTURES / "qemu-ghes-arm-v8-estatus.bin").read_bytes())
    raw[at : at + len(patch)] = patch
    _same_or_refused("estatus", bytes(raw))


BIG = 0xFFFF_FFFF
#: Every length and count at its greatest, on small inputs.
HOSTILE = {
    "data_length": ("estatus", struct.pack("<5I", 1, 0, 0, BIG, 0)),
    "raw_data_length": ("estatus", struct.pack("<5I", 1, 20, BIG, 0, 0)),
    "raw_data_offset": ("estatus", struct.pack("<5I", 1, BIG, 1, 0, 0)),
    "error_data_length":
        ("estatus", struct.pack("<5I", 1, 0, 0, 64, 0) + bytes(24) + struct.pack("<I", BIG) + bytes(36)),
    "err_info_num": ("arm", struct.pack("<IHHI", 0, 0xFFFF, 0, 72) + bytes(60)),
    "context_info_num": ("arm", struct.pack("<IHHI", 0, 0, 0xFFFF, 72) + bytes(60)),
    "section_length": ("arm", struct.pack("<IHHI", 0, 0, 0, BIG) + bytes(60)),
    "context size":
        ("arm", struct.pack("<IHHI", 0, 0, 1, 72) + bytes(28) + struct.pack("<HHI", 0, 0, BIG) + bytes(24)),
    "section_count": ("record", b"CPER\0\1\xff\xff\xff\xff\xff\xff" + bytes(8) + struct.pack("<I", 128) + bytes(104)),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_number_is_refused_without_work(what: str) -> None:
    kind, data = HOSTILE[what]
    tracemalloc.start()
    try:
        assert not _same_or_refused(kind, data)
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", [1, 100, 1024])
def test_many_empty_entries_are_read(number: int) -> None:
    entry = cper.DataEntry(cper.Raw(bytes(16), b""))
    block = cper.StatusBlock((entry,) * number, counted=number <= 0x3FF)
    assert cper.parse_status_block(cper.build_status_block(block)) == block
