# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The lab's steps that need no emulated machine: what is missing, the mirror, the cache, the console, the cases."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from abi.errors import InputError
from tests.lab import archive, cases, tools
from tests.lab.build import Site
from tests.lab.cache import Cache, default_root, digest, telling
from tests.lab.case import Case, Finding, Outcome
from tests.lab.cases import probe
from tests.lab.emulator import Emulator
from tests.lab.guest_build import RELABEL
from tests.lab.kernel import Kernel, prepared
from tests.lab.machine import Platform, Ports, command_line
from tests.lab.mirror import archives
from tests.lab.packages import SUITES, Packages
from tests.lab.serial import Serial
from tests.lab.session import last_line
from tests.lab.userland import PINNED, pins
from tests.packages import LIST as PACKAGES


def test_what_is_missing_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "make").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    tools.require(["make"])
    with pytest.raises(InputError) as caught:
        tools.require(["make", "cpio", "setpriv", "cpio"])
    assert (caught.value.code, caught.value.expected) == ("lab.tools", "cpio, setpriv")
    assert caught.value.hint.endswith("install -y --no-install-recommends cpio util-linux")


@pytest.mark.check
def test_the_packages_that_check_needs_are_in_the_release_that_the_lab_takes_its_machine_from() -> None:
    """`make packages` on Debian 13, whatever is installed here."""
    lines = PACKAGES.read_text(encoding="utf-8").splitlines()
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    packages = Packages(Cache(default_root()))
    assert {one.name for one in packages.resolve(names, SUITES[0], packages.host)} >= set(names)
    with pytest.raises(InputError, match=f"{names[0]}-0"):
        packages.resolve([f"{names[0]}-0"], SUITES[0], packages.host)


def test_every_command_that_a_step_needs_has_its_package() -> None:
    assert {*tools.TO_FETCH, *tools.TO_RUN, *tools.TO_BUILD} == set(tools.PACKAGES)


def test_the_archive_is_taken_from_the_targets_of_apt() -> None:
    security = "http://a/debian-security/|Debian|bookworm-security|main"
    other = "https://b/tools|Tools|stable|main"
    named = "http://c/debian/|Debian|bookworm|main"
    unread = "http://d/debian|$(ORIGIN)|bookworm|main"
    updates = "http://e/debian|Debian|bookworm-updates|main"
    foreign = "http://f/debian|Debian|bookworm|contrib"
    assert list(archives([security, other, unread, updates, foreign])) == ["http://d/debian"]
    assert next(archives([unread, other, named])) == "http://c/debian"
    assert list(archives([security, other, updates, "", "x|y"])) == []


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []
    cache = Cache(tmp_path)
    for _ in range(2):
        path = cache.entry("kind", digest(1), made.append)
    assert path == tmp_path / f"kind-{digest(1)}" == Cache.final(made[0])
    assert len(made) == 1


def test_an_entry_whose_making_fails_is_not_there(tmp_path: Path) -> None:
    def half(new: Path) -> None:
        (new / "half").touch()
        raise InputError("x", "x", None, "x", "x")

    for _ in range(2):
        with pytest.raises(InputError):
            Cache(tmp_path).entry("kind", digest(1), half)
    assert {p.name for p in tmp_path.rglob("*")} == {"lock", "new"}


def _slow(root: Path) -> None:
    def never(new: Path) -> None:
        (new / "half").touch()
        time.sleep(60)

    Cache(root).entry("kind", digest(1), never)


def test_a_preparation_that_is_killed_leaves_nothing_that_is_believed(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_slow, args=(tmp_path,))
    process.start()
    half = tmp_path / "new" / f"kind-{digest(1)}" / "half"
    for _ in range(200):
        if half.exists():
            break
        time.sleep(0.02)
    assert half.exists()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    cache = Cache(tmp_path)
    path = cache.entry("kind", digest(1), lambda new: (new / "whole").touch())
    assert [p.name for p in path.iterdir()] == ["whole"]
    cache.entry("other", digest(1), lambda _new: None)
    assert list((tmp_path / "new").iterdir()) == []


