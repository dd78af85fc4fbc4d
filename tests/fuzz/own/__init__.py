# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Our own readers, ring, walker and host emitter under fuzz: C, Rust and Python."""
