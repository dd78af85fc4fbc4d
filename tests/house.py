# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The house's own rules, each as a function that takes a tree and returns what breaks the rule in it.

A finding is one line that begins with the file's path. What a tree holds is what git tracks or would
track; where there is no repository, every file but what tools leave behind.
"""

from __future__ import annotations

import ast
import graphlib
import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

PACKAGES: Final = ("abi", "reference_host", "reference_vmm")
#: Packages -> the packages of the house that they may import.
MAY_IMPORT: Final = {
    "abi": {"abi"}, "reference_host": {"abi", "reference_host"}, "reference_vmm": {"abi", "reference_vmm"},
}
#: Imported at run time beside the standard library; the others, which are extras, only inside of functions.
NEEDED: Final = "construct"
OPTIONAL: Final = ("rich", "cffi", "atheris")
#: Folders that need an extra throughout; nothing outside of one imports it by a statement.
EXTRAS: Final = {
    "reference_vmm/kvm/": "cffi", "reference_host/live/": "cffi", "abi/fuzz/strategies": "hypothesis",
}
#: The one module that pytest itself imports, and so may import pytest; nothing of the house imports it.
PLUGIN: Final = "abi.conformance.pytest_plugin"
MODULE_LINES: Final = 350
FUNCTION_LINES: Final = 60

_LEFT_BEHIND: Final = re.compile(
    r"(^|/)(\.git|\.venv|__pycache__|\.\w+_cache|\.hypothesis|dist|build|[^/]+\.egg-info)(/|$)"
)
_LICENCE: Final = "SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause"
_UAPI_LICENCE: Final = "SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR BSD-3-Clause)"
#: Files that cannot hold a comment, and the texts of the licences themselves.
_NO_COMMENT: Final = re.compile(r".*\.(json|bin|txt|lock)|(.*/)?(py\.typed|SHA256SUMS)")
_CAPTURES: Final = "tests/captures"
_OUTSIDE: Final = re.compile(
    r"/work[/]|/tmp[/]v\b|/root[/]|/home[/]|/Users[/]|\bshared/(facts|captures|prototypes|hooks)"
    r"|pypi\.(org|python)|pythonhosted\.|crates\.io|proxy\.golang|npmjs\.|index[-_]url|INDEX[-_]URL"
)


class Import(NamedTuple):
    """One import statement's target: a module, and whether it stands inside of a function."""

    module: str
    lazy: bool
    line: int


def files(root: Path) -> list[str]:
    """Paths below ``root`` of all files that are, or would be, in the repository."""
    if (root / ".git").exists():
        said = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=False,
        )
        if said.returncode == 0:
            return sorted({p for p in said.stdout.decode().split("\0") if p and (root / p).is_file()})
    every = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(path for path in every if not _LEFT_BEHIND.search(path))


def licences(root: Path) -> list[str]:
    """Every file that can hold one has an SPDX line in its first two lines, a Python file in its first."""
    found = []
    for path in files(root):
        if _NO_COMMENT.fullmatch(path):
            continue
        head = (root / path).read_text(encoding="utf-8").splitlines()[: 1 if path.endswith(".py") else 2]
        expected = _UAPI_LICENCE if path.startswith("spec/uapi/") else _LICENCE
        if not any(expected in line for line in head):
            found.append(f"{path}: no {expected!r} at its beginning")
    return found


def captures(root: Path) -> list[str]:
    """The captures are the files of SHA256SUMS with the sums there, no more and no fewer."""
    folder = root / _CAPTURES
    lines = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    prefix = _CAPTURES + "/"
    there = {path.removeprefix(prefix) for path in files(root) if path.startswith(prefix)} - {"SHA256SUMS", "README.md"}
    found = [f"{prefix}{name}: not in SHA256SUMS" for name in sorted(there - set(sums))]
    found += [f"{prefix}{name}: in SHA256SUMS and not there" for name in sorted(set(sums) - there)]
    for name in sorted(there & set(sums)):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sums[name]:
            found.append(f"{prefix}{name}: not the sum in SHA256SUMS")
    return found


