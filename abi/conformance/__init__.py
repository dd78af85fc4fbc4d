# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The conformance kit: vectors, the protocol that drives a target, the runner and its reports."""
