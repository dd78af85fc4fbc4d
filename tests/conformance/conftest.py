# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Artefacts of a definition whose fields have changed places."""

from tests.generate.conftest import moved

__all__ = ["moved"]
