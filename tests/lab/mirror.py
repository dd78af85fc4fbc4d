# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Which Debian mirror to ask: the one that this machine's apt is configured with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from abi.errors import InputError
from tests.lab.child import finished

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SECONDS: Final = 60
_FORMAT: Final = "$(REPO_URI)|$(ORIGIN)|$(RELEASE)|$(COMPONENT)"
#: What a mirror has beside the archive itself, each under another address or by another rule.
_NOT_THE_ARCHIVE: Final = ("-security", "-updates", "-proposed-updates")


def configured() -> str:
    """The address of the Debian archive in apt's own configuration. Raises InputError ``lab.mirror``."""
    said = finished(["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"], SECONDS)
    found = next(iter(archives(said.stdout.splitlines())), None)
    if found is None:
        raise InputError(
            "lab.mirror", "apt's sources", None, "a mirror of the Debian archive", said.stderr.strip()[-200:] or "none",
            "apt-get indextargets lists what there is; --mirror URL names one",
        )
    return found


def archives(lines: Iterable[str]) -> Iterator[str]:
    """Addresses of Debian archives among apt's index targets, those first whose Release file says Debian."""
    targets = [line.split("|") for line in lines if line.count("|") == 3]
    main = [t for t in targets if t[3] == "main" and not t[2].endswith(_NOT_THE_ARCHIVE)]
    yield from (uri.rstrip("/") for uri, origin, _, _ in main if origin == "Debian")
    # before the first `apt-get update` there is no Release file to read the origin from
    yield from (uri.rstrip("/") for uri, _, _, _ in main if uri.rstrip("/").endswith("/debian"))


def keyring() -> Path:
    """Debian's own keys: what they have not signed is not taken. Raises InputError ``lab.keyring``."""
    if not KEYRING.is_file():
        raise InputError(
            "lab.keyring", str(KEYRING), None, "the keys of the Debian archive", "no such file",
            "as root: apt-get install -y debian-archive-keyring",
        )
    return KEYRING
