# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the tests of generated files share is shared with these."""

from __future__ import annotations

from tests.generate.conftest import moved

__all__ = ["moved"]
