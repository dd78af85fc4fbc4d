# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The syzkaller description: the reply for the kernel, records and rings for whoever reads them.

syzkaller's compiler is not published as a module that can be had here, so the tests compare sizes,
offsets and numbers with the C header instead; the head of the file says so.
"""

from __future__ import annotations

from typing import Final

from abi.definition import FLAGS, NEWEST, RECORD, SEA_FLAGS, VERSIONS
from abi.generate.c_header import PREFIX, SOURCES, STRUCTS
from abi.generate.text import codes, head
from abi.layout import Field, Layout
from abi.reply import VCPU_EVENTS
from abi.ring_layout import ENVELOPE, RING_HEADER

#: What a description says in its head that its own project's compiler has not read.
UNTRIED: Final = "not compiled upstream: compared with the header's sizes, offsets and numbers"
_CALLS: Final = """\
# What a VMM answers; without the extension a kernel refuses its nonzero bytes.
ioctl$KVM_SET_VCPU_EVENTS_arm_fault(fd fd_kvmcpu, cmd const[KVM_SET_VCPU_EVENTS], arg ptr[in, kvm_arm_fault_reply])

# The kernel writes records and rings; these are for a VMM that takes them from a file.
write$kvm_arm_fault_record(fd fd, buf ptr[in, kvm_arm_fault_enveloped], len bytesize[buf])
write$kvm_arm_fault_ring(fd fd, buf ptr[in, kvm_arm_fault_ring_image], len bytesize[buf])"""
_IMAGES: Final = """\
kvm_arm_fault_enveloped {
\tenvelope\tkvm_arm_fault_envelope
\trecord\tkvm_arm_fault_info
}

kvm_arm_fault_slot_image {
\tslot\tkvm_arm_fault_slot
\trecord\tkvm_arm_fault_info
}

kvm_arm_fault_ring_image {
\theader\tkvm_arm_fault_ring
\tslot\tarray[kvm_arm_fault_slot_image, 2:8]
}"""


def render() -> str:
    """The description."""
    parts = [
        [f"# {line}" for line in (*head(SOURCES), UNTRIED)],
        ['meta arches["arm64"]'],
        ["include <linux/kvm.h>", "include <uapi/linux/kvm_arm_fault_info.h>"],
        _CALLS.splitlines(),
        [_set(f"{ROOT_PREFIX}sea_flags", [f"SEA_FLAG_{f.name}" for f in SEA_FLAGS]),
         _set(f"{ROOT_PREFIX}flags", [f"FLAG_{f.name}" for f in FLAGS]),
         _set(f"{ROOT_PREFIX}size", [f"INFO_SIZE_{v.major}_{v.minor}" for v in VERSIONS]),
         *(_set(f"{ROOT_PREFIX}{field}", [f"{prefix}_{c.name}" for c in table]) for field, prefix, table in codes())],
        *(_struct(name, layout) for name, layout in STRUCTS.items()),
        _IMAGES.splitlines(),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


ROOT_PREFIX: Final = "kvm_arm_fault_"


def _set(name: str, macros: list[str]) -> str:
    return f"{name} = {', '.join(f'{PREFIX}_{macro}' for macro in macros)}"


def _struct(name: str, layout: Layout) -> list[str]:
    return [f"{name} {{", *(f"\t{field.name}\t{_type(layout, field)}" for field in layout.fields), "}"]


def _type(layout: Layout, field: Field) -> str:
    element = f"int{field.element * 8}"
    if field.meaning == "zero":
        element = f"const[0, {element}]"
    elif layout is RECORD:
        element = _record_type(field, element)
    elif layout is RING_HEADER and field.name in ("magic", "major", "minor"):
        element = f"const[{PREFIX}_RING_{field.name.upper()}, {element}]"
    elif layout is RING_HEADER and field.name == "header_size":
        element = f"bytesize[parent, {element}]"
    elif layout is ENVELOPE and field.name == "vcpu":
        element = f"{element}[0:8]"
    elif layout is VCPU_EVENTS and field.element == 1:
        element = f"{element}[0:1]"
    return element if field.number == 1 else f"array[{element}, {field.number}]"


def _record_type(field: Field, element: str) -> str:
    if field.name in ("sea_flags", "flags", "size", *(name for name, _prefix, _table in codes())):
        return f"flags[{ROOT_PREFIX}{field.name}, {element}]"
    if field.name == "major":
        return f"const[{PREFIX}_INFO_MAJOR, {element}]"
    return f"{element}[0:{NEWEST.minor}]" if field.name == "minor" else element
