# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The record that tells a VMM what a guest's hardware error was: definition, rules, codecs."""
