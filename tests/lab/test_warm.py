# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One table of the default lab where its cache is warm, so that `make test` sees a real KVM where it can."""

from __future__ import annotations

import pytest

from abi.errors import InputError
from tests.lab import cells, tools
from tests.lab.cache import Cache, default_root
from tests.lab.case import Outcome
from tests.lab.cases import collected
from tests.lab.lab import Choice, prepared
from tests.lab.machine import Platform
from tests.lab.session import Session

TABLE = "equality.table"


def warm_table() -> Outcome:
    """Run it; skip, and say why, where something would have to be fetched or installed."""
    try:
        tools.require((*tools.TO_FETCH, *tools.TO_RUN, *tools.TO_BUILD))
        lab = prepared(Cache(default_root()), Choice(offline=True), lambda _text: None)
    except InputError as error:
        pytest.skip(str(error))
    session = Session(lab, lambda _text: None)
    session.run(Platform(), {TABLE: collected()[TABLE]})
    return session.outcomes[TABLE]


@pytest.mark.warm
def test_a_table_holds_on_a_real_kvm_where_the_cache_is_warm() -> None:
    outcome = warm_table()
    assert outcome.status == "holds", outcome
    assert outcome.result is not None
    assert set(outcome.result["cells"]) == set(cells.TABLE)
