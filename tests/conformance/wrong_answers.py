# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Targets that are wrong on purpose in what they answer: ``python wrong_answers.py NAME``.

Each is the reference with one mistake that somebody could make; the mistakes of the way in are changes of
the request, those of the way out of the answer.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from abi import record as record_module
from abi.conformance.make.book import reference
from abi.conformance.protocol import Values
from abi.conformance.serve import serve
from abi.conformance.values import AFTER
from abi.definition import CRITICAL, FIRMWARE_VA_VALID, KNOWN_CRITICAL, RECORD, STAGE1_WALK
from tests.conformance import wrong_delivery
from tests.conformance.wrong_delivery import Answer, get, put

VMM: Answer = reference().ANSWERS["vmm"]
HOST: Answer = reference().ANSWERS["host"]
REPLY: Answer = reference().ANSWERS["reply"]
ENABLE: Answer = reference().ANSWERS["enable"]


def trusts_size(q: Values) -> Values:
    """Never holds size against anything."""
    record_module._check_size = lambda *_: None
    return VMM(q | {"record": q["record"].ljust(256, b"\0")} if len(q["record"]) >= 38 else q)


def ignores_major(q: Values) -> Values:
    return VMM(put(q, "major", 1))


def ignores_a_critical_flag(q: Values) -> Values:
    return VMM(put(q, "flags", get(q["record"], "flags") & ~(CRITICAL & ~KNOWN_CRITICAL)))


def swaps_far_and_gpa(q: Values) -> Values:
    far, gpa = get(q["record"], "far"), get(q["record"], "gpa")
    return VMM(put(put(q, "far", gpa), "gpa", far))


def forgets_fnv(q: Values) -> Values:
    a = VMM(q)
    return a | {"esr_el1": a["esr_el1"] & ~0x400} if a["action"] == 0 else a


def sign_extends(q: Values) -> Values:
    """FAR_EL1 from a signed 48-bit number."""
    a = VMM(q)
    if a["action"] == 0 and a["far_el1"] >> 47 & 1:
        a["far_el1"] |= 0xFFFF << 48
    elif a["action"] == 0:
        a["far_el1"] &= (1 << 48) - 1
    return a


def reads_past_size(q: Values) -> Values:
    """Takes the newest struct out of the area whatever size says."""
    a = VMM(q)
    return a | {"info": q["record"][: RECORD.size].ljust(RECORD.size, b"\0")} if a["outcome"] == 0 else a


def shows_every_walk(q: Values) -> Values:
    """Shows FSC as it came, with STAGE1_WALK or without."""
    a, esr = VMM(q), get(q["record"], "esr")
    return a | {"esr_el1": a["esr_el1"] & ~0x3F | esr & 0x3F} if a["action"] == 0 else a


def hides_every_walk(q: Values) -> Values:
    return VMM(put(q, "flags", get(q["record"], "flags") & ~STAGE1_WALK))


def one_vector(q: Values) -> Values:
    """Enters at VBAR + 0x200 from anywhere."""
    a = VMM(q)
    return a | {"pc": q["vbar_el1"] & ~0x7FF | 0x200} if a["action"] == 0 else a


def keeps_set(q: Values) -> Values:
    """SET for a guest without RAS."""
    a, esr = VMM(q), get(q["record"], "esr")
    return a | {"esr_el1": a["esr_el1"] | esr & 0x1800} if a["action"] == 0 else a


def notice_is_an_abort(q: Values) -> Values:
    a = VMM(q)
    return a | {"action": 0} if get(q["record"], "kind") == 4 and a["action"] == 2 else a


def accepts_all(q: Values) -> Values:
    a = VMM(q)
    return a | {"outcome": 0, "action": 3, "rule": b"vmm.notify"} if a["outcome"] else a


def rejects_all(q: Values) -> Values:
    return {name: q[name] for name in AFTER} | {"outcome": 2, "action": 5, "rule": b"vmm.malformed"}


def resumes(q: Values) -> Values:
    """Logs and goes on where it should stop."""
    a = VMM(q)
    return a | {"action": 3} if a["action"] == 5 and a["outcome"] == 0 else a


def forgets_pan(q: Values) -> Values:
    a = VMM(q)
    return a | {"pstate": a["pstate"] & ~(1 << 22)} if a["pstate"] != q["pstate"] and q["pstate"] >> 22 & 1 else a


