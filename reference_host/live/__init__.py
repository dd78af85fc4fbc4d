# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The record from a running kernel: a BPF emitter for a stock kernel, and its user space.

``emit.bpf.c`` is what runs in the kernel: hooks gather what KVM and APEI know at a trap of a guest, and
``fault_info_fill()`` of spec/c makes the record of it. In user space ``program`` loads it, ``hooks`` says what the
kernel lacks, ``channel`` reads the records, ``emitter`` is what to use. cffi and libbpf.so.1 are needed here alone.
"""
