# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Kills producer and consumer of a ring, as real processes, and judges what the survivors saw.

Run by tests/abi/ring/test_crash.py as a process of its own (``python -m tests.abi.ring.crash``),
because it forks, which a test process with threads must not.
"""
