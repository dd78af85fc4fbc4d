# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Hypothesis strategies for what the VMM meets: vCPUs, machines, records, and traps for the whole way."""

from __future__ import annotations

from itertools import permutations

from hypothesis import strategies as st

from abi.cper import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, StatusBlock
from abi.definition import (
    CONTEXT_CORRUPT,
    FLAGS,
    KIND_DATA_ABORT,
    KIND_INSTRUCTION_ABORT,
    KIND_MEMORY_NOTICE,
    KIND_SERROR,
    NESTED,
    SIZES,
)
from abi.layout import Version
from abi.record import BEYOND, FaultInfo
from abi.trap import NOTIFICATIONS, Isolated, Memslot, Trap
from abi.vcpu import BASELINE, FEATURES, MACHINE_NOTIFICATIONS, Machine, Vcpu
from tests.abi.strategies import valid_records

#: PSTATE.M of EL0t, EL1t, EL1h, AArch32 User, and of what has no AArch64 EL1 below EL2.
EL1_TARGETS = (0x00, 0x04, 0x05, 0x10)
ELSEWHERE = (0x08, 0x09, 0x13, 0x1A, 0x1F)
NO_EL1 = frozenset({"FEAT_NV", "FEAT_AA32EL1"})
EXTERNAL_ABORTS = (0x10, *range(0x12, 0x19), *range(0x1A, 0x20))

#: Every set of notifications in every order, few of them without any way to tell of an abort.
WAYS = tuple(p for n in range(5) for p in permutations(MACHINE_NOTIFICATIONS, n))

u64 = st.one_of(st.sampled_from((0, 1, 0xFFF, 1 << 63, (1 << 64) - 1)), st.integers(0, (1 << 64) - 1))
#: Few enough that two draws meet.
mpidrs = st.sampled_from((0x8000_0000, 0x8000_0000, 0x8000_0000, 0x8000_0001))
addresses = st.sampled_from((0x3_0050_0123, 0xFFFF_8000_1122_3340, (1 << 64) - 1, 0))


@st.composite
def vcpus(draw: st.DrawFn, modes: tuple[int, ...] = EL1_TARGETS) -> Vcpu:
    """vCPUs in any state of these modes."""
    pstate = draw(st.integers(0, (1 << 37) - 1)) & ~0x1F | draw(st.sampled_from(modes))
    return Vcpu(draw(u64), pstate, *(draw(u64) for _ in range(8)))


@st.composite
def machines(draw: st.DrawFn, *, targets: bool = False) -> Machine:
    """Machines of every make; ``targets``: only those that an exception can be injected into."""
    chosen = draw(st.frozensets(st.sampled_from(sorted(FEATURES - NO_EL1))))
    if not targets and draw(st.integers(0, 9)) == 0:
        chosen |= {draw(st.sampled_from(sorted(NO_EL1)))}
    return Machine(
        ras=targets or draw(st.integers(0, 9)) > 0,
        features=draw(st.sampled_from((chosen, chosen | BASELINE))),
        notifications=draw(st.sampled_from(WAYS)),
        firmware_va=draw(st.booleans()),
        pending_serror=draw(st.one_of(st.none(), serror_isses())),
        repeats=draw(st.integers(0, 4)),
        answered=draw(st.integers(0, 4)) == 0,
    )


def serror_isses() -> st.SearchStrategy[int]:
    """ISS of an SError: with every AET, IDS=1, uncategorized, and any bits."""
    categorized = st.integers(0, 7).map(lambda aet: aet << 10 | 0x11)
    return st.one_of(categorized, st.sampled_from((0, 1 << 24)), st.integers(0, (1 << 25) - 1))


@st.composite
def read_records(draw: st.DrawFn) -> FaultInfo:
    """Any record that a reader takes; most can be answered by more than stopping."""
    record = draw(st.one_of(valid_records(), records()))
    stops = draw(st.integers(0, 3)) == 3
    return record if stops else record._replace(flags=record.flags & ~(CONTEXT_CORRUPT | NESTED))


@st.composite
def records(draw: st.DrawFn, kinds: tuple[int, ...] = (1, 2, 3, 4)) -> FaultInfo:
    """Records that a reader takes: kind and EC agree, severity is not claimed, the rest is as it comes.

    Hosts that break their rules are among them, on purpose.
    """
    kind = draw(st.sampled_from(kinds))
    ec = {KIND_DATA_ABORT: 0x24, KIND_INSTRUCTION_ABORT: 0x20, KIND_SERROR: 0x2F, KIND_MEMORY_NOTICE: 0}[kind]
    iss = draw(serror_isses() if kind == KIND_SERROR else abort_isses())
    version = Version(1, draw(st.integers(0, 1)))
    unclaimed = BEYOND[version] | next(f.mask for f in FLAGS if f.name == "SEVERITY_VALID")
    flags = draw(st.frozensets(st.sampled_from(FLAGS)).map(lambda some: sum(f.mask for f in some)))
    return FaultInfo(
        sea_flags=draw(st.integers(0, 3)), esr=ec << 26 | 1 << 25 | iss, far=draw(u64), gpa=draw(u64),
        size=SIZES[version], major=1, minor=version.minor, kind=kind, host_action=draw(st.integers(0, 255)),
        origin=draw(st.integers(0, 255)), flags=flags & ~unclaimed, hpfar=draw(u64),
        address_lsb=draw(st.integers(0, 255)), gpa_origin=draw(st.integers(0, 255)),
        severity=draw(st.integers(0, 255)), firmware_severity=draw(st.integers(0, 255)),
        hva=draw(u64) if version.minor else 0, firmware_va=draw(u64) if version.minor else 0,
    )


