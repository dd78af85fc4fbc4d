# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.kernel import source
from tests.lab.cache import Cache, default_root
from tests.lab.packages import Packages

Alone = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def tree() -> tuple[Path, str]:
    """The distribution's source, which nobody changes, and its version."""
    cache = Cache(default_root())
    return source.prepared(cache, Packages(cache), print)


@pytest.fixture(scope="session")
def alone(tree: tuple[Path, str]) -> Alone:
    """One process at a time uses what is made of the source in the cache: for fixtures that outlive a test."""

    @contextmanager
    def locked() -> Iterator[None]:
        with (default_root() / "kernel-tests.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    return locked


@pytest.fixture
def by_itself(alone: Alone) -> Iterator[None]:
    """The same for a test; it is set up after what outlives it."""
    with alone():
        yield
