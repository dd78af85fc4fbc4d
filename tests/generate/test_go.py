# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The Go package: records made by hand are read by it, and its numbers are those typed by hand."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from tests.generate import by_hand
from tests.generate.test_rust import unpacked
from tests.generate.tools import SPEC, environment, run

pytestmark = pytest.mark.check

WHERE = Path("spec") / "go" / "kfi.go"
#: Structs that the package has, with the name of their offsets.
NAMES = {name: "".join(part.capitalize() for part in name.split("_")) for name in by_hand.LAYOUTS}
STRUCTS = {name: go for name, go in NAMES.items() if name != "kvm_run"}
PROGRAM = """
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"

	"kfi"
)

func show(offsets map[string]int, size int, layout any) {
	if err := binary.Read(os.Stdin, binary.LittleEndian, layout); err != nil {
		panic(err)
	}
	text, _ := json.Marshal(map[string]any{"offsets": offsets, "size": size, "read": layout})
	fmt.Println(string(text))
}

func main() {
EACH}
"""


def camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def program(folder: Path, package: Path) -> str:
    """Build a program that reads every struct, and run it on random bytes that are kept in ``given``."""
    shutil.copytree(SPEC / "go", folder / "kfi")
    shutil.copyfile(package, folder / "kfi" / "kfi.go")
    each = ""
    for name, go in STRUCTS.items():
        offsets = ", ".join(f'"{field}": kfi.{go}{camel(field)}At' for field in by_hand.LAYOUTS[name])
        each += f"\tshow(map[string]int{{{offsets}}}, kfi.{go}Size, &kfi.{go}{{}})\n"
    (folder / "main.go").write_text(PROGRAM.replace("EACH", each), encoding="utf-8")
    (folder / "go.mod").write_text(
        "module judge\n\ngo 1.21\n\nrequire kfi v0.0.0\n\nreplace kfi => ./kfi\n", encoding="utf-8",
    )
    return run("go", "run", ".", cwd=folder, env=environment(GOPROXY="off", GOFLAGS="-mod=mod"),
               input=b"".join(given().values()).decode("latin-1"), encoding="latin-1")


def given() -> dict[str, bytes]:
    """Seven bits a byte, so that the pipe's text is the same bytes."""
    chance = random.Random(5)
    return {name: bytes(chance.randrange(128) for _ in range(by_hand.SIZES[name])) for name in STRUCTS}


def judge(said: str) -> None:
    """What the program printed, against the places typed by hand."""
    for line, (name, data) in zip(said.splitlines(), given().items(), strict=True):
        told = json.loads(line)
        assert told["size"] == by_hand.SIZES[name], name
        assert told["offsets"] == {field: offset for field, (offset, _) in by_hand.LAYOUTS[name].items()}, name
        assert list(told["read"].values()) == list(unpacked(by_hand.LAYOUTS[name], data).values()), name


def test_it_reads_every_struct_from_the_places_typed_by_hand(tmp_path: Path) -> None:
    judge(program(tmp_path, SPEC / "go" / "kfi.go"))


def test_fields_in_other_places_are_read_wrong(tmp_path: Path, moved: Path) -> None:
    with pytest.raises(AssertionError, match="kvm_arm_fault_info"):
        judge(program(tmp_path, moved / WHERE))


def test_it_is_as_gofmt_leaves_it() -> None:
    assert run("gofmt", "-l", SPEC / "go") == ""
