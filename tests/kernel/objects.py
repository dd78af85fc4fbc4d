# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which objects a series touches: those of the C files that it changes or adds, and of all of KVM and APEI."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.kernel.patch import Patch

#: Compiled whole: what includes a header that the series changes is there.
FOLDERS: Final = ("arch/arm64/kvm/", "drivers/acpi/apei/")
#: The folder of a build with W=1, which changes every command.
NAME: Final = "objects"
#: Outside of the kernel image.
_NOT_KERNEL: Final = ("tools/", "Documentation/")


def targets(series: Iterable[Patch], tree: Path) -> list[str]:
    """Targets for make: the folders, and each object that is not in one."""
    paths = {change.path for patch in series for change in patch.changes}
    sources = {path for path in paths if path.endswith(".c") and not path.startswith((*FOLDERS, *_NOT_KERNEL))}
    return [*FOLDERS, *sorted(f"{path.removesuffix('.c')}.o" for path in sources if (tree / path).is_file())]
