# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``python -m tests.kernel``: the patch series of spec/patch on a kernel.

    source TREE           the distribution's source as a tree of your own, a folder that is not there yet
    apply TREE            apply the series to a kernel tree; --commits: as commits of a new git repository there
    export TREE           write spec/patch anew from the commits in such a tree
    build                 fetch the distribution's source, apply, configure, build an Image; prints where it is
    objects               the same, but only KVM and APEI, with W=1; --each: after each patch, as evidence
    uapi                  the tree's scripts/check-uapi.sh: do the headers of user space stay compatible?
    docs                  make htmldocs of virt/kvm, and the tree's checks of references and comments: what is new?

    lab                   build, then all of ``faultinfo lab`` with that kernel as the emitter
    off                   build, then the capability off, on that kernel and on the distribution's: the same?
    cold                  lab in an empty cache folder, which goes, and then KVM built anew: the times, too
    mutants [NAME...]     the series with one thing wrong, each built and judged; under a minute each
    selftests [NAME...]   the tree's own KVM selftests on its kernel without the series and with it: the same results?

Exit code 0: done; 1: the compiler or a judge of the tree's own complains, the lab says no, a case or a selftest
comes out another way, a mutant is not caught; 3: the series does not apply, or does not build, and why.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.kernel import build, cold, docs, export, judge, objects, off, selftests, series, source, uapi
from tests.kernel.mutants import named
from tests.lab import evidence, tools
from tests.lab.cache import Cache, default_root
from tests.lab.command import Clock
from tests.lab.lab import Choice
from tests.lab.packages import Packages

BAD_INPUT = 3


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.kernel", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_subparsers(dest="command", required=True).add_parser
    for name in ("apply", "export"):
        one = add(name)
        one.add_argument("tree", type=Path)
        if name == "apply":
            one.add_argument("--commits", action="store_true", help="as commits, to work on them and export them")
    for name in ("source", "build", "objects", "uapi", "docs", "lab", "off", "cold", "mutants", "selftests"):
        one = add(name)
        if name == "source":
            one.add_argument("tree", type=Path)
        one.add_argument("--cache", type=Path, default=None, metavar="DIR", help="instead of ~/.cache/kvm-fault-info")
        one.add_argument("--mirror", metavar="URL", help="Debian archive to fetch from")
        one.add_argument("--offline", action="store_true", help="fetch nothing")
        if name == "build":
            one.add_argument("--unpatched", action="store_true", help="the same without the series, to compare with")
        elif name == "objects":
            one.add_argument("--each", action="store_true", help="after each patch: the series can be bisected")
        if name not in ("source", "build", "uapi", "docs"):
            one.add_argument("--evidence", type=Path, metavar="FILE", help="evidence goes here; default: spec/evidence")
        if name in ("mutants", "selftests"):
            one.add_argument("names", nargs="*", metavar="NAME", help="only these")
        if name == "selftests":
            one.add_argument("--limit", type=float, default=selftests.SECONDS, metavar="SECONDS", help="for each")
        one.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except InputError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT


def _source(options: argparse.Namespace) -> int:
    clock = Clock()
    cache = Cache((options.cache or default_root()).resolve())
    cache.temporary()
    tree, version = source.prepared(cache, Packages(cache, options.mirror, offline=options.offline), clock.say)
    source.copied(tree, options.tree)
    print(f"linux-source {version}")
    return 0


def _apply(options: argparse.Namespace) -> int:
    patches = series.patches()
    made = series.result(patches, series.in_tree(options.tree))
    if options.commits:
        export.committed(options.tree, patches)
    else:
        series.put(options.tree, made.files)
    for line in made.moved:
        print(line)
    print(f"{len(patches)} patches, {len(made.files)} files")
    return 0


def _export(options: argparse.Namespace) -> int:
    found = export.exported(options.tree)
    for old in series.FOLDER.glob("*.patch"):
        if old.name not in found:
            old.unlink()
    for name, text in found.items():
        (series.FOLDER / name).write_text(text, encoding="utf-8")
        print(name)
    return 0


