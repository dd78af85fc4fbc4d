# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is generated, used by the tools that it is made for."""
