# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What differs by the kind of a target once an engine has shown something: asking a case again, and the reproducer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from abi.fuzz import leaking, module, reproduce, reproduce_python
from abi.fuzz.asking import AGAIN, KEPT, STARTS, Asker, Replay, Spoken, Told
from abi.fuzz.endings import how
from abi.fuzz.findings import Finding
from abi.fuzz.plan import Kind, Plan


def asker(plan: Plan) -> Asker:
    """What asks cases again; it runs in ``plan.scratch``, which is there, as far as the target can be made to."""
    if plan.kind is Kind.NATIVE:
        return Replay([plan.replay], _environment(plan, leaks=False), float(plan.timeout), plan.scratch, plan.file)
    return Spoken(command(plan), float(plan.timeout))


def command(plan: Plan) -> list[str]:
    """The command of a process that speaks the conformance protocol for the target, which is not native."""
    return module.command(plan) if plan.kind is Kind.MODULE else list(plan.target)


def leak(plan: Plan, cases: list[Path]) -> Told:
    """Ask cases in a process of their own that looks for leaks, of a target that is not a process itself."""
    native = plan.kind is Kind.NATIVE
    command = [str(plan.replay), *map(str, cases)] if native else leaking.command(plan, cases)
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, cwd=plan.scratch, env=_environment(plan, leaks=True),
            timeout=STARTS + plan.timeout * (2 + len(cases)),
        )
    except subprocess.TimeoutExpired:
        return Told((), "timeout")
    if not native and done.returncode == leaking.LEAKS:
        return Told((), done.stdout.decode("utf-8", "replace"))
    if done.returncode in (0, 1) and b"LeakSanitizer" not in done.stderr:
        return Told(())
    return Told((), how(done.returncode, done.stderr), done.stderr[-KEPT:])


def reproducer(plan: Plan, finding: Finding) -> dict[str, bytes]:
    """The reproducer by its name; none of a finding that belongs to no one request."""
    if finding.exchange is None:
        return {}
    if plan.kind is Kind.NATIVE:
        return {reproduce.C_NAME: reproduce.in_c(finding).encode()}
    script = reproduce_python.of_module if plan.kind is Kind.MODULE else reproduce_python.of_process
    return {reproduce_python.NAME: script(finding, plan.target).encode()}


def _environment(plan: Plan, *, leaks: bool) -> dict[str, str]:
    asan = f"detect_leaks={int(leaks)}:hard_rss_limit_mb={plan.memory}"
    return {**os.environ, **AGAIN, "ASAN_OPTIONS": asan, "UBSAN_OPTIONS": "print_stacktrace=1"}
