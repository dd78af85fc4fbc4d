# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Hypothesis strategies for what goes into the host: traps, and the firmware records that come with them.

Everything that the rules tell apart is chosen by itself, so that no combination is left out; addresses
come mostly from two memslots, so that pages, isolated pages and physical addresses meet. What a CPU
cannot do (a syndrome with IL=0 for an SError) is there too: a host must not pass it on. Each choice is
one byte of one draw, 0 being the plainest: quick to make, and Hypothesis can still shrink it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from abi.cper import ArmProcessor, DataEntry, ErrorInfo, PlatformMemory, Raw, Section, StatusBlock, bits
from abi.definition import ALL_KINDS, KNOWN_CRITICAL, V1_0, V1_1
from abi.trap import Isolated, Memslot, Trap
from tests.reference_host.tables import EC_DABT, EC_IABT, EC_SERROR, EC_VNCR, EXTERNAL, STAGE2

T = TypeVar("T")

MPIDR = 0x8000_0100
SLOTS = (
    Memslot(gpa=0x4000_0000, size=0x1000_0000, hva=0xFFFF_A000_0000, pa=0x8_8000_0000),
    Memslot(gpa=0x10_0000_0000, size=0x4000_0000, hva=0xFFFE_0000_0000, pa=0x20_4000_0000),
)
#: Flag of a data entry: the threshold of corrected errors is exceeded.
THRESHOLD = 1 << 3
UNKNOWN_SEVERITY = 7
_ELSEWHERE = (0x1000, 0x3FFF_F000, 0x5000_0000, 0xFF_FFFF_FFFF_F000)
_OFFSETS = (0x0, 0x1000, 0x1F_F000, 0x20_0000, 0xFFF_F000)
_VIRTUAL = (0x3_0050_0123, 0x0, 0xFFFF_8000_1122_3340)


class Event(NamedTuple):
    """What the host is given."""

    trap: Trap
    block: StatusBlock | None


class Choices:
    """Bytes that make choices."""

    def __init__(self, data: bytes) -> None:
        self._rest = iter(data)

    def of(self, *values: T) -> T:
        """One of the values; name one more than once to have it more often."""
        return values[next(self._rest) % len(values)]

    def number(self, width: int) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes([next(self._rest) for _ in range(width)], "little")

    def seldom(self) -> bool:
        """True once in six times."""
        return self.of(*[False] * 5, True)


def _made(make: Callable[[Choices], T], size: int) -> st.SearchStrategy[T]:
    return st.binary(min_size=size, max_size=size).map(lambda data: make(Choices(data)))


def guest_page(choose: Choices) -> int:
    """A page of the guest, once in four times one that it has not."""
    inside = choose.of(*SLOTS).gpa + choose.of(*_OFFSETS)
    return choose.of(inside, inside, inside, choose.of(*_ELSEWHERE))


def host_address(choose: Choices) -> int:
    """A physical address of the host, behind a memslot or not."""
    inside = choose.of(*SLOTS).pa + choose.of(*_OFFSETS)
    return choose.of(inside, inside, choose.of(*_ELSEWHERE)) | choose.of(0, 0x40, 0xFFF)


def virtual_address(choose: Choices) -> int:
    """Any address, 0 among them."""
    return choose.of(*_VIRTUAL, choose.number(8))


def abort_syndrome(choose: Choices, *codes: int) -> int:
    """A data or instruction abort with one of these fault status codes, every other bit anything."""
    rare = choose.of(0, 0, 1 << 24, 1 << 13, 1 << 24 | 1 << 13)  # ISV, VNCR
    iss = choose.number(3) & 0xFF_DFC0 | rare | choose.of(*codes)
    ec = choose.of(EC_DABT, EC_DABT, EC_IABT, EC_VNCR)
    return choose.of(0, 0, 1 << 43, 0xFF_FFFF << 32) | ec << 26 | choose.of(1, 1, 0) << 25 | iss


def serror_iss(choose: Choices) -> int:
    """ISS of an SError: IDS once in four times, DFSC 0x11 mostly, every other bit anything."""
    ids = choose.of(0, 0, 0, 1 << 24)
    return choose.number(3) & ~0x3F | ids | choose.of(0x11, 0x11, 0x11, 0x11, 0x00, 0x02)


def external_abort(choose: Choices) -> int:
    """Syndrome of an external abort, half of them not on a walk."""
    return abort_syndrome(choose, *EXTERNAL, *[0x10] * 12)


def stage2_fault(choose: Choices) -> int:
    """Syndrome of a stage-2 fault."""
    return abort_syndrome(choose, *STAGE2)


def serror(choose: Choices) -> int:
    """Syndrome of an SError exception."""
    return EC_SERROR << 26 | choose.of(1, 1, 0) << 25 | serror_iss(choose)


def anything(choose: Choices) -> int:
    """No trap, or any syndrome at all."""
    return choose.of(0, 0, 0x5A00_0000, abort_syndrome(choose, *range(0x40)), choose.number(8))


