# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The files that commands read, made of captures or by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.running import ROOT

CAPTURES = ROOT / "tests" / "captures"
#: A guest's registers where a test does not care which.
BEFORE = {"pc": "0x100010dc", "pstate": "0x600003c5", "vbar_el1": "0x10000800", "sctlr_el1": "0xc50079"}


def capture(name: str) -> dict[str, Any]:
    """One JSON capture."""
    loaded: dict[str, Any] = json.loads((CAPTURES / name).read_text())
    return loaded


def view(case: dict[str, Any], name: str) -> dict[str, Any]:
    """The trap registers of one view of a capture, as TRAP.json has them."""
    (found,) = (r for r in case["trap_registers"] if r["view"] == name)
    return {key: value for key, value in found.items() if key != "view"}


class Files:
    """Writes the inputs of commands into one folder; every method returns the file's path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def raw(self, data: bytes, name: str = "raw.bin") -> Path:
        """Any bytes."""
        path = self.folder / name
        path.write_bytes(data)
        return path

    def json(self, value: Any, name: str) -> Path:
        """Any JSON value."""
        return self.raw(json.dumps(value).encode(), name)

    def trap(self, value: dict[str, Any]) -> Path:
        """TRAP.json."""
        return self.json(value, "trap.json")

    def vcpu(self, **more: Any) -> Path:
        """VCPU.json: some vCPU, and what the test adds."""
        return self.json(BEFORE | more, "vcpu.json")

    def page(self, case: dict[str, Any]) -> Path:
        """The start of the kvm_run page of a captured exit."""
        return self.raw(bytes.fromhex(case["exit"]["kvm_run"]), "page.bin")

    def cper(self, text: str) -> Path:
        """A firmware record given in hex."""
        return self.raw(bytes.fromhex(text), "cper.bin")
