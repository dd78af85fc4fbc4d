# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every kind of target, right and with a planted bug: libraries, a Rust crate, a process, a page that changes."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from abi.cli import DONE, NO
from tests.fuzz.running import ADAPTER, AS_TARGET, FUZZ, READERS, ROOT, Done, fuzz
from tests.generate.tools import environment, run, tool

SPEC = ROOT / "spec"
#: How the stable compiler of Rust makes code that guides libFuzzer.
FLAGS = " ".join((FUZZ / "templates" / "rust" / "Cargo.toml").read_text(encoding="utf-8").split('RUSTFLAGS="')[1]
                 .split('"')[0].replace("#", "").replace("\\", "").split())

#: Found by fuzzing: the tail, set back between the consumer's store and the next consumer's load.
TAIL_AFTER_ITS_STORE = bytes.fromhex(
    "02010001020000001a000000030000000600000000000000350000002500000081000000000000004b46493140000100"
    "680000000400000008000000000000000600000000000000030000000100000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "100000920000000028711636fcc5ffff0040234100000000600001000100020561000000000000004023410000000000"
    "4c02000000000000000000000000000000000000000000000e0000000000000000000000000000000a00000000000000"
    "010000000000000010000086000000000000000000000000004023410000000050000100020002020c00000000000000"
    "0000000000000000150100000000000000406587ff7f00000000000000000000100000000000000001000000ffffffff"
    "0b000000010000000100000000000000100000920000000028d1bc0a0080ffff28412341000000005000010101000101"
    "610000000000000000000000000000000c0205"
).ljust(520, b"\0")
#: The same: two words of a slot's record, of which a consumer that copies backwards sees the second change alone.
TWO_WORDS_OF_A_SLOT = bytes.fromhex(
    "0201000002000000240000001c000000080000000000000025000000160000005769d16298c703b04b46493140000100"
    "5800000002000000ffffffffffffff3ffdffffffffffff3f050000000100000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "28d1bc0a0080ffff28412341000000004000010001000101610000000000000000000000000000000c02030000000000"
    "fcffffffffffff7f01000000ffffffff03000000010000400100000000000000111800be0000000028d1000000000000"
    "0000000000000900000002000300cf0000000000000000000080"
).ljust(280, b"\0")
#: The same with a change of the ring's head between the two.
TWO_WORDS_AND_THE_HEAD = bytes.fromhex(
    "0201000003000000220000001c000000080000000000000025000000160000005769d16298c703b02200000002000000"
    "05000000000000404b464931400001005800000002000000ffffffffffffff3ffdffffffffffff3f0500000001000000"
).ljust(208, b"\0") + bytes.fromhex("fcffffffffffff7f00000000000000000300000001000040").ljust(88, b"\0")
#: A word of the header's reserved bytes, then the tail: a consumer that copies it backwards sees the second alone.
TWO_WORDS_OF_THE_HEADER = (TAIL_AFTER_ITS_STORE[:8] + struct.pack("<IIQIIQ", 2, 6, 1, 3, 3, 7)
                           + TAIL_AFTER_ITS_STORE[40:])


def changed(folder: Path, name: str, old: str, new: str, *options: object) -> Done:
    """A campaign against the readers of spec/c, of which one text is another."""
    tool("clang")
    shutil.copytree(SPEC / "c", folder / "c")
    text = (folder / "c" / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "c" / name).write_text(text.replace(old, new), encoding="utf-8")
    return fuzz("--target", *READERS, f"{AS_TARGET} -I{folder / 'c'}", "--time", 6, "--engine", "libfuzzer",
                "--out", folder / "out", *options)


@pytest.mark.check
def test_a_slot_that_changes_while_it_is_copied_is_found(tmp_path: Path) -> None:
    second = "KFI_LOAD_BARRIER();\n\treturn kfi_ring_stamp(ring, KFI_LE64(KFI_LOAD(from)), error);"
    done = changed(tmp_path, "kfi_ring.h", second, "return true;", "--time", 40)
    assert done.code == NO
    assert any(one["rule"] == "vmm.ring.stamp" and one["confirmed"] for one in done.said["findings"]), done


