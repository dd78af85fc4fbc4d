# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Section 8 of the design, command by command: the keys of every JSON object, and the exit codes."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from reference_host.violate import BREAKABLE
from tests.cli import by_hand
from tests.cli.files import BEFORE, Files
from tests.cli.running import Runner, called, process_raw

TRAP = {"esr_el2": "0x92000010", "far_el2": "0x300500123", "hpfar_el2": "0x8000000000500000"}
ENTRY = {"pc", "pstate", "esr_el1", "far_el1", "elr_el1", "spsr_el1"}


def fields_of(raw: bytes, minor: int) -> dict[str, Any]:
    """What decode must print of bytes, worked out from the table in the design."""
    names = [name for name, since in by_hand.FIELDS.items() if since <= minor]
    values = dict(zip(names, struct.unpack(by_hand.FORMAT[minor], raw), strict=True))
    shown: dict[str, Any] = {"version": f"1.{minor}"}
    for name in by_hand.FIELDS:
        bit = by_hand.VALIDITY.get(name)
        valid = name in values and (bit is None or values["flags"] >> bit & 1)
        shown[name] = hex(values[name]) if valid else None
    if not values["sea_flags"] & 1:
        shown["gpa"] = None
    shown["flags"] = [text for bit, text in by_hand.FLAG_NAMES.items() if values["flags"] >> bit & 1]
    return shown


RECORDS = {
    "abort-1.0": (by_hand.abort(minor=0), 0),
    "abort-1.1": (by_hand.abort(), 1),
    "no-address": (by_hand.abort(sea_flags=0, esr=0x92000410, far=0, gpa=0, flags=0x40, gpa_origin=0), 1),
    "firmware-va": (by_hand.abort(sea_flags=0, esr=0x92000410, far=0, gpa=0, flags=0x50, gpa_origin=0, origin=3,
                                  host_action=3, firmware_severity=1, firmware_va=0x300500123), 1),
    "isolated": (by_hand.abort(host_action=2, origin=5, flags=0x4F, hpfar=0x500000, gpa_origin=1, address_lsb=12,
                               hva=0x7F0000500000), 1),
    "serror": (by_hand.serror(0xC11, 3), 1),
    "notice": (by_hand.notice(), 1),
}


