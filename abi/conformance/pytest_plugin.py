# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The vectors as tests of a project that uses pytest: one item a vector. Costs nothing where it is not used.

A test that has the fixture ``kfi_vector`` runs once for each vector::

    @pytest.mark.kfi("vmm", "ring")      # these requests or roles only; all without it
    def test_conforms(kfi_vector):
        kfi_vector.check()               # fails with what was expected and got, by field and in hex

What is asked is the fixture ``kfi_target``, of scope session: functions by the name of the request, from the
values of the request to those of the answer (what ``abi.conformance.serve`` takes), or the command of a
target that speaks the protocol. Without such a fixture it is ``--kfi-target CMD``, or ``kfi_target`` of the
ini file. The other options have ini names too: ``kfi_vectors``, ``kfi_known_failures``, ``kfi_timeout``.

Known failures become ``xfail(strict=True)`` with their reasons. Each item has its rules as marks:
``-m 'kfi_rule(name="vmm.far.source")'``; its id is the vector's slug.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:  # what is needed at run time is imported where it is first used
    from abi.conformance.asking import Asked
    from abi.conformance.vectors import Vector

_SETTINGS: Final = {
    "target": "CMD: the command of the target, where no fixture kfi_target says what to ask",
    "vectors": "PATH: a folder or a file of vectors, in the place of the installed ones",
    "known_failures": "FILE: TOML, slugs that fail and why, as of faultinfo conform",
    "timeout": "S: seconds without an answer after which a target that is a command counts as hanging",
}
_PATHS: Final = ("vectors", "known_failures")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Each setting as an option and as a line of the ini file."""
    group = parser.getgroup("kfi", "kvm-fault-info: conformance vectors")
    for name, text in _SETTINGS.items():
        metavar, _, what = text.partition(": ")
        group.addoption(f"--kfi-{name.replace('_', '-')}", metavar=metavar, help=what)
        if name in _PATHS:
            parser.addini(f"kfi_{name}", what, "paths")
        else:
            parser.addini(f"kfi_{name}", what)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks, and refuse what cannot be used."""
    config.addinivalue_line("markers", "kfi(*names): kfi_vector is a vector of these requests or roles only")
    config.addinivalue_line("markers", "kfi_rule(name): the vector decides this rule; set by the plugin")
    _timeout(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One item a vector. Bad settings are an error of collection that says what is wrong."""
    if "kfi_vector" not in metafunc.fixturenames:
        return
    from abi.errors import InputError  # noqa: PLC0415

    names = [str(name) for mark in metafunc.definition.iter_markers("kfi") for name in mark.args]
    try:
        vectors, known = _settled(_path(metafunc.config, "vectors"), _path(metafunc.config, "known_failures"))
    except InputError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    there = {name for vector in vectors for name in (vector.request, vector.role)}
    if not set(names) <= there:
        raise pytest.Collector.CollectError(f"kfi({', '.join(names)}): the vectors are of {', '.join(sorted(there))}")
    chosen = [v for v in vectors if not names or {v.request, v.role} & set(names)]
    metafunc.parametrize("kfi_vector", [_param(vector, known) for vector in chosen], indirect=True)


@pytest.fixture(scope="session")
def kfi_target(request: pytest.FixtureRequest) -> Any:
    """What is asked: answers by the name of the request, or a command. Projects define their own."""
    command = _setting(request.config, "target")
    if not command:
        request.session.shouldfail = "nothing to ask: give --kfi-target CMD, or define the fixture kfi_target"
        pytest.fail(request.session.shouldfail, pytrace=False)
    return shlex.split(command)


@pytest.fixture(scope="session")
def _kfi_asked(request: pytest.FixtureRequest, kfi_target: Any) -> Iterator[Asked]:
    """Everything that is asked of the target in this session."""
    from abi.conformance.asking import Asked  # noqa: PLC0415

    asked = Asked(kfi_target, _selected(request.session.items), _timeout(request.config))
    yield asked
    if asked.broke:
        pytest.fail(f"the target broke, and no vector is to blame: {asked.broke}", pytrace=False)


@pytest.fixture
def kfi_vector(request: pytest.FixtureRequest, _kfi_asked: Asked) -> KfiVector:
    """A vector that can be checked."""
    return KfiVector(request.param, _kfi_asked)


class KfiVector:
    """One vector; ``vector`` is what its file says of it."""

    def __init__(self, vector: Vector, asked: Asked) -> None:
        self.vector = vector
        self._asked = asked

    def check(self) -> None:
        """Ask, and fail unless the right answer comes. What the target does not support is skipped."""
        __tracebackhide__ = True
        wrong, unsupported = self._asked.wrong(self.vector)
        if unsupported:
            pytest.skip(f"the target does not support {self.vector.message.feature}")
        if wrong:
            pytest.fail(wrong, pytrace=False)


def _param(vector: Vector, known: dict[str, str]) -> Any:
    marks = [pytest.mark.kfi_rule(name=rule) for rule in vector.rules]
    if vector.slug in known:
        marks.append(pytest.mark.xfail(strict=True, reason=known[vector.slug]))
    return pytest.param(vector, id=vector.slug, marks=marks)


@cache
def _settled(path: Path | None, known_failures: Path | None) -> tuple[tuple[Vector, ...], dict[str, str]]:
    """The vectors and the known failures. Raises InputError."""
    from abi.conformance import known, vectors  # noqa: PLC0415

    found = vectors.load(path)
    return found, known.read(str(known_failures), (vector.slug for vector in found)) if known_failures else {}


def _selected(items: Sequence[pytest.Item]) -> tuple[Vector, ...]:
    """The vectors of the items that are left to run, each once."""
    found: dict[str, Vector] = {}
    for item in items:
        vector: Any = getattr(getattr(item, "callspec", None), "params", {}).get("kfi_vector")
        if vector:
            found[vector.slug] = vector
    return tuple(found.values())


def _setting(config: pytest.Config, name: str) -> Any:
    return config.getoption(f"kfi_{name}") or config.getini(f"kfi_{name}")


def _path(config: pytest.Config, name: str) -> Path | None:
    """A path: of an option from where pytest was called, of the ini file from where that is."""
    given = _setting(config, name)
    if not given:
        return None
    return config.invocation_params.dir / given if isinstance(given, str) else Path(given[0])


def _timeout(config: pytest.Config) -> float | None:
    given = _setting(config, "timeout")
    try:
        return float(given) if given else None
    except ValueError:
        raise pytest.UsageError(f"kfi_timeout: expected seconds, got {given!r}") from None
