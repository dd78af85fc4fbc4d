# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The parser that module.py and process.py are targets over: fill it in, or put your own in its place."""


def parse_record(data: bytes, reader: int, exact: bool) -> tuple[bytes, int] | str:  # noqa: ARG001
    """Read a record that is all of the data, or with ``exact`` false its beginning.

    ``reader``: the newest minor version that is known. The 80 bytes of the fields (zero what the record's version
    or the reader has not) and how many of a newer minor version are beyond; or the rule of the refusal.
    """
    return "vmm.malformed"
