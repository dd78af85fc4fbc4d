# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The matrix as JSON, for spec/evidence, and read again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.lab.evidence import host
from tests.lab.matrix import LEFT_OUT
from tests.lab.matrix_rows import Absent, Configuration, Count, Differing, Row

#: How deep it has lines: what differs.
LINES: Final = 4


def gathered(found: Iterable[Row], date: dt.datetime) -> dict[str, Any]:
    """Every configuration with its versions, command line and times, what differs, and what it has not."""
    return {
        "date": date.isoformat(timespec="seconds"), "host": host(), "left_out": dict(LEFT_OUT),
        "rows": [_row(one) for one in found],
    }


def _row(one: Row) -> dict[str, Any]:
    return {
        **one.configuration._asdict(), **one.run,
        "groups": {name: count._asdict() if isinstance(count, Count) else count for name, count in one.groups.items()},
        "absent": [each._asdict() | {"cells": list(each.cells)} for each in one.absent],
        "differing": [each._asdict() | {"cells": list(each.cells)} for each in one.differing],
        "verdicts": dict(one.verdicts),
    }


def loaded(path: Path) -> list[Row]:
    """The rows of a file that ``gathered`` made."""
    return [_loaded(one) for one in json.loads(path.read_text(encoding="utf-8"))["rows"]]


def _loaded(one: Mapping[str, Any]) -> Row:
    return Row(
        Configuration(*(one[name] for name in Configuration._fields)),
        {name: Count(**count) if isinstance(count, dict) else count for name, count in one["groups"].items()},
        tuple(Differing(**{**each, "cells": tuple(each["cells"])}) for each in one["differing"]), one["verdicts"],
        tuple(Absent(**{**each, "cells": tuple(each["cells"])}) for each in one["absent"]))