def _build(options: argparse.Namespace) -> int:
    clock = Clock()
    cache = Cache((options.cache or default_root()).resolve())
    cache.temporary()
    tree, version = source.prepared(cache, Packages(cache, options.mirror, offline=options.offline), clock.say)
    clock.say(f"apply the series to linux-source {version}")
    if options.command == "objects":
        return _objects(options, cache, (tree, version), clock)
    made = series.result(() if options.unpatched else series.patches(), series.in_tree(tree))
    for line in made.moved:
        clock.say(line)
    work = build.workplace(cache, tree, version, made.files, "unpatched" if options.unpatched else "patched")
    build.configure(work)
    build.make(work, build.TARGETS, options.jobs, say=clock.say)
    clock.say("built")
    print(f"--kernel {work.image} --tree {work.out}")
    return 0


def _tree(options: argparse.Namespace) -> int:
    """What the kernel tree's own judges say that need no compiled kernel."""
    clock = Clock()
    cache = Cache((options.cache or default_root()).resolve())
    cache.temporary()
    packages = Packages(cache, options.mirror, offline=options.offline)
    found = source.prepared(cache, packages, clock.say)
    made = series.patches()
    files = series.result(made, series.in_tree(found[0])).files
    if options.command == "docs":
        clock.say("make htmldocs without the series")
        before = docs.unpatched(cache, found, files)
        clock.say("make htmldocs with it")
        told = docs.judged(cache, found, made, files, before)
        print("\n".join((*told.new, *(f"{path}: no heading {text}" for path, text in told.missing))) or
              f"no new complaint; {len(docs.headings(made))} headings are on their pages")
        return 1 if told.new or told.missing else 0
    command = uapi.abidiff(cache, packages)
    clock.say(uapi.SCRIPT)
    with tempfile.TemporaryDirectory() as folder:
        answer = uapi.judged(found[0], files, command, Path(folder))
    print(answer.said, end="")
    return 1 if answer.code else 0


def _judge(options: argparse.Namespace) -> int:
    clock = Clock()
    if options.command == "mutants":
        chosen = named(options.names)
    tools.require((*tools.TO_RUN, *tools.TO_FETCH, *tools.TO_BUILD))
    cache = Cache((options.cache or default_root()).resolve())
    cache.temporary()
    if options.command == "cold":
        return cold.cold(options.jobs, options.evidence or cold.EVIDENCE, mirror=options.mirror,
                         offline=options.offline)
    builder = judge.Builder(cache, clock, options.jobs, mirror=options.mirror, offline=options.offline)
    if options.command == "lab":
        return judge.lab(builder, cache, clock, options.evidence or judge.EVIDENCE)
    if options.command == "off":
        return off.off(builder, cache, clock, options.evidence or off.EVIDENCE)
    return judge.mutants(builder, cache, clock, chosen, options.evidence or judge.MUTANTS_EVIDENCE)


def _selftests(options: argparse.Namespace) -> int:
    clock = Clock()
    tools.require((*tools.TO_RUN, *tools.TO_FETCH, *tools.TO_BUILD))
    cache = Cache((options.cache or default_root()).resolve())
    both = selftests.Both(cache, clock, Choice(mirror=options.mirror, offline=options.offline), options.jobs)
    return selftests.selftests(both, clock, options.names, options.limit, options.evidence or selftests.EVIDENCE)


def _objects(options: argparse.Namespace, cache: Cache, source_of: tuple[Path, str], clock: Clock) -> int:
    """After each patch with ``--each``, else after the last."""
    patches = series.patches()
    each = []
    for count in range(1 if options.each else len(patches), len(patches) + 1):
        clock.say(patches[count - 1].name)
        each.append(one := objects.compiled(cache, source_of, patches[:count], options.jobs))
        print("\n".join(one.warnings) or f"{one.patch}: no warnings", flush=True)
    if options.each:
        evidence.write(objects.told(each, source_of[1]), options.evidence or objects.EVIDENCE, objects.LINES)
    return 1 if any(one.warnings for one in each) else 0


_COMMANDS: Final = {
    "source": _source, "apply": _apply, "export": _export, "build": _build, "objects": _build, "uapi": _tree,
    "docs": _tree, "lab": _judge, "off": _judge, "cold": _judge, "mutants": _judge, "selftests": _selftests,
}

if __name__ == "__main__":
    sys.exit(main())