def test_an_entry_may_need_another(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    outer = cache.entry("outer", digest(1), lambda _new: _put_aside(cache))
    assert outer.is_dir()
    assert (tmp_path / f"inner-{digest(1)}").is_dir()


def _put_aside(cache: Cache) -> None:
    cache.entry("inner", digest(1), lambda _new: None)


def test_of_two_threads_one_makes_an_entry_and_the_other_waits(tmp_path: Path) -> None:
    cache, made = Cache(tmp_path), []

    def make(new: Path) -> None:
        made.append(new)
        time.sleep(0.2)
        (new / "whole").touch()

    with ThreadPoolExecutor(2) as pool:
        paths = set(pool.map(lambda _n: cache.entry("kind", digest(1), make), range(2)))
    assert [(path / "whole").exists() for path in paths] == [True]
    assert len(made) == 1


def test_only_the_newest_of_a_kind_stays_where_so_asked(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for n in range(2):
        for kind in ("a", "a-b"):
            cache.entry(kind, digest(n), lambda _new: None, only=kind == "a")
    assert sorted(p.name for p in tmp_path.glob("a*")) == sorted(
        [f"a-{digest(1)}", f"a-b-{digest(0)}", f"a-b-{digest(1)}"])


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "lab.disk"), (errno.EACCES, "lab.cache")])
def test_a_full_disk_is_told_as_such(number: int, code: str) -> None:
    with pytest.raises(InputError) as caught, telling():
        raise OSError(number, os.strerror(number), "here")
    assert (caught.value.code, caught.value.path) == (code, "here")


def test_a_mirror_that_has_nothing_is_told(tmp_path: Path) -> None:
    packages = Packages(Cache(tmp_path / "cache"), f"file://{tmp_path}")
    with pytest.raises(InputError, match="Release") as caught:
        packages.resolve(["anything"], "trixie", "arm64")
    assert caught.value.code == "lab.package"
    assert "--mirror" in caught.value.hint


