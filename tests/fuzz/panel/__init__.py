# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The panel: the C reader, ring and walker with one planted bug each, which a fuzzer is to find.

The mutants were written from faults of real parsers, before the operations of the mutators were read, and none was
changed or dropped after that for not being found. Each is one replacement of text in one header.
"""

from __future__ import annotations

from typing import Final

from tests.fuzz.panel import in_firmware, in_record, in_ring, second

PANEL: Final = in_record.PLANTED + in_ring.PLANTED + in_firmware.PLANTED
#: By name; the second was written by somebody else, without sight of the mutators, and is run once.
PANELS: Final = {"first": PANEL, "second": second.PLANTED}