_MOSTLY = (external_abort,) * 3 + (stage2_fault,) * 3 + (serror,) * 2 + (anything,)


def _trap(choose: Choices, syndrome: Callable[[Choices], int] | None) -> Trap:
    syndrome = choose.of(*_MOSTLY) if syndrome is None else syndrome
    page, walk = guest_page(choose), choose.of(None, guest_page(choose))
    pages = (page, page, page if walk is None else walk, SLOTS[0].gpa)
    isolated = [Isolated(choose.of(*pages), choose.of(12, 12, 16, 21, 30)) for _ in range(2)]
    return Trap(
        esr_el2=syndrome(choose),
        far_el2=virtual_address(choose),
        hpfar_el2=page >> 8 | choose.of(0, 0, 1 << 63, 1 << 63 | 0xF),
        pfar_el2=choose.of(None, 1 << 63 | host_address(choose)),
        disr_el1=choose.of(*[None] * 8, 0, 0xC11, 1 << 31 | serror_iss(choose)),
        mpidr=choose.of(MPIDR, MPIDR, MPIDR, MPIDR, 0x8000_0000, None),
        walk=None if walk is None else walk | choose.of(0, 0x123),
        walk_level=choose.of(None, -2, -1, 0, 1, 2, 3),
        memslots=choose.of(SLOTS, SLOTS, SLOTS, None, (), SLOTS[1:]),
        isolated=tuple(isolated[: choose.of(0, 1, 1, 2)]),
        host_ras=not choose.seldom(), vm_ras=choose.of(True, True, False), hyp_context=choose.of(False, True),
        nested=choose.of(False, False, True), protected=choose.seldom(),
        notify=choose.of("sea", "sea", "sea", "gpio", "sei", "none"), version=choose.of(V1_1, V1_0),
        kinds=choose.of(ALL_KINDS, ALL_KINDS, ALL_KINDS, choose.number(1) & ALL_KINDS),
        critical=choose.of(KNOWN_CRITICAL, KNOWN_CRITICAL, 0),
    )


def traps(syndrome: Callable[[Choices], int] | None = None, **fixed: Any) -> st.SearchStrategy[Trap]:
    """Traps; ``syndrome`` chooses ESR_EL2, ``fixed`` names fields that are not chosen."""
    return _made(lambda choose: _trap(choose, syndrome)._replace(**fixed), 96)


def _error_info(choose: Choices) -> ErrorInfo:
    return ErrorInfo(
        validation_bits=choose.number(1) & 0x1F,
        type=choose.of(bits.TYPE_CACHE, bits.TYPE_CACHE, bits.TYPE_TLB, bits.TYPE_VENDOR, 0x1E, 0),
        error_info=choose.of(0, 1 << 3, 1 << 3 | 1 << 25, 1 << 3 | 1 << 25),
        virt_fault_addr=virtual_address(choose),
        physical_fault_addr=host_address(choose),
    )


def _section(choose: Choices) -> Section:
    arm = ArmProcessor(
        error_info=tuple(_error_info(choose) for _ in range(choose.of(1, 1, 1, 2))),
        validation_bits=choose.of(bits.ARM_VALID_MPIDR, bits.ARM_VALID_MPIDR, bits.ARM_VALID_MPIDR, 0),
        mpidr_raw=choose.of(MPIDR, MPIDR, MPIDR, 0x8000_0000),
    )
    memory = PlatformMemory(
        validation_bits=choose.of(bits.MEMORY_VALID_PA, 0), physical_addr=host_address(choose),
    )
    sections: tuple[Section, ...] = (arm, arm, arm, arm, memory, memory, Raw(bytes(16), b""))
    return choose.of(*sections)


def _severity(choose: Choices) -> int:
    return choose.of(
        *[bits.RECOVERABLE] * 8, bits.FATAL, bits.CORRECTED, bits.CORRECTED, bits.INFORMATIONAL, UNKNOWN_SEVERITY,
    )


def _block(choose: Choices) -> StatusBlock:
    return StatusBlock(
        entries=tuple(
            DataEntry(_section(choose), error_severity=_severity(choose), flags=choose.of(0, THRESHOLD))
            for _ in range(choose.of(1, 1, 1, 1, 2, 0))
        ),
        error_severity=_severity(choose),
        block_status=choose.of(*[bits.UNCORRECTABLE] * 5, 0),
        counted=choose.of(True, False),
    )


def blocks() -> st.SearchStrategy[StatusBlock]:
    """Firmware records, mostly recoverable."""
    return _made(_block, 192)


def events(
    trap: st.SearchStrategy[Trap] | None = None, block: st.SearchStrategy[StatusBlock] | None = None
) -> st.SearchStrategy[Event]:
    """A trap, with or without a firmware record."""
    return st.builds(Event, traps() if trap is None else trap, st.none() | (blocks() if block is None else block))
