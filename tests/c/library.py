# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The C readers as a Python module: compiled by a named compiler, called through cffi in API mode."""

from __future__ import annotations

import contextlib
import importlib.util
import platform
import shutil
import sysconfig
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.generate.tools import ROOT, library, run, tool

HERE: Final = ROOT / "tests" / "c"
SOURCES: Final = (ROOT / "spec" / "c", ROOT / "spec" / "uapi")
MODULE: Final = "kfi_shim"
#: Name of the build -> compiler and flags.
BUILDS: Final = {
    "gcc": ("gcc", "-O2"),
    "clang": ("clang", "-O2"),
    "gcc-sanitized": ("gcc", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "clang-sanitized": ("clang", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                        "-shared-libasan"),
}
#: Name of the build -> the run time of AddressSanitizer, as its compiler calls it.
RUNTIMES: Final = {"gcc-sanitized": "libasan.so", "clang-sanitized": f"libclang_rt.asan-{platform.machine()}.so"}


class Library(NamedTuple):
    """A loaded build: cffi's ``lib`` and ``ffi``, and the names of rules, actions, ways and ends by number."""

    lib: Any
    ffi: Any
    rules: tuple[str, ...]
    actions: tuple[str, ...]
    ways: tuple[str, ...]
    ends: tuple[str, ...]


def write_glue(source: Path) -> None:
    """Write the C source of the Python module."""
    builder = library("cffi").FFI()
    builder.cdef((HERE / "shim.h").read_text(encoding="utf-8"))
    builder.set_source(MODULE, '#include <stddef.h>\n#include <stdint.h>\n#include "shim.h"\n')
    with contextlib.redirect_stdout(None):  # it tells what it does
        builder.emit_c_code(str(source))


def build(name: str, folder: Path, headers: Path | None = None) -> Path:
    """Compile the module into ``folder``; ``headers`` in the place of ``spec/c``. Raises ToolError."""
    compiler, *flags = BUILDS[name]
    glue = folder / f"{MODULE}_glue.c"
    write_glue(glue)
    includes = (sysconfig.get_path("include"), HERE, headers or SOURCES[0], SOURCES[1])
    module = folder / f"{MODULE}{sysconfig.get_config_var('EXT_SUFFIX')}"
    run(compiler, "-std=gnu11", *flags, "-shared", "-fPIC", *(f"-I{path}" for path in includes),
        HERE / "shim.c", glue, "-o", module)
    return module


def load(module: Path) -> Library:
    """Import a built module."""
    spec = importlib.util.spec_from_file_location(MODULE, module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    lib, ffi = loaded.lib, loaded.ffi
    names = (_names(lib, ffi, what) for what in range(4))
    return Library(lib, ffi, *names)


def _names(lib: Any, ffi: Any, what: int) -> tuple[str, ...]:
    found = [ffi.string(lib.shim_name(what, number)).decode() for number in range(256)]
    while not found[-1]:
        found.pop()
    return tuple(found)


def runtime(name: str) -> str:
    """The shared library that must be loaded first for a build with AddressSanitizer."""
    compiler = BUILDS[name][0]
    return run(compiler, f"-print-file-name={RUNTIMES[name]}").strip()


def copy_headers(folder: Path) -> Path:
    """A copy of ``spec/c`` that may be changed."""
    tool("gcc")
    return Path(shutil.copytree(SOURCES[0], folder / "headers"))
