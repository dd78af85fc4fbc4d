# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every planted bug is there once, builds, shows on its witness, and does not show on what the engines start from."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from abi.fuzz.case import parse
from abi.fuzz.seeds import SEEDS
from tests.fuzz.bench.builds import REPLAY, Shop
from tests.fuzz.panel import PANEL, second
from tests.fuzz.panel.planted import CRASH, HEADERS, RING, WRONG, Planted
from tests.fuzz.panel.witnesses import SECOND, WITNESSES

SURFACES = ("record", "firmware", "ring")
BOTH = PANEL + second.PLANTED
SHOWN = WITNESSES | SECOND


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("panel"))


def replayed(harness: Path, cases: dict[str, bytes], folder: Path) -> subprocess.CompletedProcess[str]:
    paths = [folder / f"{name}.case" for name in cases]
    for path, data in zip(paths, cases.values(), strict=True):
        path.write_bytes(data)
    env = os.environ | {"ASAN_OPTIONS": "detect_leaks=0:symbolize=0"}
    return subprocess.run([harness, *paths], env=env, capture_output=True, encoding="utf-8", errors="replace",
                          check=False, timeout=60)


def test_the_panel_is_as_large_and_as_mixed_as_it_is_said_to_be() -> None:
    assert len(PANEL) >= 24
    assert sum(p.conditions >= 2 for p in PANEL) >= 8
    assert sum(p.shows == WRONG for p in PANEL) >= 6
    assert sum(p.surface == RING for p in PANEL) >= 4
    assert {p.surface for p in PANEL} == set(SURFACES)
    assert {p.shows for p in PANEL} == {CRASH, WRONG}
    assert len(second.PLANTED) == 8
    assert max(Counter(p.name for p in BOTH).values()) == 1
    assert len({(p.file, p.old, p.new) for p in BOTH}) == len(BOTH)
    assert (set(WITNESSES), set(SECOND)) == ({p.name for p in PANEL}, {p.name for p in second.PLANTED})


@pytest.mark.parametrize("planted", BOTH, ids=lambda p: p.name)
def test_a_bug_is_found_once_in_its_header_and_changes_it(planted: Planted) -> None:
    changed = planted.applied()
    assert changed != (HEADERS / planted.file).read_text(encoding="utf-8")
    assert planted.new in changed
    assert planted.what
    assert planted.source
    assert SURFACES[parse(SHOWN[planted.name]).surface] == planted.surface


def test_a_bug_whose_place_is_not_there_once_is_refused() -> None:
    with pytest.raises(ValueError, match="has it 0 times"):
        PANEL[0]._replace(old="no such text").applied()
    with pytest.raises(ValueError, match=r"has it \d+ times"):
        PANEL[0]._replace(old="return").applied()


@pytest.mark.check
def test_the_readers_as_they_are_show_nothing(shop: Shop, tmp_path: Path) -> None:
    done = replayed(shop.harness(REPLAY, None), SEEDS | SHOWN, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.check
@pytest.mark.parametrize("planted", BOTH, ids=lambda p: p.name)
def test_a_bug_shows_on_its_witness_and_on_no_seed(planted: Planted, shop: Shop, tmp_path: Path) -> None:
    harness = shop.harness(REPLAY, planted)
    quiet = replayed(harness, SEEDS, tmp_path)
    assert quiet.returncode == 0, quiet.stderr
    found = replayed(harness, {"witness": SHOWN[planted.name]}, tmp_path)
    if planted.shows == CRASH:
        assert "AddressSanitizer" in found.stderr
    else:
        assert found.returncode == 1
        assert "witness.case: differs" in found.stdout
