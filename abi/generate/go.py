# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The record, its ring and its reply as a Go package: structs for encoding/binary, offsets, numbers.

The text is as gofmt leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from abi.definition import FIRST_CRITICAL_BIT, FLAGS, KNOWN_CRITICAL, KVM_RUN, NEWEST, SEA_FLAGS, SIZES, VERSIONS
from abi.generate.c_header import SOURCES as LAYOUTS
from abi.generate.c_header import STRUCTS
from abi.generate.text import codes, head, wrap
from abi.layout import Field, Layout
from abi.record import BEYOND
from abi.ring_layout import COUNT_LIMIT, MAGIC, MIN_SLOTS, NO_VCPU, RING_VERSION
from abi.severity import SEVERITY_OF_AET, SEVERITY_OF_SET

SOURCES: Final = (*LAYOUTS, "abi/severity.py")
#: One constant: name, value, meaning.
Const = tuple[str, str, str]


def render() -> str:
    """The package's one file."""
    parts = [
        [f"// {line}" for line in head(SOURCES)],
        [*comment("Package kfi has the layouts and numbers of struct kvm_arm_fault_info, its ring and its reply. All "
                  "is little-endian: encoding/binary reads and writes the structs."), "package kfi"],
        consts(_versions()),
        consts([(camel(f"{prefix}_{f.name}"), f"1 << {f.bit}", f.meaning)
                for prefix, flags in (("SEA_FLAG", SEA_FLAGS), ("FLAG", FLAGS)) for f in flags]
               + [("FlagsCritical", f"1<<64 - 1<<{FIRST_CRITICAL_BIT}",
                   "who does not know one of these must not act as if it understood"),
                  ("KnownCritical", f"{KNOWN_CRITICAL:#x}", "those that are known")]),
        _by_minor(),
        _severities(),
        *(consts([(camel(f"{prefix}_{c.name}"), str(c.value), f"{field}: {c.meaning}") for c in table])
          for field, prefix, table in codes()),
        consts(_ring()),
        *(line for name, layout in STRUCTS.items() for line in _layout(name, layout)),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def camel(name: str) -> str:
    """The Go name of something in capitals or with underscores; exported."""
    return "".join(part[:1].upper() + part[1:].lower() for part in name.split("_"))


def comment(text: str) -> list[str]:
    """A comment on lines of its own."""
    return wrap(text, "// ")


def consts(rows: Sequence[Const]) -> list[str]:
    """A block of constants, in columns."""
    return ["const (", *_columns([(f"{name}", f"= {value}", f"// {said}") for name, value, said in rows]), ")"]


def struct(name: str, fields: Sequence[Field]) -> list[str]:
    """A struct of unsigned numbers in columns."""
    rows = [(camel(f.name), f"uint{f.element * 8}" if f.number == 1 else f"[{f.number}]uint{f.element * 8}",
             f"// {f.meaning}") for f in fields]
    return [f"type {name} struct {{", *_columns(rows), "}"]


def _columns(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    first, second = (max(len(row[n]) for row in rows) for n in (0, 1))
    return [f"\t{name:{first}} {middle:{second}} {said}" for name, middle, said in rows]


def _versions() -> list[Const]:
    sizes = [(f"InfoSize{v.major}_{v.minor}", str(size), f"bytes of a record of version {v}")
             for v, size in SIZES.items()]
    return [("InfoMajor", str(NEWEST.major), "version of the record that this file describes"),
            ("InfoMinor", str(NEWEST.minor), "likewise"), *sizes,
            ("RunOffset", str(KVM_RUN.offsets["exit"]), "where the record stands in struct kvm_run"),
            ("RunSize", str(KVM_RUN.field("exit").width), "bytes of the exit union that it stands in")]


def _by_minor() -> list[str]:
    sizes, beyond = (", ".join(table) for table in
                     ((str(SIZES[v]) for v in VERSIONS), (f"{BEYOND[v]:#x}" for v in VERSIONS)))
    return ["// By minor version: bytes of a record, and flags whose field lies beyond it.", "var (",
            f"\tInfoSizes  = [...]uint16{{{sizes}}}", f"\tInfoBeyond = [...]uint64{{{beyond}}}", ")"]


def _severities() -> list[str]:
    of_set, of_aet = (", ".join(map(str, table)) for table in (SEVERITY_OF_SET, SEVERITY_OF_AET))
    return ["// What SET of an abort and AET of an SError are in the record's terms.", "var (",
            f"\tSeverityOfSet = [...]uint8{{{of_set}}}", f"\tSeverityOfAet = [...]uint8{{{of_aet}}}", ")"]


def _ring() -> list[Const]:
    return [("NoVcpu", f"{NO_VCPU:#x}", "vcpu of a record that belongs to no vCPU"),
            ("RingMagic", f"{MAGIC:#x}", "what magic of a ring holds"),
            ("RingMajor", str(RING_VERSION.major), "version of the ring"),
            ("RingMinor", str(RING_VERSION.minor), "likewise"),
            ("RingMinSlots", str(MIN_SLOTS), "the fewest slots that a ring has"),
            ("RingCountLimit", f"1 << {COUNT_LIMIT.bit_length() - 1}", "head and lost stay below")]


def _layout(name: str, layout: Layout) -> list[list[str]]:
    """A struct, and the offsets of its fields with its size at the end."""
    go = camel(name)
    ends = [*((f"{go}{camel(f)}At", str(at), f"offset of {f}") for f, at in layout.offsets.items()),
            (f"{go}Size", str(layout.size), "bytes of the struct")]
    return [[*comment(f"{go}: {layout.meaning}"), *struct(go, layout.fields)], consts(ends)]
