# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tables of the C readers (``spec/c/``): numbers that the UAPI header has no place for.

Rules by number, places of fields (offset and name in one number, for reading and for errors alike),
masks of syndromes, bitmaps of fault status codes, severities, PSTATE, and the layouts of firmware
records. Names as text stand in a header of their own, which only those include who print them.
"""

from __future__ import annotations

import struct

from abi import address, pstate, severity
from abi import definition as d
from abi import esr_fields as esr
from abi.cper import bits, guid, layouts
from abi.esr_codes import Fault, fault_bitmap
from abi.generate.c_functions import function, kinds, load_functions, nibbles, u64, version_functions
from abi.generate.c_header import comment
from abi.generate.text import head
from abi.layout import Layout
from abi.record import HEAD
from abi.ring_layout import RING_HEADER, RING_SLOT
from abi.rules import RECORD_RULES, REFUSALS, all_rules, on_record
from abi.trap import NOTIFICATIONS, End
from abi.vcpu import ACTIONS, FEATURES, MACHINE_NOTIFICATIONS

SOURCES = ("abi/definition.py", "abi/rules", "abi/esr_fields.py", "abi/cper")
#: Columns to the value of a macro.
_VALUE = 48
#: What can hold a field that an error names, as paths spell it, and its layout.
PLACES: dict[str, Layout | None] = {
    "record": d.RECORD, "ring": None, "ring.header": RING_HEADER, "ring.slot": RING_SLOT,
    "estatus": layouts.STATUS_BLOCK, "entry": layouts.DATA_ENTRY_V3, "arm": layouts.ARM_PROCESSOR,
    "error_info": layouts.ERROR_INFO, "context_info": layouts.CONTEXT_INFO, "memory": layouts.MEMORY,
}
#: The layouts of which an error says which field is cut off.
_CUT = ("record", "estatus", "entry", "arm")

Macro = tuple[str, str]


def render() -> str:
    """The whole of ``kfi_tables.h``."""
    parts = [
        [f"/* {line} */" for line in head(SOURCES)],
        ["#ifndef KFI_TABLES_H", "#define KFI_TABLES_H", "", '#include "kfi_base.h"'],
        _enum("kfi_rule", "Rules by number: those on a record first, in the order in which it is judged.", rules()),
        _macros("Bitmaps of rules, bit n for rule n.", _rule_masks()),
        _enum("kfi_where", "What holds the field that an error names.",
              ["KFI_WHERE_" + _upper(p) for p in PLACES]),
        _enum("kfi_field", "Fields that an error can name.", ["KFI_FIELD_" + name for name in fields()]),
        *(_macros(f"Fields of {layout.name}: where they are, and what they are called.", _places(place, layout))
          for place, layout in PLACES.items() if layout is not None),
        _macros("Sizes of layouts.", _sizes()),
        _macros("Flags of the record.", _record_masks()),
        _macros("ESR_ELx, and what a record keeps of it.", _syndrome()),
        _macros("Bitmaps of fault status codes, bit n for code n.", _codes()),
        _macros("Severity by SET and by AET, four bits each.", _severities()),
        _macros("HPFAR_EL2, PFAR_EL2, pages.", _addresses()),
        _macros("PSTATE as SPSR_EL1 holds it, SCTLR_ELx and GCSCR_EL1, vectors.", _pstate()),
        _macros("Features of a vCPU.", _features()),
        _macros("Bits of firmware records; a GUID is two little-endian words.", _cper()),
        _enum("kfi_action", "What a VMM does about a record.", ["KFI_ACTION_" + a.upper() for a in ACTIONS]),
        _enum("kfi_way", "Ways in which a machine can tell its guest.",
              ["KFI_WAY_NONE", *("KFI_WAY_" + w.upper() for w in MACHINE_NOTIFICATIONS)]),
        _enum("kfi_notify", "How a firmware record reaches the host.",
              ["KFI_NOTIFY_" + n.upper() for n in NOTIFICATIONS]),
        _enum("kfi_end", "How an error ends (rule host.never_silent).", ["KFI_END_" + end.name for end in End]),
        *version_functions(),
        *kinds(),
        *load_functions(),
        _unfit_function(),
        ["#endif /* KFI_TABLES_H */"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def names() -> str:
    """The whole of ``kfi_names.h``."""
    parts = [
        [f"/* {line} */" for line in head(SOURCES)],
        ["#ifndef KFI_NAMES_H", "#define KFI_NAMES_H", "", '#include "kfi_tables.h"'],
        _name_function("rule", ["", *rule_order()]),
        _name_function("where", list(PLACES)),
        _name_function("field", ["", *fields()[1:]]),
        _name_function("action", list(ACTIONS)),
        _name_function("way", ["", *MACHINE_NOTIFICATIONS]),
        _name_function("end", [end.value for end in End]),
        ["#endif /* KFI_NAMES_H */"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def rule_order() -> list[str]:
    """Rules by number, from 1: those on a record first, in the order in which it is judged."""
    return list(dict.fromkeys((*RECORD_RULES, *all_rules())))


def rules() -> list[str]:
    """The C names of the rules, in the order of their numbers."""
    return ["KFI_RULE_NONE", *("KFI_RULE_" + _upper(rule) for rule in rule_order())]


def fields() -> list[str]:
    """Names of fields, in the order of their numbers; the first stands for no field."""
    found = (field.name for layout in PLACES.values() if layout is not None for field in layout.fields)
    return ["none", *sorted(set(found))]


def _upper(name: str) -> str:
    return name.replace(".", "_").upper()


def _features() -> list[Macro]:
    return [(name.upper(), f"{1 << n:#x}U") for n, name in enumerate(sorted(FEATURES))]


def _mask_of_rules(wanted: tuple[str, ...]) -> str:
    order = rule_order()
    return u64(sum(1 << order.index(rule) + 1 for rule in wanted))


def _rule_masks() -> list[Macro]:
    assert len(RECORD_RULES) < 64
    return [("RECORD_RULES", _mask_of_rules(RECORD_RULES)), ("REFUSALS", _mask_of_rules(REFUSALS))]


def _places(place: str, layout: Layout) -> list[Macro]:
    return [
        (f"AT_{_upper(place)}_{field.name.upper()}", f"KFI_AT({layout.offsets[field.name]}, KFI_FIELD_{field.name})")
        for field in layout.fields
    ]


def _sizes() -> list[Macro]:
    sizes = {"OLDEST": d.SIZES[d.VERSIONS[0]], "HEAD": HEAD.size,
             "ESTATUS": layouts.STATUS_BLOCK.size, "ENTRY_V2": layouts.DATA_ENTRY_V2.size,
             "ENTRY_V3": layouts.DATA_ENTRY_V3.size, "ARM": layouts.ARM_PROCESSOR.size,
             "ERROR_INFO": layouts.ERROR_INFO.size, "CONTEXT_INFO": layouts.CONTEXT_INFO.size,
             "MEMORY": layouts.MEMORY.size, "MEMORY_OLD": layouts.MEMORY_OLD.size}
    return [(f"SIZE_{name}", f"{size}U") for name, size in sizes.items()]


def _record_masks() -> list[Macro]:
    return [("KNOWN_FLAGS", u64(d.KNOWN_FLAGS)), ("KNOWN_CRITICAL", u64(d.KNOWN_CRITICAL)),
            ("KNOWN_SEA_FLAGS", u64(d.KNOWN_SEA_FLAGS)), ("LSB_MAX", f"{on_record.LSB_MAX}U")]


def _syndrome() -> list[Macro]:
    plain = ("EC_MASK", "IL", "ISV", "FNP", "PFV", "VNCR", "SET", "FNV", "EA", "CM", "S1PTW", "WNR", "FSC", "IDS",
             "VFV", "AET")
    small = ("EC_SHIFT", "SET_SHIFT", "AET_SHIFT", "EC_IABT_LOW", "EC_IABT_CUR", "EC_DABT_LOW", "EC_DABT_CUR",
             "EC_SERROR")
    return [
        *((f"ESR_{name}", u64(getattr(esr, name))) for name in plain),
        *((f"ESR_{name}", f"{getattr(esr, name):#x}U") for name in small),
        ("FSC_NOT_ON_WALK", f"{address.NOT_ON_WALK:#x}U"), ("FSC_ASYNC", f"{esr.DFSC_ASYNC:#x}U"),
        *((name, u64(getattr(on_record, name))) for name in ("KEPT_DABT", "KEPT_IABT", "KEPT_SERROR", "KEPT_ASYNC")),
    ]


def _codes() -> list[Macro]:
    found = {
        "EXTERNAL": esr.EXTERNAL_ABORT, "ON_WALK": on_record.WALK_FSCS,
        "HPFAR": fault_bitmap(Fault.TRANSLATION, Fault.ACCESS_FLAG, Fault.ADDRESS_SIZE),
        "PERMISSION": fault_bitmap(Fault.PERMISSION), "PFAR": fault_bitmap(Fault.EXTERNAL_ABORT),
    }
    return [(f"FSCS_{name}", u64(bitmap)) for name, bitmap in found.items()]


def _severities() -> list[Macro]:
    restartable = severity.SEVERITY_OF_AET.index(d.SEVERITY_UEO) << esr.AET_SHIFT | esr.DFSC_ASYNC
    return [("SEVERITY_OF_SET", nibbles(severity.SEVERITY_OF_SET)),
            ("SEVERITY_OF_AET", nibbles(severity.SEVERITY_OF_AET)),
            ("AET_GIVEN", f"{severity.AET_GIVEN:#x}U"), ("ISS_RESTARTABLE", f"{restartable:#x}U")]


def _addresses() -> list[Macro]:
    return [("FIPA", u64(address.FIPA)), ("FIPA_TO_IPA", f"{address.FIPA_TO_IPA}U"),
            ("KVM_MARK", u64(address.KVM_MARK)), ("PADDR", u64(address.PADDR)),
            ("PAGE_SHIFT", f"{address.PAGE_SHIFT}U"), ("IN_PAGE", u64(address.IN_PAGE))]


def _pstate() -> list[Macro]:
    skipped = ("VECTORS", "SERROR_VECTOR")
    registers = ("SCTLR", "GCSCR")
    masks = [(n, v) for n, v in vars(pstate).items() if n.isupper() and isinstance(v, int) and n not in skipped]
    return [
        *((n if n.startswith(registers) else f"PSTATE_{n}", u64(v)) for n, v in masks),
        ("VECTORS", u64(pstate.VECTORS)), ("SERROR_VECTOR", u64(pstate.SERROR_VECTOR)),
    ]


def _cper() -> list[Macro]:
    threshold = next(f.mask for f in bits.SECTION_FLAGS if f.name == "ERROR_THRESHOLD_EXCEEDED")
    corrupt = next(f for f in bits.DETAILS if f.name == "proc_context_corrupt")
    numbers = {
        "REVISION_V3": layouts.REVISION_V3, "CONTEXT_ALIGN": layouts.CONTEXT_ALIGN,
        "COUNT_SHIFT": bits.ENTRY_COUNT_LOW, "COUNT_MASK": bits.ENTRY_COUNT_MASK,
        **{f"SEVERITY_{code.name}": code.value for code in bits.SEVERITIES}, "THRESHOLD_EXCEEDED": threshold,
        "ARM_VALID_MPIDR": bits.ARM_VALID_MPIDR, "ARM_VALID_VENDOR_INFO": bits.ARM_VALID_VENDOR_INFO,
        "VALID_ERR_INFO": bits.VALID_ERR_INFO, "VALID_VIRT_ADDR": bits.VALID_VIRT_ADDR,
        "VALID_PHYSICAL_ADDR": bits.VALID_PHYSICAL_ADDR,
        "TYPE_CACHE": bits.TYPE_CACHE, "TYPE_VENDOR": bits.TYPE_VENDOR,
        "MEMORY_VALID_PA": bits.MEMORY_VALID_PA, "MEMORY_VALID_NEW": bits.MEMORY_VALID_NEW,
    }
    words = {
        "DETAIL_CORRUPT_VALID": 1 << corrupt.valid, "DETAIL_CORRUPT": 1 << corrupt.low,
        **_guid_words("ARM", guid.PROC_ARM), **_guid_words("MEMORY", guid.PLATFORM_MEM),
    }
    return [
        *((f"CPER_{n}", f"{v:#x}U") for n, v in numbers.items()), *((f"CPER_{n}", u64(v)) for n, v in words.items()),
    ]


def _guid_words(name: str, value: bytes) -> dict[str, int]:
    low, high = struct.unpack("<QQ", value)
    return {f"GUID_{name}_LO": low, f"GUID_{name}_HI": high}


def _macros(said: str, macros: list[Macro]) -> list[str]:
    return [*comment(said), *(_define(name, value) for name, value in macros)]


def _define(name: str, value: str) -> str:
    text = f"#define KFI_{name}"
    return text + "\t" * max(1, -(-(_VALUE - len(text)) // 8)) + value


def _enum(name: str, said: str, members: list[str]) -> list[str]:
    return [*comment(said), f"enum {name} {{", *(f"\t{member}," for member in members), "};"]


def _unfit_function() -> list[str]:
    rows = [
        f"\t{{ KFI_WHERE_{_upper(place)}, {layout.end(field.name)}, KFI_AT_{_upper(place)}_{field.name.upper()} }},"
        for place in _CUT if (layout := PLACES[place]) is not None for field in layout.fields
    ]
    body = ["static const struct {", "\t__u16 where;", "\t__u16 end;", "\t__u32 at;", "} fields[] = {", *rows, "};",
            "unsigned int i;", "",
            "for (i = 0; i < KFI_COUNT(fields); i++)",
            "\tif (fields[i].where == where && fields[i].end > size)", "\t\treturn fields[i].at;", "return 0;"]
    return function("static inline __u32 kfi_unfit(__u8 where, size_t size)", body,
                     "The first field of a layout that does not fit whole into size bytes.")


def _name_function(name: str, texts: list[str]) -> list[str]:
    body = ["static const char *const names[] = {", *(f'\t"{text}",' for text in texts), "};", "",
            f'return {name} < KFI_COUNT(names) ? names[{name}] : "";']
    return function(f"static inline const char *kfi_{name}_name(unsigned int {name})", body,
                     f"The name of an enum kfi_{name}, empty for none.")
