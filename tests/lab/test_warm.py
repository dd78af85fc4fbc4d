# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One cell of the default lab where its cache is warm, so that `make test` sees a real KVM where it can."""

from __future__ import annotations

import pytest

from abi.errors import InputError
from tests.lab import tools
from tests.lab.cache import Cache, default_root
from tests.lab.case import Outcome
from tests.lab.cases import collected
from tests.lab.lab import Choice, prepared
from tests.lab.machine import Platform
from tests.lab.session import Session

CELL = "probe.kvm"


def warm_cell() -> Outcome:
    """Run it; skip, and say why, where something would have to be fetched or installed."""
    try:
        tools.require((*tools.TO_FETCH, *tools.TO_RUN))
        lab = prepared(Cache(default_root()), Choice(offline=True), lambda _text: None)
    except InputError as error:
        pytest.skip(str(error))
    session = Session(lab, lambda _text: None)
    session.run(Platform(), {CELL: collected()[CELL]})
    return session.outcomes[CELL]


@pytest.mark.warm
def test_one_cell_holds_on_a_real_kvm_where_the_cache_is_warm() -> None:
    outcome = warm_cell()
    assert outcome.status == "holds", outcome
