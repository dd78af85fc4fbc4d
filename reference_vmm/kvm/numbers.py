# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Numbers and layouts of <linux/kvm.h> for arm64, each once; a test holds them against the header.

Source: Linux 7.3.4 include/uapi/linux/kvm.h and arch/arm64/include/uapi/asm/kvm.h. What the
definition has already (``kvm_run``, ``kvm_vcpu_events``, ``arm_sea``) is taken from there.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from construct import Int8ul as u8
from construct import Int16ul as u16
from construct import Int32sl as s32
from construct import Int32ul as u32
from construct import Int64ul as u64

from abi.definition import KVM_CAP_ARM_SEA_TO_USER, KVM_EXIT_ARM_SEA, KVM_RUN
from abi.layout import Field, Layout
from abi.reply import VCPU_EVENTS

MEMORY_REGION: Final = Layout(
    "kvm_userspace_memory_region",
    "One memory slot (KVM_SET_USER_MEMORY_REGION); size 0 removes it.",
    Field("slot", u32, "its number"),
    Field("flags", u32, "KVM_MEM_*"),
    Field("guest_phys_addr", u64, "where the guest sees it"),
    Field("memory_size", u64, "bytes"),
    Field("userspace_addr", u64, "where the VMM has it"),
)
ENABLE_CAP: Final = Layout(
    "kvm_enable_cap",
    "A capability to enable (KVM_ENABLE_CAP).",
    Field("cap", u32, "KVM_CAP_*"),
    Field("flags", u32, "zero"),
    Field("args", u64, "what the capability takes", number=4),
    Field("pad", u8, "zero", number=64),
)
ONE_REG: Final = Layout(
    "kvm_one_reg",
    "A register of a vCPU (KVM_GET_ONE_REG, KVM_SET_ONE_REG).",
    Field("id", u64, "which register"),
    Field("addr", u64, "where its value is read from or written to"),
)
VCPU_INIT: Final = Layout(
    "kvm_vcpu_init",
    "What a vCPU is (KVM_ARM_VCPU_INIT).",
    Field("target", u32, "as KVM_ARM_PREFERRED_TARGET says"),
    Field("features", u32, "one bit for each KVM_ARM_VCPU_*", number=7),
)
SIGNAL_MASK: Final = Layout(
    "kvm_signal_mask",
    "Signals blocked during KVM_RUN (KVM_SET_SIGNAL_MASK); the set follows.",
    Field("len", u32, "bytes of the set: 8"),
)
USER_PT_REGS: Final = Layout(
    "user_pt_regs",
    "General registers.",
    Field("regs", u64, "x0 to x30", number=31),
    Field("sp", u64, "SP_EL0"),
    Field("pc", u64, "PC"),
    Field("pstate", u64, "PSTATE, as SPSR_EL1 holds it"),
)
KVM_REGS: Final = Layout(
    "kvm_regs",
    "Core registers but FP: the number of one in KVM_REG_ARM_CORE is its offset in here, in words of 32 bits.",
    Field("regs", u64, "struct user_pt_regs", number=USER_PT_REGS.size // 8),
    Field("sp_el1", u64, "SP_EL1"),
    Field("elr_el1", u64, "ELR_EL1"),
    Field("spsr", u64, "SPSR_EL1, then those of AArch32 modes", number=5),
)
MMIO: Final = Layout(
    "mmio",
    "The exit union of KVM_EXIT_MMIO.",
    Field("phys_addr", u64, "guest physical address"),
    Field("data", u8, "what was written, or will be read", number=8),
    Field("len", u32, "bytes"),
    Field("is_write", u8, "1: a write"),
)
#: siginfo_t of a SIGBUS, as far as it is read: asm-generic/siginfo.h.
SIGINFO: Final = Layout(
    "siginfo_t",
    "A signal.",
    Field("si_signo", s32, "its number"),
    Field("si_errno", s32, "0"),
    Field("si_code", s32, "why"),
    Field("__pad", u8, "", number=4),
    Field("si_addr", u64, "the address"),
    Field("si_addr_lsb", u16, "log2 of the granule, of BUS_MCEERR_*"),
    Field("rest", u8, "", number=128 - 26),
)

#: Layouts by how the header spells their type; those without a name of their own are members of kvm_run.
STRUCTS: Final = {f"struct {layout.name}": layout for layout in (
    MEMORY_REGION, ENABLE_CAP, ONE_REG, VCPU_INIT, SIGNAL_MASK, USER_PT_REGS, KVM_REGS, VCPU_EVENTS,
)}
MEMBERS: Final = {"mmio": MMIO}


class Ioctl(NamedTuple):
    """One request: its direction for the caller (``_IO``, ``_IOR``, ``_IOW``), number and argument."""

    direction: str
    nr: int
    argument: Layout | None = None

    @property
    def request(self) -> int:
        """The number that ioctl() takes; asm-generic/ioctl.h."""
        size = self.argument.size if self.argument else 0
        return _DIRECTIONS[self.direction] << 30 | size << 16 | KVMIO << 8 | self.nr


_DIRECTIONS: Final = {"_IO": 0, "_IOW": 1, "_IOR": 2}
KVMIO: Final = 0xAE
IOCTLS: Final = {
    "KVM_GET_API_VERSION": Ioctl("_IO", 0x00),
    "KVM_CREATE_VM": Ioctl("_IO", 0x01),
    "KVM_CHECK_EXTENSION": Ioctl("_IO", 0x03),
    "KVM_GET_VCPU_MMAP_SIZE": Ioctl("_IO", 0x04),
    "KVM_CREATE_VCPU": Ioctl("_IO", 0x41),
    "KVM_SET_USER_MEMORY_REGION": Ioctl("_IOW", 0x46, MEMORY_REGION),
    "KVM_RUN": Ioctl("_IO", 0x80),
    "KVM_SET_SIGNAL_MASK": Ioctl("_IOW", 0x8B, SIGNAL_MASK),
    "KVM_GET_VCPU_EVENTS": Ioctl("_IOR", 0x9F, VCPU_EVENTS),
    "KVM_SET_VCPU_EVENTS": Ioctl("_IOW", 0xA0, VCPU_EVENTS),
    "KVM_ENABLE_CAP": Ioctl("_IOW", 0xA3, ENABLE_CAP),
    "KVM_GET_ONE_REG": Ioctl("_IOW", 0xAB, ONE_REG),
    "KVM_SET_ONE_REG": Ioctl("_IOW", 0xAC, ONE_REG),
    "KVM_ARM_VCPU_INIT": Ioctl("_IOW", 0xAE, VCPU_INIT),
    "KVM_ARM_PREFERRED_TARGET": Ioctl("_IOR", 0xAF, VCPU_INIT),
}

EXITS: Final = {
    "KVM_EXIT_UNKNOWN": 0,
    "KVM_EXIT_DEBUG": 4,
    "KVM_EXIT_MMIO": 6,
    "KVM_EXIT_SHUTDOWN": 8,
    "KVM_EXIT_FAIL_ENTRY": 9,
    "KVM_EXIT_INTR": 10,
    "KVM_EXIT_INTERNAL_ERROR": 17,
    "KVM_EXIT_SYSTEM_EVENT": 24,
    "KVM_EXIT_ARM_NISV": 28,
    "KVM_EXIT_MEMORY_FAULT": 39,
    "KVM_EXIT_ARM_SEA": KVM_EXIT_ARM_SEA,
}
CAPABILITIES: Final = {
    "KVM_CAP_VCPU_EVENTS": 41,
    "KVM_CAP_ARM_EL1_32BIT": 93,
    "KVM_CAP_IMMEDIATE_EXIT": 136,
    "KVM_CAP_ARM_INJECT_SERROR_ESR": 158,
    "KVM_CAP_ARM_NISV_TO_USER": 177,
    "KVM_CAP_ARM_INJECT_EXT_DABT": 178,
    "KVM_CAP_ARM_EL2": 240,
    "KVM_CAP_ARM_SEA_TO_USER": KVM_CAP_ARM_SEA_TO_USER,
}
VCPU_FEATURES: Final = {
    "KVM_ARM_VCPU_POWER_OFF": 0,
    "KVM_ARM_VCPU_EL1_32BIT": 1,
    "KVM_ARM_VCPU_PSCI_0_2": 2,
    "KVM_ARM_VCPU_HAS_EL2": 7,
}
OTHERS: Final = {
    "KVM_API_VERSION": 12,
    "KVM_MEM_READONLY": 2,
    "KVM_REG_ARM64": 0x6000000000000000,
    "KVM_REG_SIZE_U32": 0x0020000000000000,
    "KVM_REG_SIZE_U64": 0x0030000000000000,
    "KVM_REG_ARM_CORE": 0x0010 << 16,
    "KVM_REG_ARM64_SYSREG": 0x0013 << 16,
    "KVM_REG_ARM64_SYSREG_OP0_SHIFT": 14,
    "KVM_REG_ARM64_SYSREG_OP1_SHIFT": 11,
    "KVM_REG_ARM64_SYSREG_CRN_SHIFT": 7,
    "KVM_REG_ARM64_SYSREG_CRM_SHIFT": 3,
    "KVM_REG_ARM64_SYSREG_OP2_SHIFT": 0,
}
CONSTANTS: Final = EXITS | CAPABILITIES | VCPU_FEATURES | OTHERS

#: Where the exit union begins in the page.
UNION: Final = KVM_RUN.offsets["exit"]
