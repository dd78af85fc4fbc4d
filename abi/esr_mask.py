# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What of ESR_EL2 a record keeps, by kind (rule ``host.esr.mask``)."""

from __future__ import annotations

from typing import Final

from abi.address import is_external_abort, syndrome_is_async
from abi.definition import KIND_DATA_ABORT, KIND_INSTRUCTION_ABORT, KIND_SERROR
from abi.esr_fields import AET, CM, EA, EC_MASK, FNV, FSC, IDS, IL, SET, WNR

KEPT_DABT: Final = EC_MASK | IL | FSC | FNV | EA | CM | WNR
KEPT_IABT: Final = EC_MASK | IL | FSC | FNV | EA
KEPT_SERROR: Final = EC_MASK | IL | IDS
KEPT_ASYNC: Final = KEPT_SERROR | AET | EA | FSC


def kept(kind: int, esr: int, *, vm_ras: bool) -> int:
    """The bits of ``esr`` that a record of this kind keeps; SET only where the VM has RAS."""
    if kind == KIND_SERROR:
        return KEPT_ASYNC if syndrome_is_async(esr) else KEPT_SERROR
    mask = {KIND_DATA_ABORT: KEPT_DABT, KIND_INSTRUCTION_ABORT: KEPT_IABT}.get(kind, 0)
    return mask | SET if mask and vm_ras and is_external_abort(esr) else mask
