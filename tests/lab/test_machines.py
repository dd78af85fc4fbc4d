# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Emulated machines: what goes wrong in one is told, costs one case, and leaves no process behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from abi.errors import InputError
from tests.lab import beside, evidence, printing
from tests.lab.beside import Board
from tests.lab.build import guest
from tests.lab.cache import Cache, default_root
from tests.lab.case import Case, Ended, Facts, Finding, Outcome, Said
from tests.lab.lab import Choice, Lab, prepared
from tests.lab.machine import Platform
from tests.lab.packages import GUEST, Packages
from tests.lab.running import Machine
from tests.lab.session import Session

pytestmark = pytest.mark.check

PLAIN = Platform()
FAULTS = "tests.lab.inside.faults:"
PROBE = "tests.lab.inside.probe:kvm"


def silent(_text: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def lab() -> Lab:
    return prepared(Cache(default_root()), Choice(), silent)


def machines(pid: int) -> set[int]:
    """Every QEMU that the lab of a process has started: its initial file system is in a folder of that process."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if b"qemu-system" in line and f"-{pid}/initrd".encode() in line:
            found.add(int(path.parent.name))
    return found


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    assert machines(os.getpid()) == set()


def ran(lab: Lab, *cases: Case) -> dict[str, Outcome]:
    session = Session(lab, silent)
    session.run(PLAIN, {case.name: case for case in cases})
    assert list(session.outcomes) == [case.name for case in cases]
    return session.outcomes


def double(_machine: Machine, said: Said) -> dict[str, Any]:
    return {"n": said["n"] * 2}


def fail(_machine: Machine, said: Said) -> dict[str, Any]:
    raise KeyError("mistaken")


def not_newer(facts: Facts) -> str | None:
    return f"{facts.kernel} has it" if facts.capabilities["KVM_CAP_ARM_SEA_TO_USER"] else None


def wrongly(_result: Said, _others: Said) -> tuple[Finding, ...]:
    raise KeyError("mistaken")


def test_each_fault_is_told_and_the_cases_after_it_run(lab: Lab, tmp_path: Path) -> None:
    source = tmp_path / "broken.S"
    source.write_text("not an instruction\n", encoding="ascii")
    done = ran(
        lab,
        Case("broken", "", PROBE, builds=(guest("broken.bin", source, address=0),)),
        Case("modular", "", PROBE, modules=("no-such-module",)),
        Case("endless", "", FAULTS + "endless", seconds=1), Case("signal", "", FAULTS + "signalled"),
        Case("raises", "", FAULTS + "raising"), Case("lost", "", FAULTS + "nowhere"),
        Case("asks", "", FAULTS + "asking", {"what": "double", "times": 50}, answers={"double": double}),
        Case("refused", "", FAULTS + "asking", {"what": "fail", "times": 1}, answers={"fail": fail}),
        Case("unknown", "", FAULTS + "asking", {"what": "nothing", "times": 1}),
        Case("unprepared", "", PROBE, prepare=(FAULTS + "unprepared",)), Case("absent", "", PROBE, needs=not_newer),
        Case("after", "", PROBE, after=("raises",)), Case("misjudged", "", PROBE, judge=wrongly),
        Case("good", "", PROBE),
    )
    problems = {name: outcome.problem or "" for name, outcome in done.items()}
    assert problems["endless"] == "no end within 1 s"
    assert problems["signal"] == f"signal {int(signal.SIGBUS)}"
    for name, words in {
        "raises": "ValueError: a mistake", "lost": "AttributeError", "refused": "mistaken", "unknown": "nothing",
        "unprepared": "no such thing", "misjudged": "mistaken", "broken": "lab.build",
    }.items():
        assert words in problems[name]
        assert done[name].status == "failed"
    assert done["asks"].result == {"answers": [{"n": n * 2} for n in range(50)]}
    assert (done["modular"].status, done["modular"].result) == ("absent", None)
    assert (done["absent"].status, done["after"].absent) == ("absent", "raises gave no result")
    assert done["good"].status == "holds"
    assert done["misjudged"].result == done["good"].result


def end(machine: Machine, said: Said) -> dict[str, Any]:
    machine.qmp("quit")
    raise Ended({"n": said["n"]})


def test_a_machine_that_ends_as_the_case_wants_is_no_fault(lab: Lab) -> None:
    done = ran(
        lab, Case("ends", "", FAULTS + "asking", {"what": "end", "times": 1}, answers={"end": end}),
        Case("good", "", PROBE),
    )
    assert (done["ends"].status, done["ends"].result) == ("holds", {"n": 0})
    assert done["good"].status == "holds"


def kill(machine: Machine, _said: Said) -> dict[str, Any]:
    os.kill(machine.pid, signal.SIGKILL)
    return {}


def test_a_panic_or_a_dead_qemu_costs_one_case_and_the_last_words_are_told(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    dying = Case("dies", "", FAULTS + "asking", {"what": "kill", "times": 1}, answers={"kill": kill})
    session = Session(lab, silent)
    session.run(PLAIN, {case.name: case for case in (
        Case("first", "", PROBE), Case("panics", "", FAULTS + "panicking"), dying, Case("last", "", PROBE))})
    done = session.outcomes
    assert [outcome.status for outcome in done.values()] == ["holds", "failed", "failed", "holds"]
    assert done["panics"].problem == "a kernel panic: sysrq triggered crash"
    assert "Kernel panic - not syncing: sysrq triggered crash" in done["panics"].log
    assert done["dies"].problem == f"QEMU ended (signal {int(signal.SIGKILL)})"
    assert "Run /init as init process" in done["dies"].log
    printing.show(evidence.gathered(lab, session.ran, {"prepare": 0, "build": 0, "run": 0}), list(done.values()), [])
    told = capsys.readouterr().out
    assert told.count("the serial console's last lines:") == 2
    assert "Kernel panic - not syncing: sysrq triggered crash" in told.partition("the serial console's last lines:")[2]


def test_a_qemu_that_refuses_its_command_line_is_quoted(lab: Lab) -> None:
    session = Session(lab, silent)
    session.run(PLAIN._replace(cpu="z80"), {"one": Case("one", "", PROBE)})
    assert "z80" in str(session.outcomes["one"].problem)
    assert "exit 1" in str(session.outcomes["one"].problem)


def test_a_kernel_that_says_nothing_is_given_up(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.lab.session.BOOT_SECONDS", 2)
    image = tmp_path / "Image"
    image.write_bytes(b"\0" * 4096)
    dead = lab._replace(site=lab.site._replace(kernel=lab.kernel._replace(image=image)))
    start = time.monotonic()
    done = ran(dead, Case("one", "", PROBE))
    assert done["one"].problem == "no machine: none"
    assert time.monotonic() - start < 15


def meeting(barrier: threading.Barrier) -> Callable[[Machine, Said], dict[str, Any]]:
    """Waits until another machine's case asks as well."""
    def meet(_machine: Machine, _said: Said) -> dict[str, Any]:
        barrier.wait(60)
        return {}
    return meet


@pytest.mark.parametrize("cpus", [1, 2])
def test_machines_run_side_by_side_where_there_are_the_cpus(
    lab: Lab, cpus: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(range(cpus)))
    answers = {"meet": meeting(threading.Barrier(cpus))}
    boards = [Board(lab, PLAIN._replace(name=name), {name: Case(
        name, "", FAULTS + "asking", {"what": "meet", "times": 1}, answers=answers, seconds=120)})
        for name in ("one", "other")]
    told: list[str] = []
    came = beside.joined(beside.run(boards, told.append))
    assert [(name, one.status, one.result) for name, one in came.outcomes.items()] == [
        ("one", "holds", {"answers": [{}]}), ("other", "holds", {"answers": [{}]})]
    assert [boot.platform for boot in came.boots] == ["one", "other"]
    boots, ends = [told.index(f"{name}: boot") for name in ("one", "other")], told.index(
        next(line for line in told if "holds" in line))
    assert (max(boots) < ends) == (cpus == 2)


def test_interrupted_the_lab_ends_each_machine_and_keeps_nothing(lab: Lab) -> None:
    process = started(lab.site.cache.root, "--case", "probe")
    within(60, lambda: len(machines(process.pid)) == min(2, len(os.sched_getaffinity(0))))
    process.send_signal(signal.SIGINT)
    within(5, lambda: machines(process.pid) == set())  # sooner than one boots
    said, complaint = process.communicate(timeout=30)
    assert (process.returncode, said) == (1, "")
    assert not [word for word in ("Traceback", "failed", "a new machine") if word in complaint]
    assert list((lab.site.cache.root / "runs").glob(f"*-{process.pid}")) == []


def started(cache: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "abi.cli", "lab", "--cache", str(cache), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_cold_cache_cannot_do_without_a_mirror(tmp_path: Path) -> None:
    process = started(tmp_path, "--offline")
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "lab.cold" in complaint


@pytest.mark.parametrize("size", ["1m", "170m"])
def test_a_full_disk_ends_the_preparation_with_a_line_that_says_so(tmp_path: Path, size: str) -> None:
    """Full before anything is fetched, and while packages are unpacked."""
    lab = f"exec {sys.executable} -m abi.cli lab --cache {tmp_path} --json"
    inside = f"mount -t tmpfs -o size={size} none {tmp_path} && {lab}"
    user = () if os.geteuid() == 0 else ("-U", "-r")
    done = subprocess.run(["unshare", *user, "-m", "sh", "-c", inside], capture_output=True, text=True, check=False,
                          timeout=300)
    assert done.returncode == 3, done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "lab.disk", error
    assert "--cache DIR" in error["hint"]
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_at_the_end_loses_no_answer(lab: Lab, tmp_path: Path) -> None:
    """The evidence cannot be written: that is told, and what was measured is printed all the same."""
    process = started(lab.site.cache.root, "--case", "probe.kvm", "--json", "--evidence", "/dev/full/evidence.json")
    said, complaint = process.communicate(timeout=60)
    assert process.returncode == 3
    assert '"probe.kvm"' in said
    assert "Traceback" not in complaint


def test_a_mirror_that_lacks_the_package_is_told(lab: Lab) -> None:
    packages = Packages(lab.site.cache)
    with pytest.raises(InputError, match="linux-image-none") as caught:
        packages.resolve(["linux-image-none"], "trixie", GUEST)
    assert caught.value.code == "lab.package"


def test_a_warm_cache_needs_no_mirror_and_the_evidence_is_whole(lab: Lab, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence.json"
    arguments = ("--case", "probe.kvm", "--offline", "--json", "--evidence", str(evidence))
    process = started(lab.site.cache.root, *arguments)
    said, progress = process.communicate(timeout=60)
    assert process.returncode == 0, progress
    found = json.loads(said)
    assert found == json.loads(evidence.read_text(encoding="utf-8"))
    assert found["kernel"]["version"] == lab.kernel.version
    assert found["cases"]["probe.kvm"]["result"]["api"] == 12
    assert str(lab.site.cache.root) not in said


def test_a_lab_that_is_killed_leaves_no_machine(lab: Lab) -> None:
    process = started(lab.site.cache.root, "--case", "probe.kvm")
    within(20, lambda: machines(process.pid) != set())
    process.kill()
    process.communicate(timeout=10)
    within(5, lambda: machines(process.pid) == set())


def within(seconds: float, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_installed_program_that_is_no_qemu_is_refused(lab: Lab) -> None:
    process = started(lab.site.cache.root, "--qemu", "true", "--json")
    said, complaint = process.communicate(timeout=30)
    assert process.returncode == 3
    assert json.loads(said)["error"]["code"] == "lab.qemu"
    assert "Traceback" not in complaint
