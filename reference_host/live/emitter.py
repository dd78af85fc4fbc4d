# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The live emitter as a source of records: load, say which VMs want them, attach, poll.

    with Emitter(Path("emit.o")) as emitter:
        emitter.enable(os.getpid(), Vm(memslots=slots))
        emitter.attach()
        ...  # KVM_RUN
        for emitted in emitter.poll(): ...

``emit.o`` is ``emit.bpf.c`` compiled with clang for BPF, with spec/c, spec/uapi and libbpf's headers on its path.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from abi.closing import Closing
from abi.definition import ALL_KINDS, KNOWN_CRITICAL, NEWEST
from abi.errors import InputError
from abi.layout import Version
from abi.trap import Memslot
from reference_host.live.channel import Channel, Emitted
from reference_host.live.hooks import HOOKS, Hook, Missing
from reference_host.live.layouts import KNOWN, MEMSLOTS, TRAP, TRUTHS, VM
from reference_host.live.libbpf import checked, ffi, library
from reference_host.live.program import Program

#: Instead of a process: every one that has not enabled anything itself.
ANY_PROCESS: Final = 0
_PROCESS: Final = slice(TRAP.offsets["process"], TRAP.end("process"))
HAS: Final = {name: 1 << bit for bit, name in enumerate((*KNOWN, *TRUTHS))}


class Vm(NamedTuple):
    """What a VMM enables, and what it knows of its VM: as of :class:`abi.trap.Trap`.

    ``memslots`` None: not known, so that every gpa is believed and no hva is given.
    """

    memslots: tuple[Memslot, ...] | None = None
    host_ras: bool = True
    vm_ras: bool = True
    protected: bool = False
    version: Version = NEWEST
    kinds: int = ALL_KINDS
    critical: int = KNOWN_CRITICAL


class Emitter(Closing):
    """The emitter in the running kernel; a context manager that takes it out again.

    Without ``hooks`` it sees no traps, but runs on those that it is given: no arm64 kernel is needed for that.
    Raises InputError ``live.*``: no libbpf, no BTF, no privilege, refused by the verifier.
    """

    def __init__(self, path: Path, hooks: Sequence[Hook] = HOOKS) -> None:
        self.program = Program(path, hooks)
        self._lib = library()
        try:
            self.channel = Channel(self.program)
        except InputError:
            self.program.close()
            raise

    def close(self) -> None:
        """Detach and unload."""
        self.channel.close()
        self.program.close()

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Hooks that this kernel does not have, and what its records lack for it."""
        return tuple(self.program.missing)

    def attach(self) -> None:
        """From now on traps are seen. Raises InputError ``live.hook`` where this kernel is no host of guests."""
        self.program.attach()

    def enable(self, process: int, vm: Vm) -> None:
        """From now on traps of a VMM's vCPUs make records. Raises InputError ``live.memslots`` for too many slots."""
        checked(self._lib.bpf_map_update_elem(self.program.map("vms"), _key(process), vm_bytes(vm), 0),
                "live.enable", f"process {process}")

    def disable(self, process: int) -> None:
        """From now on they make none; nothing happens if they made none before."""
        self._lib.bpf_map_delete_elem(self.program.map("vms"), _key(process))

    def poll(self, seconds: float = 0) -> tuple[Emitted, ...]:
        """All records that are there; with none, those that come within that time."""
        return self.channel.poll(seconds)

    def run(self, vm: bytes, trap: bytes) -> bytes:
        """Emit for a trap that no hook has seen, by the program that the hooks' traps go through.

        ``vm`` and ``trap`` as ``live_vm`` and ``live_trap`` of live.h, the trap with LIVE_KEEP; its process is this
        one. Returns ``live_trap`` as it is afterwards; its record, if it makes one, is in the ring buffer.
        """
        thread, process = _key(threading.get_native_id()), _key(os.getpid())
        trap = trap[: _PROCESS.start] + process + trap[_PROCESS.stop :]
        traps = self.program.map("traps")
        checked(self._lib.bpf_map_update_elem(self.program.map("vms"), process, vm, 0), "live.run", "vms")
        checked(self._lib.bpf_map_update_elem(traps, thread, trap, 0), "live.run", "traps")
        opts = ffi.new("struct bpf_test_run_opts *")
        opts.sz = ffi.sizeof("struct bpf_test_run_opts")
        checked(self._lib.bpf_prog_test_run_opts(self.program.emit, opts), "live.run", "BPF_PROG_TEST_RUN")
        after = ffi.new("char[]", len(trap))
        checked(self._lib.bpf_map_lookup_elem(traps, thread, after), "live.run", "traps")
        return bytes(ffi.buffer(after))


def vm_bytes(vm: Vm) -> bytes:
    """``live_vm`` of a VM."""
    slots = vm.memslots or ()
    if len(slots) > MEMSLOTS:
        raise InputError("live.memslots", "memslots", None, f"at most {MEMSLOTS:#x}", f"{len(slots):#x}")
    numbers = b"".join(number.to_bytes(8, "little") for slot in slots for number in slot)
    truths = sum(HAS[name] for name in ("host_ras", "vm_ras", "protected") if getattr(vm, name))
    has = truths | (HAS["memslots"] if vm.memslots is not None else 0)
    return VM.codec.fast.pack(
        numbers.ljust(VM.field("memslots").width, b"\0"), vm.critical, len(slots), has, vm.kinds, vm.version.minor,
        bytes(VM.field("reserved").width))


def _key(number: int) -> bytes:
    """A key of a map: the BPF side reads it in the machine's own order."""
    return bytes(ffi.buffer(ffi.new("uint32_t *", number)))
