# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a finding of loop.c is, for whoever looks into it: ``python -m tests.fuzz.own.finding FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fuzz.own import heads


def told(data: bytes) -> list[str]:
    """The target, the fields of the head, the data."""
    name, layout = list(heads.TARGETS.items())[data[0]]
    values = layout.codec.fast.unpack_from(data, 1)
    lines = [name]
    for field, value in zip(layout.fields, values, strict=True):
        raw, step = value if isinstance(value, bytes) else value.to_bytes(field.width, "little"), field.element
        numbers = (int.from_bytes(raw[at : at + step], "little") for at in range(0, len(raw), step))
        lines.append(f"  {field.name} {' '.join(map(hex, numbers))}")
    return [*lines, f"  data {data[1 + layout.size :].hex()}"]


if __name__ == "__main__":
    print("\n".join(told(Path(sys.argv[1]).read_bytes())))
