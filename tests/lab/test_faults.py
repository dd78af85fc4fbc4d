# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the lab leaves behind on the machine that it runs on: no file outside of its cache folder, and no process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from abi.errors import InputError
from tests.lab.cache import Cache, default_root
from tests.lab.child import finished
from tests.lab.packages import Packages

ROOT: Final = Path(__file__).parents[2]
LAB: Final = (sys.executable, "-m", "abi.cli", "lab")
#: The user space anew: apt, dpkg-deb, pip, compileall and cpio, all that fetches.
FETCHES: Final = """
from pathlib import Path
from sys import argv
from tests.lab.cache import Cache
from tests.lab.packages import Packages
from tests.lab.userland import prepared
cache = Cache(Path(argv[1]))
cache.temporary()
print(prepared(cache, Packages(cache)))
"""
#: Nothing but two folders (and what is no file: /dev, /proc, /sys) can be written. Where that fails the test does.
READ_ONLY: Final = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t tmpfs none "$2"
findmnt -rno TARGET | while read -r at; do
    case "$at" in "$1"|"$2"|/dev|/dev/*|/proc|/proc/*|/sys|/sys/*) ;; *) mount -o remount,bind,ro "$at" ;; esac
done
for each in "$HOME" /tmp /var/tmp .; do
    if touch "$each/kvm-fault-info-lab" 2>/dev/null; then echo "$each can be written"; exit 9; fi
done
export PYTHONDONTWRITEBYTECODE=1
"$3" -m abi.cli lab --cache "$1" --offline --case equality.table
"$3" -c "$4" "$2"
"""


def of(folder: Path) -> set[int]:
    """Every process whose temporary files belong into the folder, as those do that a lab has started."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"TMPDIR={folder}/tmp".encode() in path.read_bytes().split(b"\0"):
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def within(seconds: float, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def silent_mirror() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/debian"


def test_a_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(InputError, match=r"lab\.time: sleep: expected an end within 0\.2 s") as caught:
        finished(["sleep", "60"], 0.2, environment=os.environ | {"TMPDIR": f"{tmp_path}/tmp"})
    assert caught.value.code == "lab.time"
    assert time.monotonic() - start < 10
    within(5, lambda: of(tmp_path) == set())


def test_temporary_files_belong_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "other"))
    monkeypatch.setattr("tempfile.tempdir", None)
    Cache(tmp_path).temporary()
    done = finished([sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"], 30)
    assert done.stdout.strip() == str(tmp_path / "tmp")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"lab\.cache"):
        Cache(tmp_path / "file").temporary()


@pytest.mark.check
def test_a_mirror_that_never_answers_is_given_up(
    tmp_path: Path, silent_mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.lab.packages.UPDATE_SECONDS", 2)
    monkeypatch.setenv("TMPDIR", f"{tmp_path}/tmp")
    with pytest.raises(InputError) as caught:
        Packages(Cache(tmp_path), silent_mirror).resolve(["anything"], "trixie", "arm64")
    assert (caught.value.code, caught.value.path) == ("lab.time", "apt-get")
    within(5, lambda: of(tmp_path) == set())


@pytest.mark.check
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_lab_that_is_stopped_while_it_fetches_leaves_no_process(
    tmp_path: Path, silent_mirror: str, how: signal.Signals
) -> None:
    process = subprocess.Popen([*LAB, "--cache", str(tmp_path), "--mirror", silent_mirror], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    within(60, lambda: len(of(tmp_path)) >= 2)  # apt-get, and what it asks the mirror by
    process.send_signal(how)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "Traceback" not in complaint
    within(5, lambda: of(tmp_path) == set())


@pytest.mark.check
def test_on_a_machine_that_is_read_only_but_for_the_cache_folder_everything_works(tmp_path: Path) -> None:
    """Builds and a run with a warm cache, and all that fetches with a cold one."""
    user = () if os.geteuid() == 0 else ("-U", "-r")
    done = subprocess.run(
        ["unshare", *user, "-m", "sh", "-c", READ_ONLY, "sh", str(default_root()), str(tmp_path), sys.executable,
         FETCHES],
        capture_output=True, text=True, check=False, timeout=600, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{tmp_path}/userland-" in done.stdout
