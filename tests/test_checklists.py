# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""README's checklists, followed on a copy: a field with its version, and a rule."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("abi", "reference_host", "reference_vmm"):
        shutil.copytree(REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name}: {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(copy: Path, code: str) -> str:
    """Run code in a new process on the copied packages alone."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=copy, env={"PYTHONPATH": str(copy)}, capture_output=True, text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def add_field(copy: Path) -> None:
    """Steps 1 and 2 of the list: a u64 ``cookie`` with its flag, since 1.2."""
    definition = copy / "abi" / "definition.py"
    edit(definition, "V1_1: Final = Version(1, 1)\n", "V1_1: Final = Version(1, 1)\nV1_2: Final = Version(1, 2)\n")
    edit(definition, '          ("host.firmware_va.usable", "vmm.far.source")),\n)',
         '          ("host.firmware_va.usable", "vmm.far.source")),\n    Field("cookie", u64, "a new field", V1_2),\n)')
    edit(definition, '    Flag("CONTEXT_CORRUPT", 32,',
         '    Flag("COOKIE_VALID", 10, "cookie is set", V1_2, (), "cookie"),\n    Flag("CONTEXT_CORRUPT", 32,')
    edit(definition, "STAGE1_WALK, CONTEXT_CORRUPT) =", "STAGE1_WALK, COOKIE_VALID, CONTEXT_CORRUPT) =")
    edit(copy / "abi" / "record.py", '    firmware_va: int = 0\n    tail: bytes = b""',
         '    firmware_va: int = 0\n    cookie: int = 0\n    tail: bytes = b""')


def test_a_new_field_is_read_and_built_and_shown(copy: Path) -> None:
    add_field(copy)
    said = run(copy, """
from abi.decode import decode
from abi.definition import COOKIE_VALID, NEWEST, SIZES, V1_1
from abi.record import build, new
from abi.render import as_dict
from abi.rules import check
record = new(kind=4, origin=2, host_action=2, firmware_severity=1, cookie=7, flags=COOKIE_VALID)
assert (str(NEWEST), SIZES[NEWEST]) == ("1.2", 88)
assert check(record) == (), check(record)
for plain in (False, True):
    assert decode(build(record, plain=plain), plain=plain).record == record
old = decode(build(record), V1_1)
assert old.record.tail == (7).to_bytes(8, "little") and old.broken == (), old
assert check(record._replace(size=80, minor=1)) == ("vmm.size",)
print(as_dict(record)["cookie"])
""")
    assert said == "0x7\n"


def test_a_field_that_is_not_in_the_value_is_noticed(copy: Path) -> None:
    """Step 2 left out: the record's own test of names would fail, and reading does not give wrong fields."""
    add_field(copy)
    edit(copy / "abi" / "record.py", "    cookie: int = 0\n", "")
    code = "from abi.record import build, new, read; read(build(new(kind=4)))"
    with pytest.raises(AssertionError):
        run(copy, code)


def test_a_new_rule_is_judged_by_both_judges(copy: Path) -> None:
    edit(copy / "abi" / "rules" / "host.py", "EMISSION_RULES: Final = (", """EMISSION_RULES: Final = (
    Rule("host.far.user", "far is below the canonical hole.", "an example", "this test"),""")
    checks = copy / "abi" / "rules" / "on_record.py"
    checks.write_text(checks.read_text(encoding="utf-8") + """

@CHECKS("host.far.user")
def far_user(r: FaultInfo) -> bool:
    return r.far < 1 << 52
""", encoding="utf-8")
    said = run(copy, """
from abi.definition import ACTION_REQUIRED, FAR_VALID
from abi.record import new
from abi.rules import all_rules, check, on_record
record = new(kind=1, origin=1, esr=0x92000010, flags=FAR_VALID | ACTION_REQUIRED, far=1 << 63)
assert check(record) == on_record.CHECKS.broken(record) == ("host.far.user",), check(record)
assert check(record._replace(far=0)) == ()
print(all_rules()["host.far.user"].role)
""")
    assert said == "host\n"
