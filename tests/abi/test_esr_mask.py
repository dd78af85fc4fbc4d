# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a record keeps of ESR_EL2, bit by bit, against the design's words and a real kernel's mask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi.esr_mask import kept
from tests.abi.strategies import syndromes

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "captures" / "kvm-linux-7.3.4.json").read_text()
)["cases"]
EC_IL = 0xFE00_0000
FSC, FNV, EA, CM, WNR, SET, IDS, AET = 0x3F, 0x400, 0x200, 0x100, 0x40, 0x1800, 0x0100_0000, 0x1C00
EXTERNAL = {0x10, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F}


@pytest.mark.parametrize("fsc", range(64), ids=hex)
def test_an_abort_keeps_set_only_with_an_external_abort_and_a_vm_with_ras(fsc: int) -> None:
    """Rule host.esr.mask, kinds 1 and 2."""
    shown = SET if fsc in EXTERNAL else 0
    assert kept(1, 0x9200_0000 | fsc, vm_ras=True) == EC_IL | FSC | FNV | EA | CM | WNR | shown
    assert kept(1, 0x9200_0000 | fsc, vm_ras=False) == EC_IL | FSC | FNV | EA | CM | WNR
    assert kept(2, 0x8200_0000 | fsc, vm_ras=True) == EC_IL | FSC | FNV | EA | shown
    assert kept(2, 0x8200_0000 | fsc, vm_ras=False) == EC_IL | FSC | FNV | EA


@pytest.mark.parametrize("dfsc", range(64), ids=hex)
def test_an_serror_keeps_what_its_syndrome_defines(dfsc: int) -> None:
    """Rule host.esr.mask, kind 3: a mask of aborts would turn IDS=1 into an architected syndrome."""
    defined = AET | EA | FSC if dfsc == 0x11 else 0
    for vm_ras in (True, False):
        assert kept(3, 0xBE00_0000 | dfsc, vm_ras=vm_ras) == EC_IL | IDS | defined
        assert kept(3, 0xBF00_0000 | dfsc, vm_ras=vm_ras) == EC_IL | IDS


@given(esr=syndromes(), vm_ras=st.booleans(), kind=st.sampled_from((0, 4, 5, 255)))
def test_a_memory_notice_and_what_nobody_knows_keep_nothing(esr: int, vm_ras: bool, kind: int) -> None:
    assert kept(kind, esr, vm_ras=vm_ras) == 0


@given(esr=syndromes(), vm_ras=st.booleans(), kind=st.sampled_from((1, 2, 3)))
def test_nothing_of_the_host_and_no_half_of_an_emulated_access_is_kept(esr: int, vm_ras: bool, kind: int) -> None:
    """S1PTW, VNCR, PFV, [23:15] and everything above bit 31."""
    assert kept(kind, esr, vm_ras=vm_ras) & ~(0xFF00_0000 | 0x1F7F) == 0


@pytest.mark.parametrize("case", [c for c in CASES if "exit" in c], ids=lambda case: str(case["name"]))
def test_a_real_kernel_masks_alike(case: dict[str, Any]) -> None:
    """KVM_EXIT_ARM_SEA of a VM with RAS: esr as handled in, esr of the exit out."""
    handled = int(next(v["esr_el2"] for v in case["trap_registers"] if v["view"] == "as_handled"), 16)
    kind = 2 if case["access"] == "instruction-fetch" else 1
    assert handled & kept(kind, handled, vm_ras=True) == int(case["exit"]["esr"], 16)
