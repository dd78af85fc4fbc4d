# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The emulated machine: what it is made of, and the command line that says so to QEMU."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from tests.lab.emulator import Emulator
from tests.lab.kernel import Kernel

#: Of the kernel: a panic ends QEMU at once (-no-reboot), an oops is one.
CMDLINE: Final = "console=ttyAMA0 panic=-1 oops=panic rdinit=/init random.trust_cpu=on"
#: Pointer authentication by QEMU's own algorithm: the architected one takes most of the time of a run.
_QUICK: Final = {"max": "max,pauth-impdef=on"}
MIB: Final = 1 << 20


class Platform(NamedTuple):
    """What the board has. ``firmware`` is UEFI code to boot through: then there are ACPI tables, HEST among them."""

    name: str = "plain"
    cpu: str = "max"
    memory_mib: int = 1024
    cpus: int = 1
    firmware: Path | None = None
    virtualization: bool = True
    cmdline: str = ""
    extra: tuple[str, ...] = ()

    @property
    def ram_bytes(self) -> int:
        """Size of the RAM, that starts at physical address 0x40000000."""
        return self.memory_mib * MIB


class Ports(NamedTuple):
    """File descriptors that QEMU inherits: the RAM, the control channel, QMP."""

    ram: int
    control: int
    qmp: int


def command_line(emulator: Emulator, kernel: Kernel, initrd: Path, platform: Platform, ports: Ports) -> list[str]:
    """The whole command; the serial console is its standard output."""
    board = f"virt,virtualization={'on' if platform.virtualization else 'off'},gic-version=3,memory-backend=ram"
    if platform.firmware:
        board += ",ras=on,acpi=on"
    ram = f"memory-backend-file,id=ram,size={platform.memory_mib}M,mem-path=/proc/self/fd/{ports.ram},share=on"
    cmdline = " ".join(part for part in (CMDLINE, "acpi=force" if platform.firmware else "", platform.cmdline) if part)
    return [
        *emulator.command, "-M", board, "-cpu", _QUICK.get(platform.cpu, platform.cpu),
        "-smp", str(platform.cpus), "-m", f"{platform.memory_mib}M",
        "-object", ram, "-nodefaults", "-nic", "none", "-display", "none", "-no-reboot",
        "-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial",
        "-device", "virtio-serial-pci", "-chardev", f"socket,id=control,fd={ports.control}",
        "-device", "virtserialport,chardev=control,name=lab",
        "-chardev", f"socket,id=qmp,fd={ports.qmp}", "-qmp", "chardev:qmp",
        *(("-bios", str(platform.firmware)) if platform.firmware else ()), *platform.extra,
        "-kernel", str(kernel.image), "-initrd", str(initrd), "-append", cmdline,
    ]
