# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The BPF object in the kernel: loaded without the hooks that the kernel does not have, its maps, its links."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from abi.closing import Closing
from abi.errors import InputError
from reference_host.live.hooks import EMIT, EMIT_AFTER, EMIT_AT, HOOKS, Hook, Missing, kernel_btf, missing
from reference_host.live.libbpf import NULL, checked, ffi, library, name_of

MAPS: Final = ("vms", "traps", "records", "told", "lost")
_LOG: Final = 1 << 20
_TAIL: Final = 2000


class Program(Closing):
    """The emitter loaded; a context manager that takes it out of the kernel again.

    ``hooks``: those to load, where the kernel has them; ``missing`` names those that it does not have.
    """

    def __init__(self, path: Path, hooks: Sequence[Hook] = HOOKS) -> None:
        self._lib = library()
        self._links: list[Any] = []
        with kernel_btf() as btf:
            self._absent = {hook: why for hook in hooks if (why := missing(btf, hook)) is not None}
        self._hooks = [hook for hook in hooks if hook not in self._absent]
        self.missing = [*self._absent.values()]
        self._object = self._lib.bpf_object__open_file(str(path).encode(), NULL)
        if self._object == NULL:
            raise InputError("live.object", str(path), None, "a BPF object", name_of(0))
        try:
            self._load()
            self._fds = {name: checked(self._lib.bpf_object__find_map_fd_by_name(self._object, name.encode()),
                                       "live.object", f"{path}: map {name}") for name in MAPS}
        except InputError:
            self.close()
            raise

    def close(self) -> None:
        """Detach and unload."""
        self.detach()
        if self._object != NULL:
            self._lib.bpf_object__close(self._object)
            self._object = NULL

    def map(self, name: str) -> int:
        """The descriptor of a map."""
        return self._fds[name]

    @property
    def emit(self) -> int:
        """The descriptor of the program that emits."""
        return int(self._lib.bpf_program__fd(self._program(EMIT)))

    def attach(self) -> None:
        """From now on traps are seen. Raises InputError ``live.hook`` where a hook that is needed cannot be had."""
        for hook, why in self._absent.items():
            if hook.needed:
                raise InputError("live.hook", hook.target, None, "a function of the kernel", why.why,
                                 "an arm64 kernel with KVM")
        for hook in self._hooks:
            self._linked(self._lib.bpf_program__attach(self._program(hook.program)), hook.target, hook)
        after = [hook.target for hook in self._hooks if hook.target == EMIT_AFTER]
        for tracepoint in (*EMIT_AT, *after):  # those of one tracepoint run in the order in which they were attached
            link = self._lib.bpf_program__attach_raw_tracepoint(self._program(EMIT), tracepoint.encode())
            self._linked(link, tracepoint, None)

    def detach(self) -> None:
        """From now on no trap is seen; the maps stay."""
        while self._links:
            self._lib.bpf_link__destroy(self._links.pop())

    def _linked(self, link: Any, target: str, hook: Hook | None) -> None:
        if link != NULL:
            self._links.append(link)
        elif hook is None or hook.needed:
            raise InputError("live.hook", target, None, "to attach", name_of(0), "an arm64 kernel with KVM")
        else:
            self.missing.append(Missing(target, f"does not attach: {name_of(0)}", hook.without))

    def _program(self, name: str) -> Any:
        program = self._lib.bpf_object__find_program_by_name(self._object, name.encode())
        if program == NULL:
            raise InputError("live.object", name, None, "a program of the object", "none")
        return program

    def _load(self) -> None:
        """Load what the kernel can run; a refusal is told with the end of the verifier's log."""
        logs = {}
        wanted = {EMIT, *(hook.program for hook in self._hooks)}
        for name in (EMIT, *(hook.program for hook in HOOKS)):
            if name not in wanted:
                self._lib.bpf_program__set_autoload(self._program(name), False)
                continue
            logs[name] = ffi.new("char[]", _LOG)
            self._lib.bpf_program__set_log_buf(self._program(name), logs[name], _LOG)
        returned = self._lib.bpf_object__load(self._object)
        if returned in (-errno.EPERM, -errno.EACCES) and not any(log[0] != b"\0" for log in logs.values()):
            raise InputError("live.privilege", "bpf()", None, "permission", name_of(returned),
                             "root, or CAP_BPF and CAP_PERFMON")
        if returned < 0:
            said = {name: ffi.string(log).decode(errors="replace").strip() for name, log in logs.items()}
            name, text = max(said.items(), key=lambda item: len(item[1]))
            raise InputError("live.verifier", name if text else "the object", None, "a program that the kernel accepts",
                             name_of(returned), text[-_TAIL:])