@pytest.mark.check
@pytest.mark.parametrize("words", ["kfi_ring_room(ring)", "sizeof(words)"], ids=["slot", "header"])
def test_another_order_of_loads_is_no_finding(tmp_path: Path, words: str) -> None:
    """Among the seeds are those that once were findings, or would be if only the moments were free."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number, seed in enumerate((
        TAIL_AFTER_ITS_STORE, TWO_WORDS_OF_A_SLOT, TWO_WORDS_AND_THE_HEAD, TWO_WORDS_OF_THE_HEADER
    )):
        (seeds / str(number)).write_bytes(seed)
    done = changed(tmp_path, "kfi_ring.h", f"for (i = 0; i < {words} / 8; i++)\n\t\twords[i] = ",
                   f"for (i = {words} / 8; i-- > 0;)\n\t\twords[i] = ", "--seeds", seeds)
    assert (done.code, done.said["findings"]) == (DONE, []), done
    assert done.said["surfaces"][2] > 1000


@pytest.mark.check
def test_a_length_of_a_firmware_record_that_is_trusted_is_found(tmp_path: Path) -> None:
    done = changed(tmp_path, "kfi_cper_sections.h", "length < KFI_SIZE_ARM || length > room ||",
                   "length < KFI_SIZE_ARM ||")
    assert {one["rule"] for one in done.said["findings"]} == {"host.cper.strict"}
    assert any("crash: " in symptom for symptom in done.symptoms)


@pytest.mark.check
def test_libraries(tmp_path: Path) -> None:
    """A shared library without coverage is guided by the oracle; reproduce.c is linked with it as it is."""
    tool("clang")
    source = tmp_path / "adapter.c"
    text = (SPEC / "adapters" / "c" / "adapter.c").read_text(encoding="utf-8")
    source.write_text(text.replace("a.far_el1 = vcpu.far_el1;", "a.far_el1 = vcpu.far_el1 & ~1ULL;"), encoding="utf-8")
    headers = [f"-I{SPEC / name}" for name in ("c", "uapi", "adapters/c")]
    run("gcc", "-O2", "-shared", "-fPIC", *headers, source, "-o", tmp_path / "libwrong.so")
    done = fuzz("--target", tmp_path / "libwrong.so", "--time", 4, "--engine", "libfuzzer", "--out", tmp_path / "out")
    assert [(one["rule"], one["symptom"]) for one in done.said["findings"]] == [("vmm.far.source", "far_el1")], done
    folder = tmp_path / "out" / "findings" / done.said["findings"][0]["folder"]
    program = tmp_path / "reproduce"
    run("gcc", "-Wall", "-Wextra", "-Werror", folder / "reproduce.c", tmp_path / "libwrong.so",
        f"-Wl,-rpath,{tmp_path}", "-o", program)
    said = subprocess.run([program], capture_output=True, text=True, check=False, timeout=30)
    assert said.returncode == 1
    assert said.stdout.splitlines()[1] == "the answer is the one that was found"
    assert said.stdout.splitlines()[2].startswith("far_el1: expected 0x")


@pytest.mark.check
def test_the_template_of_a_library_is_a_target_that_refuses_every_ring(tmp_path: Path) -> None:
    """As it is it never finds a record, which the mutator's rings show although no seed is one."""
    tool("clang")
    done = fuzz("--target", FUZZ / "templates" / "library.c", "--time", 5, "--engine", "libfuzzer", "--out",
                tmp_path / "out")
    assert done.code == NO, done
    assert {one["surface"] for one in done.said["findings"]} == {"ring"}
    assert {"rule", "position"} <= set(done.symptoms), done  # one refused otherwise, one that has a record
    assert all(one["confirmed"] for one in done.said["findings"])


