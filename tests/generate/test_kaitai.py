# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Kaitai description: compiled by its own compiler, and run on records made by hand."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.abi.ring import by_hand as rings
from tests.generate import by_hand
from tests.generate.tools import SPEC, ToolError, environment, library, node_modules, run

pytestmark = pytest.mark.check

KSY = SPEC / "formats" / "kvm_arm_fault_info.ksy"
WHERE = Path("spec") / "formats" / KSY.name
HERE = Path(__file__).parent / "kaitai"
#: Languages whose output is not run here but must come out: those of VMMs and of viewers.
OTHERS = ("cpp_stl", "rust", "go", "lua", "javascript", "construct")

Reader = Callable[[bytes], Any]


def compiled(ksy: Path, language: str, folder: Path) -> list[Path]:
    """Compile the description; raises ToolError."""
    folder.mkdir(exist_ok=True)
    run("node", HERE / "compile.js", language, ksy, folder, env=environment(NODE_PATH=str(node_modules(HERE))))
    return sorted(folder.iterdir())


def reader(ksy: Path, folder: Path) -> Any:
    """The class that Kaitai's compiler makes for Python."""
    library("kaitaistruct")
    (path,) = compiled(ksy, "python", folder)
    spec = importlib.util.spec_from_file_location(f"compiled_{folder.name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.KvmArmFaultInfo


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return reader(KSY, tmp_path_factory.mktemp("ours"))


def bits(flags: Any, names: dict[int, str], width: int) -> int:
    """A flags type as the number that it was read from, by the bit each name has in the tables."""
    value, at = 0, 0
    while at < width:
        name = names.get(at, f"unknown_{at}")
        length = 1 if at in names else min([bit for bit in names if bit > at], default=width) - at
        value |= int(getattr(flags, name.lower())) << at
        at += length
    return value


def values(read: Any) -> dict[str, int]:
    """Every field of a record as a number."""
    said = {name: getattr(read, name) for name in by_hand.records.FIELDS if hasattr(read, name)}
    said["flags"] = bits(read.flags, by_hand.records.FLAG_NAMES, 64)
    said["sea_flags"] = bits(read.sea_flags, {0: "GPA_VALID"}, 64)
    return {name: int(value) for name, value in said.items() if value is not None}


def judge(kaitai: Any, record: bytes, minor: int) -> None:
    """The values that the class reads are those that were put in."""
    assert values(kaitai.from_bytes(record)) == by_hand.values(record, minor)


RECORDS = {
    "abort": (by_hand.records.abort(reserved0=7, hva=8, firmware_va=9, hpfar=10), 1),
    "abort-1.0": (by_hand.records.abort(minor=0), 0),
    "serror": (by_hand.records.serror(0xC11, 3), 1),
    "notice": (by_hand.records.notice(), 1),
    "unknown codes": (by_hand.records.abort(kind=99, origin=98, severity=97, flags=(1 << 63) | 5), 1),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_read_as_it_was_put_together(name: str, ours: Any) -> None:
    judge(ours, *RECORDS[name])


def vectors(*needed: str) -> list[Any]:
    """The VMM's vectors whose question or answer has all of these."""
    files = sorted((SPEC / "vectors").glob("vmm-*.json"))
    every = [vector for file in files for vector in json.loads(file.read_text(encoding="utf-8"))["vectors"]]
    return [vector for vector in every if set(needed) <= vector["input"].keys() | vector["expect"].keys()]


def judge_vectors(kaitai: Any) -> int:
    """What a reader of 1.1 reads of each vector's bytes is what the vector says that they hold."""
    chosen = [vector for vector in vectors("record", "info") if vector["input"].get("reader") == "0x1"]
    for vector in chosen:
        record, info = (bytes.fromhex(text) for text in (vector["input"]["record"], vector["expect"]["info"]))
        assert values(kaitai.from_bytes(record)) == by_hand.values(info, min(record[35], 1)), vector["slug"]
    return len(chosen)


def test_every_vector_is_read_as_the_vector_says(ours: Any) -> None:
    assert judge_vectors(ours) > 2000


def test_the_ring_of_every_vector_is_read_as_the_vector_says(ours: Any) -> None:
    """Where a slot holds a whole record: of another the description, unlike a reader, can say nothing."""
    chosen = [vector for vector in vectors("image", "found") if len(vector["expect"]["record"]) >= 2 * 80]
    for vector in chosen:
        said = {key: int(vector["expect"].get(key, "0"), 16) for key in ("position", "vcpu", "lost", "sequence")}
        ring = ours.KvmArmFaultRing.from_bytes(bytes.fromhex(vector["input"]["image"]))
        slot = ring.each_slot[said.pop("position") % ring.slots]
        assert {key: getattr(slot, key) for key in said} == said, vector["slug"]
        record = bytes.fromhex(vector["expect"]["record"])
        assert values(slot.record) == by_hand.values(record, min(record[35], 1)), vector["slug"]
    assert len(chosen) > 40


def test_any_bits_of_a_record_are_read(ours: Any) -> None:
    chance = random.Random(1)
    for _ in range(200):
        fields = {name: chance.getrandbits(8) for name in by_hand.records.FIELDS if name != "minor"}
        fields |= {name: chance.getrandbits(64) for name in ("flags", "sea_flags", "esr", "far", "gpa", "hva")}
        judge(ours, by_hand.records.record(1, **fields | {"size": 80, "major": 1}), 1)


def test_codes_have_their_names(ours: Any) -> None:
    read = ours.from_bytes(by_hand.records.notice())
    assert (read.kind.name, read.origin.name, read.gpa_origin.name) == ("memory_notice", "firmware", "reverse_map")


def test_the_bytes_of_a_newer_minor_version_are_kept(ours: Any) -> None:
    known = by_hand.records.abort(size=96)
    newer = known[:35] + b"\x02" + known[36:]
    read = ours.from_bytes(newer + bytes(16))
    assert (read.minor, read.tail) == (2, bytes(16))


def test_a_ring_is_read_with_the_records_in_it(ours: Any) -> None:
    record = by_hand.records.abort(far=0x1234)
    image = rings.header(slot_size=24 + len(record), slots=2, head=1) + rings.slot(2, 3, 4, 5, record) + bytes(104)
    ring = ours.KvmArmFaultRing.from_bytes(image)
    assert (ring.magic, ring.head, ring.tail) == (int.from_bytes(b"KFI1", "little"), 1, 0)
    first, second = ring.each_slot
    assert (first.stamp, first.vcpu, first.lost, first.sequence, first.record.far) == (2, 3, 4, 5, 0x1234)
    assert not hasattr(second, "record") or second.record is None


def test_a_reply_is_read(ours: Any) -> None:
    data = bytes(range(1, 9)) + b"".join(n.to_bytes(8, "little") for n in (9, 10, 11)) + bytes(32)
    read = ours.KvmArmFaultReply.from_bytes(data)
    names = [name for name in by_hand.LAYOUTS["kvm_arm_fault_reply"] if name not in ("pad", "reserved")]
    assert [getattr(read, name) for name in names] == [1, 2, 3, 4, 5, 6, 9, 10, 11]
    assert (read.pad, read.reserved) == (b"\x07\x08", bytes(32))


@pytest.mark.parametrize("language", OTHERS)
def test_it_compiles_for_other_languages(language: str, tmp_path: Path) -> None:
    assert compiled(KSY, language, tmp_path / "out")


def test_fields_in_other_places_are_read_wrong(moved: Path, tmp_path: Path) -> None:
    other = reader(moved / WHERE, tmp_path / "moved")
    with pytest.raises(AssertionError, match="esr"):
        judge(other, *RECORDS["abort"])
    with pytest.raises(AssertionError, match="read-"):
        judge_vectors(other)


def test_other_numbers_are_read_wrong(renumbered: Path, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, AttributeError), match=r"nested|flags|unknown"):
        judge(reader(renumbered / WHERE, tmp_path / "renumbered"), *RECORDS["abort"])


def test_the_compiler_refuses_what_is_no_description(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.ksy"
    wrong.write_text(KSY.read_text(encoding="utf-8").replace("type: u8", "type: nothing"), encoding="utf-8")
    with pytest.raises(ToolError, match="nothing"):
        compiled(wrong, "python", tmp_path / "wrong")