def abort_isses() -> st.SearchStrategy[int]:
    """ISS of an abort: mostly an external abort with every other bit free."""
    free = st.integers(0, (1 << 25) - 1)
    external = st.builds(lambda iss, fsc: iss & ~0x3F | fsc, free, st.sampled_from((0x10, 0x10, *EXTERNAL_ABORTS)))
    return st.one_of(external, free)


RAM = Memslot(0x4000_0000, 0x2000_0000, 0x7F00_0000_0000, 0x8000_0000)


@st.composite
def traps(draw: st.DrawFn, versions: tuple[Version, ...] = (Version(1, 1),)) -> Trap:
    """Aborts of a VM that the host does not own, among them stage-2 faults on isolated pages."""
    isolated = draw(st.integers(0, 3)) == 3
    fsc = draw(st.sampled_from((0x04, 0x07, 0x0B, 0x0F) if isolated else (*[0x10] * 30, *EXTERNAL_ABORTS)))
    fnv = draw(st.sampled_from((0, 0x400, 0x400))) if fsc == 0x10 else 0
    # FnV is decided, S1PTW would make it the host's own.
    iss = draw(st.integers(0, (1 << 25) - 1)) & ~(0x3F if isolated else 0x4BF) | fnv | fsc
    page = draw(st.integers(0, 0x1FFFF)) << 12 | RAM.gpa
    return Trap(
        draw(st.sampled_from((0x20, 0x24))) << 26 | 1 << 25 | iss, draw(u64),
        page >> 8 if isolated else draw(st.sampled_from((0, page >> 8, 1 << 63 | page >> 8))),
        mpidr=draw(st.one_of(mpidrs, st.none())), walk=draw(st.one_of(st.none(), st.just(page))),
        walk_level=draw(st.one_of(st.none(), st.integers(-2, 3))), memslots=(RAM,),
        isolated=(Isolated(page, draw(st.sampled_from((12, 16, 21)))),) if isolated else (),
        vm_ras=draw(st.booleans()), notify=draw(st.sampled_from((*["sea"] * 6, *NOTIFICATIONS))),
        version=draw(st.sampled_from(versions)),
    )


def infos() -> st.SearchStrategy[ErrorInfo]:
    """Error informations, mostly with the virtual address alone."""
    validity = st.sampled_from((0x08, 0x08, 0x0E, 0x10, 0x18, 0x06, 0x00))
    return st.builds(
        lambda valid, kind, va, pa: ErrorInfo(valid, kind, virt_fault_addr=va, physical_fault_addr=pa),
        validity, st.sampled_from((2, 4, 8)), addresses, addresses,
    )


def firmware_blocks() -> st.SearchStrategy[StatusBlock]:
    """Firmware's word on an abort: one section or two, mostly of a processor, that is not fatal."""
    arm = st.builds(
        lambda of, valid, mpidr: ArmProcessor(tuple(of), valid, mpidr),
        st.sampled_from((1, 1, 1, 2, 0)).flatmap(lambda n: st.lists(infos(), min_size=n, max_size=n)),
        st.sampled_from((1, 1, 1, 0)), mpidrs,
    )
    memory = st.builds(lambda valid, pa: PlatformMemory(valid, physical_addr=pa), st.sampled_from((0, 2)), addresses)
    entry = st.builds(DataEntry, st.one_of(arm, arm, arm, memory), st.sampled_from((0, 2, 3)))
    severity = st.sampled_from((0, 0, 2, 3))
    entries = st.sampled_from((1, 1, 1, 2)).flatmap(lambda n: st.lists(entry, min_size=n, max_size=n))
    return st.builds(lambda of, worst: StatusBlock(tuple(of), worst), entries, severity)


@st.composite
def claims(draw: st.DrawFn, version: Version) -> tuple[Trap, StatusBlock | None]:
    """A trap and firmware's word on it; half of them are of the kind that started it all.

    That is: FnV=1, and one virtual address of the trapping PE; then one thing about it is changed, or none.
    """
    trap = draw(traps(versions=(version,)))
    if draw(st.booleans()):
        return trap, draw(st.one_of(firmware_blocks(), st.none()))
    ec = draw(st.sampled_from((0x20, 0x24)))
    trap = trap._replace(esr_el2=ec << 26 | 0x2000410, isolated=(), notify="sea", mpidr=0x8000_0000)
    info = ErrorInfo(0x08, 2, virt_fault_addr=draw(st.integers(1, (1 << 64) - 1)))
    section = ArmProcessor((info,), 1, 0x8000_0000)
    changes = draw(st.sampled_from((None, None, None, "address", "valid", "pe", "unnamed", "two", "notify")))
    section = {
        "address": section._replace(error_info=(info._replace(virt_fault_addr=0),)),
        "valid": section._replace(error_info=(info._replace(validation_bits=0x06),)),
        "pe": section._replace(mpidr_raw=0x8000_0001),
        "unnamed": section._replace(validation_bits=0),
        "two": section._replace(error_info=(info, info)),
    }.get(changes or "", section)
    if changes == "notify":
        trap = trap._replace(notify=draw(st.sampled_from(("sei", "gpio", "none"))))
    return trap, StatusBlock((DataEntry(section),))