@pytest.mark.check
def test_memory_sanitizer_finds_a_value_that_was_never_written(tmp_path: Path) -> None:
    tool("clang")
    source = tmp_path / "unset.c"
    text = (FUZZ / "templates" / "function.c").read_text(encoding="utf-8")
    source.write_text(text + """
const char *parse_record(const uint8_t *data, size_t size, unsigned int reader, bool exact,
        struct kvm_arm_fault_info *info, size_t *tail)
{
    volatile unsigned char unset[2];

    (void)data; (void)reader; (void)exact; (void)info; (void)tail;
    return size > 40 && unset[size & 1] ? "vmm.size" : "vmm.malformed";
}
""", encoding="utf-8")
    done = fuzz("--target", source, "--time", 4, "--engine", "libfuzzer", "--sanitize", "memory", "--out",
                tmp_path / "out")
    assert done.code == NO, done
    assert any("MemorySanitizer" in s or "use-of-uninitialized" in s for s in done.symptoms), done.symptoms


@pytest.mark.check
def test_a_rust_crate(tmp_path: Path) -> None:
    """The template, with a parser that takes the size of a record for a fact."""
    tool("cargo")
    crate = tmp_path / "crate"
    shutil.copytree(FUZZ / "templates" / "rust", crate)
    parse = crate / "src" / "parse.rs"
    wrong = ('if _data.len() >= 36 && _data[34] != 1 { return Err("vmm.major.unknown"); }\n'
             '    if _data.len() >= 80 {\n'
             '        let size = u16::from_le_bytes([_data[32], _data[33]]) as usize;\n'
             '        let _ = _data[size - 1];\n'
             '    }\n    Err("vmm.malformed")')
    text = parse.read_text(encoding="utf-8")
    assert text.count('Err("vmm.malformed")') == 1
    parse.write_text(text.replace('Err("vmm.malformed")', wrong), encoding="utf-8")
    run("cargo", "build", "--release", "--offline", "-q", cwd=crate, env=environment(RUSTFLAGS=FLAGS))
    done = fuzz("--target", crate / "target" / "release" / "libtarget.a", "--time", 4, "--engine", "libfuzzer",
                "--out", tmp_path / "out")
    assert done.code == NO
    assert "crash: SIGABRT" in done.symptoms, done
    assert "outcome" in done.symptoms


@pytest.mark.parametrize("kind", ["reference", "template"])
def test_a_process(kind: str, tmp_path: Path) -> None:
    """The adapter in Python is right; the template refuses everything, which each seed shows."""
    target = ADAPTER if kind == "reference" else (sys.executable, str(FUZZ / "templates" / "process.py"))
    done = fuzz("--time", 3, "--out", tmp_path / "out", "--target", *target)
    assert done.said["engine"] == "process"
    assert done.said["executions"] > 20
    if kind == "reference":
        assert (done.code, done.said["findings"], done.said["notes"]) == (DONE, [], [])
        return
    assert done.code == NO
    found = {one["symptom"]: one for one in done.said["findings"]}
    folder = tmp_path / "out" / "findings" / found["outcome"]["folder"]
    said = subprocess.run([sys.executable, folder / "reproduce.py"], capture_output=True, text=True, check=False,
                          timeout=30)
    assert said.returncode == 1
    assert "outcome: expected 00, got 02" in said.stdout
    said = subprocess.run([sys.executable, folder / "reproduce.py", *ADAPTER], capture_output=True, text=True,
                          check=False, timeout=30)
    assert (said.returncode, said.stdout) == (0, "the answer is right\n")
    again = fuzz("--time", 2, "--out", tmp_path / "out", "--target", *target)
    assert again.said["executions"] > done.said["executions"]
    assert {one["folder"] for one in again.said["findings"]} >= {one["folder"] for one in done.said["findings"]}
    assert json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8")) == again.said
