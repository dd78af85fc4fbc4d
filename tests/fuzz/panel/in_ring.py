# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Bugs planted in the consumer of the ring. No seed is a ring: a fuzzer must make one."""

from __future__ import annotations

from typing import Final

from tests.fuzz.panel.planted import CRASH, RING, WRONG, Planted

PLANTED: Final = (
    Planted(
        "ring-index", "a position is used as an index without wrapping",
        "CWE-129; CVE-2015-3456 (VENOM)", "kfi_ring.h",
        "(size_t)(position & (ring->slots - 1)) * ring->slot_size;", "(size_t)position * ring->slot_size;",
        1, CRASH, RING,
    ),
    Planted(
        "ring-product", "slots times their size is computed in 32 bits",
        "CWE-190; CVE-2002-0639 (OpenSSH)", "kfi_ring.h",
        "slots > (size - header) / slot)", "(__u32)(slots * slot) > size - header)",
        1, WRONG, RING,
    ),
    Planted(
        "ring-one-more", "the producer may be one slot further ahead than there are slots",
        "CWE-193; CVE-2013-0216 (XSA-39)", "kfi_ring.h",
        "head - tail <= slots)", "head - tail <= slots + 1ULL)",
        1, WRONG, RING,
    ),
    Planted(
        "ring-stamp-being-written", "the stamp of a slot that is being written for the next position passes",
        "CWE-480", "kfi_ring.h",
        "if (stamp == 2 * ring->tail + 2)", "if ((stamp | 1) == 2 * ring->tail + 3)",
        1, WRONG, RING,
    ),
    Planted(
        "ring-first-look", "the stamp is not looked at before the copy",
        "CWE-367", "kfi_ring.h",
        "if (!kfi_ring_stamp(ring, KFI_LE64(KFI_LOAD_ACQUIRE(from)), error))\n\t\treturn false;",
        "(void)KFI_LOAD_ACQUIRE(from);",
        2, WRONG, RING,
    ),
    Planted(
        "ring-second-look", "the stamp is not looked at after the copy",
        "CWE-367", "kfi_ring.h",
        "return kfi_ring_stamp(ring, KFI_LE64(KFI_LOAD(from)), error);", "(void)KFI_LOAD(from);\n\treturn true;",
        2, WRONG, RING,
    ),
    Planted(
        "ring-double-fetch", "the sequence is fetched again from shared memory after the copy was made",
        "CWE-367; CVE-2015-8550 (XSA-155), CVE-2016-6516", "kfi_ring.h",
        "slot->sequence = kfi_get64(p + offsetof(struct kvm_arm_fault_envelope, sequence));",
        "slot->sequence = KFI_LE64(KFI_LOAD(kfi_ring_word(ring, kfi_ring_offset(ring, ring->tail) + 8 +\n"
        "\t\t\t\t  offsetof(struct kvm_arm_fault_envelope, sequence))));",
        2, WRONG, RING,
    ),
    Planted(
        "ring-tail-read-back", "the consumer's own position is read back from memory that the producer can write",
        "CWE-367; CVE-2015-8550 (XSA-155)", "kfi_ring.h",
        "ring->tail++;",
        "ring->tail = KFI_LE64(KFI_LOAD(kfi_ring_word(ring,\n"
        "\t\t\t\toffsetof(struct kvm_arm_fault_ring, tail)))) + 1;",
        2, WRONG, RING,
    ),
    Planted(
        "ring-lost-ignored", "a sequence that is ahead of all that was lost passes",
        "CWE-1284", "kfi_ring.h",
        "slot->sequence < first || slot->sequence > first + lost ||", "slot->sequence < first ||",
        2, WRONG, RING,
    ),
    Planted(
        "ring-sequence-goes-back", "a sequence that is lower than the position allows passes",
        "CWE-839", "kfi_ring.h",
        "slot->sequence < first || slot->sequence > first + lost ||", "slot->sequence > first + lost ||",
        2, WRONG, RING,
    ),
)
