# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What of the VMM runs without KVM: identifiers, memory, signals, what is told of an exit."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from abi.definition import KVM_RUN
from abi.errors import InputError
from abi.reply import FaultReply
from reference_vmm.kvm import numbers
from reference_vmm.kvm.calls import KvmError, tried
from reference_vmm.kvm.inject import stock
from reference_vmm.kvm.memory import PAGE, Memory
from reference_vmm.kvm.numbers import MMIO
from reference_vmm.kvm.registers import CORE, SYSTEM, identifier
from reference_vmm.kvm.run import Exit, Mmio
from reference_vmm.kvm.vm import Vm
from tests.lab.inside import probe

#: Linux Documentation/virt/kvm/api.rst (core registers) and KVM's own trace output (system registers).
DOCUMENTED = {
    "x0": 0x6030_0000_0010_0000, "x1": 0x6030_0000_0010_0002, "x30": 0x6030_0000_0010_003C,
    "sp_el0": 0x6030_0000_0010_003E, "pc": 0x6030_0000_0010_0040, "pstate": 0x6030_0000_0010_0042,
    "sp_el1": 0x6030_0000_0010_0044, "elr_el1": 0x6030_0000_0010_0046, "spsr_el1": 0x6030_0000_0010_0048,
    "mpidr_el1": 0x6030_0000_0013_C005, "sctlr_el1": 0x6030_0000_0013_C080, "esr_el1": 0x6030_0000_0013_C290,
    "far_el1": 0x6030_0000_0013_C300, "vbar_el1": 0x6030_0000_0013_C600,
}


@pytest.mark.parametrize(("name", "number"), DOCUMENTED.items())
def test_a_register_has_the_kernel_s_identifier(name: str, number: int) -> None:
    assert identifier(name) == number


def test_no_two_registers_are_one() -> None:
    names = (*CORE, *SYSTEM)
    assert len({identifier(name) for name in names}) == len(names)


def test_the_lab_s_probe_asks_for_the_same_capabilities() -> None:
    assert probe.CAPABILITIES.items() <= numbers.CAPABILITIES.items()


def test_memory_is_read_written_and_given_back() -> None:
    memory = Memory.anonymous(2 * PAGE)
    memory.write(PAGE - 4, bytes(range(8)))
    assert memory.read(PAGE - 2, 4) == bytes((2, 3, 4, 5))
    assert memory.word(PAGE - 8) == 0x0302_0100_0000_0000
    memory.discard(PAGE, PAGE)
    assert memory.read(PAGE - 4, 8) == bytes((0, 1, 2, 3, 0, 0, 0, 0))
    memory.close()


def test_memory_of_a_file_is_the_file_s(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_bytes(bytes(PAGE) + b"here".ljust(PAGE, b"\0"))
    memory = Memory.device(PAGE, path=str(path))
    assert memory.read(0, 4) == b"here"
    memory.write(0, b"away")
    assert path.read_bytes()[PAGE : PAGE + 4] == b"away"
    memory.close()


def test_a_file_that_cannot_be_mapped_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"kvm\.memory: .*nothing at offset 0x1000") as told:
        Memory.device(PAGE, path=str(tmp_path / "nothing"))
    assert told.value.got == "No such file or directory"


def test_a_request_that_is_refused_has_its_errno() -> None:
    with Path("/dev/null").open("rb") as file:
        assert tried(file.fileno(), "KVM_CREATE_VM") == (-1, errno.ENOTTY)
    assert str(KvmError("KVM_CREATE_VM", errno.ENOTTY)) == (
        "kvm.refused: KVM_CREATE_VM: expected 0 or more, got -1, ENOTTY")


def test_a_machine_without_kvm_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"kvm\.device: .*/kvm: expected KVM, got No such file"):
        Vm(str(tmp_path / "kvm"))


def test_a_device_that_is_not_kvm_says_so() -> None:
    with pytest.raises(KvmError, match="KVM_GET_API_VERSION: expected 0 or more, got -1, ENOTTY"):
        Vm("/dev/null")


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_an_mmio_exit_gives_the_bytes_that_were_accessed(size: int) -> None:
    data = bytes(range(1, 9))
    page = bytes(KVM_RUN.offsets["exit"]) + MMIO.codec.fast.pack(0x9000000, data, size, 1)
    assert Exit("KVM_EXIT_MMIO", page).mmio == Mmio(0x9000000, data[:size], is_write=True)


@pytest.mark.parametrize("pending", [FaultReply(ext_dabt_pending=1), FaultReply(ext_iabt_pending=1)])
def test_a_stock_kernel_is_told_of_either_abort_as_the_one_it_knows(pending: FaultReply) -> None:
    reply = pending._replace(ext_abt_has_esr=1, ext_abt_has_far=1, ext_abt_esr=0x50, ext_abt_far=0x1234)
    assert stock(reply) == FaultReply(ext_dabt_pending=1)


def test_a_stock_kernel_is_told_the_whole_serror() -> None:
    reply = FaultReply(serror_pending=1, serror_has_esr=1, serror_esr=0xC11)
    assert stock(reply) == reply


SIGNALS = """
import json, os, signal
from reference_vmm.kvm import run
run.block()
os.kill(os.getpid(), signal.SIGALRM)
os.kill(os.getpid(), signal.SIGBUS)
first = run.taken()
print(json.dumps([len(first[0]), first[1], run.taken(), run.mask().hex()]))
"""


def test_signals_that_wait_are_taken_once_and_not_blocked_in_the_guest() -> None:
    """In a process of its own: what it blocks stays blocked."""
    done = subprocess.run([sys.executable, "-c", SIGNALS], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    number, late, again, mask = json.loads(done.stdout)
    assert (number, late, again) == (1, True, [[], False])
    assert mask == (8).to_bytes(4, "little").hex() + bytes(8).hex()
