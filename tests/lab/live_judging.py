# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the live emitter must say: what the Python host makes of the same trap, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from abi.address import IN_PAGE, NOT_ON_WALK
from abi.cper import StatusBlock, parse_status_block
from abi.definition import KVM_RUN, ORIGIN_ISOLATED, RECORD, STAGE1_WALK
from abi.esr_fields import FSC, IDS, VFV
from abi.record import build
from abi.trap import Isolated, Trap
from reference_host.emit import emit
from reference_host.trap import parse_trap
from reference_vmm.kvm.path import RECORD as FAULT_INFO
from tests.lab import live_trials
from tests.lab.case import Facts, Finding, Said, Table
from tests.lab.guest import TARGET_EL1, VA_LOW
from tests.lab.live_trials import asked

#: A ring buffer of 64 KiB holds fewer.
TOO_MANY: Final = 600
_LOST: Final = 0xDEADBEEF_DEADBEEF
ADDRESS: Final = VA_LOW + TARGET_EL1 + 0x123
#: FSC, and bits 23:14 with ISV: a stage-2 fault's syndrome of the access, which no external abort has.
_CLEAR: Final = 0x3F | 0x1FF_0000 | 0xC000
#: Access, and what becomes of its stage-2 fault.
ABORTS: Final[Mapping[str, dict[str, Any]]] = {
    "read": {"access": "ldr", "clear": _CLEAR, "bits": 0x10},
    "write": {"access": "str", "clear": _CLEAR, "bits": 0x10},
    "fetch": {"access": "fetch", "clear": _CLEAR, "bits": 0x10},
    "SET, EA": {"access": "ldr", "clear": _CLEAR, "bits": 0x1A10},
    "FnV": {"access": "ldr", "clear": _CLEAR, "bits": 0x410, "far": _LOST},
    "walk": {"access": "ldr", "clear": _CLEAR, "bits": 0x17, "far": ADDRESS},
    "walk of stage 1, S1PTW": {"access": "ldr", "clear": _CLEAR, "bits": 0x97},
    "an ordinary fault": {"access": "ldr", "clear": 0, "bits": 0},
}
#: ISS of SErrors that no host panics at: AET, DFSC 0x11; IDS; VFV, for which KVM has read no FAR_EL2.
SERRORS: Final[Mapping[str, int]] = {
    "CE": 0x1811, "UEO": 0x811, "UER": 0xC11, "UEU": 0x411, "UER, EA": 0xE11, "IDS": IDS,
    "UER, VFV": 0x4000C11,
}
#: The byte of esr with FSC, and flags.
_ESR: Final = RECORD.offsets["esr"]
_FLAGS: Final = slice(RECORD.offsets["flags"], RECORD.end("flags"))
_UNION: Final = KVM_RUN.field("exit").width


def offers_the_exit(facts: Facts) -> str | None:
    """KVM_EXIT_ARM_SEA came with Linux 6.19; without FEAT_RAS the capability is there and the exit never is."""
    if not facts.capabilities.get("KVM_CAP_ARM_SEA_TO_USER"):
        return "a kernel without KVM_EXIT_ARM_SEA"
    return has_ras(facts)


def has_ras(facts: Facts) -> str | None:
    """Without FEAT_RAS the host knows no syndrome of an SError."""
    return None if facts.capabilities.get("KVM_CAP_ARM_INJECT_SERROR_ESR") else "a CPU without FEAT_RAS"


