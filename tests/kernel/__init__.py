# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The patch series of ``spec/patch`` on the distribution's kernel source: applied, configured, built, written anew."""
