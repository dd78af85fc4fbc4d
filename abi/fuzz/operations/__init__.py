# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The operations of the mutator, a module for what each works on.

An operation takes a :class:`~abi.fuzz.buffer.Buffer` whose head is there and changes it, or leaves it as it is where
the case has nothing of what it works on. Numbers are drawn in the order in which C draws them, so a number that
is not always used is drawn before it is known whether it is.
"""
