# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The three cases that every fuzzer starts from: a record of each version, and a firmware record."""

from __future__ import annotations

from typing import Final

from abi import definition as d
from abi import esr_fields as esr
from abi.address import NOT_ON_WALK
from abi.cper import bits
from abi.cper.build import build_status_block
from abi.cper.values import ArmProcessor, DataEntry, ErrorInfo, StatusBlock
from abi.fuzz.case import EXACT, FIRMWARE, RECORD, Case, build
from abi.record import build as build_record
from abi.record import new

_DATA_ABORT: Final = esr.EC_DABT_LOW << esr.EC_SHIFT | esr.IL | NOT_ON_WALK
_VA: Final = 0xFFFF_8000_0ABC_D128

#: A load that took an external abort: FAR_EL2 is valid, a walk of it found the page.
RECORD_1_0: Final = new(
    d.V1_0, kind=d.KIND_DATA_ABORT, origin=d.ORIGIN_TRAP, host_action=d.ACTION_NOT_CLAIMED, esr=_DATA_ABORT,
    far=_VA, sea_flags=d.GPA_VALID, gpa=0x4123_4128, gpa_origin=d.GPA_WALK, address_lsb=12, severity=d.SEVERITY_UER,
    flags=d.FAR_VALID | d.ACTION_REQUIRED | d.SEVERITY_VALID,
)
#: The same without an address from the hardware, claimed by a firmware record that has a virtual one.
RECORD_1_1: Final = new(
    d.V1_1, kind=d.KIND_DATA_ABORT, origin=d.ORIGIN_BOTH, host_action=d.ACTION_CLAIMED, esr=_DATA_ABORT | esr.FNV,
    firmware_severity=d.FIRMWARE_SEVERITIES[1].value, firmware_va=_VA, flags=d.ACTION_REQUIRED | d.FIRMWARE_VA_VALID,
)
#: That firmware record: an ARM processor section, one error information with a virtual address only.
STATUS_BLOCK: Final = StatusBlock((DataEntry(ArmProcessor(
    (ErrorInfo(bits.VALID_VIRT_ADDR | bits.VALID_FLAGS, bits.TYPE_CACHE, virt_fault_addr=_VA),),
    bits.ARM_VALID_MPIDR, mpidr_raw=0x8000_0000, midr=0x410F_D0C0,
)),))

#: By the name of the file that ``faultinfo fuzz --seeds`` writes.
SEEDS: Final = {
    "record-1.0": build(Case(RECORD, d.V1_0.minor, EXACT, data=build_record(RECORD_1_0))),
    "record-1.1": build(Case(RECORD, d.V1_1.minor, data=build_record(RECORD_1_1))),
    "firmware": build(Case(FIRMWARE, data=build_status_block(STATUS_BLOCK))),
}
