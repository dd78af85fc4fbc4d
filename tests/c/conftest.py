# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C readers, built once a session by each compiler."""

from __future__ import annotations

import pytest

from tests.c.c_side import CSide
from tests.c.library import build, load


@pytest.fixture(scope="session", params=["gcc", "clang"])
def side(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CSide:
    return CSide(load(build(request.param, tmp_path_factory.mktemp(request.param))))
