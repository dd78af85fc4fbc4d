# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Any bytes at all, in every place where a command reads some: exit 0, 1 or 3, one line, no exception."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.abi.ring.by_hand import header
from tests.cli import by_hand
from tests.cli.files import BEFORE, Files, capture
from tests.cli.running import COMPLAINT, Ran, called

KVM = capture("kvm-linux-7.3.4.json")
CPER = bytes.fromhex(KVM["claimed_without_address"]["cper"])
PAGE = bytes.fromhex(KVM["cases"][0]["exit"]["kvm_run"])
#: Two empty slots of 64 bytes: what damages it makes lies of the header.
RING = header(slot_size=64, slots=2) + bytes(128)
TRAP = {"esr_el2": "0x92000010", "far_el2": "0x300500123", "hpfar_el2": "0x0"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def assert_sane(done: Ran) -> None:
    """An answer without a complaint, or a complaint in the one form; an exception would have come out of main."""
    assert done.code in (0, 1, 3)
    if done.code == 3:
        assert COMPLAINT.fullmatch(done.err.strip()), done.err
    else:
        assert done.err == ""


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A good input with a few bytes or words overwritten, cut or lengthened."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 3))):
        layout = draw(st.sampled_from("BHIQ"))
        value = draw(st.sampled_from((0, 1, 0xFF, 0xFFFF, 0xFFFFFFFF, (1 << 64) - 1)) | st.integers(0, (1 << 64) - 1))
        size = struct.calcsize(layout)
        position = draw(st.integers(0, len(data) - size))
        struct.pack_into("<" + layout, data, position, value % (1 << 8 * size))
    end = draw(st.just(len(data)) | st.integers(0, len(data)))
    return bytes(data[:end]) + draw(st.just(b"") | st.binary(max_size=16))


RECORDS = st.binary(max_size=300) | st.sampled_from(
    [by_hand.abort(0), by_hand.abort(), by_hand.serror(0xC11, 3), by_hand.notice()]
).flatmap(damaged)


@given(RECORDS)
def test_decode_and_inject_agree_on_any_bytes(folder: Path, data: bytes) -> None:
    """Rule vmm.malformed: never ignore, never crash; what decode refuses stops the vCPU."""
    files = Files(folder)
    record = files.raw(data)
    decoded, plain = called("decode", record, "--json"), called("decode", record)
    injected = called("inject", record, "--vcpu", files.vcpu(), "--json")
    for done in (decoded, plain, injected):
        assert_sane(done)
    assert decoded.code == plain.code == injected.code
    assert isinstance(decoded.json, dict)
    if injected.code == 3:
        assert (injected.json["action"], injected.json["raw"]) == ("stop", data.hex())


@given(st.binary(max_size=300) | damaged(PAGE))
def test_import_takes_any_bytes(folder: Path, data: bytes) -> None:
    done = called("import", "arm-sea", Files(folder).raw(data), "--json")
    assert_sane(done)
    assert ("error" in done.json) is (done.code == 3)


@given(st.binary(max_size=300) | damaged(CPER), st.sampled_from(["sea", "sei", "gpio", "none"]))
def test_emit_takes_any_firmware_record(folder: Path, data: bytes, notify: str) -> None:
    files = Files(folder)
    done = called("emit", files.trap(TRAP | {"notify": notify}), "--cper", files.raw(data), "--json")
    assert_sane(done)
    assert ("error" in done.json) is (done.code == 3)


@given(st.binary(max_size=300) | damaged(RING))
def test_decode_takes_any_ring(folder: Path, data: bytes) -> None:
    assert_sane(called("decode", "--ring", Files(folder).raw(data)))


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.integers(0, (1 << 66)).map(hex),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TRAP_KEYS = ("esr_el2", "far_el2", "hpfar_el2", "pfar_el2", "disr_el1", "mpidr", "walk", "walk_level", "memslots",
             "isolated", "host_ras", "vm_ras", "hyp_context", "nested", "protected", "notify", "version")
VCPU_KEYS = (*BEFORE, "sctlr2_el1", "gcscr_el1", "ras", "features", "notifications", "firmware_va", "pending_serror")


@given(st.dictionaries(st.sampled_from(TRAP_KEYS) | st.text(max_size=5), VALUES, max_size=4))
def test_emit_takes_any_json(folder: Path, changes: dict[str, Any]) -> None:
    assert_sane(called("emit", Files(folder).trap(TRAP | changes)))


@given(st.dictionaries(st.sampled_from(VCPU_KEYS) | st.text(max_size=5), VALUES, max_size=4))
def test_inject_takes_any_json(folder: Path, changes: dict[str, Any]) -> None:
    files = Files(folder)
    assert_sane(called("inject", files.raw(by_hand.abort()), "--vcpu", files.vcpu(**changes)))


@given(st.integers(0, (1 << 64) - 1))
def test_emit_takes_any_syndrome_and_what_it_emits_can_be_read(folder: Path, esr: int) -> None:
    files = Files(folder)
    record = folder / "rec.bin"
    done = called("emit", files.trap(TRAP | {"esr_el2": hex(esr)}), "-o", record, "--json")
    assert_sane(done)
    if done.code == 0:
        assert called("decode", record, "--json").json["broken"] == []
        assert called("inject", record, "--vcpu", files.vcpu()).code == 0


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_emit_takes_any_text(folder: Path, data: bytes) -> None:
    done = called("emit", Files(folder).raw(data))
    assert_sane(done)
    assert done.code == 3  # none of these is a trap