def hooks(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Every hook is there."""
    return tuple(Finding(one["target"], "a hook", f"{one['why']}; without it: {one['without']}")
                 for one in result["missing"])


def vectors(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Every vector that the emitter can be asked is answered right: the end, its rule, the record."""
    every = asked()
    given = [one for one in every if one.trial is not None]
    found = [Finding(f"{given[n].vector.slug}: {what}", must, got) for n, what, must, got in result["wrong"]]
    for name, must in {"asked": len(given), **live_trials.left(every)._asdict()}.items():
        if result[name] != must:
            found.append(Finding(name, str(must), str(result[name])))
    return tuple(found)


def wrong(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """The emitter that reports another level of a walk fails the vectors of such walks, and no other."""
    given = [one for one in asked() if one.trial is not None]
    must = {one.vector.slug for one in given if one.record and _is_isolated_walk(one.record)}
    failed = {given[n].vector.slug for n, *_ in result["wrong"]}
    if must and failed == must:
        return ()
    return (Finding("vectors that fail", " ".join(sorted(must - failed)), " ".join(sorted(failed - must))),)


def _is_isolated_walk(record: bytes) -> bool:
    esr = int.from_bytes(record[RECORD.offsets["esr"] :][:8], "little")
    return record[RECORD.offsets["origin"]] == ORIGIN_ISOLATED and esr & FSC != NOT_ON_WALK


#: Where the emitter cannot be had -> the code that says so, and a word of what was got or of the hint.
REFUSALS: Final = {
    "slots": ("live.memslots", "0x11"), "object": ("live.object", "format invalid"),
    "absent": ("live.object", "ENOENT"), "hook": ("live.hook", "BTF"), "verifier": ("live.verifier", "processed"),
    "btf": ("live.btf", "DEBUG_INFO_BTF"), "privilege": ("live.privilege", "CAP_BPF"),
}


def refused(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Each by its code, the verifier's with the end of its log; a hook that is not needed is only named."""
    found = [
        Finding(name, f"{code}, {word}", str(result["said"][name])) for name, (code, word) in REFUSALS.items()
        if result["said"][name]["code"] != code or word not in str(result["said"][name])
    ]
    if [one["target"] for one in result["degraded"]] != ["no_such_function"]:
        found.append(Finding("degraded", "no_such_function", str(result["degraded"])))
    return tuple(found)


#: Where the first field of a refusal's path does not say what is wrong.
_WRONG: Final = {
    "block_status": "the entry count (block_status)", "data_length": "bytes follow the block (data_length)",
    "raw_data_length": "bytes follow the block (raw_data_length)", "memory": "the memory section's size",
    "arm.psci_state": "the arm section's size: within its head", "arm.validation_bits": "the arm section's size: 0",
}


def by_record(result: Said, _others: Mapping[str, Said]) -> Table:
    """How the host vectors are asked, by what the kernel makes of their firmware record."""
    refused, claimed = result["refused"], result["not_asked"]
    alone, number = sum(refused.values()), sum(claimed.values())
    return Table(("firmware's record in a host vector", "vectors", "the emitter is asked"), (
        ("none, or one that host.cper.strict takes", str(result["asked"] - alone), "for the trap and the record"),
        *((f"the kernel refuses it: {why}", str(count), "for the trap alone") for why, count in refused.items()),
        *((f"the kernel claims by it; wrong: {_WRONG.get(field, field)}", str(count), "not")
          for field, count in claimed.items()),
        ("all", str(result["asked"] + number), f"{result['asked']}, {number} not"),
    ))


def full(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """Records and losses add up, and the envelope of the next record says so."""
    records, lost = result["records"], result["lost"]
    wanted = {
        "records and lost": (TOO_MANY, records + lost), "some are lost": (True, 0 < lost < TOO_MANY),
        "sequences": (True, result["in_order"]), "lost of the next": (lost, result["next"]["lost"]),
        "sequence of the next": (TOO_MANY + 1, result["next"]["sequence"]),
        "lost of the one after": (0, result["after"]["lost"]),
        "sequence of the one after": (TOO_MANY + 2, result["after"]["sequence"]),
    }
    return tuple(Finding(name, str(must), str(got)) for name, (must, got) in wanted.items() if must != got)


def aborts(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """As the Python host: not claimed, whether there was an exit or not."""
    return tuple(one for name, seen in result.items() for one in _as_python(name, seen, trap_of(seen)))


def told(result: Said, others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """The same, and what the kernel says in its own exit is the record's beginning, but for gpa's low bits."""
    found = list(aborts(result, others))
    for name, seen in result.items():
        if seen["arm_sea"] is None:
            continue
        sea = bytes.fromhex(seen["arm_sea"])
        given = [_page_alone(bytes.fromhex(one["record"])[: len(sea)]) for one in seen["records"]]
        if given != [sea]:
            found.append(Finding(f"{name}: arm_sea", sea.hex(), str([one.hex() for one in given])))
    if not any(seen["arm_sea"] for seen in result.values()):
        found.append(Finding("KVM_EXIT_ARM_SEA", "some", "none"))
    return tuple(found)


def offers_the_record(facts: Facts) -> str | None:
    """Only a kernel with the capability writes a record that the emitter's can be held against."""
    return None if facts.capabilities.get(FAULT_INFO) else f"this kernel has no {FAULT_INFO}"


def beside(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """The kernel's record is the emitter's of the same trap, byte by byte, and nothing follows it in the union."""
    found = []
    for name, seen in result["cells"].items():
        emitted = [bytes.fromhex(one).ljust(_UNION, b"\0").hex() for one in seen["emitted"]]
        own = [seen["union"]] if "union" in seen else []
        if own != emitted:
            rule = "host.esr.isolated" if _without_level(own) == emitted else None
            found.append(Finding(f"{name}: the exit union", _brief(emitted), _brief(own), rule))
    return tuple(found)


def _without_level(unions: list[str]) -> list[str]:
    """As by a host that finds no level of a walk: the emitter does not look for one."""
    found = []
    for data in map(bytearray.fromhex, unions):
        flags = int.from_bytes(data[_FLAGS], "little")
        if flags & STAGE1_WALK and data[_ESR] & FSC in range(0x14, 0x18):
            data[_ESR] = data[_ESR] & ~FSC | NOT_ON_WALK
        found.append(data.hex())
    return found


def _brief(unions: list[str]) -> str:
    return ", ".join(one.rstrip("0") for one in unions) or "no record"


def _page_alone(record: bytes) -> bytes:
    """With gpa as the kernel has it: of the page (rule host.gpa.low is the record's own)."""
    at, end = RECORD.offsets["gpa"], RECORD.end("gpa")
    gpa = int.from_bytes(record[at:end], "little") & ~IN_PAGE
    return record[:at] + gpa.to_bytes(end - at, "little") + record[end:]


def poison(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """A SIGBUS for the page, no exit, and the record that the page was isolated before."""
    slot = result["trap"]["memslots"][1]
    trap = trap_of(result)._replace(isolated=(Isolated(int(slot["gpa"], 16), 12),))
    found = list(_as_python("poison", result, trap))
    wanted = {"exit": ("EINTR", result["exit"]), "bus": ([["0x4", slot["hva"], "0xc"]], result["bus"]),
              "signal_hva": ([slot["hva"]], [one["signal_hva"] for one in result["records"]])}
    found += [Finding(name, str(must), str(got)) for name, (must, got) in wanted.items() if must != got]
    return tuple(found)


def notice(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """What the Python host says of the same block, with the page out of use; without an address nothing."""
    slot = result["trap"]["memslots"][0]
    trap = trap_of(result)._replace(isolated=(Isolated(int(slot["gpa"], 16), 12),))
    return tuple(_as_python("notice", result, trap, parse_status_block(bytes.fromhex(result["cper"]))))


def serrors(result: Said, _others: Mapping[str, Said]) -> tuple[Finding, ...]:
    """As the Python host makes it of the syndrome without VFV."""
    found: list[Finding] = []
    for name, seen in result.items():
        found += _as_python(name, seen, without_far(trap_of(seen)))
    return tuple(found)


def without_far(trap: Trap) -> Trap:
    """Of an SError KVM has read no FAR_EL2."""
    return trap._replace(esr_el2=trap.esr_el2 & ~VFV)


def trap_of(seen: Said) -> Trap:
    """What KVM was given."""
    return parse_trap(json.dumps(seen["trap"]))


def _as_python(name: str, seen: Said, trap: Trap, block: StatusBlock | None = None) -> Iterator[Finding]:
    emission = emit(trap, block)
    must = [] if emission.record is None else [build(emission.record).hex()]
    got = [one["record"] for one in seen["records"]]
    if got != must:
        yield Finding(name, str(must), str(got))
