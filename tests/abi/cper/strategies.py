# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Hypothesis strategies for firmware records, for every test that needs one.

Every value is one that a parser gives back: ``parse(build(value)) == value``. ``None`` for a choice
means that either may come. Addresses and MPIDR are drawn independently of their validity bit, since
firmware leaves values behind in fields that it does not declare valid.
"""

from __future__ import annotations

from hypothesis import strategies as st

from abi.cper import bits
from abi.cper.guid import PLATFORM_MEM, PROC_ARM, SECTION_TYPES
from abi.cper.values import (
    ArmProcessor,
    ContextInfo,
    DataEntry,
    ErrorInfo,
    PlatformMemory,
    Raw,
    Record,
    Section,
    SectionDescriptor,
    StatusBlock,
)

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFF_FFFF)
#: Small, page-shaped and arbitrary numbers.
u64 = st.one_of(
    st.integers(0, 3), st.integers(0, (1 << 52) - 1).map(lambda n: n << 12), st.integers(0, (1 << 64) - 1)
)
guids = st.one_of(st.just(bytes(16)), st.binary(min_size=16, max_size=16))
fru_texts = st.one_of(st.just(bytes(20)), st.binary(min_size=20, max_size=20))
severities = st.sampled_from([code.value for code in bits.SEVERITIES])


def _with_bit(value: st.SearchStrategy[int], mask: int, wanted: bool | None) -> st.SearchStrategy[int]:
    """Numbers whose bits ``mask`` are set, clear, or left as drawn."""
    if wanted is None:
        return value
    return value.map(lambda n: n | mask if wanted else n & ~mask)


def error_infos(
    *, types: st.SearchStrategy[int] = u8, virtual: bool | None = None, physical: bool | None = None,
    details: st.SearchStrategy[int] = u64, extra: bool = False,
) -> st.SearchStrategy[ErrorInfo]:
    """Error informations; ``virtual`` and ``physical`` choose the validity of the addresses."""
    validity = _with_bit(_with_bit(u16, bits.VALID_VIRT_ADDR, virtual), bits.VALID_PHYSICAL_ADDR, physical)
    return st.builds(
        ErrorInfo, validation_bits=validity, type=types, multiple_error=u16, flags=u8, error_info=details,
        virt_fault_addr=u64, physical_fault_addr=u64, version=u8,
        extra=st.binary(max_size=223) if extra else st.just(b""),
    )


cache_infos = error_infos(types=st.just(bits.TYPE_CACHE))
tlb_infos = error_infos(types=st.just(bits.TYPE_TLB))


@st.composite
def contexts(draw: st.DrawFn) -> tuple[ContextInfo, ...]:
    """Contexts, all padded as UEFI says or none, as some firmware does."""
    padded = draw(st.booleans())
    # No version 0, whose zeros could be taken for the padding of the context before.
    one = st.tuples(st.integers(0, 9), st.integers(1, 0xFF), st.binary(max_size=40))
    found = draw(st.lists(one, max_size=3))
    return tuple(
        ContextInfo(kind, data, version, bytes(-(8 + len(data)) % 16) if padded else b"")
        for kind, version, data in found
    )


@st.composite
def arm_processors(
    draw: st.DrawFn, infos: st.SearchStrategy[ErrorInfo] | None = None, *, min_infos: int = 0,
    max_infos: int = 3, mpidr: bool | None = None, plain: bool = False,
) -> ArmProcessor:
    """ARM processor error sections; ``plain``: nothing but error informations."""
    one = error_infos(extra=not plain) if infos is None else infos
    error_info = draw(st.lists(one, min_size=min_infos, max_size=max_infos))
    validity = draw(_with_bit(u32, bits.ARM_VALID_MPIDR, mpidr))
    # The first byte is not zero for the same reason as a context's version.
    vendors = st.one_of(st.just(b""), st.binary(max_size=40).map(lambda data: b"\x01" + data))
    vendor = b"" if plain else draw(vendors)
    validity = validity | bits.ARM_VALID_VENDOR_INFO if vendor else validity & ~bits.ARM_VALID_VENDOR_INFO
    return ArmProcessor(
        tuple(error_info), validity, draw(u64), draw(u64), draw(u8), draw(u32), draw(u32),
        () if plain else draw(contexts()), vendor, draw(st.binary(min_size=3, max_size=3)),
        b"" if plain else bytes(draw(st.integers(0, 16))),
    )


@st.composite
def platform_memories(
    draw: st.DrawFn, *, physical: bool | None = None, old: bool | None = None
) -> PlatformMemory:
    """Platform memory sections; ``physical`` chooses the validity of the address."""
    is_old = draw(st.booleans()) if old is None else old
    validity = draw(_with_bit(u64, bits.MEMORY_VALID_PA, physical))
    later = st.just(0) if is_old else u16
    return PlatformMemory(
        validity & 0x7FFF if is_old else validity, draw(u64), draw(u64), draw(u64),
        draw(u16), draw(u16), draw(u16), draw(u16), draw(u16), draw(u16), draw(u16), draw(u16),
        draw(u64), draw(u64), draw(u64), draw(u8),
        draw(later) & 0xFF, draw(later), draw(later), draw(later), is_old,
    )


def raw_sections() -> st.SearchStrategy[Raw]:
    """Sections of other types: known ones and unknown ones."""
    known = st.sampled_from([t.guid for t in SECTION_TYPES])
    types = st.one_of(known, guids).filter(lambda guid: guid not in (PROC_ARM, PLATFORM_MEM))
    return st.builds(Raw, types, st.binary(max_size=48))


def sections() -> st.SearchStrategy[Section]:
    """Any section."""
    return st.one_of(arm_processors(), platform_memories(), raw_sections())


@st.composite
def data_entries(
    draw: st.DrawFn, section: st.SearchStrategy[Section] | None = None,
    severity: st.SearchStrategy[int] = severities,
) -> DataEntry:
    """Data entries of either form."""
    revision = draw(st.sampled_from([0x100, 0x201, 0x2FF, 0x300, 0x301, 0xFFFF]))
    return DataEntry(
        draw(sections() if section is None else section), draw(severity), revision, draw(u8), draw(u8), draw(guids),
        draw(fru_texts), draw(u64) if revision >= 0x300 else None,
    )


@st.composite
def status_blocks(
    draw: st.DrawFn, entry: st.SearchStrategy[DataEntry] | None = None,
    severity: st.SearchStrategy[int] = severities, *, min_entries: int = 0, max_entries: int = 3,
    gap: bool = True,
) -> StatusBlock:
    """Generic error status blocks, with and without raw data and entry count."""
    one = data_entries() if entry is None else entry
    entries = tuple(draw(st.lists(one, min_size=min_entries, max_size=max_entries)))
    raw = draw(st.one_of(st.just(b""), st.binary(min_size=1, max_size=24)))
    return StatusBlock(
        entries, draw(severity), draw(u32) & ~bits.ENTRY_COUNT_MASK, draw(st.booleans()) or not entries,
        draw(st.binary(max_size=8)) if raw and gap else b"", raw, 0 if raw else draw(u32),
    )


def arm_blocks(
    info: st.SearchStrategy[ErrorInfo] | None = None, severity: st.SearchStrategy[int] = severities, *,
    mpidr: bool | None = None, max_infos: int = 1,
) -> st.SearchStrategy[StatusBlock]:
    """Blocks of one ARM processor section with one error information (``max_infos``) or more."""
    section = arm_processors(info, min_infos=1, max_infos=max_infos, mpidr=mpidr, plain=True)
    return status_blocks(data_entries(section, severity), severity, min_entries=1, max_entries=1)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Whole CPER records, with bytes between the sections."""
    gaps = st.binary(max_size=8)
    descriptors = st.builds(
        SectionDescriptor, sections(), severities, u16, u8, u8, u32, guids, fru_texts, gaps,
    )
    return Record(
        tuple(draw(st.lists(descriptors, max_size=3))), draw(severities), draw(u16), draw(u32), draw(u64),
        draw(guids), draw(guids), draw(guids), draw(guids), draw(u64), draw(u32), draw(u64),
        draw(st.binary(min_size=12, max_size=12)), draw(gaps),
    )
