# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Settings of all tests: how long one example takes on a busy machine is no property of the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
