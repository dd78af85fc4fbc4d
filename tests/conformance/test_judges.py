# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The judges that stand between the reference and the vectors: an answer that is changed anywhere does not pass."""

from __future__ import annotations

import struct

import pytest

from abi.conformance.make.book import reference
from abi.conformance.make.judge import JUDGES
from abi.conformance.make.judge_channel import judge_exit
from abi.conformance.protocol import QUESTIONS, unpack
from abi.decode import Decoded, decode
from abi.definition import FAR_VALID
from abi.vcpu import ACTIONS
from tests.conformance.targets import every

#: A host's records are judged rule by rule: tests/reference_host/test_judge.py.
WHOLE = [name for name in QUESTIONS if name != "host"]

#: FAR_EL1 is UNKNOWN after an SError; that the reference leaves it alone is no rule.
UNKNOWN = ("vmm", "far_el1", ACTIONS.index("pend"))


def test_every_request_has_a_judge() -> None:
    assert set(JUDGES) == set(QUESTIONS)


@pytest.mark.parametrize("request_", WHOLE)
def test_a_judge_sees_every_change_of_an_answer(request_: str) -> None:
    """What the tool holds answers against would notice a reference that goes wrong, in whatever field."""
    judge = JUDGES[request_]
    for vector in [v for v in every() if v.request == request_][::7]:
        message = vector.message
        asked = unpack(message.request, message.parts, vector.question())
        said = unpack(message.answer, message.answer_parts, vector.answer())
        assert judge(asked, said) == ()
        for name in said:
            if name.startswith("zero") or (request_, name, said.get("action")) == UNKNOWN:
                continue
            value = said[name]
            changed = said | {name: value ^ 1 if isinstance(value, int) else value[:-1] + b"?" if value else b"?"}
            assert judge(asked, changed), (vector.slug, name)


@pytest.mark.parametrize(("esr", "far"), [(0x9200_0010, True), (0x9200_0410, False), (0x9600_2010, False)])
def test_an_exit_is_judged_by_the_rule_of_far(esr: int, far: bool) -> None:
    """host.far.valid: not with FnV=1, and not with VNCR=1, whose FAR_EL2 is an address of the host."""
    vector = next(v for v in every() if v.slug == "exit-import-data-fsc-10-off")
    asked = unpack(vector.message.request, vector.message.parts, vector.question())
    asked["page"] = asked["page"][:32] + struct.pack("<4Q", 0, esr, 0x1000, 0) + asked["page"][64:]
    said = reference().ANSWERS["exit"](asked)
    assert judge_exit(asked, said) == ()
    found = decode(said["record"], exact=False)
    assert isinstance(found, Decoded)
    assert found.record.has(FAR_VALID) is far
    wrong = bytearray(said["record"])
    wrong[40] ^= FAR_VALID
    assert judge_exit(asked, said | {"record": bytes(wrong)}) == ("(answer) record",)
