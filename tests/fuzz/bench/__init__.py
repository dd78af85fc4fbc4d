# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``faultinfo bench fuzz``: how soon each engine finds the bugs of the panel, with the kit and without it.

Fair by construction: with the kit and without it an engine has the same binary but for the mutator, so the same
harness and the same oracle in process, and the same three seeds. Engines without the kit have the dictionary beside.
"""