def cycles(root: Path) -> list[str]:
    """No import cycles, also not through functions or for types alone; importing by name is no import."""
    modules = _modules(root)
    graph = {
        name: {module for each in _imports(root, path, modules) for module in _run(each.module, name, modules)}
        for name, path in modules.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        cycle = list(reversed(error.args[1]))  # each is imported by the one before it
        return [f"{modules[cycle[0]]}: import cycle {' -> '.join(cycle)}"]
    return []


def boundaries(root: Path) -> list[str]:
    """Host and VMM never import each other, abi imports neither, nobody imports the tests."""
    modules = _modules(root)
    found = []
    for name, path in modules.items():
        allowed = MAY_IMPORT[name.partition(".")[0]]
        for each in _imports(root, path, modules):
            top = each.module.partition(".")[0]
            if top in {*PACKAGES, "tests"} - allowed:
                found.append(f"{path}:{each.line}: imports {each.module}")
    return found


def foreign(root: Path) -> list[str]:
    """At run time the standard library and construct; an extra only inside of functions, or throughout its folder.

    Who imports such a folder needs the extra too, so nothing else does; pytest only in its plugin.
    """
    modules = _modules(root)
    allowed = {*sys.stdlib_module_names, *PACKAGES, NEEDED}
    found = []
    for name, path in modules.items():
        extra = {needed for folder, needed in EXTRAS.items() if path.startswith(folder)}
        for each in _imports(root, path, modules):
            top = each.module.partition(".")[0]
            needs = {more for folder, more in EXTRAS.items() if f"{each.module}.".startswith(folder.replace("/", "."))}
            excused = top in extra or (top in OPTIONAL and each.lazy) or (top == "pytest" and name == PLUGIN)
            if needs - extra or (top not in allowed and not excused) or each.module == PLUGIN:
                found.append(f"{path}:{each.line}: imports {each.module}")
    return found


def sizes(root: Path) -> list[str]:
    """Modules that can be read at one sitting, functions that fit a screen or two."""
    found = []
    for path in files(root):
        if not path.endswith(".py"):
            continue
        text = (root / path).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MODULE_LINES:
            found.append(f"{path}: {lines} lines, more than {MODULE_LINES}")
        for name, line, length in _functions(text):
            if length > FUNCTION_LINES:
                found.append(f"{path}:{line}: {name} has {length} lines, more than {FUNCTION_LINES}")
    return found


def places(root: Path) -> list[str]:
    """Nothing names a folder of one machine, a folder outside of the repository, or a package registry."""
    found = []
    for path in files(root):
        if path.startswith((_CAPTURES, "LICENSES/")) or path.endswith(".bin"):
            continue
        for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
            named = _OUTSIDE.search(line)
            if named:
                found.append(f"{path}:{number}: names {named[0]}")
    return found


def packaging(root: Path) -> list[str]:
    """The command, the typed packages and the pinned dependency are what pyproject.toml says."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = config["project"]
    wheel = config["tool"]["hatch"]["build"]["targets"]["wheel"]
    extra = [item for items in project["optional-dependencies"].values() for item in items]
    pinned = [*project["dependencies"], *extra, *config["build-system"]["requires"]]
    checks = {
        "the command is faultinfo": project["scripts"] == {"faultinfo": "abi.cli:main"},
        "the one dependency is construct, pinned": project["dependencies"] == ["construct==2.10.70"],
        "the wheel holds the three packages":
            {*PACKAGES, _CAPTURES} < set(wheel["only-include"]) and "exclude" not in wheel,
        "the wheel holds the captures and spec/ in abi":
            wheel["sources"] == {"spec": "abi/spec", _CAPTURES: "abi/captures"},
        "the plugin of pytest is an entry point": project["entry-points"] == {"pytest11": {"kfi": PLUGIN}},
        "the backend that make dist uses is the pinned one":
            set(config["build-system"]["requires"]) <= set(project["optional-dependencies"]["dev"]),
    }
    found = [f"pyproject.toml: not so: {text}" for text, holds in checks.items() if not holds]
    found += [
        f"pyproject.toml: {item} is not pinned" for item in pinned
        if "==" not in item and not item.startswith(project["name"])
    ]
    marked = set(files(root))
    return found + [f"{name}/py.typed: not there" for name in PACKAGES if f"{name}/py.typed" not in marked]


RULES: Final[tuple[Callable[[Path], list[str]], ...]] = (
    licences, captures, cycles, boundaries, foreign, sizes, places, packaging,
)


def _modules(root: Path) -> dict[str, str]:
    """Dotted name -> path, of every module of the packages."""
    found = {}
    for path in files(root):
        if path.endswith(".py") and path.partition("/")[0] in PACKAGES:
            found[path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")] = path
    return found


def _imports(root: Path, path: str, modules: dict[str, str]) -> Iterator[Import]:
    """Every import statement of a file; ``from package import module`` imports the module."""
    package = path.split("/")[:-1]
    for node, lazy in _import_statements((root / path).read_text(encoding="utf-8")):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(name.name, lazy, node.lineno)
            continue
        above = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for name in node.names:
            whole = f"{base}.{name.name}"
            yield Import(whole if whole in modules else base, lazy, node.lineno)


@cache
def _import_statements(text: str) -> tuple[tuple[ast.Import | ast.ImportFrom, bool], ...]:
    """The import statements of a source text, each with whether it stands inside of a function."""
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lazy = {inner for function in functions for inner in ast.walk(function)}
    return tuple(
        (node, node in lazy) for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
    )


@cache
def _functions(text: str) -> tuple[tuple[str, int, int], ...]:
    """Name, line and length of every function of a source text."""
    return tuple(
        (node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def _run(module: str, importer: str, modules: dict[str, str]) -> Iterator[str]:
    """The modules of the house that an import runs: itself and the packages around it, not the importer's own."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        own = count < len(parts) and f"{importer}.".startswith(f"{name}.")
        if name in modules and not own:
            yield name
