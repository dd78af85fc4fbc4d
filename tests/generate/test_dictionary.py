# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The fuzzing dictionary: AFL++ and libFuzzer take it, and find with it what they do not find without it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generate import by_hand
from tests.generate.tools import PATIENCE, SPEC, environment, run, tool

pytestmark = pytest.mark.check

DICTIONARY = SPEC / "formats" / "kvm_arm_fault_info.dict"
WHERE = Path("spec") / "formats" / DICTIONARY.name
TARGET = Path(__file__).parent / "target.c"
#: What libFuzzer takes at most in one entry.
LONGEST = 64
SEED = bytes(80)


def fnv(data: bytes) -> int:
    """FNV-1a of 64 bits, as target.c has it."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return value


def trap() -> str:
    """The one word that the target waits for: firmware's notice of a lost page, version 1.1."""
    return f"-DHEAD={fnv(by_hand.records.record(kind=4, origin=2)[32:40]):#x}ULL"


def entries(path: Path) -> dict[str, bytes]:
    """Name -> bytes, read by the rules that both fuzzers share."""
    found = {}
    for line in path.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            match = re.fullmatch(r'(\w+)="((?:\\x[0-9a-f]{2})+)"', line)
            assert match, line
            assert match[1] not in found, line
            found[match[1]] = bytes.fromhex(match[2].replace("\\x", ""))
    return found


def libfuzzer(dictionary: Path | None, folder: Path) -> tuple[bool, str]:
    """Whether libFuzzer falls into the trap, and what it wrote."""
    program = folder / "libfuzzer"
    run("clang", "-g", "-O1", "-fsanitize=fuzzer", trap(), TARGET, "-o", program)
    corpus = folder / "libfuzzer-corpus"
    corpus.mkdir()
    (corpus / "seed").write_bytes(SEED)
    done = subprocess.run(
        [str(program), "-seed=1", "-runs=300000", "-max_len=80", f"-artifact_prefix={folder}/",
         *([f"-dict={dictionary}"] if dictionary else []), str(corpus)],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    return "deadly signal" in done.stderr, done.stderr


def afl(dictionary: Path | None, folder: Path) -> tuple[bool, str]:
    """Whether AFL++ falls into the trap before its time is over, and what it wrote."""
    program, corpus, out = folder / "afl", folder / "afl-corpus", folder / "afl-out"
    quiet = environment(AFL_QUIET="1")
    run("afl-clang-fast", "-DSTANDALONE", trap(), TARGET, "-o", program, env=quiet)
    corpus.mkdir()
    (corpus / "seed").write_bytes(SEED)
    seconds = "60" if dictionary == DICTIONARY else "8"  # it ends as soon as it has found the trap
    settings = environment(
        AFL_NO_UI="1", AFL_NO_COLOR="1", AFL_SKIP_CPUFREQ="1", AFL_NO_AFFINITY="1", AFL_BENCH_UNTIL_CRASH="1",
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1",
    )
    done = subprocess.run(
        [tool("afl-fuzz"), "-s", "1", "-D", "-V", seconds, "-i", str(corpus), "-o", str(out),
         *(["-x", str(dictionary)] if dictionary else []), "--", str(program)],
        capture_output=True, text=True, timeout=PATIENCE, check=False, env=settings,
    )
    said = done.stdout + done.stderr
    assert (out / "default" / "fuzzer_stats").exists(), said
    return any((out / "default" / "crashes").glob("id:*")), said


Fuzzer = Callable[[Path | None, Path], tuple[bool, str]]
fuzzers = pytest.mark.parametrize("fuzzer", [libfuzzer, afl])


@fuzzers
def test_a_fuzzer_takes_every_entry_and_finds_a_record_with_it(fuzzer: Fuzzer, tmp_path: Path) -> None:
    found, said = fuzzer(DICTIONARY, tmp_path)
    number = re.search(r"Dictionary: (\d+) entries|Loaded a total of (\d+) tokens|Loaded (\d+) extra tokens", said)
    assert number, said
    assert int(next(n for n in number.groups() if n)) == len(entries(DICTIONARY))
    assert found, said


@fuzzers
def test_without_the_dictionary_it_is_not_found(fuzzer: Fuzzer, tmp_path: Path) -> None:
    found, said = fuzzer(None, tmp_path)
    assert not found, said


@fuzzers
def test_the_dictionary_of_other_places_does_not_find_it(fuzzer: Fuzzer, tmp_path: Path, moved: Path) -> None:
    found, said = fuzzer(moved / WHERE, tmp_path)
    assert not found, said


def test_entries_fit_both_fuzzers_and_none_is_there_twice() -> None:
    found = entries(DICTIONARY)
    assert all(len(data) <= LONGEST for data in found.values())
    assert len(set(found.values())) == len(found)


def test_every_flag_kind_and_version_is_in_it_as_its_bytes_stand_in_a_record() -> None:
    found = set(entries(DICTIONARY).values())
    assert {(1 << bit).to_bytes(8, "little") for bit, _name, _since, _field in by_hand.FLAGS} <= found
    for minor in (0, 1):
        for kind in (1, 2, 3, 4):
            record = by_hand.records.record(minor, kind=kind, origin=1)
            assert record[32:40] in found
            assert record[32:36] in found
    assert {b"KFI1", b"CPER"} <= found


def test_other_numbers_are_seen(renumbered: Path) -> None:
    found = set(entries(renumbered / WHERE).values())
    assert (1 << 7).to_bytes(8, "little") not in found
