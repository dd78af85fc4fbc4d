# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""GUIDs as firmware stores them, and the table of section types.

Three little-endian numbers (32, 16, 16 bits), then eight bytes in order (UEFI Specification, appendix A).
"""

from __future__ import annotations

from typing import Final, NamedTuple


def guid(text: str) -> bytes:
    """Make sixteen bytes of ``e19e3d16-bc11-11e4-9caa-c2051d5d46b0``; raises ValueError."""
    first, second, third, *rest = text.split("-")
    swapped = b"".join(bytes.fromhex(part)[::-1] for part in (first, second, third))
    data = swapped + bytes.fromhex("".join(rest))
    if len(data) != 16 or guid_text(data) != text.lower():
        raise ValueError(f"not a GUID: {text!r}")
    return data


def guid_text(data: bytes) -> str:
    """Write sixteen bytes as the usual text, in lower case."""
    parts = (data[3::-1], data[5:3:-1], data[7:5:-1], data[8:10], data[10:16])
    return "-".join(part.hex() for part in parts)


class SectionType(NamedTuple):
    """A type of section: the kernel's or the standard's name, the GUID, what it is."""

    name: str
    guid: bytes
    meaning: str

    @property
    def text(self) -> str:
        """The GUID as text."""
        return guid_text(self.guid)


#: Section types of UEFI appendix N.2.2 and CXL, as far as arm64 firmware sends them; the first two
#: are read, all others stay raw bytes.
SECTION_TYPES: Final = (
    SectionType("PROC_ARM", guid("e19e3d16-bc11-11e4-9caa-c2051d5d46b0"), "ARM processor error"),
    SectionType("PLATFORM_MEM", guid("a5bc1114-6f64-4ede-b863-3e83ed7c83b1"), "platform memory error"),
    SectionType("PLATFORM_MEM2", guid("61ec04fc-48e6-d813-25c9-8daa44750b12"), "platform memory error 2"),
    SectionType("ARM_RAS", guid("bf32d4d5-b427-4025-8495-8a9e5d4030e4"), "Arm RAS node"),
    SectionType("PROC_GENERIC", guid("9876ccad-47b4-4bdb-b65e-16f193c4f3db"), "generic processor error"),
    SectionType("PCIE", guid("d995e954-bbc1-430f-ad91-b44dcb3c6f35"), "PCI Express error"),
    SectionType("PCI_X_BUS", guid("c5753963-3b84-4095-bf78-eddad3f9c9dd"), "PCI or PCI-X bus error"),
    SectionType("PCI_DEV", guid("eb5e4685-ca66-4769-b6a2-26068b001326"), "PCI component error"),
    SectionType("FW_ERR_REC_REF", guid("81212a96-09ed-4996-9471-8d729c8e69ed"),
                "firmware error record reference"),
    SectionType("CXL_PROT_ERR", guid("80b9efb4-52b5-4de3-a777-68784b771048"), "CXL protocol error"),
)
PROC_ARM, PLATFORM_MEM = (t.guid for t in SECTION_TYPES[:2])


def section_name(section_type: bytes) -> str:
    """Say what the section is, or its GUID as text where the table does not know it."""
    return next((t.meaning for t in SECTION_TYPES if t.guid == section_type), guid_text(section_type))
