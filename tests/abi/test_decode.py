# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Any bytes end in one of three ways, the same on both paths; what is refused says what and where."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abi.decode import Decoded, complaint, decode
from abi.definition import NEWEST, V1_0, VERSIONS
from abi.errors import InputError
from abi.layout import Version
from abi.record import FaultInfo, NotUnderstood, build, new
from tests.abi import rules_by_hand, strategies
from tests.abi.broken_records import BROKEN, DATA_1_0, VALID

MANY = settings(max_examples=400, deadline=None)
#: The only codes that a refusal may have.
REFUSALS = {"vmm.malformed", "vmm.size", "vmm.agree"}
Outcome = Decoded | NotUnderstood | dict[str, str | None]


def outcome(data: bytes | memoryview, reader: Version, *, exact: bool, plain: bool = False) -> Outcome:
    """What decoding gives: one of the two values, or every field of the error; nothing else passes."""
    try:
        return decode(data, reader, exact=exact, plain=plain)
    except InputError as error:
        return error.as_dict()


def end(data: bytes, *, exact: bool) -> str:
    """How the newest reader must end on these bytes, from the texts of the rules alone."""
    if len(data) < 38:
        return "vmm.malformed"
    size, major, minor = int.from_bytes(data[32:34], "little"), data[34], data[35]
    if major != 1:
        return "vmm.major.unknown"
    right = size == {0: 64, 1: 80}.get(minor, size) and size >= (64 if minor == 0 else 80) and size % 8 == 0
    fits = size == len(data) if exact else size <= len(data)
    flags = int.from_bytes(data[40:48], "little")
    if not right or not fits or (minor == 0 and flags & 0b11000):
        return "vmm.size"
    kind = int.from_bytes(data[36:38], "little")
    if kind not in {1, 2, 3, 4} or flags >> 33:
        return "vmm.critical.unknown"
    record = new(kind=kind, flags=flags, esr=int.from_bytes(data[8:16], "little"), severity=data[58])
    return "decoded" if rules_by_hand.agree(record) else "vmm.agree"


def name(found: Outcome) -> str:
    if isinstance(found, dict):
        return str(found["code"])
    return found.rule if isinstance(found, NotUnderstood) else "decoded"


@settings(max_examples=1000, deadline=None)
@given(data=strategies.hostile_bytes(), exact=st.booleans())
@example(data=b"", exact=True)
@example(data=bytes(300), exact=False)
@example(data=b"\xff" * 300, exact=False)
def test_any_bytes_end_as_the_texts_of_the_rules_say(data: bytes, exact: bool) -> None:
    found = outcome(data, NEWEST, exact=exact)
    assert name(found) == end(data, exact=exact)
    if isinstance(found, dict):
        assert found["code"] in REFUSALS
        assert all(isinstance(found[key], str) for key in ("path", "offset", "expected", "got", "hint"))


@settings(max_examples=600, deadline=None)
@given(data=strategies.hostile_bytes(), reader=strategies.versions, exact=st.booleans())
def test_construct_and_the_fast_path_agree_on_any_bytes(data: bytes, reader: Version, exact: bool) -> None:
    assert outcome(data, reader, exact=exact) == outcome(data, reader, exact=exact, plain=True)


@MANY
@given(data=strategies.hostile_bytes(), reader=strategies.versions, exact=st.booleans())
def test_a_reader_of_any_version_ends_in_one_of_the_three_ways(data: bytes, reader: Version, exact: bool) -> None:
    found = outcome(data, reader, exact=exact)
    assert name(found) in REFUSALS | {"decoded", "vmm.major.unknown", "vmm.critical.unknown"}
    if isinstance(found, Decoded):
        assert all(rule.startswith("host.") for rule in found.broken)
        assert build(found.record, reader) == data[: found.record.size]


@MANY
@given(
    record=strategies.valid_records() | strategies.near_valid_records() | strategies.newer_records(),
    after=st.binary(max_size=176), other=st.binary(max_size=176), reader=strategies.versions,
)
def test_bytes_beyond_the_record_change_nothing_in_an_area(
    record: FaultInfo, after: bytes, other: bytes, reader: Version
) -> None:
    """The exit union is 256 bytes, a slot what the ring says: what stands behind the record is not its."""
    data = build(record._replace(major=1))
    one, two = outcome(data + after, reader, exact=False), outcome(data + other, reader, exact=False)
    if isinstance(one, dict) or isinstance(two, dict):  # the size lies: how much there is says whether it fits
        assert name(one) == name(two) or record.size > len(data)
    else:
        assert one == two


@MANY
@given(record=strategies.newer_records() | strategies.valid_records(version=NEWEST))
def test_an_older_reader_acts_on_its_prefix(record: FaultInfo) -> None:
    """Rule vmm.trailing: what 1.0 says is the same whoever reads it."""
    data = build(record)
    found = decode(data, V1_0)
    assert isinstance(found, Decoded)
    assert found.record[:16] == record[:16]
    assert found.record.tail == data[64:]
    assert found.broken == ()


@pytest.mark.parametrize(("minor", "size"), [(1, 64), (1, 72), (1, 200), (2, 64), (255, 72), (255, 64)])
def test_an_older_reader_takes_any_later_size_that_holds_its_own(minor: int, size: int) -> None:
    """Rule vmm.size: it cannot know the sizes of versions that came after it."""
    data = build(DATA_1_0._replace(minor=minor, size=size, tail=bytes(size - 64)), V1_0)
    found = decode(data, V1_0)
    assert isinstance(found, Decoded)
    assert found.broken == ()
    assert (found.record.minor, found.record.size, found.record.tail) == (minor, size, bytes(size - 64))


