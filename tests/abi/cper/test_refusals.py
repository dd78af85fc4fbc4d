# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rule host.cper.strict: a length or count off by one, a truncation, a byte too many are refused.

Blocks here hold nothing but error informations of 32 bytes and memory sections, so that the refusal of
every change is known from the standard's sizes alone. Where the numbers lie is worked out below, with
sizes written as numbers, not taken from the package.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.cper import (
    ArmProcessor,
    DataEntry,
    ErrorInfo,
    PlatformMemory,
    StatusBlock,
    bits,
    build_status_block,
    parse_status_block,
)
from abi.errors import InputError
from tests.abi.cper import strategies as cs

_arms = cs.arm_processors(cs.error_infos(), min_infos=1, plain=True)
_entries = cs.data_entries(st.one_of(_arms, cs.platform_memories()))
BLOCKS = cs.status_blocks(_entries, min_entries=1, gap=False)


class Number(NamedTuple):
    """A length or count: path, offset and width, and the path that is refused after -1 and +1.

    None where the change makes another good block.
    """

    path: str
    offset: int
    width: int
    less: str | None
    more: str | None


def _numbers(block: StatusBlock) -> list[Number]:
    """Every length and count of a block of ``BLOCKS``."""
    found = _block_numbers(block)
    at = 20
    for index, entry in enumerate(block.entries):
        last = index == len(block.entries) - 1
        path = f"estatus.entry[{index}]"
        header = 72 if entry.revision >= 0x300 else 64
        section = entry.section
        if isinstance(section, ArmProcessor):
            inside = f"{path}.arm.section_length"
            length = 40 + 32 * len(section.error_info)
            found += _arm_numbers(section, at + header, f"{path}.arm")
        else:
            assert isinstance(section, PlatformMemory)
            inside = f"{path}.memory"
            length = 73 if section.old else 80
        own = f"{path}.error_data_length"
        found.append(Number(own, at + 24, 4, inside, own if last else inside))
        at += header + length
    return found


def _block_numbers(block: StatusBlock) -> list[Number]:
    data, offset, length = "estatus.data_length", "estatus.raw_data_offset", "estatus.raw_data_length"
    if not block.raw_data:
        return [Number(data, 12, 4, data, data)]
    return [
        Number(data, 12, 4, f"estatus.entry[{len(block.entries) - 1}].error_data_length", offset),
        Number(offset, 4, 4, offset, length),
        Number(length, 8, 4, length if len(block.raw_data) > 1 else data, length),
    ]


def _arm_numbers(section: ArmProcessor, at: int, path: str) -> list[Number]:
    length, infos, contexts = f"{path}.section_length", f"{path}.err_info_num", f"{path}.context_info_num"
    # One byte less: it is left over behind the section, or, being zero, missed by the last one.
    shorter = length if section.error_info[-1].physical_fault_addr >> 56 else infos
    found = [
        Number(length, at + 8, 4, shorter, length),
        Number(infos, at + 4, 2, length, infos),
        Number(contexts, at + 6, 2, contexts, contexts),
    ]
    for index in range(len(section.error_info)):
        own = f"{path}.error_info[{index}].length"
        found.append(Number(own, at + 40 + 32 * index + 1, 1, own, own))
    return found


def _refusal(data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_status_block(data)
    assert caught.value.code == "host.cper.strict"
    return caught.value


@given(BLOCKS, st.data(), st.sampled_from([-1, 1]))
def test_every_length_and_count_off_by_one_is_refused(
    block: StatusBlock, data: st.DataObject, step: int
) -> None:
    numbers = _numbers(block)
    number = data.draw(st.sampled_from(numbers))
    raw = bytearray(build_status_block(block))
    field = slice(number.offset, number.offset + number.width)
    value = int.from_bytes(raw[field], "little") + step
    raw[field] = (value % (1 << 8 * number.width)).to_bytes(number.width, "little")
    error = _refusal(bytes(raw))
    assert error.path == (number.less if step < 0 else number.more)
    at = {n.path: n.offset for n in numbers}
    assert error.offset == at.get(error.path, error.offset)


@given(BLOCKS, st.sampled_from([-1, 1]))
def test_the_entry_count_off_by_one_is_refused_unless_it_becomes_zero(block: StatusBlock, step: int) -> None:
    raw = bytearray(build_status_block(block._replace(counted=True)))
    count = len(block.entries) + step
    status = block.block_status | count << 4
    raw[0:4] = status.to_bytes(4, "little")
    if not count:
        assert parse_status_block(bytes(raw)) == block._replace(counted=False)
        return
    error = _refusal(bytes(raw))
    assert (error.path, error.offset) == ("estatus.block_status", 0)


@given(BLOCKS, st.data())
def test_a_truncated_block_is_refused(block: StatusBlock, data: st.DataObject) -> None:
    raw = build_status_block(block)
    length = data.draw(st.integers(0, len(raw) - 1))
    error = _refusal(raw[:length])
    if length < 20:
        names = ["block_status", "raw_data_offset", "raw_data_length", "data_length", "error_severity"]
        assert (error.path, error.offset) == (f"estatus.{names[length // 4]}", length // 4 * 4)
    elif length < len(raw) - len(block.raw_data):
        assert (error.path, error.offset) == ("estatus.data_length", 12)
    else:
        assert (error.path, error.offset) == ("estatus.raw_data_length", 8)


@given(BLOCKS, st.binary(min_size=1, max_size=8))
def test_bytes_behind_the_block_are_refused(block: StatusBlock, more: bytes) -> None:
    error = _refusal(build_status_block(block) + more)
    assert error.path == ("estatus.raw_data_length" if block.raw_data else "estatus.data_length")


@given(cs.status_blocks(min_entries=1), st.data())
def test_any_truncated_block_is_refused(block: StatusBlock, data: st.DataObject) -> None:
    raw = build_status_block(block)
    _refusal(raw[: data.draw(st.integers(0, len(raw) - 1))])


@given(cs.arm_processors(cs.error_infos(), min_infos=2, max_infos=3, plain=True))
def test_a_count_that_hides_an_error_information_is_refused(section: ArmProcessor) -> None:
    hidden = ArmProcessor(section.error_info[:-1], vendor=_info_bytes(section.error_info[-1]))
    error = _refusal(build_status_block(StatusBlock((DataEntry(hidden),))))
    assert (error.path, error.offset) == ("estatus.entry[0].arm.section_length", 100)
    declared = hidden._replace(validation_bits=bits.ARM_VALID_VENDOR_INFO)
    block = StatusBlock((DataEntry(declared),))
    assert parse_status_block(build_status_block(block)) == block


def _info_bytes(info: ErrorInfo) -> bytes:
    return build_status_block(StatusBlock((DataEntry(ArmProcessor((info,))),)))[-32:]
