# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo conform``: drive an implementation of the host or of the VMM, in any language, through the vectors."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from abi import home
from abi.cli import BAD_INPUT, BAD_USAGE, DONE, NO, add_json, complain
from abi.conformance import html, in_process, junit, known, report
from abi.conformance.channel import python
from abi.conformance.protocol import ROLES
from abi.conformance.runner import TIMEOUT, WINDOW, Run, Runner
from abi.conformance.smoke import smoke
from abi.conformance.vectors import Vector, load
from abi.errors import InputError

#: Failing vectors that are printed; the reports have all.
_PRINTED: Final = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--role", choices=ROLES, help="what the target is; both if not given")
    parser.add_argument("--smoke", action="store_true", help="try only whether the adapter speaks the protocol")
    parser.add_argument("--vectors", type=Path, metavar="PATH", help="a folder or a file of vectors")
    parser.add_argument("--only", metavar="TEXT", help="only vectors that have this in their slug or name this rule")
    parser.add_argument("--timeout", type=_seconds, default=TIMEOUT, metavar="S",
                        help="seconds without an answer after which the target counts as hanging (%(default)s)")
    parser.add_argument("--window", type=_positive, default=WINDOW, metavar="N",
                        help="requests on the way at once (%(default)s)")
    parser.add_argument("--known-failures", metavar="FILE", help="TOML: slugs that fail, with reasons; strict")
    parser.add_argument("--update", action="store_true", help="rewrite that file by what was measured")
    parser.add_argument("--report", metavar="FILE", help="write a JSON report, - for standard output")
    parser.add_argument("--junit", metavar="FILE", help="write a JUnit report")
    parser.add_argument("--html", metavar="FILE", help="write a page")
    add_json(parser)
    parser.add_argument("--library", metavar="FILE", help="a C shared library with kfp_answer() as the target, in a "
                        "process of its own (needs the extra c)")
    parser.add_argument("--target", nargs=argparse.REMAINDER, metavar="CMD",
                        help="the command of the target and its arguments, last of all; the reference if not given")


def run(options: argparse.Namespace) -> int:
    """Run and report; raises InputError for bad files."""
    wrong = _misused(options)
    if wrong:
        print(f"faultinfo conform: {wrong}", file=sys.stderr)
        return BAD_USAGE
    command = in_process.command(options.library) if options.library else options.target or _reference()
    every = load(options.vectors)
    vectors = [v for v in every if options.role in (None, v.role) and (not options.only or _named(v, options.only))]
    if not vectors:
        raise InputError("vectors.none", "--only", None, "a part of a slug, or a rule", repr(options.only))
    if options.smoke:
        return _smoke(command, vectors, options)
    listed = _listed(options, every)
    done = Runner(command, vectors, options.timeout, options.window, _progress()).run()
    judged = known.judge(done.results, listed)
    files: list[tuple[str | None, Callable[[], str]]] = []
    if options.update:
        fresh = known.updated(done.results, listed)
        files.append((options.known_failures, lambda: fresh))
        judged = known.Judged((), (), listed | dict.fromkeys(judged.unexpected, "new"))
        for slug in known.judge(done.results, listed).fixed:
            judged.known.pop(slug)
    told = report.document(done, judged, command, options.role or "both")
    _print(done, told, as_json=options.json)
    files += [(options.report, lambda: json.dumps(told, indent=1) + "\n"), (options.junit, lambda: junit.render(told)),
              (options.html, lambda: html.render(told))]
    if not _written(files):
        return BAD_INPUT
    return DONE if told["ok"] else NO


def _misused(options: argparse.Namespace) -> str:
    """Which options do not go together, "" if all do."""
    if options.update and not options.known_failures:
        return "--update needs --known-failures"
    if options.smoke and (options.known_failures or options.report or options.junit or options.html):
        return "--smoke asks a few vectors only: it writes no report and knows no failures"
    return "--library or --target, not both" if options.library and options.target else ""


def _written(files: Iterable[tuple[str | None, Callable[[], str]]]) -> bool:
    """Write every file that can be written, the others stand on standard error; whether all could be."""
    every = True
    for path, render in files:
        if path is not None:
            try:
                _write(path, render())
            except InputError as error:
                complain(error, as_json=False)
                every = False
    return every


def _listed(options: argparse.Namespace, every: Sequence[Vector]) -> dict[str, str]:
    """The known failures; a file that is to be written need not be there."""
    path = options.known_failures
    if not path or (options.update and not os.path.exists(path)):  # noqa: PTH110 - False also where no path can be
        return {}
    return known.read(path, (vector.slug for vector in every))


def _smoke(command: Sequence[str], vectors: Sequence[Vector], options: argparse.Namespace) -> int:
    trials = list(smoke(command, vectors, options.timeout))
    if options.json:
        print(json.dumps({"trials": [trial._asdict() for trial in trials]}))
    else:
        for trial in trials:
            print(f"{trial.name}: {trial.wrong or 'right'}")
    return NO if any(trial.wrong for trial in trials) else DONE


def _print(done: Run, told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told))
        return
    hello = done.hello
    print(f"target: {f'{hello.name} {hello.version}' if hello else 'none'}")
    wrong = [v for v in told["vectors"] if v["slug"] in set(told["unexpected"])]
    for vector in wrong[:_PRINTED]:
        print("\n".join(report.lines(vector)))
    if len(wrong) > _PRINTED:
        print(f"... and {len(wrong) - _PRINTED} more; --html or --report has all")
    for slug in told["fixed"]:
        print(f"passes, but is named as a known failure: {slug}")
    for incident in done.incidents if done.hello is None else done.unexplained:
        print(f"the target broke: {incident.kind}: {incident.text}{_quoted(incident.complaint)}")
    counts = ", ".join(f"{number} {verdict}" for verdict, number in told["summary"].items() if number)
    print(f"{'interrupted; ' * done.interrupted}{counts}; {done.seconds:.2f} s: {'ok' if told['ok'] else 'NOT OK'}")


def _quoted(complaint: str) -> str:
    return "".join(f"\n    {line}" for line in complaint.splitlines()[-5:])


def _progress() -> Callable[[int, int], None] | None:
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def tell(done: int, of: int) -> None:
        print(f"\r{done} of {of}", end="\r", file=sys.stderr, flush=True)

    return tell


def _named(vector: Vector, text: str) -> bool:
    return text in vector.slug or text in vector.rules


def _reference() -> list[str]:
    """The reference host and VMM behind their adapter, which comes with the vectors. Raises InputError."""
    adapter = home.spec() / "adapters" / "python" / "adapter.py"
    if not adapter.is_file():
        raise InputError("file.read", str(adapter), None, "the adapter that comes with the project", "none")
    return python(f"import runpy; runpy.run_path({str(adapter)!r}, None, '__main__')")


def _write(path: str, text: str) -> None:
    try:
        if path == "-":
            sys.stdout.write(text)
        else:
            Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")  # a command's bytes may be no text
    except OSError as error:
        raise InputError("file.write", path, None, "a writable file", str(error.strerror)) from None


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 3600:
        raise ValueError(text)
    return value


def _positive(text: str) -> int:
    value = int(text)
    if not 0 < value <= 4096:
        raise ValueError(text)
    return value


