# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The adapters that ship as examples: short, and each passes every vector of the requests that it names."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from abi.conformance.channel import Channel, TargetError
from abi.conformance.protocol import COUNTED, FAILED, FRAME, FRAME_MAX, frame
from abi.conformance.runner import Runner, Verdict
from abi.conformance.smoke import smoke
from abi.conformance.vectors import Vector
from tests.conformance import adapters
from tests.conformance.targets import every
from tests.generate.tools import SPEC, run

LINES = 100
ADAPTERS = ("python/adapter.py", "c/adapter.c", "c/host.c", "rust/src/main.rs", "go/adapter.go")


@pytest.mark.parametrize("path", ADAPTERS)
def test_an_adapter_is_short(path: str) -> None:
    assert len((adapters.FOLDER / path).read_text(encoding="utf-8").splitlines()) < LINES


def conforms(command: list[str], features: str, *, window: int = 64) -> None:
    """Every vector of the features passes, every other is unsupported, and the adapter speaks rightly."""
    role = {v.role for v in every() if v.request in features.split()}
    vectors = [v for v in every() if v.role in role]
    done = Runner(command, vectors, 5.0, window).run()
    assert done.incidents == ()
    assert done.hello is not None
    assert " ".join(done.hello.features) == features
    verdicts = {v.request: {r.verdict for r in done.results if r.vector.request == v.request} for v in vectors}
    assert verdicts == {
        request: {Verdict.PASS if request in features.split() else Verdict.UNSUPPORTED} for request in verdicts
    }
    assert {trial.name: trial.wrong for trial in smoke(command, vectors, 5.0) if trial.wrong} == {}
    endures(command, [next(v for v in vectors if v.request == request) for request in features.split()])


def endures(command: list[str], vectors: list[Vector]) -> None:
    """Payloads that are cut off or too long are FAILED, and it goes on; what is no frame ends it."""
    with started(command) as channel:
        for vector in vectors:
            whole = vector.question()
            for payload in (b"", whole[:1], whole[:-1], whole + b"x"):
                channel.send(frame(9, vector.message.type, payload))
                (answer,) = channel.frames(5.0)
                assert (answer.id, answer.type) == (9, FAILED), (vector.request, payload)
    for length in (0, COUNTED - 1, FRAME_MAX, 0xFFFF_FFFF):
        with started(command) as channel:
            channel.send(length.to_bytes(4, "little") + bytes(FRAME.size))
            with pytest.raises(TargetError, match="ended with exit code 1"):
                listen(channel)


@contextmanager
def started(command: list[str]) -> Iterator[Channel]:
    channel = Channel(command)
    try:
        channel.hello(5.0)
        yield channel
    finally:
        channel.close()


def listen(channel: Channel) -> None:
    """Until it ends; it may complain before."""
    end = time.monotonic() + 5.0
    while time.monotonic() < end:
        channel.frames(1.0)


def fails(command: list[str]) -> None:
    """Some vector of a VMM fails."""
    done = Runner(command, [v for v in every() if v.role == "vmm"]).run()
    assert Verdict.FAIL in {r.verdict for r in done.results}


@pytest.mark.check
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", adapters.C_NAMES)
@pytest.mark.parametrize("window", [1, 64])
def test_c(compiler: str, name: str, window: int, tmp_path: Path) -> None:
    _, features = adapters.C_NAMES[name]
    conforms([str(adapters.c(compiler, adapters.FOLDER / "c" / f"{name}.c", tmp_path / name))], features, window=window)


@pytest.mark.check
def test_c_without_undefined_behaviour(tmp_path: Path) -> None:
    for name, (_, features) in adapters.C_NAMES.items():
        flags = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
        conforms([str(adapters.c("gcc", adapters.FOLDER / "c" / f"{name}.c", tmp_path / name, *flags))], features)


@pytest.mark.check
def test_rust() -> None:
    conforms([str(adapters.rust(adapters.FOLDER / "rust"))], "vmm check ring")
    run("cargo", "fmt", "--check", cwd=adapters.FOLDER / "rust")


@pytest.mark.check
def test_go(tmp_path: Path) -> None:
    conforms([str(adapters.go(adapters.FOLDER / "go", tmp_path / "adapter"))], "read")
    for folder in (adapters.FOLDER / "go", SPEC / "go"):
        assert run("gofmt", "-l", folder) == ""
        run("go", "vet", "./...", cwd=folder)


@pytest.mark.check
def test_with_fields_of_the_protocol_in_other_places_an_adapter_fails(tmp_path: Path, moved: Path) -> None:
    for link in ("c", "uapi", "rust", "go"):
        (tmp_path / "spec").mkdir(exist_ok=True)
        (tmp_path / "spec" / link).symlink_to(SPEC / link)
    fails([str(adapters.c("gcc", adapters.copied("c", tmp_path, moved) / "adapter.c", tmp_path / "c"))])
    fails([str(adapters.rust(adapters.copied("rust", tmp_path, moved)))])
    fails([str(adapters.go(adapters.copied("go", tmp_path, moved), tmp_path / "go"))])


@pytest.mark.check
def test_with_fields_of_the_record_in_other_places_the_go_adapter_fails(tmp_path: Path, moved: Path) -> None:
    adapters.copied("go", tmp_path)
    shutil.copytree(SPEC / "go", tmp_path / "spec" / "go")
    shutil.copyfile(moved / "spec" / "go" / "kfi.go", tmp_path / "spec" / "go" / "kfi.go")
    fails([str(adapters.go(tmp_path / "spec" / "adapters" / "go", tmp_path / "adapter"))])
