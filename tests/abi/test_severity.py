# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Severities as SET and AET say them, and which of two SErrors is worse, against tables typed by hand."""

from __future__ import annotations

from itertools import product

import pytest

from abi.severity import AET_GIVEN, SEVERITY_OF_AET, SEVERITY_OF_SET, rank, worse

CE, UEO, UER, UEU, UC = 1, 2, 3, 4, 5
#: ISS of an SError with DFSC 0x11 and this AET (bits 12:10), best first; a reserved one says nothing.
ISS = {"CE": 0x1811, "UEO": 0x0811, "UER": 0x0C11, "UEU": 0x0411, "UC": 0x0011}
SILENT = {
    "reserved 4": 0x1011, "reserved 5": 0x1411, "reserved 7": 0x1C11, "IDS": 0x100_0000,
    "IDS that looks like CE": 0x100_1811, "DFSC 0": 0, "DFSC 0x10 that looks like CE": 0x1810,
}


def test_set_is_read_as_the_architecture_encodes_it() -> None:
    assert dict(enumerate(SEVERITY_OF_SET)) == {0b00: UER, 0b01: 0, 0b10: UC, 0b11: UEO}


def test_aet_is_read_as_the_architecture_encodes_it() -> None:
    assert dict(enumerate(SEVERITY_OF_AET)) == {
        0b000: UC, 0b001: UEU, 0b010: UEO, 0b011: UER, 0b100: 0, 0b101: 0, 0b110: CE, 0b111: 0
    }


def test_a_host_gives_ueo_uer_and_ueu() -> None:
    """Rule host.serror.given."""
    assert {aet for aet in range(64) if AET_GIVEN >> aet & 1} == {0b001, 0b010, 0b011}


@pytest.mark.parametrize(("one", "other"), list(product(ISS, ISS)))
def test_worse_follows_the_order_of_the_states(one: str, other: str) -> None:
    """Rule vmm.serror.worse: of two that are alike neither is."""
    order = list(ISS)
    assert worse(ISS[one], ISS[other]) is (order.index(one) > order.index(other))


@pytest.mark.parametrize("iss", SILENT.values(), ids=SILENT)
def test_a_syndrome_that_says_nothing_counts_as_unrecoverable(iss: int) -> None:
    assert rank(iss) == rank(ISS["UEU"])
    assert worse(iss, ISS["UER"])
    assert worse(ISS["UC"], iss)
    assert not worse(iss, ISS["UEU"])
    assert not worse(ISS["UEU"], iss)


@pytest.mark.parametrize("bit", [9, 13, 14, 15, 16, 17, 18, 7])
def test_other_fields_of_the_syndrome_make_it_no_worse(bit: int) -> None:
    for iss in ISS.values():
        assert rank(iss | 1 << bit) == rank(iss)
