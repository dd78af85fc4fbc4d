# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The OSS-Fuzz folder: its build script run with that service's environment, and what it builds run for a while."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.fuzz.own import heads
from tests.generate.tools import ROOT, run, tool

FOLDER = ROOT / "spec" / "fuzz" / "oss-fuzz"
#: What the service's base image sets, beside -stdlib=libc++ in CXXFLAGS: its libc++ is its own.
COMMON = "-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
_RECOVERED = (
    "array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,"
    "returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr"
)
SANITIZERS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope",
    "memory": "-fsanitize=memory -fsanitize-memory-track-origins",
    "undefined": f"-fsanitize={_RECOVERED},unsigned-integer-overflow -fno-sanitize-recover={_RECOVERED}",
}
COVERAGE = "-fsanitize=fuzzer-no-link"


def built(sanitizer: str, folder: Path, repository: Path = ROOT) -> Path:
    """$OUT after build.sh; $SRC has the repository by the name that the Dockerfile gives it."""
    places = {name: folder / name.lower() for name in ("SRC", "OUT", "WORK")}
    for place in places.values():
        place.mkdir()
    (places["SRC"] / "kvm-fault-info").symlink_to(repository)
    flags = f"{COMMON} {SANITIZERS[sanitizer]} {COVERAGE}"
    environment = {
        "CC": tool("clang"), "CXX": tool("clang++"), "CFLAGS": flags, "CXXFLAGS": flags, "CCC": tool("clang++"),
        "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer", "FUZZING_ENGINE": "libfuzzer", "SANITIZER": sanitizer,
        "ARCHITECTURE": "x86_64", "FUZZING_LANGUAGE": "c", "PATH": os.environ["PATH"], "HOME": str(folder),
        **{name: str(place) for name, place in places.items()},
    }
    run("bash", "-eu", repository / "spec" / "fuzz" / "oss-fuzz" / "build.sh", cwd=places["SRC"], env=environment)
    return places["OUT"]


def fuzz(out: Path, target: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A target as the service runs it: from its seeds, with the options of its file."""
    corpus = out / f"{target}.corpus"
    with zipfile.ZipFile(out / f"{target}_seed_corpus.zip") as seeds:
        seeds.extractall(corpus)
    given = re.findall(r"^(\w+) = (.*)$", (out / f"{target}.options").read_text(encoding="utf-8"), re.MULTILINE)
    return subprocess.run(
        ["nice", out / target, *(f"-{name}={value}" for name, value in given), *options, corpus], cwd=out,
        env=os.environ | {"UBSAN_OPTIONS": "silence_unsigned_overflow=1"}, capture_output=True, text=True, check=False,
        timeout=120,
    )


def test_the_image_is_marked_unbuilt_and_calls_the_script() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert "UNBUILT" in text.splitlines()[1]
    assert "spec/fuzz/oss-fuzz/build.sh" in text


def test_each_target_has_options_and_seeds() -> None:
    assert {path.stem for path in FOLDER.glob("*.options")} == set(heads.TARGETS)
    assert {path.name for path in (FOLDER / "seeds").iterdir()} == set(heads.TARGETS)


@pytest.mark.check
@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_the_script_builds_targets_that_run(sanitizer: str, tmp_path: Path) -> None:
    out = built(sanitizer, tmp_path)
    expected = {"kvm_arm_fault_info.dict"}
    for target in heads.TARGETS:
        expected |= {target, f"{target}.options", f"{target}_seed_corpus.zip"}
    assert {path.name for path in out.iterdir()} == expected
    for target in heads.TARGETS:
        done = fuzz(out, target, "-seed=1", "-runs=10000")
        assert done.returncode == 0, done.stderr[-3000:]
        assert re.search(r"Done 10000 runs", done.stderr), done.stderr[-500:]
        assert "Dictionary: " in done.stderr
        assert int(re.findall(r"INITED cov: (\d+)", done.stderr)[0]) > 20


@pytest.mark.check
def test_a_planted_error_is_found_by_what_the_script_builds(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for part in ("spec/c", "spec/uapi", "spec/formats", "spec/fuzz", "tests/fuzz/own"):
        shutil.copytree(ROOT / part, copy / part)
    header = copy / "spec" / "c" / "kfi_ring.h"
    text = header.read_text(encoding="utf-8")
    header.write_text(text.replace("slots > (size - header) / slot)", "0)"), encoding="utf-8")
    assert header.read_text(encoding="utf-8") != text
    (tmp_path / "work_").mkdir()
    done = fuzz(built("address", tmp_path / "work_", copy), "ring", "-seed=1", "-runs=3000000", "-max_total_time=60")
    assert "AddressSanitizer" in done.stderr
    assert done.returncode != 0
