# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The same steps on a real ``/dev/kvm``: exit -> parse -> decide -> inject -> report.

``numbers`` says what <linux/kvm.h> says, ``calls`` makes the system calls (cffi, the extra ``c``),
``memory``, ``vm`` and ``vcpu`` are what a VMM has of them, ``registers`` names what a vCPU holds,
``run`` is KVM_RUN and what ends it, ``features`` reads what the guest can see, ``inject`` carries a
decision of the reference VMM out on a kernel that knows nothing of it, ``answer`` is the whole way.

Nothing outside of this package imports it, so that the rest needs neither cffi nor arm64.
"""
