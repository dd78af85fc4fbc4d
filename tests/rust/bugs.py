# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bugs to plant in the crate: in which file, which kind of input notices, and what is put in whose place."""

from __future__ import annotations

from typing import Final, NamedTuple


class Bug(NamedTuple):
    """One edit of one file, and the kind of input (:data:`tests.rust.made.WHAT`) that must notice it."""

    path: str
    old: str
    new: str
    what: str


_BUGS: Final[dict[tuple[str, str], dict[str, tuple[str, str]]]] = {
    ("reader.rs", "reading"): {
        "bytes may follow the record in a file": ("if self.exact {\n            size", "if false {\n            size"),
        "size may exceed the channel": ("size <= data.len()", "true"),
        "the tail is lost": ("data.get(size_of_minor(minor).into()..info.size.into())", "data.get(..0)"),
    },
    ("reader.rs", "deciding"): {
        "an older reader acts on flags that it does not know": (
            "self.info.flags & (known_flags(self.minor) | FLAGS_CRITICAL)", "self.info.flags",
        ),
    },
    ("why.rs", "reading"): {
        "another major version is malformed": ("r.major != INFO_MAJOR", "false"),
        "the first critical flag is not named": ("contains(Rule::VmmCriticalUnknown) && unknown != 0", "is_empty()"),
    },
    ("places.rs", "reading"): {"newer fields are read by an older reader": ("minor >= 1", "minor >= 0")},
    ("abi.rs", "reading"): {
        "gpa is read as far": ("far: u64::from_le_bytes(take(bytes, 16))", "far: u64::from_le_bytes(take(bytes, 24))"),
    },
    ("check/reading.rs", "reading"): {
        "a size that is no multiple of 8 is taken": (" && r.size % 8 == 0", ""),
        "a newer record's size is this one's": ("(r.minor > minor && r.size", "(r.minor > 1 && r.size"),
    },
    ("check/reading.rs", "judging"): {
        "a severity that is not claimed is judged": ("agrees | !claimed", "agrees"),
    },
    ("check/mod.rs", "judging"): {
        "an older reader judges flags that it does not know": ("known_flags(minor) | FLAGS_CRITICAL", "!0"),
    },
    ("tables.rs", "judging"): {
        "EC from a lower level alone is taken": ("[0xf800_0000, 0x9000_0000", "[0xfc00_0000, 0x9000_0000"),
        "a fault status code is missing": ("FSCS_EXTERNAL: u64 = 0xfdfd", "FSCS_EXTERNAL: u64 = 0xfdfc"),
    },
    ("decide.rs", "deciding"): {
        "FnV is forgotten": ("if has_far { 0 } else { ESR_FNV }", "0 * has_far as u64"),
        "firmware's address comes first": (
            "if record.has(FLAG_FAR_VALID) {\n        Some(record.info.far)\n    } else if", "if",
        ),
        "a walk of the host is shown": ("has_far && record.has(FLAG_STAGE1_WALK) && ", "has_far && "),
        "SET is shown without RAS": (
            "if machine.features.has(Features::RAS) {\n        ESR_SET", "if true {\n        ESR_SET",
        ),
        "an interrupt is repeated once too often": (
            "machine.repeats < machine.bound", "machine.repeats <= machine.bound",
        ),
        "the milder SError stays": ("rank(iss) <= rank(pending)", "rank(iss) >= rank(pending)"),
        "a nested guest's abort is injected": ("if record.has(FLAG_NESTED) {", "if false {"),
    },
    ("entry.rs", "deciding"): {
        "the vector of SP_EL0 is taken": ("vcpu.uses_sp_el1() as u64", "0"),
        "PAN is set against SPAN": ("sctlr & SCTLR_SPAN != 0", "sctlr & SCTLR_SPAN == 0"),
    },
    ("reply.rs", "deciding"): {"the reply says FnV": ("ESR_FSC | ESR_EA", "0x400 | ESR_FSC | ESR_EA")},
    ("ring/slot.rs", "image"): {
        "a slot may repeat a sequence": ("sequence <= previous", "sequence < previous"),
        "lost is not looked at": ("envelope.lost != between", "false"),
        "the first slot is not checked": ("position == 0", "position == u64::MAX"),
    },
    ("ring/slot.rs", "consuming"): {
        "a stamp of what is being written will do": ("stamp == done", "stamp == done || stamp == done - 1"),
    },
    ("ring/header.rs", "image"): {"any number of slots": (" || !ring.slots.is_power_of_two()", "")},
    ("ring/header.rs", "consuming"): {"head may run ahead": ("number <= slots", "number <= slots + 1")},
    ("ring/consumer.rs", "consuming"): {
        "tail moves by two": ("store(TAIL, self.tail)", "store(TAIL, self.tail + 1)"),
    },
    ("cper/arm.rs", "section"): {
        "an error information takes the next one's bytes": ("self.kind.size * self.left", "0 * self.left"),
        "padding is skipped unseen": ("if is_zero(bytes) { wanted } else { 0 }", "bytes.len()"),
        "vendor bytes need no bit": ("if !has_vendor && ", "if false && "),
    },
    ("cper/arm.rs", "walking"): {
        "an error information is shorter than it is": (
            "&info::LENGTH, info::LAYOUT.size, window", "&info::LENGTH, 8, window",
        ),
        "what follows a section may be anything": ("if !is_zero(window.rest(length).data)", "if false"),
    },
    ("cper/status.rs", "walking"): {
        "an entry may leave data_length": ("window.size() - layout.size;", "usize::MAX;"),
        "a wrong number of entries is taken": ("if count != 0 && count != number", "if false"),
    },
    ("cper/firmware.rs", "walking"): {
        "a TLB error is queued": ("infos.filter(ErrorInfo::is_cache)", "infos.filter(|_| true)"),
        "a moved page is lost": ("entry.error_severity() == CPER_RECOVERABLE);\n        lost", "true);\n        lost"),
    },
    ("places.rs", "walking"): {
        "the virtual address is the physical one": ('"virt_fault_addr", 16', '"virt_fault_addr", 24'),
    },
    ("cper/memory.rs", "section"): {"the old section has new fields": ("if old && ", "if false && ")},
    ("cper/record.rs", "record"): {"sections may overlap": ("SECTION_OFFSET, self.free,", "SECTION_OFFSET, 0,")},
}

BUGS: Final = {
    name: Bug(f"src/{path}", old, new, what)
    for (path, what), bugs in _BUGS.items() for name, (old, new) in bugs.items()
}