def test_an_older_reader_does_not_know_that_a_flag_lies_beyond() -> None:
    """HVA_VALID in a record of 1.0 is a lie to a reader of 1.1 and an unknown flag to one of 1.0."""
    data = build(BROKEN["vmm.size"])
    assert name(outcome(data, V1_0, exact=True)) == "decoded"
    assert name(outcome(data, NEWEST, exact=True)) == "vmm.size"


@pytest.mark.parametrize("flag", [0x08, 0x10, 0x18])
def test_a_flag_beyond_the_record_is_named(flag: int) -> None:
    """Rule vmm.size."""
    with pytest.raises(InputError) as raised:
        decode(build(DATA_1_0._replace(flags=DATA_1_0.flags | flag)))
    error = raised.value
    assert (error.code, error.path, error.offset) == ("vmm.size", "record.flags", 0x28)
    assert (error.expected, error.got) == (hex(DATA_1_0.flags), hex(DATA_1_0.flags | flag))
    assert "0x40" in error.hint


@pytest.mark.parametrize(
    ("record", "path", "offset", "got"),
    [
        (BROKEN["vmm.agree"], "record.kind", 0x24, "0x1"),
        (VALID["fetch"]._replace(kind=3), "record.kind", 0x24, "0x3"),
        (VALID["notice"]._replace(esr=0x9200_0010), "record.kind", 0x24, "0x4"),
        (VALID["data"]._replace(severity=5), "record.severity", 0x3A, "0x5"),
        (VALID["serror"]._replace(severity=4), "record.severity", 0x3A, "0x4"),
    ],
)
def test_two_answers_to_one_question_are_malformed(record: FaultInfo, path: str, offset: int, got: str) -> None:
    """Rule vmm.agree."""
    with pytest.raises(InputError) as raised:
        decode(build(record))
    error = raised.value
    assert (error.code, error.path, error.offset, error.got) == ("vmm.agree", path, offset, got)
    assert hex(record.esr) in error.expected
    assert path.rpartition(".")[2] in error.hint


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("kind", [0, 5, 0x100, 0xFFFF])
def test_an_unknown_kind_is_kept_as_the_bytes_of_the_record(kind: int, exact: bool) -> None:
    """Rule vmm.critical.unknown; what stands behind the record in the union is not kept."""
    record = VALID["data"]._replace(kind=kind)
    data = build(record)
    found = decode(data if exact else data.ljust(256, b"\xa5"), exact=exact)
    assert found == NotUnderstood(data, "vmm.critical.unknown", "record.kind", 0x24, hex(kind), record)


@pytest.mark.parametrize("reader", VERSIONS, ids=str)
@pytest.mark.parametrize("bit", range(33, 64))
def test_an_unknown_critical_flag_is_kept_with_the_record(bit: int, reader: Version) -> None:
    """Rule vmm.critical.unknown: only the bits that are not known are named."""
    record = DATA_1_0._replace(flags=DATA_1_0.flags | 1 << bit | 1 << 32, origin=3, firmware_severity=1)
    found = decode(build(record), reader)
    assert found == NotUnderstood(
        build(record), "vmm.critical.unknown", "record.flags", 0x28, hex(1 << bit), record
    )


@pytest.mark.parametrize("bit", range(10, 32))
def test_an_unknown_descriptive_flag_is_kept_and_ignored(bit: int) -> None:
    """Rule vmm.enum.unknown."""
    record = VALID["data"]._replace(flags=VALID["data"].flags | 1 << bit)
    assert decode(build(record)) == Decoded(record, ("host.reserved.zero",))
    newer = record._replace(minor=2)
    assert decode(build(newer)) == Decoded(newer, ())


@pytest.mark.parametrize("field", ["origin", "host_action", "gpa_origin", "severity", "firmware_severity"])
@pytest.mark.parametrize("value", [6, 100, 255])
def test_an_unknown_code_is_kept_raw(field: str, value: int) -> None:
    """Rule vmm.enum.unknown: it describes, so the record is still one to act on."""
    record = VALID["data"]._replace(**{field: value})  # type: ignore[arg-type]  # each is a number
    found = decode(build(record))
    assert isinstance(found, Decoded)
    assert getattr(found.record, field) == value
    assert found.broken


def test_the_head_alone_is_not_enough() -> None:
    """38 bytes say what it is, and then that it is cut."""
    data = build(VALID["data"])[:38]
    with pytest.raises(InputError) as raised:
        decode(data)
    assert (raised.value.code, raised.value.expected, raised.value.got) == ("vmm.size", "<= 0x26", "0x50")


@pytest.mark.parametrize(
    ("record", "code", "path", "offset", "expected", "got"),
    [
        (DATA_1_0._replace(major=2), "vmm.major.unknown", "record.major", 0x22, "0x1", "0x2"),
        (DATA_1_0._replace(kind=9), "vmm.critical.unknown", "record.kind", 0x24, "0x1..0x4", "0x9"),
        (DATA_1_0._replace(flags=DATA_1_0.flags | 1 << 34), "vmm.critical.unknown", "record.flags", 0x28,
         "no critical flag but 0x100000000", "0x400000000"),
    ],
)
def test_a_command_says_of_what_is_not_understood_what_it_knows_instead(
    record: FaultInfo, code: str, path: str, offset: int, expected: str, got: str
) -> None:
    found = decode(build(record))
    assert isinstance(found, NotUnderstood)
    error = complaint(found)
    assert (error.code, error.path, error.offset, error.expected, error.got) == (code, path, offset, expected, got)
    assert "must not resume" in error.hint


@MANY
@given(data=strategies.hostile_bytes())
def test_there_is_something_to_say_of_everything_that_is_not_understood(data: bytes) -> None:
    found = outcome(data, NEWEST, exact=False)
    if isinstance(found, NotUnderstood):
        assert complaint(found).code == found.rule
