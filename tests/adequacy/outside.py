# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Functions of the measured files that decide no answer of the protocol, and what decides them instead.

A function that is named here and whose change does turn a vector red stands here wrongly, and the measurement fails.
"""

from __future__ import annotations

from typing import Final

_JSON = (
    "reads a file of the command line: tests/reference_host/test_trap_json.py, tests/reference_vmm/test_vcpu_json.py"
)
_WORDS = "is asked of the words of the ioctl: tests/abi/test_negotiate.py"
_BUILDS = "builds what another side reads: tests/abi/test_record.py, tests/abi/test_reply.py"
_PRODUCES = "is of the ring's producer or its later steps: tests/abi/ring"
_SHOWS = "is for those who look at a record, not for the host: tests/abi/cper"
_EXPLAINS = (
    "says what is wrong, beside the rule: tests/abi/test_record.py, tests/c/test_agree.py, tests/rust/test_agree.py"
)
_MATRIX = "tells of the matrix, which vmm-matrix.json asks cell by cell: tests/abi/test_negotiate.py"

#: By file and function, why it is not measured.
OUTSIDE: Final = {
    ("abi/address.py", "err_addr"): "ERR<n>ADDR is read by no trap: tests/abi/test_address.py",
    ("abi/cper/parse.py", "_raw_data"): _SHOWS,
    ("abi/cper/values.py", "ErrorInfo.is_tlb"): _SHOWS,
    ("abi/cper/window.py", "Window._too_short"): _EXPLAINS,
    ("abi/decode.py", "_not_understood"): _EXPLAINS,
    ("abi/negotiate.py", "cell"): _MATRIX,
    ("abi/negotiate.py", "constant"): _WORDS,
    ("abi/negotiate.py", "requested"): _WORDS,
    ("abi/negotiate.py", "version_word"): _WORDS,
    ("abi/record.py", "_out_of_range"): _BUILDS,
    ("abi/record.py", "_too_short"): _EXPLAINS,
    ("abi/reply.py", "build_reply"): _BUILDS,
    ("abi/ring_layout.py", "slot_size_for"): _PRODUCES,
    ("reference_host/trap.py", "_isolated"): _JSON,
    ("reference_host/trap.py", "_memslot"): _JSON,
    ("reference_vmm/parse.py", "parse_vcpu"): _JSON,
    ("spec/c/kfi_entry.h", "kfi_reply"): "is asked by what the host makes of it: tests/c/test_agree.py",
    ("spec/c/kfi_reader.h", "kfi_refuse_broken"): _EXPLAINS,
    ("spec/c/kfi_cper_sections.h", "kfi_cper_refuse"): _EXPLAINS,
    ("spec/c/kfi_cper_sections.h", "kfi_cper_found"): _EXPLAINS,
    ("spec/rust/src/why.rs", "bad_size"): _EXPLAINS,
    ("spec/rust/src/why.rs", "broken"): _EXPLAINS,
}


def function(name: str) -> tuple[str, str]:
    """File and function of a mutant by its name."""
    path, _, rest = name.partition(" ")
    return path, rest.partition(":")[0]
