"""A QEMU that refuses its command line is told from a host that fails it."""

import sys
from pathlib import Path

import pytest

from test_driver.backend.qemu.refusal import refusal
from test_driver.errors import StartFailed, StartRefused
from test_driver.run.verdict import judge

from ...conftest import DriverProcess

# As QEMU 10 writes them.
REFUSED = [
    "-device orchestra: 'orchestra' is not a valid device model name",
    "-orchestra: invalid option",
    'unsupported machine type: "orchestra"',
    "unable to find CPU model 'orchestra'",
    "Invalid SMP CPUs 256. The max CPUs supported by machine 'pc-i440fx-10.0' is 255",
    "-device virtio-rng-pci: PCI: no slot/function available for virtio-rng-pci, all in use or "
    "reserved",
    "-drive file=/srv/none,if=none,id=x: Could not open '/srv/none': No such file or directory",
    "-netdev user,id=user0: Duplicate ID 'user0' for netdev",
    "-device kvm-orchestra: 'kvm-orchestra' is not a valid device model name",
    "-m 3x: Parameter 'size' expects a non-negative number below 2^64",
    "-append only allowed with -kernel option",
]
OF_THE_HOST = [
    "cannot set up guest memory 'pc.ram': Cannot allocate memory",
    "-netdev user,id=b,hostfwd=tcp::22-:22: Could not set up host forwarding rule 'tcp::22-:22'",
    "-vnc :0: Failed to find an available port: Address already in use",
    "Could not access KVM kernel module: No such file or directory",
    "failed to initialize kvm: Permission denied",
    "-chardev socket,id=q,path=/nowhere/x: Failed to connect to '/nowhere/x': No such file or "
    "directory",
    "-device vhost-vsock-pci,guest-cid=3: vhost-vsock: failed to open vhost device: No such file "
    "or directory",
    "-device vhost-vsock-pci,guest-cid=3: vhost-vsock: unable to set guest cid: Address in use",
    "-drive file=root.qcow2,id=root: Could not open 'root.qcow2': No such file or directory",
    "-drive file=/nix/store/x/root.erofs: Could not open '/nix/store/x/root.erofs': No such file "
    "or directory",
    '-drive file=root.qcow2,id=root: Failed to get "write" lock',
    "-object memory-backend-file,id=m: can't open backing store /dev/hugepages for guest RAM: No "
    "such file or directory",
    "-drive file=x: Could not open 'x': Too many open files",
]


@pytest.mark.parametrize("tokens", REFUSED)
def test_what_qemu_refuses_is_told_in_its_text(tokens: str) -> None:
    assert refusal(1, f"qemu-system-x86_64: {tokens}\n") == tokens
    assert refusal(1, f"/run/bin/.qemu-system-aarch64-wrapped: {tokens}") == tokens


@pytest.mark.parametrize("tokens", OF_THE_HOST)
def test_what_the_host_lacks_is_no_refusal(tokens: str) -> None:
    assert refusal(1, f"qemu-system-x86_64: {tokens}\n") is None


@pytest.mark.parametrize(
    ("status", "output"),
    [
        (1, "qemu-img: root.qcow2: No space left on device"),
        (1, "run-a-vm: line 3: mkdir: command not found"),
        (1, ""),
        (-9, "qemu-system-x86_64: -device x: 'x' is not a valid device model name"),
        (-6, "qemu-system-x86_64: ../hw/core/qdev.c: assertion failed"),
        (127, "qemu-system-x86_64: not found"),
        (0, ""),
    ],
)
def test_other_ends_are_no_refusal(status: int, output: str) -> None:
    assert refusal(status, output) is None


def test_a_warning_is_no_reason() -> None:
    output = (
        "qemu-system-x86_64: warning: TCG doesn't support requested feature\n"
        "qemu-system-x86_64: -device x: 'x' is not a valid device model name\n"
    )
    assert refusal(1, output) == "-device x: 'x' is not a valid device model name"


def test_an_option_that_asks_for_help_is_a_refusal() -> None:
    assert refusal(0, "Controller/Bridge/Hub devices:") == (
        "its options ask for help, after which QEMU exits"
    )


# Ends before its monitor is open, or, with `late`, when it has connected to the driver's socket.
PROGRAM = """\
import re, socket, sys
found = re.search("id=test-driver-monitor,path=([^ ]*)", " ".join(sys.argv))
if {late}:
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.connect(found[1])
sys.exit("qemu-system-x86_64: " + {tokens!r})
"""


def _let_qemu_say(driver: DriverProcess, folder: Path, tokens: str, *, late: bool) -> None:
    """Give machine1 a start command that ends as a QEMU does whose devices cannot be made."""
    program = folder / "qemu.py"
    program.write_text(PROGRAM.format(tokens=tokens, late=late))
    driver.document["machines"]["machine1"] = {
        **driver.document["machines"]["machine1"],
        "start_command": [sys.executable, str(program)],
    }


@pytest.mark.parametrize("late", [False, True])
def test_a_driver_ends_with_status_2_when_qemu_refuses_its_command_line(
    driver_process: DriverProcess, tmp_path: Path, late: bool
) -> None:
    tokens = "-device orchestra: 'orchestra' is not a valid device model name"
    _let_qemu_say(driver_process, tmp_path, tokens, late=late)
    result = driver_process.run("machine1.start()\n")
    assert result.returncode == 2
    assert f"machine1: cannot start: QEMU refused its command line: {tokens}\n" in result.stderr
    assert "test unit could not be run" in result.stderr
    result = driver_process.run("start_all()\n")
    assert result.returncode == 2


@pytest.mark.parametrize("late", [False, True])
def test_a_driver_ends_with_status_3_when_the_host_fails_qemu(
    driver_process: DriverProcess, tmp_path: Path, late: bool
) -> None:
    tokens = "cannot set up guest memory 'pc.ram': Cannot allocate memory"
    _let_qemu_say(driver_process, tmp_path, tokens, late=late)
    result = driver_process.run("machine1.start()\n")
    assert result.returncode == 3
    assert "machine1: cannot start: QEMU exited (exit status 1)" in result.stderr
    assert tokens in result.stderr


def test_a_refusal_is_a_failed_start() -> None:
    error = StartRefused("a", "-device x: 'x' is not a valid device model name", ["qemu"], "said")
    assert isinstance(error, StartFailed)
    assert judge(error, "").exit_status == 2
    assert "output:\n    said" in str(error)
    assert "command:\n    qemu" in str(error)
