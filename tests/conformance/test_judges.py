# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The judges that stand between the reference and the vectors: an answer that is changed anywhere does not pass."""

from __future__ import annotations

import pytest

from abi.conformance.make.judge import JUDGES
from abi.conformance.protocol import QUESTIONS, unpack
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
