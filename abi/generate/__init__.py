# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is generated from the definition, and where it is kept: one module an artefact.

Each artefact is made by a function without arguments that returns the whole file as text. The same
definition always gives the same text, so that ``faultinfo generate --check`` can compare.
"""

from __future__ import annotations

import importlib
from typing import Final, NamedTuple


class Artefact(NamedTuple):
    """One generated file: its path in the repository, and ``module:function`` that makes its text."""

    path: str
    maker: str

    def render(self) -> str:
        """Make the whole text of the file."""
        module, _, function = self.maker.partition(":")
        return str(getattr(importlib.import_module(f"abi.generate.{module}"), function)())


#: By the name that ``faultinfo generate NAME`` takes.
ARTEFACTS: Final = {
    "c-header": Artefact("spec/uapi/kvm_arm_fault_info.h", "c_header:render"),
    "c-asserts": Artefact("tests/generate/asserts.c", "c_asserts:render"),
    "c-tables": Artefact("spec/c/kfi_tables.h", "c_tables:render"),
    "c-names": Artefact("spec/c/kfi_names.h", "c_tables:names"),
    "rust": Artefact("spec/rust/src/abi.rs", "rust:render"),
    "rust-rules": Artefact("spec/rust/src/rule.rs", "rust_rules:render"),
    "rust-places": Artefact("spec/rust/src/places.rs", "rust_places:render"),
    "rust-tables": Artefact("spec/rust/src/tables.rs", "rust_tables:render"),
    "kaitai": Artefact("spec/formats/kvm_arm_fault_info.ksy", "kaitai:render"),
    "syzkaller": Artefact("spec/formats/kvm_arm_fault_info.txt", "syzkaller:render"),
    "imhex": Artefact("spec/formats/kvm_arm_fault_info.hexpat", "imhex:render"),
    "dictionary": Artefact("spec/formats/kvm_arm_fault_info.dict", "dictionary:render"),
    "schema-error": Artefact("spec/schemas/error.json", "schemas:error"),
    "schema-decode": Artefact("spec/schemas/decode.json", "schemas:decode"),
    "schema-ring": Artefact("spec/schemas/ring.json", "schemas:ring"),
    "schema-emit": Artefact("spec/schemas/emit.json", "schemas:emit"),
    "schema-import": Artefact("spec/schemas/import.json", "schemas:imported"),
    "schema-inject": Artefact("spec/schemas/inject.json", "schemas:inject"),
    "schema-trap": Artefact("spec/schemas/trap.json", "schemas:trap"),
    "schema-vcpu": Artefact("spec/schemas/vcpu.json", "schemas:vcpu"),
    "schema-vectors": Artefact("spec/schemas/vectors.json", "vector_schema:vectors"),
    "protocol-c": Artefact("spec/adapters/c/kfi_protocol.h", "protocol_c:render"),
    "protocol-rust": Artefact("spec/adapters/rust/src/protocol.rs", "protocol_rust:render"),
    "protocol-go": Artefact("spec/adapters/go/protocol.go", "protocol_go:render"),
    "go": Artefact("spec/go/kfi.go", "go:render"),
    "fuzz-case": Artefact("spec/fuzz/kfi_case.h", "fuzz_case:render"),
    "fuzz-tables": Artefact("spec/fuzz/kfi_mutate_tables.h", "fuzz_tables:render"),
    "table-record": Artefact("spec/tables/record.rst", "rst:record"),
    "table-flags": Artefact("spec/tables/flags.rst", "rst:flags"),
    "table-codes": Artefact("spec/tables/codes.rst", "rst:code_tables"),
    "table-reply": Artefact("spec/tables/reply.rst", "rst:reply"),
    "table-ring": Artefact("spec/tables/ring.rst", "rst:ring"),
    "table-kvm-run": Artefact("spec/tables/kvm_run.rst", "rst:kvm_run"),
    "table-enable": Artefact("spec/tables/enable.rst", "rst:enable"),
    "table-versions": Artefact("spec/tables/versions.rst", "rst:versions"),
    "table-firmware": Artefact("spec/tables/firmware.rst", "rst:firmware"),
    "figure-way": Artefact("spec/figures/way.svg", "figures:way"),
    "figure-addresses": Artefact("spec/figures/addresses.svg", "figure_addresses:render"),
    "figure-ring": Artefact("spec/figures/ring.svg", "figures:ring"),
    "figure-negotiation": Artefact("spec/figures/negotiation.svg", "figures:negotiation"),
    "table-protocol": Artefact("spec/tables/protocol.rst", "protocol_rst:messages"),
    "table-protocol-codes": Artefact("spec/tables/protocol-codes.rst", "protocol_rst:code_tables"),
    "rules-host": Artefact("spec/tables/rules-host.rst", "rst:host_rules"),
    "rules-vmm": Artefact("spec/tables/rules-vmm.rst", "rst:vmm_rules"),
}
