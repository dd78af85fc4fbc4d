# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The figures: nothing lies over anything else, and what they say is what the host, the rules and the tables say."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from abi.definition import FAR_VALID, FIRMWARE_VA_VALID, GPA_HPFAR, GPA_REVERSE, GPA_WALK, HPFAR_VALID, HVA_VALID
from abi.generate.figure_addresses import CASES, Case
from abi.generate.svg import FONT, LETTER
from abi.record import FaultInfo
from abi.rules import all_rules
from abi.trap import Isolated
from tests.generate import by_hand
from tests.generate.tools import SPEC
from tests.reference_host.builders import block_of, cache, plain, record_of
from tests.reference_host.strategies import MPIDR, SLOTS

FIGURES = sorted((SPEC / "figures").glob("*.svg"))
WHERE = Path("spec") / "figures"
each = pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
#: Pixels between a text and the edge of its box, at least.
MARGIN = 4


class Area(NamedTuple):
    """What an element covers."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area) -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def holds(self, other: Area, margin: float = 0) -> bool:
        return (self.left + margin <= other.left and other.right <= self.right - margin
                and self.top <= other.top and other.bottom <= self.bottom)


def elements(root: ET.Element, tag: str) -> list[ET.Element]:
    return list(root.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def text_area(text: ET.Element) -> Area:
    width, x, y = len(text.text or "") * LETTER, float(text.attrib["x"]), float(text.attrib["y"])
    left = x - width / 2 if text.attrib["text-anchor"] == "middle" else x
    return Area(left, y - FONT * 0.8, left + width, y + FONT * 0.25)


def box_area(box: ET.Element) -> Area:
    x, y, width, height = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
    return Area(x, y, x + width, y + height)


def line_areas(line: ET.Element) -> list[Area]:
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    return [Area(min(a[0], b[0]) - 1, min(a[1], b[1]) - 1, max(a[0], b[0]) + 1, max(a[1], b[1]) + 1)
            for a, b in itertools.pairwise(points)]


def faults(text: str) -> list[str]:
    """What lies over something else, or leaves its box or the figure."""
    root = ET.fromstring(text)
    whole = Area(0, 0, *map(float, root.attrib["viewBox"].split()[2:]))
    texts = [(t.text or "", text_area(t)) for t in elements(root, "text")]
    boxes = [box_area(box) for box in elements(root, "rect") if box.attrib["class"] != "ground"]
    lines = [area for line in elements(root, "polyline") for area in line_areas(line)]
    found = [f"{said!r} leaves the figure" for said, area in texts if not whole.holds(area, MARGIN)]
    found += [f"{said!r} leaves its box" for said, area in texts for box in boxes
              if box.meets(area) and not box.holds(area, MARGIN)]
    found += [f"{one!r} over {two!r}" for (one, a), (two, b) in itertools.combinations(texts, 2) if a.meets(b)]
    found += [f"a line over {said!r}" for said, area in texts for line in lines if line.meets(area)]
    found += [f"boxes {a} and {b}" for a, b in itertools.combinations(boxes, 2) if a.meets(b)]
    return found


@each
def test_nothing_lies_over_anything_else(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("old", "new", "said"), [
    (">claim: does firmware know it?<", ">claim: does firmware know it, or does it not?<", "leaves its box"),
    ('x="140" y="28"', 'x="20" y="28"', "leaves the figure"), ('x="140" y="28"', 'x="495" y="20"', "over"),
    ('<rect x="20" y="130"', '<rect x="20" y="90"', "boxes"),
    ('points="260,73 345,73"', 'points="140,60 345,160"', "a line over"),
])
def test_what_lies_over_something_is_seen(old: str, new: str, said: str) -> None:
    text = (SPEC / "figures" / "way.svg").read_text(encoding="utf-8")
    assert text.count(old) == 1
    assert any(said in fault for fault in faults(text.replace(old, new)))


@each
def test_a_figure_says_what_it_shows_and_is_made_for_light_and_dark(path: Path) -> None:
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    (title,), (description,) = elements(root, "title"), elements(root, "desc")
    assert title.text
    assert len(description.text or "") > len(title.text)
    assert "prefers-color-scheme:dark" in (elements(root, "style")[0].text or "")


@each
def test_a_figure_stands_on_a_page_with_a_text_for_those_who_do_not_see_it(path: Path) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in SPEC.glob("*.rst"))
    assert re.search(rf"\.\. image:: figures/{path.name}\n   :alt: \S.{{60,}}", pages, re.DOTALL)


@each
def test_a_figure_names_only_rules_that_exist(path: Path) -> None:
    named = re.findall(r"\b(?:host|vmm)\.[a-z_.]*[a-z_]", path.read_text(encoding="utf-8"))
    assert set(named) <= all_rules().keys()


def texts(path: Path) -> str:
    return "\n".join(t.text or "" for t in elements(ET.parse(path).getroot(), "text"))


def judge_ring(path: Path) -> None:
    """Every ``field @offset`` is where the tables typed by hand have it; the stamps are 2p+1 and 2p+2."""
    said = texts(path)
    header, slot = by_hand.LAYOUTS["kvm_arm_fault_ring"], by_hand.LAYOUTS["kvm_arm_fault_slot"]
    told = {name: int(at) for name, at in re.findall(r"(\w+) @(\d+)", said) if name not in ("record", "lost")}
    assert told == {name: (header | slot)[name][0] for name in ("head", "tail", "stamp", "vcpu", "sequence")}
    assert re.findall(r"lost @(\d+)", said) == [str(header["lost"][0]), str(slot["lost"][0])]
    assert f"record @{by_hand.SIZES['kvm_arm_fault_slot']} " in said
    position, slots, at = map(int, re.findall(r"p = (\d+) of a ring of (\d+) slots: slot (\d+)", said)[0])
    assert at == position % slots
    assert f"2p+1 = {2 * position + 1}\n" in said
    assert f"2p+2 = {2 * position + 2}\n" in said


def test_the_rings_figure_is_the_ring_of_the_tables(moved: Path) -> None:
    judge_ring(SPEC / "figures" / "ring.svg")
    with pytest.raises(AssertionError):
        judge_ring(moved / WHERE / "ring.svg")


def test_the_other_numbers_are_those_of_the_tables() -> None:
    way, negotiation = texts(SPEC / "figures" / "way.svg"), texts(SPEC / "figures" / "negotiation.svg")
    assert f"(1.1: {by_hand.SIZES['kvm_arm_fault_info']} bytes)" in way
    assert "exit 41\n" in way
    assert f"record @{by_hand.NUMBERS['RUN_OFFSET']}" in way
    for version in ("1_0", "1_1"):
        assert f"{version.replace('_', '.')}, {by_hand.NUMBERS[f'INFO_SIZE_{version}']} bytes" in negotiation


PAGE = SLOTS[0].gpa + 0x3000
PFV = 1 << 14


def emitted(case: Case, *, walk: bool = True, pa: bool = True, mpidr: int = MPIDR) -> FaultInfo:
    """What the reference host writes of a case; firmware always has a virtual address, PFAR_EL2 perhaps the page."""
    page_pa = SLOTS[0].pa + 0x3000
    if not case.esr:
        notice = plain(0, notify="gpio", isolated=(Isolated(PAGE, 12),))._replace(far_el2=0)
        return record_of(notice, block_of(cache(physical=page_pa)))
    trap = plain(
        case.esr | (PFV if pa and not case.isolated else 0), hpfar_el2=PAGE >> 8, pfar_el2=page_pa,
        walk=PAGE if walk else None, isolated=(Isolated(PAGE, 12),) if case.isolated else (),
        notify="sei" if case.said.startswith("SError") else "sea",
    )
    return record_of(trap, None if case.isolated else block_of(cache(virtual=0x1234), mpidr=mpidr))


cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.said)


@cases
def test_an_address_is_valid_when_the_host_says_so(case: Case) -> None:
    record = emitted(case)
    assert record.has(FAR_VALID) == case.far
    assert record.has(HPFAR_VALID) == case.hpfar
    assert record.has(FIRMWARE_VA_VALID) == (case.firmware_va == "if tied to the trap")
    assert not case.esr or not emitted(case, mpidr=MPIDR + 1).has(FIRMWARE_VA_VALID)


@cases
def test_gpa_comes_from_where_the_host_has_it(case: Case) -> None:
    best = {"walk, else reverse map": GPA_WALK, "reverse map": GPA_REVERSE, "HPFAR_EL2": GPA_HPFAR, "walk": GPA_WALK}
    record = emitted(case)
    assert record.gpa_origin == best[case.gpa]
    assert record.has(HVA_VALID)
    by_far = case.low == "far" or (case.low == "far, if by walk" and record.gpa_origin == GPA_WALK)
    assert record.gpa == PAGE | (record.far & 0xFFF if by_far else 0)
    if "reverse map" in case.gpa and case.esr:
        assert emitted(case, walk=False).gpa_origin == GPA_REVERSE
        assert emitted(case, walk=False).gpa == PAGE
        assert emitted(case, walk=False, pa=False).gpa_origin == 0
