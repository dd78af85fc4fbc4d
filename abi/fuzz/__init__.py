# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The fuzzing kit: cases, structure-aware mutation of them, what they break, and campaigns on existing engines."""
