# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ACPI table HEST: where firmware puts its error records, and how it announces them.

Names are those of Linux (include/acpi/actbl1.h, actbl.h); sources: ACPI Specification 6.5, 18.3.2 (HEST),
18.3.2.7 and 18.3.2.8 (generic hardware error sources), 18.3.2.9 (notification), 5.2.3.2 (generic address).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.errors import InputError
from abi.layout import Field, Layout

TABLE: Final = Layout(
    "acpi_table_hest", "The table's header. The error sources follow.",
    Field("signature", u8, '"HEST"', number=4),
    Field("length", u32, "bytes of the table"),
    Field("revision", u8, ""), Field("checksum", u8, "makes the sum of all bytes 0"),
    Field("oem_id", u8, "", number=6), Field("oem_table_id", u8, "", number=8), Field("oem_revision", u32, ""),
    Field("asl_compiler_id", u8, "", number=4), Field("asl_compiler_revision", u32, ""),
    Field("error_source_count", u32, "number of error sources"),
    packed=True,
)
ADDRESS: Final = Layout(
    "acpi_generic_address", "Where a register is.",
    Field("space_id", u8, "0: memory"), Field("bit_width", u8, "bits of it"), Field("bit_offset", u8, "the lowest"),
    Field("access_width", u8, "4: 64 bits"), Field("address", u64, "physical address"),
    packed=True,
)
NOTIFY: Final = Layout(
    "acpi_hest_notify", "How a record is announced.",
    Field("type", u8, "see NOTIFICATIONS"), Field("length", u8, "28"), Field("config_write_enable", u16, ""),
    Field("poll_interval", u32, "milliseconds"), Field("vector", u32, "interrupt"),
    Field("polling_threshold_value", u32, ""), Field("polling_threshold_window", u32, ""),
    Field("error_threshold_value", u32, ""), Field("error_threshold_window", u32, ""),
)
GENERIC: Final = Layout(
    "acpi_hest_generic", "Generic hardware error source.",
    Field("type", u16, "9, or 10 with a read-ack register"), Field("source_id", u16, "number of the source"),
    Field("related_source_id", u16, "0xffff: none"), Field("reserved", u8, ""), Field("enabled", u8, "1: in use"),
    Field("records_to_preallocate", u32, ""), Field("max_sections_per_record", u32, ""),
    Field("max_raw_data_length", u32, ""),
    Field("error_status_address", u8, "register that holds the address of the block", number=ADDRESS.size),
    Field("notify", u8, "how a record is announced", number=NOTIFY.size),
    Field("error_block_length", u32, "bytes that the block may have"),
    packed=True,
)
GENERIC_V2: Final = Layout(
    "acpi_hest_generic_v2", "Generic hardware error source version 2.",
    *GENERIC.fields,
    Field("read_ack_register", u8, "register that says that the block was read", number=ADDRESS.size),
    Field("read_ack_preserve", u64, "bits of it to keep"), Field("read_ack_write", u64, "bits of it to set"),
    packed=True,
)
#: Error sources by type, those that arm64 has. No source tells its own length.
SOURCES: Final = {9: GENERIC, 10: GENERIC_V2}
NOTIFICATIONS: Final = {3: "SCI", 7: "GPIO", 8: "SEA", 9: "SEI", 10: "GSIV", 11: "SDEI"}
_MEMORY_SPACE: Final = 0


class ErrorSource(NamedTuple):
    """A generic hardware error source: physical addresses of its registers, None where it has none."""

    source_id: int
    notification: str
    error_status_address: int
    error_block_length: int
    read_ack_register: int | None
    read_ack_write: int


def parse_hest(table: bytes) -> tuple[ErrorSource, ...]:
    """Read the table. Raises InputError ``hest.*``: not this table, cut off, a source of an unknown type."""
    head = _unpacked(TABLE, table, 0)
    if head["signature"] != b"HEST" or head["length"] != len(table) or sum(table) & 0xFF:
        raise InputError("hest.table", "hest", 0, f"HEST, {len(table):#x} bytes that sum to 0",
                         f"{head['signature']!r}, {head['length']:#x}, sum {sum(table) & 0xFF:#x}")
    found: list[ErrorSource] = []
    position = TABLE.size
    for _ in range(head["error_source_count"]):
        kind = int.from_bytes(table[position : position + 2], "little")
        layout = SOURCES.get(kind)
        if layout is None:
            raise InputError("hest.source", f"hest.source[{len(found)}].type", position,
                             f"one of {', '.join(map(hex, SOURCES))}", hex(kind))
        found.append(_source(_unpacked(layout, table, position)))
        position += layout.size
    return tuple(found)


def by_notification(sources: tuple[ErrorSource, ...], notification: str) -> ErrorSource:
    """The first source that is announced so. Raises InputError ``hest.source``."""
    for source in sources:
        if source.notification == notification:
            return source
    raise InputError("hest.source", "hest", None, f"a source notified by {notification}",
                     ", ".join(source.notification for source in sources) or "none")


def _source(values: dict[str, Any]) -> ErrorSource:
    kind = NOTIFY.codec.fast.unpack(values["notify"])[0]
    ack = values.get("read_ack_register")
    return ErrorSource(
        values["source_id"], NOTIFICATIONS.get(kind, str(kind)), _memory(values["error_status_address"]),
        values["error_block_length"], None if ack is None else _memory(ack), values.get("read_ack_write", 0),
    )


def _memory(register: bytes) -> int:
    values = _unpacked(ADDRESS, register, 0)
    if values["space_id"] != _MEMORY_SPACE:
        raise InputError("hest.address", "hest.space_id", None, "0x0, memory", hex(values["space_id"]))
    return int(values["address"])


def _unpacked(layout: Layout, data: bytes, at: int) -> dict[str, Any]:
    if at + layout.size > len(data):
        raise InputError("hest.table", layout.name, at, f"{layout.size:#x} bytes", f"{len(data) - at:#x} bytes")
    return dict(zip(layout.codec.names, layout.codec.fast.unpack_from(data, at), strict=True))
