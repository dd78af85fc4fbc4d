# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Asynchronous delivery: one producer, one consumer, a ring in shared memory (abi.ring_layout).

``channel`` makes the memory and the eventfd, ``producer`` and ``consumer`` are the two sides,
``image`` reads a ring out of a file; ``header`` and ``slot`` judge what they read, ``memory`` is
how shared memory is loaded, stored and ordered, ``points`` numbers every store, ``wake`` is the
eventfd. The parent that calls ``create`` keeps both file descriptors and outlives both sides;
either side may be killed at any moment and started again on the same descriptors.
"""
