# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Write into README.md what the commands print today: ``python -m tests.readme demo`` or ``... bench``.

``python -m tests.readme fuzz``: how soon planted bugs were found, as it was recorded.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.bench import evidence, report

README = Path(__file__).parent.parent / "README.md"


def block(name: str) -> str:
    """What README shows between the markers of that name, without its indentation."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, name
    return "\n".join(line.removeprefix("    ") for line in found[1].strip("\n").splitlines())


def printed(name: str) -> str:
    """What the command of that name prints, indented."""
    done = subprocess.run([sys.executable, "-m", "abi.cli", name], stdout=subprocess.PIPE, text=True, check=True)
    return "".join(f"    {line}".rstrip() + "\n" for line in done.stdout.splitlines())


def update(name: str) -> None:
    """Put between the markers what the command of that name prints; of the fuzz panels what was recorded."""
    shown = f"{report.short(evidence.read())}\n" if name == "fuzz" else printed(name)
    text = README.read_text(encoding="utf-8")
    old = re.search(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", text, re.DOTALL)
    assert old, name
    README.write_text(text[: old.start()] + shown + text[old.end() :], encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        update(argument)