def test_an_image_that_is_not_there_is_told(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(InputError, match=r"lab\.kernel"):
        prepared(cache, Packages(cache, "none"), str(tmp_path / "Image"))


def test_an_image_says_its_version_and_has_no_modules(tmp_path: Path) -> None:
    image = tmp_path / "Image"
    image.write_bytes(b"\0MZ\0" * 9 + b"Linux version 7.4.0-rc1+ (me@here) ...")
    cache = Cache(tmp_path)
    kernel = prepared(cache, Packages(cache, "none"), str(image))
    assert (kernel.version, kernel.image) == ("7.4.0-rc1+", image)
    with pytest.raises(InputError, match=r"lab\.module"):
        kernel.module("hwpoison-inject")


TREE = """modules:
\t@test "$(ARCH)$(CROSS_COMPILE)" = arm64aarch64-linux-gnu- && cat $(M)/Kbuild $(M)/relabel.c > $(M)/relabel.ko
"""


def test_a_module_for_an_image_is_built_where_the_image_was(tmp_path: Path) -> None:
    image, tree, cache = tmp_path / "Image", tmp_path / "tree", Cache(tmp_path / "cache")
    image.write_bytes(b"Linux version 7.4.0 ")
    tree.mkdir()
    with pytest.raises(InputError, match=r"lab\.kernel.*\.config"):
        prepared(cache, Packages(cache, "none"), str(image), tree)
    (tree / ".config").touch()
    (tree / "Makefile").write_text(TREE, encoding="utf-8")
    kernel = prepared(cache, Packages(cache, "none"), str(image), tree)
    built = RELABEL.built(Site(cache, Packages(cache, "none"), kernel))
    assert built.read_text(encoding="utf-8").startswith("obj-m := relabel.o\n// SPDX")
    image.write_bytes(b"Linux version 7.4.0 of another build ")
    assert RELABEL.built(Site(cache, Packages(cache, "none"), kernel)) != built
    with pytest.raises(InputError, match="--tree"):
        RELABEL.built(Site(cache, Packages(cache, "none"), kernel._replace(tree=None)))


def test_the_console_tells_of_a_panic_and_its_end() -> None:
    serial = Serial()
    serial.feed(b"[ 1.0] \x1b[0mone\r\n")
    assert "Kernel panic" not in serial.text
    assert not serial.panic
    mark = len(serial.text)
    serial.feed(b"[ 2.0] Kernel panic - not syncing: sysrq tri")
    serial.feed(b"ggered crash\r\n")
    assert f"{serial.panic}" == "sysrq triggered crash"
    assert serial.text.startswith("[ 1.0] one\n[")
    assert serial.since(mark).startswith("[ 2.0]")
    assert serial.tail(1) == "[ 2.0] Kernel panic - not syncing: sysrq triggered crash"


def test_the_command_line_has_what_was_chosen() -> None:
    emulator, kernel = Emulator("x", ("qemu", "-L", "data"), "11.1.3 (Debian)"), Kernel("k", Path("Image"), "7.3.4")
    plain = command_line(emulator, kernel, Path("initrd"), Platform(cpu="neoverse-n1"), Ports(3, 4, 5))
    assert plain[:3] == ["qemu", "-L", "data"]
    assert plain[plain.index("-cpu") + 1] == "neoverse-n1"
    assert "virtualization=on" in plain[plain.index("-M") + 1]
    assert "-bios" not in plain
    firmware = command_line(emulator, kernel, Path("initrd"), Platform(firmware=Path("fd")), Ports(3, 4, 5))
    assert firmware[firmware.index("-M") + 1].endswith("ras=on,acpi=on")
    assert firmware[firmware.index("-bios") + 1] == "fd"
    assert firmware[firmware.index("-cpu") + 1] == "max,pauth-impdef=on"
    assert emulator.release == (11, 1, 3)


def test_the_pinned_packages_are_those_of_the_project() -> None:
    assert set(pins()) == set(PINNED)
    assert all("==" in requirement for requirement in pins().values())


def test_a_status_follows_from_the_findings() -> None:
    case = Case("c", "what", "m:f")
    ruled, bare = Finding("FAR_EL1", "0x1", "0x2", "vmm.far.source"), Finding("ESR_EL1", "0x1", "0x2")
    assert Outcome(case, {}).status == "holds"
    assert Outcome(case, {}, (ruled,)).status == "explained"
    assert Outcome(case, {}, (ruled, bare)).status == "differs"
    assert Outcome(case, problem="signal 7").status == Outcome(case).status == "failed"
    assert Outcome(case, absent="no FEAT_RAS").status == "absent"


def test_cases_are_chosen_by_name_or_its_beginning() -> None:
    every = cases.collected()
    assert list(cases.chosen([])) == list(every)
    assert set(cases.chosen(["probe"])) == {name for name in every if name.startswith("probe.")}
    with pytest.raises(InputError, match=r"lab\.case"):
        cases.chosen(["prob"])


def test_a_case_comes_after_none_of_another_platform_which_runs_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Case("a", "", "m:f"), Case("b", "", "m:f", platform="firmware", after=("a",))
    monkeypatch.setattr(probe, "CASES", given)
    with pytest.raises(ValueError, match="another platform"):
        cases.collected()


def test_every_function_that_a_case_names_is_there() -> None:
    for case in cases.collected().values():
        for name in (case.inside, *case.prepare):
            module, _, function = name.partition(":")
            path = Path(__file__).parents[2] / (module.replace(".", "/") + ".py")
            assert f"def {function}(" in path.read_text(encoding="utf-8"), name


def test_archives_join_to_one_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, encoding="ascii")
        archive.pack(tmp_path / name, tmp_path / f"{name}.cpio")
    archive.join([tmp_path / "a.cpio", tmp_path / "b.cpio"], tmp_path / "both")
    data = (tmp_path / "both").read_bytes()
    assert data.count(b"070701") == 4
    assert data.count(b"TRAILER!!!") == 2
    assert len((tmp_path / "a.cpio").read_bytes()) % 4 == 0


@pytest.mark.parametrize(("said", "line"), [
    ("Traceback (most recent call last):\n  x\nValueError: no", "ValueError: no"),
    ("  CC x.o\nx.c:1:2: error: no\nmake[1]: *** [x.o] Error 1\nmake: *** [all] Error 2", "x.c:1:2: error: no"),
    ("ERROR: modpost: y undefined!\nmake: *** [all] Error 2", "ERROR: modpost: y undefined!"),
    ("make: *** No rule to make target 'x'", "make: *** No rule to make target 'x'")])
def test_of_what_a_step_says_the_line_that_tells_why_is_shown(said: str, line: str) -> None:
    assert last_line(said) == line
