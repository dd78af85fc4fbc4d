# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A VMM for the demo that decides rightly and then writes another FAR_EL1 into its vCPU than it says."""

from __future__ import annotations

from typing import Any

from reference_vmm import process


class Liar(process.Vmm):
    """Its registers are off by one page."""

    def serve(self, text: str) -> dict[str, Any]:
        """The true answer, but for FAR_EL1."""
        answer = super().serve(text)
        if answer["action"] == "inject":
            answer["after"]["far_el1"] += 0x1000
        return answer


if __name__ == "__main__":
    process.Vmm = Liar  # type: ignore[misc]  # the process makes its VMM by that name
    process.main()
