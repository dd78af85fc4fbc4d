# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bad input: exit code 3 and one line that names code, field, offset, expected and got; never a traceback."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from tests.cli import by_hand
from tests.cli.files import BEFORE, Files, capture
from tests.cli.running import Ran, Runner, called

KVM = capture("kvm-linux-7.3.4.json")
CPER = bytes.fromhex(KVM["claimed_without_address"]["cper"])
PAGE = bytes.fromhex(KVM["cases"][0]["exit"]["kvm_run"])
TRAP = {"esr_el2": "0x92000010", "far_el2": "0x300500123", "hpfar_el2": "0x0"}
RECORD = by_hand.abort()


def put(data: bytes, layout: str, offset: int, value: int) -> bytes:
    """The bytes with one number overwritten."""
    changed = bytearray(data)
    struct.pack_into(layout, changed, offset, value)
    return bytes(changed)


def newer(data: bytes, minor: int) -> bytes:
    """A record that says it is a newer minor version."""
    return put(data, "<B", 35, minor)


def assert_told(done: Ran, code: str, path: str, offset: int | None, expected: str, got: str) -> None:
    """Exit 3, nothing on standard output, and one line that says all of it."""
    assert (done.code, done.out) == (3, "")
    told = done.complaint
    assert (told["code"], told["path"]) == (code, path)
    assert told["offset"] == (None if offset is None else f"{offset:#x}")
    assert told["expected"] == expected
    assert told["got"] is not None
    assert told["got"].startswith(got)


