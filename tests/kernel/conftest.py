# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel import source
from tests.lab.cache import Cache, default_root
from tests.lab.packages import Packages


@pytest.fixture(scope="session")
def tree() -> tuple[Path, str]:
    """The distribution's source, which nobody changes, and its version."""
    cache = Cache(default_root())
    return source.prepared(cache, Packages(cache), print)
