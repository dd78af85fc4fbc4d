# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The guest's kernel as judge: what is right holds, and each kind of wrong turns red."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

from abi.cper import bits, layouts
from reference_host.apei import handled
from tests.lab import told
from tests.lab.cache import Cache, default_root
from tests.lab.case import Case, Said
from tests.lab.cases.guest_kernel import CASES, PAGE_KB, SOURCE, Tamper, case, inject, judged
from tests.lab.lab import Choice, prepared
from tests.lab.platforms import guest
from tests.lab.session import Session

FRAMES: Final = [0x48000, 0x48010]
ERRORS: Final = (told.isolated, told.on_walk)
BLOCKS: Final = partial(told.told, ERRORS)


def right() -> dict[str, Any]:
    """What a kernel tells that did everything as expected for two errors."""
    said = handled(BLOCKS([frame * told.PAGE for frame in FRAMES]), SOURCE)
    return {
        "frames": FRAMES, "acknowledged": True,
        "log": [
            *(f"{{1}}[Hardware Error]: {line}" for line in said.lines),
            "[Firmware Warn]: GHES: Unhandled processor error type 0x02: cache error",
            f"Memory failure: {FRAMES[0]:#x}: recovery action for dirty LRU page: Recovered",
        ],
        "events": [
            ["arm_event", f"cpu: 0; ARM Processor Err Info raw data: {bytes.fromhex(said.processor[0]).hex(' ')}; x: "],
            ["memory_failure_event", f"pfn {FRAMES[0]:#x}: recovery action for dirty LRU page: Recovered"],
        ],
        "corrupted_kb": PAGE_KB, "poisoned": FRAMES[:1], "touched": ["signal 7", "read"],
    }


def red(result: Said) -> set[str]:
    return {finding.field for finding in judged(result, {}, blocks=BLOCKS)}


def test_what_is_right_holds() -> None:
    assert red(right()) == set()


def without(at: int) -> Callable[[dict[str, Any]], None]:
    def change(result: dict[str, Any]) -> None:
        del result["log"][at]

    return change


@pytest.mark.parametrize(("field", "change"), [
    ("log", without(1)), ("log", lambda r: r["log"].insert(0, r["log"][0])), ("log.warned", without(-2)),
    ("log.memory_failure", without(-1)), ("log.other", lambda r: r["log"].append("GHES: something else")),
    ("acknowledged", lambda r: r.update(acknowledged=False)),
    ("trace.memory_failure_event", lambda r: r["events"].pop()),
    ("trace.arm_event", lambda r: r["events"].pop(0)), ("HardwareCorrupted", lambda r: r.update(corrupted_kb=0)),
    ("poisoned", lambda r: r.update(poisoned=FRAMES)), ("touched", lambda r: r.update(touched=["read", "read"])),
])
def test_each_thing_that_is_wrong_turns_red(field: str, change: Callable[[dict[str, Any]], object]) -> None:
    result = right()
    change(result)
    assert red(result) == {field}


def test_an_error_that_is_not_told_is_no_case() -> None:
    fatal = told.said(bits.FATAL)
    with pytest.raises(ValueError, match=r"host\.never_silent"):
        told.told((fatal,), (0x48000000,))


def patch(offset: int, value: int) -> Tamper:
    return lambda raw: raw[:offset] + bytes([value]) + raw[offset + 1 :]


ENTRY: Final = layouts.STATUS_BLOCK.size
#: What is done to the block on its way, and what the judge must find.
WRONG: Final[dict[str, tuple[Tamper, set[str]]]] = {
    "severity of the entry": (
        patch(ENTRY + layouts.DATA_ENTRY_V3.offsets["error_severity"], bits.CORRECTED),
        {"log", "log.memory_failure", "trace.memory_failure_event", "HardwareCorrupted", "poisoned", "touched"}),
    "data_length": (
        patch(layouts.STATUS_BLOCK.offsets["data_length"], 0x90),
        {"log", "log.memory_failure", "trace.memory_failure_event", "HardwareCorrupted", "poisoned", "touched"}),
    "another page": (
        lambda raw: raw[: ENTRY + layouts.DATA_ENTRY_V3.size + layouts.MEMORY.offsets["physical_addr"] + 3]
        + b"\x7f" + raw[ENTRY + layouts.DATA_ENTRY_V3.size + layouts.MEMORY.offsets["physical_addr"] + 4 :],
        {"log", "log.memory_failure"}),
}


def tampered(name: str) -> Case:
    made = case(name, "", (told.isolated,))
    blocks = partial(told.told, (told.isolated,))
    return made._replace(answers={"inject": partial(inject, blocks=blocks, tamper=WRONG[name][0])})


@pytest.mark.check
def test_a_wrong_block_turns_red_on_a_real_kernel() -> None:
    lab = prepared(Cache(default_root()), Choice(), lambda _text: None)
    session = Session(lab, lambda _text: None)
    cases = [CASES[0], *map(tampered, WRONG)]
    session.run(guest(lab), {each.name: each for each in cases})
    done = session.outcomes
    assert done[CASES[0].name].status == "holds", done[CASES[0].name]
    for name, (_, fields) in WRONG.items():
        outcome = done[f"guest_kernel.{name}"]
        assert outcome.status == "differs", outcome
        assert fields <= {finding.field for finding in outcome.findings}, (name, outcome.findings)
