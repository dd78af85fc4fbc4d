# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The subcommands of ``faultinfo`` that need nothing but ``abi``; each has configure() and run()."""
