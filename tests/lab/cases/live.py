# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The live emitter: a stock kernel writes the record itself, with fault_info_fill() in BPF."""

from __future__ import annotations

import base64
from typing import Any, Final

from tests.lab import live_judging as judging
from tests.lab.case import Case, Said
from tests.lab.cases.probe import since_qemu_10_2
from tests.lab.guest_build import ABORT, RELABEL
from tests.lab.judging_exit import ISSES
from tests.lab.live_build import EMITTER, SERROR
from tests.lab.live_trials import trials
from tests.lab.running import Machine

INSIDE: Final = "tests.lab.inside.live:"
LOAD: Final = f"{INSIDE}load"
RELABELLED: Final = "tests.lab.inside.relabel:load"



def _inject(machine: Machine, said: Said) -> dict[str, Any]:
    """Hand a status block to the kernel, as firmware that is announced by GPIO."""
    machine.qmp("inject-ghes-v2-error", cper=base64.b64encode(bytes.fromhex(said["cper"])).decode())
    return {}


def _notice(name: str, what: str, *, virtual: bool) -> Case:
    return Case(f"live.{name}", what, f"{INSIDE}notice", {"virtual": virtual}, prepare=(LOAD,), builds=(EMITTER, ABORT),
                platform="firmware", needs=since_qemu_10_2, answers={"inject": _inject}, judge=judging.notice)


CASES: Final = (
    Case("live.hooks", "the hooks of the live emitter are there", f"{INSIDE}hooks", prepare=(LOAD,), builds=(EMITTER,),
         judge=judging.hooks),
    Case("live.vectors", "the host vectors through the emitter in the kernel", f"{INSIDE}vectors", prepare=(LOAD,),
         builds=(EMITTER, trials()), judge=judging.vectors, show=judging.by_record, seconds=180),
    Case("live.full", "a full ring buffer: what is lost is counted", f"{INSIDE}full", {"times": judging.TOO_MANY},
         prepare=(LOAD,), builds=(EMITTER,), judge=judging.full, seconds=30),
    Case("live.not_told", "aborts of a guest whose VMM has not enabled the exit", f"{INSIDE}aborts",
         {"traps": judging.ABORTS, "told": False}, prepare=(LOAD, RELABELLED), builds=(EMITTER, ABORT, RELABEL),
         judge=judging.aborts, seconds=30),
    Case("live.told", "the same with KVM_EXIT_ARM_SEA: the record begins as the exit does", f"{INSIDE}aborts",
         {"traps": judging.ABORTS, "told": True}, prepare=(LOAD, RELABELLED), builds=(EMITTER, ABORT, RELABEL),
         needs=judging.offers_the_exit, judge=judging.told, seconds=30),
    Case("live.poison", "a page poisoned under a running guest", f"{INSIDE}poison", prepare=(LOAD, RELABELLED),
         builds=(EMITTER, ABORT, RELABEL), judge=judging.poison, seconds=30),
    Case("live.serror", "SErrors of a guest, for which there is no exit", f"{INSIDE}serror",
         {"syndromes": judging.SERRORS, "deferred": False}, prepare=(LOAD,), builds=(EMITTER, ABORT, SERROR),
         needs=judging.has_ras, judge=judging.serrors, seconds=30),
    Case("live.deferred", "the same, deferred to DISR_EL1", f"{INSIDE}serror",
         {"syndromes": judging.SERRORS, "deferred": True}, prepare=(LOAD,), builds=(EMITTER, ABORT, SERROR),
         needs=judging.has_ras, judge=judging.serrors, seconds=30),
    Case("live.beside", "the record of a kernel that writes one, beside the emitter's of the same trap",
         "tests.lab.inside.beside:records", {"syndromes": dict(ISSES)},
         prepare=(LOAD, RELABELLED, "tests.lab.inside.serror_exit:load"), builds=(EMITTER, ABORT, RELABEL, SERROR),
         needs=judging.offers_the_record, judge=judging.beside, seconds=60),
    _notice("notice", "firmware tells of a page, nobody touches it: a memory notice", virtual=False),
    _notice("no_notice", "firmware tells of an error without its address", virtual=True),
)
