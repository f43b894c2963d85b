"""Words of a machine: a way in for people, by SSH."""

from typing import TYPE_CHECKING

from .errors import MachineError

if TYPE_CHECKING:
    from .machine import Machine


def ssh_backdoor_command(machine: "Machine") -> str:
    """Return the command line with which a person gets a root shell in the machine.

    Raises MachineError unless the test has `sshBackdoor.enable = true`.

    >>> log.info(machine.ssh_backdoor_command())
    """
    raise MachineError(
        machine.name, "there is no way in by SSH; set `sshBackdoor.enable = true` in the test"
    )
