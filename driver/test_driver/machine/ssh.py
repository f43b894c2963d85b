"""Methods of a machine: a way in for people, by SSH."""

import contextlib
import socket

from ..backend.attachment import Attachment
from ..errors import MachineError, MonitorError
from ..run.timings import Phase
from .core import MachineCore
from .method import method
from .monitor import run_monitor_command

SSH_PORT = 22
ATTEMPTS = 5
# The key of a machine that lives for minutes proves nothing.
OPTIONS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"


class SshPort(Attachment):
    """The port of the host that leads to the guest's SSH server in one run of a machine."""

    def __init__(self) -> None:
        self.port: int | None = None


class SshMethods(MachineCore):
    """Methods of a machine: SSH."""

    @method(phase=Phase.COMMAND)
    def ssh_backdoor_command(self, index: int | None = None) -> str:
        """Return the command line with which a person gets a root shell in the machine.

        The machine is started if it is off. The way is vsock, if the host has it and the test gives
        the machine an address there, else a port of the host that only the host itself can reach.
        `index` is not used. Raises MachineError unless the test has `sshBackdoor.enable = true`.

        >>> log.info(machine.ssh_backdoor_command())
        """
        if not self.has_ssh:
            raise MachineError(
                self.name, "there is no way in by SSH; set `sshBackdoor.enable = true` in the test"
            )
        self.reach_machine()
        if self.vsock_cid is not None:
            return f"ssh {OPTIONS} root@vsock/{self.vsock_cid}"
        return f"ssh {OPTIONS} -p {self.ssh_port()} root@127.0.0.1"

    def ssh_port(self) -> int:
        """Return a port of the host that leads to the guest's SSH server. Raises MachineError."""
        raise MachineError(self.name, "no port of the host can be made to lead to its SSH server")


def qemu_ssh_port(machine: MachineCore) -> int:
    """Return the port of the host that leads to the SSH server of a machine in QEMU."""
    forwarded = machine.instance.attachments.get(SshPort)
    if forwarded.port is None:
        forwarded.port = _forward(machine)
    return forwarded.port


def _forward(machine: MachineCore) -> int:
    """Make a free port of the host the guest's. Raises MonitorError."""
    for _ in range(ATTEMPTS):
        with contextlib.suppress(MonitorError):  # somebody else has taken it meanwhile
            return _forward_to(machine, _free_port())
    return _forward_to(machine, _free_port())


def _forward_to(machine: MachineCore, port: int) -> int:
    run_monitor_command(machine, f"hostfwd_add tcp:127.0.0.1:{port}-:{SSH_PORT}")
    return port


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
