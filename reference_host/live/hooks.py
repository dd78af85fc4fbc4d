# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The hooks of the emitter: which the running kernel has, and what a record lacks without one.

A function or a tracepoint is there if the kernel's BTF has it with as many arguments as the hook reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from abi.errors import InputError
from reference_host.live.libbpf import NULL, library

VMLINUX: Final = Path("/sys/kernel/btf/vmlinux")
EMIT: Final = "emit"
#: Tracepoints at which ``emit`` runs: on the way back into the guest, and out to the VMM; and after the hook there.
EMIT_AT: Final = ("kvm_entry", "kvm_userspace_exit")
EMIT_AFTER: Final = "memory_failure_event"
_KIND_PTR, _KIND_TYPEDEF, _KIND_FUNC = 2, 8, 12
_COUNT: Final = 0xFFFF


class Hook(NamedTuple):
    """A program, what it hooks, and how many arguments that has; ``without``: what is then not known."""

    program: str
    target: str
    arguments: int
    without: str
    tracepoint: bool = False
    needed: bool = False


HOOKS: Final = (
    Hook("on_abort", "kvm_handle_guest_abort", 1, "aborts", needed=True),
    Hook("on_abort_done", "kvm_handle_guest_abort", 1, "what KVM's handler returned"),
    Hook("on_claim", "apei_claim_sea", 1, "whether APEI claimed the abort: taken as not claimed"),
    Hook("on_sigbus", "send_sig_mceerr", 4, "stage-2 faults on isolated pages"),
    Hook("on_serror", "kvm_handle_guest_serror", 2, "SErrors"),
    Hook("on_ghes_do_proc", "ghes_do_proc", 2, "the block's severity: taken from its section"),
    Hook("on_arm_event", "arm_event", 9, "the firmware record's addresses", tracepoint=True),
    Hook("on_ghes_do_memory_failure", "ghes_do_memory_failure", 2, "whether a memory section was queued; notices"),
    Hook("on_memory_failure", EMIT_AFTER, 3, "memory notices", tracepoint=True),
)


class Missing(NamedTuple):
    """A hook that the kernel does not have, or does not let attach: why, and what is not known without it."""

    target: str
    why: str
    without: str


@contextmanager
def kernel_btf() -> Iterator[Any]:
    """The running kernel's BTF. Raises InputError ``live.btf`` where it has none."""
    btf = library().btf__load_vmlinux_btf()
    if btf == NULL:
        raise InputError("live.btf", str(VMLINUX), None, "the kernel's BTF", "none",
                         "a kernel built with CONFIG_DEBUG_INFO_BTF")
    try:
        yield btf
    finally:
        library().btf__free(btf)


def missing(btf: Any, hook: Hook) -> Missing | None:
    """Why the kernel does not have what the hook needs; None if it has."""
    found = arguments(btf, hook)
    if found is None:
        return Missing(hook.target, "not in the kernel's BTF", hook.without)
    if found != hook.arguments:
        return Missing(hook.target, f"{found} arguments instead of {hook.arguments}", hook.without)
    return None


def arguments(btf: Any, hook: Hook) -> int | None:
    """How many arguments the function has in this kernel, or the tracepoint; None if there is no such."""
    lib = library()
    name, kind = (f"btf_trace_{hook.target}", _KIND_TYPEDEF) if hook.tracepoint else (hook.target, _KIND_FUNC)
    number = lib.btf__find_by_name_kind(btf, name.encode(), kind)
    if number < 0:
        return None
    found = lib.btf__type_by_id(btf, number)
    if hook.tracepoint:  # a typedef of a pointer to a prototype, whose first argument is not the tracepoint's
        found = lib.btf__type_by_id(btf, found.type)
    return int(lib.btf__type_by_id(btf, found.type).info & _COUNT) - hook.tracepoint
