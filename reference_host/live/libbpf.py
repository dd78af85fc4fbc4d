# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""libbpf by cffi in ABI mode: the library of the machine, no compiler."""

from __future__ import annotations

import errno
from functools import cache
from typing import Any, Final

import cffi  # type: ignore[import-untyped]

from abi.errors import InputError

LIBRARY: Final = "libbpf.so.1"
ffi: Final[Any] = cffi.FFI()
ffi.cdef("""
    struct bpf_test_run_opts {
        size_t sz; const void *data_in; void *data_out; uint32_t data_size_in, data_size_out;
        const void *ctx_in; void *ctx_out; uint32_t ctx_size_in, ctx_size_out, retval;
        int repeat; uint32_t duration, flags, cpu, batch_size;
    };
    struct btf_type { uint32_t name_off, info, type; };
    void *libbpf_set_print(void *print);
    int libbpf_strerror(int number, char *text, size_t size);
    void *bpf_object__open_file(const char *path, const void *opts);
    void *bpf_object__find_program_by_name(void *object, const char *name);
    int bpf_object__find_map_fd_by_name(void *object, const char *name);
    int bpf_object__load(void *object);
    void bpf_object__close(void *object);
    int bpf_program__set_autoload(void *program, _Bool load);
    int bpf_program__set_log_buf(void *program, char *log, size_t size);
    int bpf_program__fd(void *program);
    void *bpf_program__attach(void *program);
    void *bpf_program__attach_raw_tracepoint(void *program, const char *name);
    int bpf_link__destroy(void *link);
    int bpf_map_update_elem(int fd, const void *key, const void *value, uint64_t flags);
    int bpf_map_lookup_elem(int fd, const void *key, void *value);
    int bpf_map_delete_elem(int fd, const void *key);
    int bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *opts);
    void *ring_buffer__new(int fd, int (*sample)(void *, void *, size_t), void *context, const void *opts);
    int ring_buffer__poll(void *ring, int milliseconds);
    int ring_buffer__consume(void *ring);
    void ring_buffer__free(void *ring);
    void *btf__load_vmlinux_btf(void);
    int btf__find_by_name_kind(const void *btf, const char *name, uint32_t kind);
    const struct btf_type *btf__type_by_id(const void *btf, uint32_t id);
    void btf__free(void *btf);
""")
NULL: Final[Any] = ffi.NULL


@cache
def library() -> Any:
    """The library, its own messages silenced. Raises InputError ``live.libbpf`` where it is not installed."""
    try:
        found = ffi.dlopen(LIBRARY)
    except OSError as error:
        raise InputError("live.libbpf", LIBRARY, None, "the library", str(error), "install libbpf1") from None
    found.libbpf_set_print(NULL)
    return found


def checked(returned: int, code: str, path: str, hint: str = "") -> int:
    """What a call returned. Raises InputError with the error's name where it is negative."""
    if returned < 0:
        raise InputError(code, path, None, "0 or more", name_of(returned), hint)
    return returned


def name_of(returned: int) -> str:
    """The name of a negative error number, of the last error for any other; libbpf has some of its own, from 4000."""
    number = -returned if returned < 0 else ffi.errno
    if number in errno.errorcode:
        return errno.errorcode[number]
    text = ffi.new("char[]", 64)
    library().libbpf_strerror(number, text, len(text))
    return str(ffi.string(text).decode())
