"""Words of a machine: a way in for people, by SSH."""

import contextlib
import os
import socket
from typing import TYPE_CHECKING

from ..errors import MachineError, MonitorError
from .monitor import send_monitor_command

if TYPE_CHECKING:
    from ..machine import Machine

VSOCK = "/dev/vhost-vsock"
MACHINES_OF_ONE_DRIVER = 256
# 0 to 2 are the hypervisor, the host itself and the host for guests.
RESERVED_CIDS = 2
SSH_PORT = 22
ATTEMPTS = 5
# The key of a machine that lives for minutes proves nothing.
OPTIONS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"


def ssh_backdoor_command(machine: "Machine", index: int | None = None) -> str:
    """Return the command line with which a person gets a root shell in the machine.

    The machine is started if it is off. The way is vsock, if the host has it and the test gives the
    machine an address there, else a port of the host that only the host itself can reach. `index`
    is not used. Raises MachineError unless the test has `sshBackdoor.enable = true`.

    >>> log.info(machine.ssh_backdoor_command())
    """
    if not machine.has_ssh:
        raise MachineError(
            machine.name, "there is no way in by SSH; set `sshBackdoor.enable = true` in the test"
        )
    qemu = machine.started()
    if machine.vsock_cid is not None:
        return f"ssh {OPTIONS} root@vsock/{machine.vsock_cid}"
    if qemu.ssh_port is None:
        qemu.ssh_port = _forward(machine)
    return f"ssh {OPTIONS} -p {qemu.ssh_port} root@127.0.0.1"


def usable_vsock_cid(number: int | None) -> int | None:
    """Return the address on vsock of the machine with a number, if this host can give it one.

    All virtual machines of a host share the addresses. Those of drivers that run at the same time
    differ, because their process ids do.
    """
    if number is None or not os.access(VSOCK, os.R_OK | os.W_OK):
        return None
    return os.getpid() * MACHINES_OF_ONE_DRIVER + RESERVED_CIDS + number


def _forward(machine: "Machine") -> int:
    """Make a free port of the host the guest's. Raises MonitorError."""
    for _ in range(ATTEMPTS):
        with contextlib.suppress(MonitorError):  # somebody else has taken it meanwhile
            return _forward_to(machine, _free_port())
    return _forward_to(machine, _free_port())


def _forward_to(machine: "Machine", port: int) -> int:
    send_monitor_command(machine, f"hostfwd_add tcp:127.0.0.1:{port}-:{SSH_PORT}")
    return port


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
