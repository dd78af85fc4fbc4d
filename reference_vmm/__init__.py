# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The reference VMM: from a record to what the guest reads. One module a step.

``kvm_run`` finds the record on the page, ``parse`` reads record, page and vCPU, ``decide`` says what
to do about it, ``inject`` makes the exception entry, ``report`` tells the guest's firmware interface,
whose error source is ``ghes``; ``answer`` is the same decision as a reply for the host to carry out,
``history`` what is remembered from one record to the next.
"""
