# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the reference says that Linux logs and does with a record, against what Linux 7.3.4 did (tests/captures)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from abi.captures import load
from abi.cper import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, StatusBlock, bits, parse_status_block
from reference_host.apei import Handled, handled

APEI: dict[str, Any] = load("apei-linux-7.3.4.json")
PRINTED = re.compile(r"\{\d+\}\[Hardware Error\]: (.*)")
WARNED = "[Firmware Warn]: GHES: Unhandled processor error type "


def of(case: dict[str, Any]) -> Handled:
    return handled(parse_status_block(bytes.fromhex(case["cper"])), 1)


@pytest.mark.parametrize("case", APEI["cases"], ids=lambda case: case["name"])
def test_it_is_what_the_kernel_logged_and_did(case: dict[str, Any]) -> None:
    said = of(case)
    printed = tuple(match[1] for line in case["log"] if (match := PRINTED.fullmatch(line)))
    assert printed in (said.lines, ())  # the kernel prints two within 5 s
    assert said.warned == tuple(line.removeprefix(WARNED) for line in case["log"] if line.startswith(WARNED))
    failures = [re.search("Memory failure: 0x([0-9a-f]+):", line) for line in case["log"]]
    assert said.frames == tuple(int(match[1], 16) for match in failures if match)
    assert not said.panic


def test_most_of_the_captures_were_printed() -> None:
    assert sum(any(map(PRINTED.fullmatch, case["log"])) for case in APEI["cases"]) == 4


@pytest.mark.parametrize("severity", range(4))
def test_severities_that_a_kernel_acts_on(severity: int) -> None:
    memory = DataEntry(PlatformMemory(bits.MEMORY_VALID_PA, physical_addr=0x48000000), severity)
    block = StatusBlock((memory, DataEntry(ArmProcessor((ErrorInfo(type=bits.TYPE_CACHE),)), severity)), severity)
    said = handled(block, 3)
    recoverable = severity == bits.RECOVERABLE
    assert said.panic == (severity == bits.FATAL)
    assert said.frames == ((0x48000,) if recoverable else ())
    assert said.warned == (("0x02: cache error",) if recoverable else ())
    assert len(said.processor) == (not said.panic)
    assert said.lines[0].endswith(" 3")
    assert ("It has been corrected by h/w and requires no further action" in said.lines) == (severity == bits.CORRECTED)


@pytest.mark.parametrize("section", [
    PlatformMemory(bits.MEMORY_VALID_PA << 2), ArmProcessor(validation_bits=bits.ARM_VALID_VENDOR_INFO),
    ArmProcessor((ErrorInfo(bits.VALID_MULTI_ERR),)), ArmProcessor((ErrorInfo(bits.VALID_FLAGS, flags=2),)),
    ArmProcessor((ErrorInfo(bits.VALID_ERR_INFO, error_info=1),)),
])
def test_what_is_not_modelled_is_refused(section: PlatformMemory | ArmProcessor) -> None:
    with pytest.raises(ValueError, match="not modelled"):
        handled(StatusBlock((DataEntry(section),)), 1)


def test_a_block_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not modelled"):
        handled(StatusBlock(block_status=0), 1)
