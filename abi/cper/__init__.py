# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Firmware error records (UEFI Common Platform Error Records): bytes to values and back, strictly.

Start at :func:`parse_status_block`, which reads what firmware hands to the host's APEI driver.
``build`` of what was parsed gives the same bytes. Every refusal is an InputError with the code
``host.cper.strict``.
"""

from abi.cper.build import (
    build_arm_processor_section,
    build_error_info,
    build_platform_memory_section,
    build_record,
    build_section,
    build_status_block,
)
from abi.cper.parse import (
    parse_arm_processor_section,
    parse_error_info,
    parse_platform_memory_section,
    parse_status_block,
)
from abi.cper.record import parse_record
from abi.cper.values import (
    ArmProcessor,
    ContextInfo,
    DataEntry,
    ErrorInfo,
    PlatformMemory,
    Raw,
    Record,
    Section,
    SectionDescriptor,
    StatusBlock,
)
from abi.cper.window import RULE

__all__ = [
    "RULE",
    "ArmProcessor",
    "ContextInfo",
    "DataEntry",
    "ErrorInfo",
    "PlatformMemory",
    "Raw",
    "Record",
    "Section",
    "SectionDescriptor",
    "StatusBlock",
    "build_arm_processor_section",
    "build_error_info",
    "build_platform_memory_section",
    "build_record",
    "build_section",
    "build_status_block",
    "parse_arm_processor_section",
    "parse_error_info",
    "parse_platform_memory_section",
    "parse_record",
    "parse_status_block",
]
