# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tables of the conformance protocol, for the page on adapters."""

from __future__ import annotations

from typing import Final

from abi.conformance.protocol import FRAME, ISOLATED, MEMSLOT, MESSAGES, Message
from abi.generate.protocol import SOURCES, TYPES, Struct, codes, sets
from abi.generate.rst import escape, literal, page, table
from abi.layout import Layout

#: Parts that are arrays, and what every part is.
_ARRAYS: Final[dict[str, Layout]] = {"memslots": MEMSLOT, "isolated": ISOLATED}
_PARTS: Final = {
    "name": "text: what the target calls itself",
    "version": "text: its version",
    "abi_versions": "text: versions of the record that it knows, a space between",
    "features": "text: names of the requests that it answers, a space between",
    "record": "a record; in an answer as many bytes as its size says, none if there is none",
    "rule": "text: the name of the rule that decided, empty if none did",
    "memslots": "so many items of 32 bytes",
    "isolated": "so many items of 16 bytes",
    "cper": "a Generic Error Status Block",
    "reply": "a reply of 64 bytes; empty: KVM_RUN comes without one",
    "broken": "text: names of the rules that the record breaks, in the order of judgement, a space between",
    "image": "the whole memory of a ring",
    "page": "struct kvm_run of a vCPU, up to the end of its exit union or more",
    "earlier": "a record whose report waits already; empty if none does",
    "block": "what an error status block holds",
}


def messages() -> str:
    """The head of a frame, the types, and the fields of every request and answer."""
    rows = [(f"{t.value:#x}", literal(t.name.removeprefix("TYPE_")), escape(t.meaning)) for t in TYPES]
    parts = [_fields("struct kfi_frame: the head of every frame", Struct(FRAME)),
             table("types of frames", ("Type", "Name", "Meaning"), rows)]
    parts += [part for message in MESSAGES for part in _message(message)]
    parts += [_fields(f"one item of part {name}", Struct(layout)) for name, layout in _ARRAYS.items()]
    return page(parts, SOURCES)


def code_tables() -> str:
    """Codes and bits by name."""
    coded = [table(f"values of {field}", ("Value", "Name"), [(str(n.value), escape(n.meaning)) for n in numbers])
             for field, numbers in codes()]
    bits = [table(f"bits of {field}", ("Bit", "Name"),
                  [(str(n.value.bit_length() - 1), escape(n.meaning)) for n in numbers]) for field, numbers in sets()]
    return page(coded + bits, SOURCES)


def _message(message: Message) -> list[list[str]]:
    name = message.name.upper()
    return [_fields(f"{name}, type {message.type}: the request", Struct(message.request, message.parts)),
            _fields(f"{name}: the answer", Struct(message.answer, message.answer_parts))]


def _fields(title: str, struct: Struct) -> list[str]:
    layout = struct.layout
    rows = [(str(layout.offsets[f.name]), f.type, literal(f.name), escape(f.meaning)) for f in layout.fields]
    rows += [(str(layout.size) if n == 0 else "then", "part", literal(name), _PARTS[name])
             for n, name in enumerate(struct.parts)]
    return table(title, ("Offset", "Type", "Field", "Meaning"), rows)
