# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Rule vmm.target on a kernel that offers both targets which are refused; the default machine has no vEL2."""

from __future__ import annotations

import pytest

from tests.lab.cache import Cache, default_root
from tests.lab.cases import collected
from tests.lab.inside.vmm import REFUSED
from tests.lab.lab import Choice, prepared
from tests.lab.machine import Platform
from tests.lab.session import Session

pytestmark = pytest.mark.check

CASE = "vmm.refusals"


def test_an_aarch32_el1_and_a_vel2_are_refused_untouched() -> None:
    lab = prepared(Cache(default_root()), Choice(), lambda _text: None)
    session = Session(lab, lambda _text: None)
    session.run(Platform(cmdline="kvm-arm.mode=nested"), {CASE: collected()[CASE]})
    outcome = session.outcomes[CASE]
    assert outcome.status == "holds", outcome.problem or outcome.findings
    assert outcome.result is not None
    assert {feature: found["rule"] for feature, found in outcome.result.items()} == dict.fromkeys(REFUSED, "vmm.target")