@pytest.mark.parametrize("name", RECORDS)
def test_decode_prints_every_field_of_the_table_and_null_where_it_is_not_valid(
    name: str, files: Files, run: Runner
) -> None:
    raw, minor = RECORDS[name]
    done = run("decode", files.raw(raw), "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == fields_of(raw, minor) | {"broken": []}


def test_decode_names_the_rules_that_a_record_breaks(files: Files, run: Runner) -> None:
    done = run("decode", files.raw(by_hand.abort(reserved0=1)), "--json")
    assert done.code == 0
    assert done.json["broken"] == ["host.reserved.zero"]
    assert "broken: host.reserved.zero" in run("decode", files.raw(by_hand.abort(reserved0=1))).out


def test_decode_as_an_older_reader_keeps_what_it_does_not_know_as_a_tail(files: Files, run: Runner) -> None:
    raw, _ = RECORDS["isolated"]
    got = run("decode", files.raw(raw), "--reader", "1.0", "--json").json
    assert (got["hva"], got["tail"]) == (None, raw[64:].hex())


def test_esr_prints_ec_il_iss_iss2_and_then_the_fields_by_their_arm_names(run: Runner) -> None:
    got = run("esr", "0x96000410", "--json").json
    assert list(got)[:4] == ["EC", "IL", "ISS", "ISS2"]
    assert (got["EC"], got["IL"], got["ISS"], got["ISS2"]) == (0x25, 1, 0x410, 0)
    assert (got["FnV"], got["EA"], got["WnR"], got["DFSC"]) == (1, 0, 0, 0x10)


def test_esr_takes_a_number_with_and_without_0x(run: Runner) -> None:
    assert run("esr", "0XBE000C11", "--json").json == run("esr", "be000c11", "--json").json


def test_emit_prints_record_fields_memory_failure_and_legacy(files: Files, run: Runner) -> None:
    done = run("emit", files.trap(TRAP), "--json")
    assert (done.code, done.err) == (0, "")
    got = done.json
    assert {"record", "fields", "memory_failure", "legacy", "rule"} <= set(got)
    assert got["fields"] == fields_of(bytes.fromhex(got["record"]), 1)
    assert (got["fields"]["far"], got["fields"]["esr"]) == ("0x300500123", "0x92000010")
    assert (got["memory_failure"], got["legacy"], got["rule"]) == (False, None, None)


def test_emit_writes_the_version_asked_for(files: Files, run: Runner) -> None:
    got = run("emit", files.trap(TRAP | {"version": "1.0"}), "--json").json
    assert len(got["record"]) == 2 * 64
    assert got["fields"] == fields_of(bytes.fromhex(got["record"]), 0)


def test_emit_of_an_ordinary_exit_is_a_no_with_the_rule(files: Files, run: Runner) -> None:
    done = run("emit", files.trap(TRAP | {"esr_el2": "0x93c18005"}), "--json")
    assert done.code == 1
    assert (done.json["record"], done.json["fields"], done.json["rule"]) == (None, None, "host.record.cause")


def test_emit_without_a_record_writes_no_file(files: Files, run: Runner) -> None:
    target = files.folder / "rec.bin"
    done = run("emit", files.trap(TRAP | {"esr_el2": "0x93c18005"}), "-o", target)
    assert (done.code, target.exists()) == (1, False)
    assert "host.record.cause" in done.out


def test_emit_and_decode_agree_through_a_file_and_through_a_pipe(files: Files, run: Runner) -> None:
    target = files.folder / "rec.bin"
    emitted = run("emit", files.trap(TRAP), "-o", target, "--json").json
    assert target.read_bytes().hex() == emitted["record"]
    assert run("decode", target, "--json").json == emitted["fields"] | {"broken": []}
    piped = process_raw("emit", files.trap(TRAP), "-o", "-")
    assert piped.stdout == target.read_bytes()
    decoded = process_raw("decode", "-", "--json", input=piped.stdout)
    assert json.loads(decoded.stdout) == emitted["fields"] | {"broken": []}


def test_import_prints_and_writes_the_record(files: Files, run: Runner, kvm: dict[str, Any]) -> None:
    page, target = files.page(kvm["cases"][0]), files.folder / "rec.bin"
    done = run("import", "arm-sea", page, "-o", target, "--json")
    assert (done.code, done.err) == (0, "")
    raw = bytes.fromhex(done.json["record"])
    assert target.read_bytes() == raw
    assert done.json["fields"] == fields_of(raw, 0)
    assert process_raw("import", "arm-sea", page, "-o", "-").stdout == raw


@pytest.mark.parametrize("size", [288, 320, 4096])
def test_import_takes_288_bytes_of_a_page_or_more(size: int, files: Files, kvm: dict[str, Any]) -> None:
    page = bytes.fromhex(kvm["cases"][0]["exit"]["kvm_run"]).ljust(4096, b"\0")[:size]
    assert called("import", "arm-sea", files.raw(page)).code == 0


def test_import_takes_of_gpa_the_page_and_of_an_invalid_address_nothing(files: Files, kvm: dict[str, Any]) -> None:
    """Rules host.gpa.low and host.invalid.zero, for a kernel that says more than 7.3.4 does."""
    page = bytearray.fromhex(kvm["cases"][0]["exit"]["kvm_run"])
    struct.pack_into("<Q", page, 32 + 24, 0x50000FFF)
    assert called("import", "arm-sea", files.raw(bytes(page)), "--json").json["fields"]["gpa"] == "0x50000123"
    struct.pack_into("<QQ", page, 32, 0, 0x92000410)  # no gpa, FnV=1, and both addresses all the same
    done = called("import", "arm-sea", files.raw(bytes(page)), "--json").json
    assert bytes.fromhex(done["record"])[16:32] == bytes(16)
    assert (done["fields"]["far"], done["fields"]["gpa"], done["broken"]) == (None, None, [])


#: What is asked of the VMM, and action, rule and keys of the answer.
ANSWERS: dict[str, tuple[bytes, dict[str, Any], str, set[str]]] = {
    "abort": (by_hand.abort(), {}, "inject", ENTRY),
    "serror": (by_hand.serror(0xC11, 3), {}, "pend", {"serror_esr"}),
    "notice": (by_hand.notice(), {}, "interrupt", set()),
    "notice-polled": (by_hand.notice(), {"notifications": ["sea", "poll"]}, "log", set()),
    "restartable-serror": (by_hand.serror(0x811, 2), {}, "log", set()),
    "no-ras": (by_hand.abort(), {"ras": False}, "stop", set()),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_inject_always_prints_action_and_rule_and_the_registers_of_that_action(
    name: str, files: Files, run: Runner
) -> None:
    raw, machine, action, keys = ANSWERS[name]
    done = run("inject", files.raw(raw), "--vcpu", files.vcpu(**machine), "--json")
    assert (done.code, done.err) == (0, "")
    got = done.json
    assert (got["action"], got["rule"]) == (action, "vmm.notify")
    assert set(got) & (ENTRY | {"serror_esr"}) == keys
    assert all(int(got[key], 16) >= 0 and got[key].startswith("0x") for key in keys)


def test_inject_pends_the_syndrome_of_the_serror(files: Files, run: Runner) -> None:
    got = run("inject", files.raw(by_hand.serror(0xC11, 3)), "--vcpu", files.vcpu(), "--json").json
    assert got["serror_esr"] == "0xc11"


def test_inject_enters_the_vector_of_the_level_that_was_interrupted(files: Files, run: Runner) -> None:
    got = run("inject", files.raw(by_hand.abort()), "--vcpu", files.vcpu(), "--json").json
    assert {key: got[key] for key in ENTRY} == {
        "pc": "0x10000a00", "pstate": "0x600003c5", "esr_el1": "0x96000010", "far_el1": "0x300500123",
        "elr_el1": BEFORE["pc"], "spsr_el1": BEFORE["pstate"],
    }


COMMANDS = ("demo", "emit", "decode", "import", "inject", "esr")
USAGE: dict[str, list[str]] = {
    "no command": [], "unknown command": ["explode"], "decode without a file": ["decode"],
    "inject without a vcpu": ["inject", "rec.bin"], "another source": ["import", "x86-mce", "page.bin"],
    "unknown option": ["esr", "0x0", "--loud"], "unknown reader": ["decode", "rec.bin", "--reader", "1.7"],
    "no version": ["decode", "rec.bin", "--reader", "x"], "two records": ["decode", "a", "b"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_bad_usage_is_exit_2_and_says_how_to_use_it(arguments: list[str], run: Runner) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: faultinfo")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_json(command: str, run: Runner) -> None:
    done = run(command, "--help")
    assert done.code == 0
    assert "--json" in done.out


def test_every_command_of_the_design_is_listed(run: Runner) -> None:
    listed = run("--help").out
    assert all(f"\n    {command} " in listed for command in COMMANDS)


def test_emit_says_which_rules_it_can_break(run: Runner) -> None:
    told = run("emit", "--help").out
    listed = "".join(told.partition("Rules that --break can break")[2].split()).partition(":")[2]
    assert tuple(listed.split(",")) == BREAKABLE
