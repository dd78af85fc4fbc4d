# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The series with its capability off: every case of the lab as on the distribution's kernel, or which is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from abi.cli import DONE, NO
from reference_vmm.kvm.path import ARM_SEA
from tests.kernel.judge import Builder, about, choice
from tests.kernel.series import ROOT
from tests.lab import cases, evidence
from tests.lab.cache import Cache
from tests.lab.command import Clock, each_ran
from tests.lab.printing import BAD

EVIDENCE: Final = ROOT / "spec/evidence/lab-kernel-off.json"
#: How deep the evidence takes a line each.
LINES: Final = 3
#: What a VMM enables that does not know the capability: then nothing may differ from the distribution's kernel.
OFF: Final = {"KVM_CAP_ARM_SEA_TO_USER": ARM_SEA, "nothing": ""}
#: By all but the guest's kernel, which is about no host's, and what asks for the record itself.
OFF_CASES: Final = ("combinations", "contract", "equality", "live", "probe", "serror", "vmm", "firmware")
_KEPT: Final = ("date", "kernel", "qemu", "cpu", "host")


def off(builder: Builder, cache: Cache, clock: Clock, path: Path) -> int:
    """Build, run both kernels side by side, write the evidence. 1: something came out another way, or failed."""
    both = choice(builder, builder.built()), builder.stock
    told: dict[str, Any] = {"series": about()}
    enabled = {}
    for name, newest in OFF.items():
        clock.say(f"with {name} enabled, on both kernels")
        chosen = cases.chosen(list(OFF_CASES))
        ours, stock = (one for one, _ in each_ran(
            cache, [one._replace(newest=newest) for one in both], chosen, clock))
        enabled[name] = compared(ours, stock)
        told |= {part: ours[part] for part in _KEPT} | {"stock": stock["kernel"], "enabled": enabled}
        evidence.write(told, path, LINES)
        print(line(name, enabled[name]), flush=True)
    return NO if any(one["unlike"] for one in enabled.values()) else DONE


def compared(ours: Mapping[str, Any], stock: Mapping[str, Any]) -> dict[str, Any]:
    """How each case ended on both, and those, or "rules", that failed or came out another way: ``unlike``."""
    one, other = evidence.compared(dict(ours)), evidence.compared(dict(stock))
    unlike = [name for name, case in one["cases"].items() if case != other["cases"][name] or case["status"] in BAD]
    return {
        "unlike": unlike + ["rules"] * (one["rules"] != other["rules"]), "seconds": ours["seconds"],
        "cases": {name: [case["status"], other["cases"][name]["status"]] for name, case in one["cases"].items()}}


def line(enabled: str, found: Mapping[str, Any]) -> str:
    """For people."""
    unlike = ", ".join(found["unlike"])
    cases_of = f"{unlike} not" if unlike else f"each of {len(found['cases'])} cases"
    return f"{enabled} enabled: {cases_of} as on the stock kernel"
