# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""PE error states: how SET (synchronous) and AET (SError) say them, and which is worse.

Arm ARM, ESR_ELx.SET and ESR_ELx.AET; Arm RAS System Architecture. 0 stands for a reserved encoding.
"""

from __future__ import annotations

from typing import Final

from abi.address import syndrome_is_async
from abi.definition import (
    SEVERITY_CE,
    SEVERITY_UC,
    SEVERITY_UEO,
    SEVERITY_UER,
    SEVERITY_UEU,
    SEVERITY_UNKNOWN,
)
from abi.esr_fields import AET, AET_SHIFT

#: Index is the encoding, value the record's severity.
SEVERITY_OF_SET: Final = (SEVERITY_UER, SEVERITY_UNKNOWN, SEVERITY_UC, SEVERITY_UEO)
SEVERITY_OF_AET: Final = (
    SEVERITY_UC, SEVERITY_UEU, SEVERITY_UEO, SEVERITY_UER,
    SEVERITY_UNKNOWN, SEVERITY_UNKNOWN, SEVERITY_CE, SEVERITY_UNKNOWN,
)
#: Bitmap of the AET encodings that a host gives to the VMM (rule ``host.serror.given``).
AET_GIVEN: Final = sum(
    1 << aet
    for aet, severity in enumerate(SEVERITY_OF_AET)
    if severity in (SEVERITY_UEO, SEVERITY_UER, SEVERITY_UEU)
)

_RANKS: Final = {SEVERITY_UNKNOWN: SEVERITY_UEU, **{n: n for n in range(SEVERITY_CE, SEVERITY_UC + 1)}}


def rank(iss: int) -> int:
    """How bad the ISS of an SError is; one that says nothing counts as unrecoverable."""
    return _RANKS[SEVERITY_OF_AET[(iss & AET) >> AET_SHIFT] if syndrome_is_async(iss) else SEVERITY_UNKNOWN]


def worse(one: int, other: int) -> bool:
    """Whether the first ISS is worse than the second (rule ``vmm.serror.worse``)."""
    return rank(one) > rank(other)
