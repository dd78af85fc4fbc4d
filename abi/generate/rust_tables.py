# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tables of the Rust crate (``spec/rust/``): what its readers compare with, beside the layouts.

Versions, masks of syndromes, bitmaps of fault status codes, severities, PSTATE, what a machine can do,
and bits of firmware records. The text is as rustfmt leaves it.
"""

from __future__ import annotations

from typing import Final

from abi import address, pstate, severity
from abi import definition as d
from abi import esr_fields as esr
from abi.cper import bits, guid, layouts
from abi.generate.kinds import KINDS, ROWS
from abi.generate.rust import const
from abi.generate.rust_rules import doc, variant, word
from abi.generate.text import codes, head
from abi.record import BEYOND, HEAD, KNOWN
from abi.ring_layout import ENVELOPE, LOST_LIMIT, RING_SLOT, WORD
from abi.rules import on_record
from abi.rules.on_answer import ON_WALK
from abi.vcpu import ACTIONS, BASELINE, FEATURES, MACHINE_NOTIFICATIONS

SOURCES: Final = ("abi/definition.py", "abi/rules", "abi/esr_fields.py", "abi/vcpu.py", "abi/cper/layouts.py",
                  "abi/cper/bits.py")
#: Names as the Arm ARM spells them.
_SPELT: Final = {f.name.upper(): f.name for f in (*esr.WORD, *esr.DATA_ABORT_ISS, *esr.SERROR_ISS)}
#: Columns that rustfmt allows.
_WIDTH: Final = 100


def render() -> str:
    """The module."""
    parts = [
        [f"// {line}" for line in head(SOURCES)],
        ["//! Numbers of the readers: versions, syndromes, severities, PSTATE, machines, firmware records."],
        _versions(), _record(), _syndrome(), _kinds(), _fault_codes(), _severities(), _pstate(),
        *_named("Action", "What a VMM does about a record (rule vmm.notify).", list(ACTIONS)),
        *_named("Way", "A way in which a machine tells its guest (rule vmm.notify).", list(MACHINE_NOTIFICATIONS)),
        _features(), _ring(), _cper(),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _versions() -> list[str]:
    versions, number = d.VERSIONS, len(d.VERSIONS)
    sizes = ", ".join(str(d.SIZES[v]) for v in versions)
    beyond = ", ".join(word(BEYOND[v]) for v in versions)
    known = ", ".join(word(KNOWN[v]) for v in versions)
    return [*const("SIZES", f"[u16; {number}]", f"[{sizes}]", "Bytes of a record, by minor version."),
            *const("BEYOND", f"[u64; {number}]", f"[{beyond}]",
                   "Flags whose field lies beyond a record of that minor version (rule vmm.size)."),
            *const("KNOWN", f"[u64; {number}]", f"[{known}]", "Flags that a reader of that minor version knows."),
            *const("HEAD_SIZE", "usize", HEAD.size, "Bytes that say which record it is, up to `kind`.")]


def _record() -> list[str]:
    last = {prefix: table[-1].value for _field, prefix, table in codes()}
    return [*const("KNOWN_CRITICAL", "u64", word(d.KNOWN_CRITICAL), "Critical flags that are known."),
            *const("KNOWN_SEA_FLAGS", "u64", word(d.KNOWN_SEA_FLAGS), "Bits of `sea_flags` that are known."),
            *const("KIND_LAST", "u16", last["KIND"], "The last kind."),
            *const("SEVERITY_LAST", "u8", last["SEVERITY"], "The last severity."),
            *const("FW_SEVERITY_LAST", "u8", last["FW_SEVERITY"], "The last severity of firmware."),
            *const("LSB_MAX", "u8", on_record.LSB_MAX, "The largest `address_lsb`."),
            *const("FIPA", "u64", word(address.FIPA), "`HPFAR_EL2.FIPA`."),
            *const("FIPA_TO_IPA", "u32", address.FIPA_TO_IPA, "From FIPA to the address of the page: shift left."),
            *const("IN_PAGE", "u64", word(address.IN_PAGE), "Bits of an address within its page.")]


def _syndrome() -> list[str]:
    lines = []
    for name in ("IL", "SET", "FNV", "EA", "CM", "WNR", "FSC", "IDS", "AET"):
        lines += const(f"ESR_{name}", "u64", word(getattr(esr, name)), f"`ESR_ELx.{_SPELT.get(name, name)}`.")
    for name in ("EC_SHIFT", "SET_SHIFT", "AET_SHIFT"):
        lines += const(f"ESR_{name}", "u32", getattr(esr, name), f"Lowest bit of `ESR_ELx.{name[:-6]}`.")
    lines += const("ESR_EC", "u64", word(esr.EC_MASK >> esr.EC_SHIFT), "`ESR_ELx.EC` when shifted down.")
    for name in ("EC_IABT_LOW", "EC_IABT_CUR", "EC_DABT_LOW", "EC_DABT_CUR", "EC_SERROR"):
        lines += const(name, "u64", word(getattr(esr, name)), f"Exception class `{name[3:]}`.")
    for name, said in (("DABT", "a data abort"), ("IABT", "an instruction abort"), ("SERROR", "an SError"),
                       ("ASYNC", "an SError with IDS=0 and DFSC=0x11")):
        lines += const(f"KEPT_{name}", "u64", word(getattr(on_record, f"KEPT_{name}")),
                       f"What a record keeps of ESR_EL2 of {said} (rule host.esr.mask).")
    return lines


def _kinds() -> list[str]:
    """Rows behind those that are known are zero: three bits of any kind are an index."""
    rows: list[tuple[int, ...]] = [
        (*row[:-1], sum(value << 4 * n for n, value in enumerate(row.severities))) for row in KINDS
    ]
    rows += [(0,) * len(rows[0])] * (ROWS - len(rows))
    lines = [f"    [{', '.join(map(word, row))}]," for row in rows]
    text = "\n".join(["[", *lines, "]"])
    return const("KINDS", f"[[u64; {len(rows[0])}]; {ROWS}]", text,
                 "What `esr` says by kind (rule vmm.agree): bits of `EC` and their value; the bits that say that "
                 "there is a severity and their value; severity by `esr[12:10]`, four bits each.")


def _fault_codes() -> list[str]:
    shown = sum(1 << fsc for fsc in ON_WALK)
    return [*const("FSC_NOT_ON_WALK", "u64", word(address.NOT_ON_WALK), "FSC: external abort, not on a walk."),
            *const("FSC_ASYNC", "u64", word(esr.DFSC_ASYNC), "DFSC: asynchronous SError."),
            *const("FSCS_EXTERNAL", "u64", word(esr.EXTERNAL_ABORT), "Codes of an external abort, bit n for code n."),
            *const("FSCS_WALK", "u64", word(on_record.WALK_FSCS), "Codes of an external abort on a walk."),
            *const("FSCS_SHOWN", "u64", word(shown), "Codes of a walk that a guest is shown (rule vmm.esr.rewrite).")]


def _severities() -> list[str]:
    restartable = severity.SEVERITY_OF_AET.index(d.SEVERITY_UEO) << esr.AET_SHIFT | esr.DFSC_ASYNC
    tables = (("SET", severity.SEVERITY_OF_SET), ("AET", severity.SEVERITY_OF_AET))
    lines = [line for name, table in tables
             for line in const(f"SEVERITY_OF_{name}", f"[u8; {len(table)}]", str(list(table)),
                               f"Severity by `{name}`, 0 where it is reserved.")]
    return [*lines,
            *const("AETS_GIVEN", "u64", word(severity.AET_GIVEN), "`AET` that a host gives to a VMM, as a bitmap."),
            *const("ISS_RESTARTABLE", "u64", word(restartable), "ISS of a restartable SError.")]


def _pstate() -> list[str]:
    lines = []
    for name, value in vars(pstate).items():
        if not name.isupper() or not isinstance(value, int):
            continue
        register, _, bits_ = name.partition("_")
        if register in ("SCTLR", "SCTLR2", "GCSCR"):
            lines += const(name, "u64", word(value), f"`{register}_EL1.{bits_}`.")
        elif name in ("VECTORS", "SERROR_VECTOR"):
            said = "Bytes of all vectors." if name == "VECTORS" else "Offset of the SError vector in a set of four."
            lines += const(name, "u64", word(value), said)
        else:
            lines += const(f"PSTATE_{name}", "u64", word(value), f"`{name}` of PSTATE, as SPSR_EL1 holds it.")
    return lines


def _named(name: str, said: str, words: list[str]) -> list[list[str]]:
    """An enum whose values have names."""
    kind = ["#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]", "#[repr(u8)]", f"pub enum {name} {{"]
    members = [line for w in words for line in (f"    /// `{w}`", f"    {variant(w)},")]
    values = [f"Self::{variant(w)}" for w in words]
    every = f"    pub const ALL: [Self; {len(words)}] = [{', '.join(values)}];"
    if len(every) > _WIDTH:
        every = "\n".join((every.partition("[Self::")[0] + "[", *(f"        {value}," for value in values), "    ];"))
    return [
        [*doc(said), *kind, *members, "}"],
        [f"impl {name} {{", "    /// Every one of them, by number.", every, "", "    /// Its name.", "    #[must_use]",
         "    pub const fn name(self) -> &'static str {", "        match self {",
         *(f'            Self::{variant(w)} => "{w}",' for w in words), "        }", "    }", "}"],
    ]


def _features() -> list[str]:
    known = sorted(FEATURES)
    lines = ["/// Features of a vCPU that change what it does at an exception, as a set.",
             "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]", "pub struct Features(pub u32);", "",
             "impl Features {"]
    for n, name in enumerate(known):
        own = name.removeprefix("FEAT_").upper()
        lines += [f"    /// `{name}`", f"    pub const {own}: Self = Self({word(1 << n)});"]
    base = sum(1 << known.index(name) for name in BASELINE)
    return [*lines, "    /// What every machine has unless it says otherwise.",
            f"    pub const BASELINE: Self = Self({word(base)});",
            "    /// Every feature: its bit, and its name.",
            f"    pub const NAMES: [(Self, &'static str); {len(known)}] = [",
            *(f'        (Self({word(1 << n)}), "{name}"),' for n, name in enumerate(known)), "    ];", "}"]


def _ring() -> list[str]:
    return [*const("RING_WORD", "u64", WORD, "Bytes of a word: what is published is one aligned word."),
            *const("RING_ENVELOPE", "u64", RING_SLOT.offsets[ENVELOPE.fields[0].name],
                   "Offset of the envelope within a slot."),
            *const("RING_LOST_LIMIT", "u32", word(LOST_LIMIT), "`lost` of an envelope from which it no longer counts.")]


def _cper() -> list[str]:
    threshold = next(f.mask for f in bits.SECTION_FLAGS if f.name == "ERROR_THRESHOLD_EXCEEDED")
    numbers = {
        "REVISION_V3": layouts.REVISION_V3,
        "COUNT_SHIFT": bits.ENTRY_COUNT_LOW, "COUNT_MASK": bits.ENTRY_COUNT_MASK,
        **{code.name: code.value for code in bits.SEVERITIES}, "THRESHOLD_EXCEEDED": threshold,
        "ARM_VALID_MPIDR": bits.ARM_VALID_MPIDR, "ARM_VALID_VENDOR_INFO": bits.ARM_VALID_VENDOR_INFO,
        **{f"VALID_{flag.name}": flag.mask for flag in bits.ERROR_INFO_VALID},
        **{f"TYPE_{flag.name}": flag.mask for flag in bits.ERROR_TYPES},
        "MEMORY_VALID_PA": bits.MEMORY_VALID_PA, "MEMORY_VALID_PA_MASK": bits.MEMORY_VALID_PA_MASK,
        "MEMORY_VALID_NEW": bits.MEMORY_VALID_NEW,
        "SIGNATURE": int.from_bytes(layouts.SIGNATURE, "little"), "SIGNATURE_END": layouts.SIGNATURE_END,
    }
    lines = [line for name, value in numbers.items()
             for line in const(f"CPER_{name}", "u64", word(value), f"`{name}` (UEFI, appendix N; ACPI, 18.3.2.7.1).")]
    lines += const("CPER_CONTEXT_ALIGN", "usize", layouts.CONTEXT_ALIGN, "A context is padded to a multiple of this.")
    corrupt = next(f for f in bits.DETAILS if f.name == "proc_context_corrupt")
    for name, bit, said in (("CORRUPT_VALID", corrupt.valid, "it says whether the processor context is corrupt"),
                            ("CORRUPT", corrupt.low, corrupt.meaning)):
        lines += const(f"CPER_{name}", "u64", word(1 << bit), f"`error_info`: {said}.")
    for name, value in (("ARM", guid.PROC_ARM), ("MEMORY", guid.PLATFORM_MEM)):
        lines += [*doc(f"Section type {guid.guid_text(value)}."), f"pub const CPER_GUID_{name}: [u8; 16] = [",
                  f"    {', '.join(f'{b:#04x}' for b in value)},", "];"]
    return lines
