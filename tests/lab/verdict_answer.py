# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One cell as an answer that leaves the injection to the kernel: what the guest would be told, by the VMM's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.decode import Decoded
from abi.definition import KVM_RUN
from abi.rules import on_answer
from abi.vcpu import Answer, Machine, Vcpu
from reference_vmm.decide import decide
from reference_vmm.parse import parse
from tests.lab.case import Said
from tests.lab.cells import Cell

_UNION: Final = KVM_RUN.field("exit").width
#: Bits of the vCPU that an injection gets wrong, one at a time.
_LIES: Final = {"pc": (7, 9), "pstate": (0, 6, 22), "esr_el1": (6, 9, 10, 26), "far_el1": (0, 63), "elr_el1": (2,),
                "spsr_el1": (0,)}


def by_guest(result: Said, found: Mapping[str, Any], cell: Cell) -> tuple[dict[str, str], frozenset[str]]:
    """The rules that the kernel's own injection breaks, each with what the vCPU has; those a lie would break."""
    if "refused" in found:
        return {found["refused"]["rule"]: found["refused"]["why"]}, frozenset()
    parsed = parse(bytes.fromhex(found.get("record", "")).ljust(_UNION, b"\0"), exact=False)
    if "vcpu" not in found or not isinstance(parsed, Decoded):
        return {}, frozenset()
    before = Vcpu(**_numbers(found["vcpu"]["before"]))
    features = frozenset(result["features"]) | ({"FEAT_DoubleFault2"} if cell.ease else frozenset())
    machine = Machine(features=features)
    kernel = before._replace(**_numbers(found["vcpu"]["kernel"]))
    answer = Answer(parsed.record, before, machine, decide(parsed, before, machine), kernel)
    truth = frozenset(on_answer.broken(answer))
    lies = frozenset[str]().union(*(on_answer.broken(answer._replace(after=lie)) for lie in _lied(kernel)))
    text = f"ESR_EL1 {kernel.esr_el1:#x}, FAR_EL1 {kernel.far_el1:#x}"
    return dict.fromkeys(truth, text), lies - truth


def _lied(vcpu: Vcpu) -> Iterator[Vcpu]:
    for name, bits in _LIES.items():
        for bit in bits:
            yield vcpu._replace(**{name: getattr(vcpu, name) ^ 1 << bit})


def _numbers(texts: Mapping[str, str]) -> dict[str, int]:
    return {name: int(text, 16) for name, text in texts.items()}
