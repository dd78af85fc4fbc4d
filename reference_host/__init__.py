# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reference host: from the registers of a trap to a record. One module a step.

``trap`` reads what is known, ``firmware`` what firmware says, ``claim`` does what APEI and
memory_failure() do, ``resolve`` decides which addresses are valid, ``emit`` writes the record;
``legacy`` says what Linux tells a VMM today, ``reply`` applies the VMM's answer to a vCPU.
"""