#: Record -> code, path, offset, expected, got.
RECORDS: dict[str, tuple[bytes, str, str, int, str, str]] = {
    "zero-length": (b"", "vmm.malformed", "record.sea_flags", 0, "0x8 bytes", "0x0 bytes"),
    "cut in gpa": (RECORD[:29], "vmm.malformed", "record.gpa", 24, "0x8 bytes", "0x5 bytes"),
    "cut before kind": (RECORD[:36], "vmm.malformed", "record.kind", 36, "0x2 bytes", "0x0 bytes"),
    "cut after kind": (RECORD[:38], "vmm.size", "record.size", 32, "<= 0x26", "0x50"),
    "cut by one": (RECORD[:79], "vmm.size", "record.size", 32, "<= 0x4f", "0x50"),
    "over-long by one": (RECORD + b"\0", "vmm.size", "record.size", 32, "0x51", "0x50"),
    "two records": (RECORD * 2, "vmm.size", "record.size", 32, "0xa0", "0x50"),
    "size 0": (by_hand.abort(size=0), "vmm.size", "record.size", 32, "0x50", "0x0"),
    "size of another version": (by_hand.abort(size=64), "vmm.size", "record.size", 32, "0x50", "0x40"),
    "hostile size": (by_hand.abort(size=0xFFFF), "vmm.size", "record.size", 32, "0x50", "0xffff"),
    "newer and hostile": (newer(by_hand.abort(size=0xFFF8), 2), "vmm.size", "record.size", 32, "<= 0x50", "0xfff8"),
    "newer and too short": (newer(by_hand.abort(size=72), 2), "vmm.size", "record.size", 32, ">= 0x50", "0x48"),
    "newer and odd": (newer(by_hand.abort(size=81), 2) + b"\0", "vmm.size", "record.size", 32, "a multiple of 0x8",
                      "0x51"),
    "flag beyond the version": (by_hand.abort(minor=0, flags=0x49), "vmm.size", "record.flags", 40, "0x41", "0x49"),
    "kind is not EC": (by_hand.abort(kind=2), "vmm.agree", "record.kind", 36, "a kind that agrees with esr 0x92000010",
                       "0x2"),
    "severity is not SET": (by_hand.abort(flags=0x61, severity=5), "vmm.agree", "record.severity", 58,
                            "a severity that agrees with esr 0x92000010", "0x5"),
    "next major version": (by_hand.abort(major=2), "vmm.major.unknown", "record.major", 34, "0x1", "0x2"),
    "no major version": (by_hand.abort(major=0), "vmm.major.unknown", "record.major", 34, "0x1", "0x0"),
    "unknown critical flag": (by_hand.abort(flags=0x41 | 1 << 40), "vmm.critical.unknown", "record.flags", 40,
                              "no critical flag but 0x100000000", "0x10000000000"),
    "unknown kind": (by_hand.abort(kind=9), "vmm.critical.unknown", "record.kind", 36, "0x1..0x4", "0x9"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_bad_record_is_refused_by_decode(name: str, files: Files) -> None:
    data, code, path, offset, expected, got = RECORDS[name]
    done = called("decode", files.raw(data))
    if code.endswith(".unknown"):  # may be right, but for another reader: the bytes are kept
        assert f"kept raw: {data.hex()}" in done.out
        done = done._replace(out="")
    assert_told(done, code, path, offset, expected, got)


@pytest.mark.parametrize("name", RECORDS)
def test_a_bad_record_stops_the_vcpu_and_loses_nothing(name: str, files: Files) -> None:
    """Rules vmm.malformed, vmm.major.unknown, vmm.critical.unknown: keep the bytes, report, do not resume."""
    data, code, path, offset, expected, got = RECORDS[name]
    arguments = ("inject", files.raw(data), "--vcpu", files.vcpu())
    done = called(*arguments, "--json")
    assert (done.json["action"], done.json["rule"], done.json["raw"]) == ("stop", code, data.hex())
    assert (done.json["error"]["code"], done.json["error"]["path"]) == (code, path)
    assert "pc" not in done.json
    for ran in (done, called(*arguments)):
        assert_told(ran._replace(out=""), code, path, offset, expected, got)


@pytest.mark.parametrize("name", ["cut in gpa", "hostile size", "next major version", "unknown critical flag"])
def test_a_bad_record_is_told_to_machines_too(name: str, files: Files, run: Runner) -> None:
    data, code, path, offset, _, got = RECORDS[name]
    done = run("decode", files.raw(data), "--json")
    assert done.code == 3
    assert done.complaint["code"] == code
    told = done.json["error"]
    assert (told["code"], told["path"], told["offset"], told["got"]) == (code, path, hex(offset), got)


@pytest.mark.parametrize("size", range(80))
def test_a_record_cut_anywhere_is_refused(size: int, files: Files) -> None:
    done = called("decode", files.raw(RECORD[:size]))
    assert done.code == 3
    assert done.complaint["code"] in ("vmm.malformed", "vmm.size")


#: Firmware record -> path, offset, expected, got; entry at 20, section at 92, error information at 132.
BLOCKS: dict[str, tuple[bytes, str, int, str, str]] = {
    "zero-length": (b"", "estatus.block_status", 0, "0x4 bytes", "0x0 bytes"),
    "cut in the block": (CPER[:18], "estatus.error_severity", 16, "0x4 bytes", "0x2 bytes"),
    "cut in the entry": (CPER[:60], "estatus.data_length", 12, "0x28", "0x90"),
    "cut by one": (CPER[:-1], "estatus.data_length", 12, "0x8f", "0x90"),
    "over-long": (CPER + b"\0", "estatus.data_length", 12, "0x91", "0x90"),
    "hostile data_length": (put(CPER, "<I", 12, 0xFFFFFFFF), "estatus.data_length", 12, "0x90", "0xffffffff"),
    "hostile raw_data_length": (put(CPER, "<I", 8, 0xFFFFFFFF), "estatus.raw_data_offset", 4, "0xa4", "0x0"),
    "hostile error_data_length": (put(CPER, "<I", 20 + 24, 0xFFFFFFFF), "estatus.entry[0].error_data_length", 44,
                                  "0x0..0x48", "0xffffffff"),
    "wrong entry count": (put(CPER, "<I", 0, 0x31), "estatus.block_status", 0, "0x1 or 0x0 in bits 13:4", "0x3"),
    "hostile section_length": (put(CPER, "<I", 92 + 8, 0xFFFFFFFF), "estatus.entry[0].arm.section_length", 100,
                               "0x28..0x48", "0xffffffff"),
    "hostile err_info_num": (put(CPER, "<H", 92 + 4, 0xFFFF), "estatus.entry[0].arm.err_info_num", 96,
                             "0x0..0x1", "0xffff"),
    "uncounted err_info": (put(CPER, "<H", 92 + 4, 0), "estatus.entry[0].arm.section_length", 100, "0x28", "0x48"),
    "hostile info length": (put(CPER, "<B", 132 + 1, 0xFF), "estatus.entry[0].arm.error_info[0].length", 133, "0x20",
                            "0xff"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_bad_firmware_record_is_refused_whole(name: str, files: Files) -> None:
    data, path, offset, expected, got = BLOCKS[name]
    target = files.folder / "rec.bin"
    done = called("emit", files.trap(TRAP), "--cper", files.raw(data), "-o", target)
    assert_told(done, "host.cper.strict", path, offset, expected, got)
    assert not target.exists()


@pytest.mark.parametrize("size", range(0, len(CPER), 7))
def test_a_firmware_record_cut_anywhere_is_refused(size: int, files: Files) -> None:
    done = called("emit", files.trap(TRAP), "--cper", files.raw(CPER[:size]))
    assert (done.code, done.complaint["code"]) == (3, "host.cper.strict")


def without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in value.items() if k != key}


#: TRAP.json -> code, path, got.
TRAPS: dict[str, tuple[Any, str, str, str]] = {
    "an array": ([TRAP], "json.type", "trap", "list"),
    "unknown key": (TRAP | {"far_el1": "0x0"}, "json.unknown", "trap.far_el1", "'far_el1'"),
    **{f"no {key}": (without(TRAP, key), "json.missing", f"trap.{key}", "nothing") for key in TRAP},
    "no number": (TRAP | {"far_el2": "far"}, "json.number", "trap.far_el2", "'far'"),
    "65 bits": (TRAP | {"esr_el2": "0x10000000000000000"}, "json.number", "trap.esr_el2", "'0x1"),
    "negative": (TRAP | {"esr_el2": -1}, "json.number", "trap.esr_el2", "-1"),
    "boolean": (TRAP | {"esr_el2": True}, "json.number", "trap.esr_el2", "True"),
    "no level": (TRAP | {"walk_level": True}, "json.number", "trap.walk_level", "True"),
    "a level too deep": (TRAP | {"walk_level": 4}, "json.number", "trap.walk_level", "4"),
    "a key twice": (b'{"esr_el2": "0x0", "esr_el2": "0x0"}', "json.duplicate", "trap.esr_el2", "'esr_el2'"),
    "fraction": (TRAP | {"mpidr": 0.5}, "json.number", "trap.mpidr", "0.5"),
    "text for a flag": (TRAP | {"nested": "no"}, "json.type", "trap.nested", "'no'"),
    "unknown source": (TRAP | {"notify": "nmi"}, "json.choice", "trap.notify", "'nmi'"),
    "unknown version": (TRAP | {"version": "2.0"}, "json.choice", "trap.version", "'2.0'"),
    "version as a number": (TRAP | {"version": 1.1}, "json.choice", "trap.version", "1.1"),
    "memslots": (TRAP | {"memslots": {}}, "json.type", "trap.memslots", "{}"),
    "isolated": (TRAP | {"isolated": "0x0"}, "json.type", "trap.isolated", "'0x0'"),
    "a memslot": (TRAP | {"memslots": [[]]}, "json.type", "trap.memslots[0]", "[]"),
    "a memslot's key": (TRAP | {"memslots": [{"gpa": "0x0", "size": "0x1000", "hva": "0x0", "pa": "0x0", "id": "0x0"}]},
                        "json.unknown", "trap.memslots[0].id", "'id'"),
    "a memslot's lack": (TRAP | {"memslots": [{"gpa": "0x0", "size": "0x1000", "hva": "0x0"}]},
                         "json.missing", "trap.memslots[0].pa", "nothing"),
    "an empty memslot": (TRAP | {"memslots": [{"gpa": "0x0", "size": "0x0", "hva": "0x0", "pa": "0x0"}]},
                         "json.number", "trap.memslots[0].size", "0x0"),
    "a huge page": (TRAP | {"isolated": [{"gpa": "0x0", "lsb": "0x40"}]}, "json.number", "trap.isolated[0].lsb",
                    "0x40"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_bad_trap_is_refused_by_the_path_of_its_key(name: str, files: Files) -> None:
    value, code, path, got = TRAPS[name]
    done = called("emit", files.raw(value) if isinstance(value, bytes) else files.json(value, "trap.json"))
    assert_told(done, code, path, 0 if path == "trap" else None, done.complaint["expected"] or "", got)


VCPU = without(BEFORE, "none")
#: VCPU.json -> code, path, got.
VCPUS: dict[str, tuple[Any, str, str, str]] = {
    "null": (None, "json.type", "vcpu", "NoneType"),
    "unknown key": (VCPU | {"x0": "0x0"}, "json.unknown", "vcpu.x0", "'x0'"),
    **{f"no {key}": (without(VCPU, key), "json.missing", f"vcpu.{key}", "nothing") for key in BEFORE},
    "no number": (VCPU | {"pc": None}, "json.number", "vcpu.pc", "None"),
    "text for ras": (VCPU | {"ras": 1}, "json.type", "vcpu.ras", "1"),
    "features": (VCPU | {"features": "FEAT_RAS"}, "json.type", "vcpu.features", "'FEAT_RAS'"),
    "unknown feature": (VCPU | {"features": ["FEAT_SVE"]}, "json.choice", "vcpu.features[0]", "'FEAT_SVE'"),
    "no feature": (VCPU | {"features": [{}]}, "json.choice", "vcpu.features[0]", "{}"),
    "unknown notification": (VCPU | {"notifications": ["sea", "nmi"]}, "json.choice", "vcpu.notifications[1]",
                             "'nmi'"),
    "a pending syndrome": (VCPU | {"pending_serror": "0x2000000"}, "json.number", "vcpu.pending_serror",
                           "'0x2000000'"),
}


@pytest.mark.parametrize("name", VCPUS)
def test_a_bad_vcpu_is_refused_by_the_path_of_its_key(name: str, files: Files) -> None:
    value, code, path, got = VCPUS[name]
    done = called("inject", files.raw(RECORD), "--vcpu", files.json(value, "vcpu.json"))
    assert_told(done, code, path, 0 if path == "vcpu" else None, done.complaint["expected"] or "", got)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe{", b'{"a": 1,}', b"[" * 100000, b"1" * 5000], ids=range(6))
def test_what_is_not_json_is_refused(text: bytes, files: Files) -> None:
    done = called("emit", files.raw(text))
    assert (done.code, done.out) == (3, "")
    assert done.complaint["code"] == "json.syntax"


#: Page -> code, path, offset, expected, got.
PAGES: dict[str, tuple[bytes, str, str, int, str, str]] = {
    "zero-length": (b"", "kvm_run.length", "kvm_run", 0, ">= 0x120 bytes", "0x0 bytes"),
    "one byte short": (PAGE[:287], "kvm_run.length", "kvm_run", 0, ">= 0x120 bytes", "0x11f bytes"),
    "KVM_EXIT_INTR": (put(PAGE, "<I", 8, 10), "vmm.exit.reason", "kvm_run.exit_reason", 8, "0x29 (KVM_EXIT_ARM_SEA)",
                      "0xa"),
    "no exit": (put(PAGE, "<I", 8, 0), "vmm.exit.reason", "kvm_run.exit_reason", 8, "0x29 (KVM_EXIT_ARM_SEA)", "0x0"),
    "translation fault": (put(PAGE, "<Q", 40, 0x93C18005), "host.record.cause", "kvm_run.arm_sea.esr", 40,
                          "the syndrome of an external abort", "0x93c18005"),
    "SError": (put(PAGE, "<Q", 40, 0xBE000C11), "host.record.cause", "kvm_run.arm_sea.esr", 40,
               "the syndrome of an external abort", "0xbe000c11"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_the_exit_is_refused(name: str, files: Files) -> None:
    data, code, path, offset, expected, got = PAGES[name]
    target = files.folder / "rec.bin"
    done = called("import", "arm-sea", files.raw(data), "-o", target)
    assert_told(done, code, path, offset, expected, got)
    assert not target.exists()


@pytest.mark.parametrize("text", ["", "0x", "g", "-1", "0x1_0", " 1", "0x10000000000000000", "\u0661"])
def test_esr_refuses_what_is_no_64_bit_number(text: str, run: Runner) -> None:
    done = run("esr", "--", text)
    assert (done.code, done.complaint["code"], done.complaint["path"]) == (3, "json.number", "esr")


AS_PROCESS = {
    "decode": ("decode", RECORD[:-1]), "import": ("import", "arm-sea", PAGE[:-40]),
    "inject": ("inject", RECORD[:-1], "--vcpu", BEFORE), "emit": ("emit", TRAP, "--cper", CPER[:-1]),
    "trap": ("emit", TRAP | {"x": 1}), "vcpu": ("inject", RECORD, "--vcpu", BEFORE | {"x": 1}),
}


@pytest.mark.parametrize("name", AS_PROCESS)
def test_every_command_refuses_as_a_process_too(name: str, files: Files, run: Runner) -> None:
    arguments = [
        files.raw(a, f"{n}.bin") if isinstance(a, bytes) else files.json(a, f"{n}.json") if isinstance(a, dict) else a
        for n, a in enumerate(AS_PROCESS[name])
    ]
    done = run(*arguments)
    assert done.code == 3
    assert done.complaint["code"]
    assert "Traceback" not in done.err
