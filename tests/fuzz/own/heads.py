# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What stands before the data of an input of each target, each stated once: ``python -m tests.fuzz.own.heads`` writes
heads.h from it.

An input is a head, then data. Every byte string is one: missing bytes of the head are 0, numbers that
choose are taken modulo.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.layout import Field, Layout

HEADER: Final = Path(__file__).with_name("heads.h")
MAX_SLOTS: Final = 3
MAX_ISOLATED: Final = 3
MAX_CHANGES: Final = 4

_MACHINE: Final = (
    Field("features", u32, "KFI_FEAT_* of the vCPU"),
    Field("repeats", u32, "as in struct kfi_machine, like all up to vcpu"),
    Field("bound", u32, ""),
    Field("pending_serror", u32, ""),
    Field("ways", u8, "", number=4),
    Field("ras", u8, ""),
    Field("firmware_va", u8, ""),
    Field("answered", u8, ""),
    Field("has_pending_serror", u8, ""),
)
RECORD: Final = Layout(
    "own_record_head", "A record as a VMM reads it; its bytes are the data.",
    *_MACHINE,
    Field("vcpu", u64, "the registers of struct kfi_vcpu", number=10),
    Field("reader", u8, "newest minor version that the reader knows"),
    Field("exact", u8, "bit 0: the data is just the record"),
    Field("ignored", u8, "anything", number=6),
)
REPLY: Final = Layout(
    "own_reply_head", "A reply as the host takes it; the data is struct kvm_arm_fault_reply, at its end zeros.",
    Field("vcpu", u64, "the registers of struct kfi_vcpu", number=10),
    Field("features", u32, "KFI_FEAT_* of the vCPU"),
    Field("kind", u16, "kind of the record that the vCPU exited with"),
    Field("host_ras", u8, "bit 0: the host has FEAT_RAS"),
    Field("ignored", u8, "anything"),
)
FIRMWARE: Final = Layout(
    "own_firmware_head", "A firmware record; the data is the status block.",
    Field("room", u32, "a second reading has room for so many addresses"),
    Field("ignored", u32, "anything"),
)
RING: Final = Layout(
    "own_ring_head", "A ring; the data is the shared memory.",
    Field("after", u32, "loads after which a word changes", number=MAX_CHANGES),
    Field("word", u32, "which one, modulo how many there are", number=MAX_CHANGES),
    Field("value", u64, "what it then holds", number=MAX_CHANGES),
    Field("changes", u8, f"how many of these there are, modulo {MAX_CHANGES + 1}"),
    Field("dealt", u8, "records that the first consumer deals with"),
    Field("ignored", u8, "anything", number=6),
)
FILL: Final = Layout(
    "own_fill_head", "A trap; the data is the status block that came with it.",
    Field("esr_el2", u64, "as in struct kfi_trap, like all up to walk_level"),
    Field("far_el2", u64, ""),
    Field("hpfar_el2", u64, ""),
    Field("pfar_el2", u64, ""),
    Field("disr_el1", u64, ""),
    Field("mpidr", u64, ""),
    Field("walk", u64, ""),
    Field("critical", u64, ""),
    Field("has", u16, ""),
    Field("kinds", u16, ""),
    Field("walk_level", u8, "modulo 6, less 2"),
    Field("notify", u8, "enum kfi_notify"),
    Field("minor", u8, "minor version to write, modulo how many there are"),
    Field("nr_memslots", u8, f"how many memslots there are, modulo {MAX_SLOTS + 1}"),
    Field("nr_isolated", u8, f"how many isolated pages there are, modulo {MAX_ISOLATED + 1}"),
    Field("has_block", u8, "bit 0: a firmware record came with it"),
    Field("ignored", u8, "anything", number=6),
    Field("memslots", u64, "struct kfi_memslot", number=4 * MAX_SLOTS),
    Field("isolated", u64, "struct kfi_isolated", number=2 * MAX_ISOLATED),
)
#: In the order of the numbers that the bases have.
TARGETS: Final = {"record": RECORD, "reply": REPLY, "ring": RING, "firmware": FIRMWARE, "fill": FILL}


def header() -> str:
    """The text of heads.h."""
    lines = [
        "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */",
        "/* Do not edit: made by python -m tests.fuzz.own.heads from tests/fuzz/own/heads.py. */",
        "#ifndef OWN_HEADS_H", "#define OWN_HEADS_H", "", "#include <linux/types.h>", "",
        f"#define OWN_MAX_SLOTS\t\t\t{MAX_SLOTS}", f"#define OWN_MAX_ISOLATED\t\t{MAX_ISOLATED}",
        f"#define OWN_MAX_CHANGES\t\t\t{MAX_CHANGES}", "",
    ]
    for layout in TARGETS.values():
        lines += [f"/* {layout.meaning} */", f"struct {layout.name} {{"]
        for field in layout.fields:
            array = f"[{field.number}]" if field.number > 1 else ""
            note = f"\t/* {field.meaning} */" if field.meaning else ""
            lines.append(f"\t__u{8 * field.element} {field.name}{array};{note}")
        lines += ["};", f'_Static_assert(sizeof(struct {layout.name}) == {layout.size}, "no padding");', ""]
    return "\n".join([*lines, "#endif /* OWN_HEADS_H */", ""])


if __name__ == "__main__":
    HEADER.write_text(header(), encoding="utf-8")
