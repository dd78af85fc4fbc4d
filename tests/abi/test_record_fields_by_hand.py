# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Records written by hand as hex, one line a field beside its value, parsed and built.

Neither column was made by the code: the lines follow the table of the design, little-endian.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from abi.decode import Decoded, decode
from abi.record import FaultInfo, NotUnderstood, build, read


class Hand(NamedTuple):
    """Hex of a record, the values its fields have, and what a reader finds."""

    text: str
    record: FaultInfo
    broken: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        return bytes.fromhex("".join(line.partition("#")[0] for line in self.text.splitlines()))


HAND = {
    "load, recoverable, 1.1": Hand("""
        01 00 00 00 00 00 00 00   # 0x00 sea_flags          GPA_VALID
        10 00 00 92 00 00 00 00   # 0x08 esr                EC 0x24 IL, DFSC 0x10, SET UER
        78 56 34 12 00 00 ff ff   # 0x10 far
        78 56 34 40 00 00 00 00   # 0x18 gpa
        50 00                     # 0x20 size
        01                        # 0x22 major
        01                        # 0x23 minor
        01 00                     # 0x24 kind               data abort
        01                        # 0x26 host_action        not claimed
        01                        # 0x27 origin             trap
        69 00 00 00 00 00 00 00   # 0x28 flags              FAR, HVA, SEVERITY, ACTION_REQUIRED
        00 00 00 00 00 00 00 00   # 0x30 hpfar
        0c                        # 0x38 address_lsb        4 KiB
        02                        # 0x39 gpa_origin         walk
        03                        # 0x3a severity           UER
        00                        # 0x3b firmware_severity
        00 00 00 00               # 0x3c reserved0
        78 56 34 40 f0 7f 00 00   # 0x40 hva
        00 00 00 00 00 00 00 00   # 0x48 firmware_va
    """, FaultInfo(0x1, 0x9200_0010, 0xFFFF_0000_1234_5678, 0x4034_5678, 80, 1, 1, 1, 1, 1, 0x69, 0, 12, 2, 3, 0, 0,
                   0x7FF0_4034_5678, 0)),
    "the same from a host of 1.0": Hand("""
        01 00 00 00 00 00 00 00   # sea_flags
        10 00 00 92 00 00 00 00   # esr
        78 56 34 12 00 00 ff ff   # far
        78 56 34 40 00 00 00 00   # gpa
        40 00 01 00               # size 64, version 1.0
        01 00 01 01               # kind, host_action, origin
        61 00 00 00 00 00 00 00   # flags                   FAR, SEVERITY, ACTION_REQUIRED
        00 00 00 00 00 00 00 00   # hpfar
        0c 02 03 00               # address_lsb, gpa_origin, severity, firmware_severity
        00 00 00 00               # reserved0
    """, FaultInfo(0x1, 0x9200_0010, 0xFFFF_0000_1234_5678, 0x4034_5678, 64, 1, 0, 1, 1, 1, 0x61, 0, 12, 2, 3)),
    "store, FnV, claimed without an address": Hand("""
        00 00 00 00 00 00 00 00   # sea_flags               no gpa
        50 04 00 96 00 00 00 00   # esr                     EC 0x25 IL, FnV, WnR, DFSC 0x10
        00 00 00 00 00 00 00 00   # far
        00 00 00 00 00 00 00 00   # gpa
        50 00 01 01               # size 80, version 1.1
        01 00 03 03               # kind, host_action claimed, origin trap and firmware
        50 00 00 00 00 00 00 00   # flags                   FIRMWARE_VA, ACTION_REQUIRED
        00 00 00 00 00 00 00 00   # hpfar
        00 00 00 02               # firmware_severity       fatal
        00 00 00 00               # reserved0
        00 00 00 00 00 00 00 00   # hva
        00 d0 bc 0a 00 80 ff ff   # firmware_va
    """, FaultInfo(0, 0x9600_0450, 0, 0, 80, 1, 1, 1, 3, 3, 0x50, 0, 0, 0, 0, 2, 0, 0, 0xFFFF_8000_0ABC_D000)),
    "store to a page isolated before": Hand("""
        01 00 00 00 00 00 00 00   # sea_flags               GPA_VALID
        50 00 00 90 00 00 00 00   # esr                     EC 0x24, IL 0 (a T32 store), WnR, DFSC 0x10
        bd 7a 56 34 12 7f 00 00   # far
        bd 4a 23 01 08 00 00 00   # gpa
        50 00 01 01               # size 80, version 1.1
        01 00 02 05               # kind, host_action isolated, origin isolated page
        4f 00 00 00 00 00 00 00   # flags                   FAR, HPFAR, PA, HVA, ACTION_REQUIRED
        40 23 01 08 00 00 00 00   # hpfar                   FIPA
        0c 01 00 00               # address_lsb, gpa_origin HPFAR
        00 00 00 00               # reserved0
        bd 4a 23 01 00 7f 00 00   # hva
        00 00 00 00 00 00 00 00   # firmware_va
    """, FaultInfo(0x1, 0x9000_0050, 0x7F12_3456_7ABD, 0x8_0123_4ABD, 80, 1, 1, 1, 2, 5, 0x4F, 0x0801_2340, 12, 1, 0,
                   0, 0, 0x7F00_0123_4ABD, 0)),
    "the guest's own walk touched it": Hand("""
        01 00 00 00 00 00 00 00   # sea_flags
        16 00 00 92 00 00 00 00   # esr                     DFSC 0x16: on a walk, level 2
        bd 7a 56 34 12 7f 00 00   # far                     the address translated
        00 40 23 01 08 00 00 00   # gpa                     the descriptor's page
        40 00 01 00               # size 64, version 1.0
        01 00 02 05               # kind, host_action, origin
        47 02 00 00 00 00 00 00   # flags                   FAR, HPFAR, PA, ACTION_REQUIRED, STAGE1_WALK
        40 23 01 08 00 00 00 00   # hpfar
        0c 01 00 00 00 00 00 00   # address_lsb, gpa_origin
    """, FaultInfo(0x1, 0x9200_0016, 0x7F12_3456_7ABD, 0x8_0123_4000, 64, 1, 0, 1, 2, 5, 0x247, 0x0801_2340, 12, 1)),
    "fetch, nested, imprecise": Hand("""
        00 00 00 00 00 00 00 00   # sea_flags
        15 02 00 86 00 00 00 00   # esr                     EC 0x21 IL, EA, IFSC 0x15
        00 00 00 10 00 80 ff ff   # far
        00 00 00 00 00 00 00 00   # gpa
        40 00 01 00               # size 64, version 1.0
        02 00 00 01               # kind instruction abort, host_action unknown, origin trap
        c1 01 00 00 00 00 00 00   # flags                   FAR, ACTION_REQUIRED, NESTED, FAR_IMPRECISE
        00 00 00 00 00 00 00 00   # hpfar
        00 00 00 00 00 00 00 00
    """, FaultInfo(0, 0x8600_0215, 0xFFFF_8000_1000_0000, 0, 64, 1, 0, 2, 0, 1, 0x1C1)),
    "fetch, the context is corrupt": Hand("""
        01 00 00 00 00 00 00 00   # sea_flags
        10 14 00 82 00 00 00 00   # esr                     SET UC, FnV, IFSC 0x10
        00 00 00 00 00 00 00 00   # far
        00 00 00 40 00 00 00 00   # gpa
        50 00 01 01               # size 80, version 1.1
        02 00 01 03               # kind, host_action not claimed, origin trap and firmware
        64 00 00 00 01 00 00 00   # flags                   PA, SEVERITY, ACTION_REQUIRED, CONTEXT_CORRUPT
        00 00 00 00 00 00 00 00   # hpfar
        15 03 05 01               # address_lsb 2 MiB, gpa_origin reverse map, severity UC, recoverable
        00 00 00 00               # reserved0
        00 00 00 00 00 00 00 00   # hva
        00 00 00 00 00 00 00 00   # firmware_va
    """, FaultInfo(0x1, 0x8200_1410, 0, 0x4000_0000, 80, 1, 1, 2, 1, 3, 0x1_0000_0064, 0, 21, 3, 5, 1)),
    "SError, recoverable": Hand("""
        00 00 00 00 00 00 00 00   # sea_flags
        11 0e 00 be 00 00 00 00   # esr                     EC 0x2f IL, AET UER, EA, DFSC 0x11
        00 00 00 00 00 00 00 00   # far
        00 00 00 00 00 00 00 00   # gpa
        50 00 01 01               # size 80, version 1.1
        03 00 01 01               # kind SError, host_action, origin
        20 00 00 00 00 00 00 00   # flags                   SEVERITY
        00 00 00 00 00 00 00 00   # hpfar
        00 00 03 00 00 00 00 00   # severity UER
        00 00 00 00 00 00 00 00   # hva
        00 00 00 00 00 00 00 00   # firmware_va
    """, FaultInfo(0, 0xBE00_0E11, 0, 0, 80, 1, 1, 3, 1, 1, 0x20, 0, 0, 0, 3)),
    "SError, IMPLEMENTATION DEFINED": Hand("""
        00 00 00 00 00 00 00 00   # sea_flags
        00 00 00 bf 00 00 00 00   # esr                     EC 0x2f IL, IDS
        00 00 00 00 00 00 00 00   # far
        00 00 00 00 00 00 00 00   # gpa
        40 00 01 00               # size 64, version 1.0
        03 00 00 01               # kind, host_action, origin
        00 00 00 00 00 00 00 00   # flags
        00 00 00 00 00 00 00 00   # hpfar
        00 00 00 00 00 00 00 00
    """, FaultInfo(0, 0xBF00_0000, 0, 0, 64, 1, 0, 3, 0, 1)),
    "memory notice": Hand("""
        01 00 00 00 00 00 00 00   # sea_flags
        00 00 00 00 00 00 00 00   # esr                     no trap, no syndrome
        00 00 00 00 00 00 00 00   # far
        00 40 65 87 09 00 00 00   # gpa
        50 00 01 01               # size 80, version 1.1
        04 00 02 02               # kind memory notice, host_action isolated, origin firmware
        0c 00 00 00 00 00 00 00   # flags                   PA, HVA
        00 00 00 00 00 00 00 00   # hpfar
        0c 03 00 04               # address_lsb, gpa_origin reverse map, firmware_severity informational
        00 00 00 00               # reserved0
        00 40 65 87 ff 7f 00 00   # hva
        00 00 00 00 00 00 00 00   # firmware_va
    """, FaultInfo(0x1, 0, 0, 0x9_8765_4000, 80, 1, 1, 4, 2, 2, 0xC, 0, 12, 3, 0, 4, 0, 0x7FFF_8765_4000, 0)),
    "memory notice, nothing known": Hand("""
        00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00
        40 00 01 00               # size 64, version 1.0
        04 00 00 00               # kind memory notice
        00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00
    """, FaultInfo(size=64, minor=0, kind=4)),
    "of version 1.255, with bits and fields to come": Hand("""
        03 00 00 00 00 00 00 80   # sea_flags               GPA_VALID, bits 1 and 63
        10 00 00 92 00 00 00 00   # esr
        00 10 00 00 00 00 00 00   # far
        00 10 00 00 00 00 00 00   # gpa
        60 00 01 ff               # size 96, version 1.255
        01 00 00 01               # kind, host_action, origin
        41 04 00 80 00 00 00 00   # flags                   FAR, ACTION_REQUIRED, bits 10 and 31
        00 00 00 00 00 00 00 00   # hpfar
        00 02 00 00               # gpa_origin walk
        ef be ad de               # reserved0               has become a field
        00 00 00 00 00 00 00 00   # hva
        00 00 00 00 00 00 00 00   # firmware_va
        01 02 03 04 05 06 07 08   # of later versions
        00 00 00 00 00 00 00 99
    """, FaultInfo(0x8000_0000_0000_0003, 0x9200_0010, 0x1000, 0x1000, 96, 1, 255, 1, 0, 1, 0x8000_0441, 0, 0, 2, 0, 0,
                   0xDEAD_BEEF, 0, 0, bytes.fromhex("0102030405060708 0000000000000099"))),
    "unknown codes and a reserved bit": Hand("""
        00 00 00 00 00 00 00 00   # sea_flags
        10 04 00 92 00 00 00 00   # esr                     FnV
        00 00 00 00 00 00 00 00   # far
        00 00 00 00 00 00 00 00   # gpa
        40 00 01 00               # size 64, version 1.0
        01 00 fe fd               # kind, host_action 254, origin 253
        40 00 00 40 00 00 00 00   # flags                   ACTION_REQUIRED, bit 30
        00 00 00 00 00 00 00 00   # hpfar
        00 fc fb fa               # gpa_origin 252, severity 251, firmware_severity 250
        01 00 00 00               # reserved0
    """, FaultInfo(0, 0x9200_0410, 0, 0, 64, 1, 0, 1, 254, 253, 0x4000_0040, 0, 0, 252, 251, 250, 1),
        ("host.gpa.origin", "host.action.possible", "host.origin.kind", "host.firmware_severity.origin",
         "host.invalid.zero", "host.reserved.zero")),
}
#: Every byte says where it stands, so that a swapped, shifted or dropped one shows.
RULER = Hand("""
    00 01 02 03 04 05 06 07   08 09 0a 0b 0c 0d 0e 0f   10 11 12 13 14 15 16 17   18 19 1a 1b 1c 1d 1e 1f
    50 00 01 01 24 25 26 27   28 29 2a 2b 2c 2d 2e 2f   30 31 32 33 34 35 36 37   38 39 3a 3b 3c 3d 3e 3f
    40 41 42 43 44 45 46 47   48 49 4a 4b 4c 4d 4e 4f
""", FaultInfo(
    sea_flags=0x0706_0504_0302_0100, esr=0x0F0E_0D0C_0B0A_0908, far=0x1716_1514_1312_1110,
    gpa=0x1F1E_1D1C_1B1A_1918, size=0x50, major=1, minor=1, kind=0x2524, host_action=0x26, origin=0x27,
    flags=0x2F2E_2D2C_2B2A_2928, hpfar=0x3736_3534_3332_3130, address_lsb=0x38, gpa_origin=0x39, severity=0x3A,
    firmware_severity=0x3B, reserved0=0x3F3E_3D3C, hva=0x4746_4544_4342_4140, firmware_va=0x4F4E_4D4C_4B4A_4948,
))
ALL = {**HAND, "a ruler": RULER}
PLAIN = pytest.mark.parametrize("plain", [False, True], ids=["struct", "construct"])


@PLAIN
@pytest.mark.parametrize("hand", ALL.values(), ids=ALL)
def test_bytes_by_hand_parse_to_the_values_by_hand(hand: Hand, plain: bool) -> None:
    assert read(hand.data, plain=plain) == hand.record
    assert read(hand.data + b"\xa5" * 32, exact=False, plain=plain) == hand.record


@PLAIN
@pytest.mark.parametrize("hand", ALL.values(), ids=ALL)
def test_values_by_hand_build_the_bytes_by_hand(hand: Hand, plain: bool) -> None:
    assert build(hand.record, plain=plain).hex(" ", 8) == hand.data.hex(" ", 8)


@PLAIN
@pytest.mark.parametrize("hand", HAND.values(), ids=HAND)
def test_a_reader_finds_in_them_what_was_put_there(hand: Hand, plain: bool) -> None:
    assert decode(hand.data, plain=plain) == Decoded(hand.record, hand.broken)


def test_the_ruler_has_critical_bits_that_nobody_knows() -> None:
    found = decode(RULER.data)
    assert found == NotUnderstood(
        RULER.data, "vmm.critical.unknown", "record.flags", 0x28, hex(0x2F2E_2D2C << 32), RULER.record
    )
