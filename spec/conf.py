# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Sphinx configuration of the specification; `make docs` builds it with every warning an error."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
#: The extension stands beside this file; it reads rules, vectors and tests of the clone.
sys.path[:0] = [str(HERE), str(HERE.parent)]

project = "kvm-fault-info"
author = "the kvm-fault-info developers"
extensions = ["rule_links"]
exclude_patterns = ["tables/*", "c/*", "rust/*", "vectors/*", "adapters/*", "evidence/*"]
html_theme = "alabaster"
html_theme_options = {"nosidebar": False, "page_width": "70em", "description": "arm64 guest memory errors"}
nitpicky = True