def answers_twice(q: Values) -> Values:
    return VMM(q | {"answered": 0})


def last_serror_stays(q: Values) -> Values:
    return VMM(q | {"has_pending_serror": 0})


def firmware_first(q: Values) -> Values:
    """Prefers firmware's address to the hardware's."""
    a, record = VMM(q), q["record"]
    if a["action"] == 0 and get(record, "flags") & FIRMWARE_VA_VALID and q["firmware_va"] and q["reader"]:
        return a | {"far_el1": get(record, "firmware_va")}
    return a


def old_reader(q: Values) -> Values:
    """Knows 1.0 only, and does not say so."""
    return VMM(q | {"reader": 0})


def no_interrupts(q: Values) -> Values:
    return VMM(q | {"ways": bytes(w for w in q["ways"] if w != 2).ljust(4, b"\0")})


def names_no_rule(q: Values) -> Values:
    a = VMM(q)
    return a | {"rule": b"vmm.malformed"} if a["rule"] == b"vmm.agree" else a


def leaks_s1ptw(q: Values) -> Values:
    a = HOST(q)
    if len(a["record"]) and q["esr_el2"] >> 26 in (0x24, 0x20):
        esr = get(a["record"], "esr") | q["esr_el2"] & 0x80
        return a | {"record": put(a, "esr", esr)["record"]}
    return a


def ignores_the_enabled_version(q: Values) -> Values:
    return HOST(q | {"minor": 1})


def any_pe(q: Values) -> Values:
    """Takes firmware's virtual address from whatever PE."""
    return HOST(q | {"mpidr": 0x8000_0100, "has": q["has"] | 4})


def keeps_the_mark(q: Values) -> Values:
    """HPFAR_EL2 with what Linux keeps in bit 63."""
    a = HOST(q)
    if a["record"] and get(a["record"], "hpfar"):
        return a | {"record": put(a, "hpfar", q["hpfar_el2"])["record"]}
    return a


def tells_of_protected(q: Values) -> Values:
    return HOST(q | {"has": q["has"] & ~(1 << 10)})


def believes_broken_firmware(q: Values) -> Values:
    """Cuts or fills a firmware record until it fits."""
    cper = q["cper"]
    if q["firmware"] and len(cper) >= 20:
        cper = cper[:12] + (len(cper) - 20).to_bytes(4, "little") + cper[16:]
    return HOST(q | {"cper": cper})


def takes_any_reply(q: Values) -> Values:
    return REPLY(q | {"reply": q["reply"][:32] + bytes(32) if q["reply"] else b""})


def one_abort_wins(q: Values) -> Values:
    """Both kinds of abort at once: the data abort is taken."""
    reply = bytearray(q["reply"])
    if reply and reply[2] == reply[3] == 1:
        reply[3] = 0
    return REPLY(q | {"reply": bytes(reply)})


def enables_anything(q: Values) -> Values:
    return ENABLE(q | {"kinds": q["kinds"] & 0x1E})


#: Name on the command line -> which message is answered wrongly, and how.
WRONG: dict[str, tuple[str, Answer]] = {
    function.__name__.replace("_", "-"): (message, function)
    for message, functions in {
        "vmm": (
            trusts_size, ignores_major, ignores_a_critical_flag, swaps_far_and_gpa, forgets_fnv, sign_extends,
            reads_past_size, shows_every_walk, hides_every_walk, one_vector, keeps_set, notice_is_an_abort, accepts_all,
            rejects_all, resumes, forgets_pan, answers_twice, last_serror_stays, firmware_first, old_reader,
            no_interrupts, names_no_rule,
        ),
        "host": (
            leaks_s1ptw, ignores_the_enabled_version, any_pe, keeps_the_mark, tells_of_protected,
            believes_broken_firmware,
        ),
        "reply": (takes_any_reply, one_abort_wins),
        "enable": (enables_anything,),
        **wrong_delivery.WRONG,
    }.items()
    for function in functions
}

if __name__ == "__main__":
    wrong = dict([WRONG[sys.argv[1]]]) if sys.argv[1:] else {}
    serve("wrong on purpose", "1", reference().ANSWERS | wrong)
