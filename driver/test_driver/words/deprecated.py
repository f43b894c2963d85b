"""Words of a machine that scripts still use under an older name."""

from typing import TYPE_CHECKING

from ..deadline import DEFAULT_TIMEOUT, Duration
from ..deprecation import deprecated
from .copies import copy_from_machine
from .units import wait_for_unit

if TYPE_CHECKING:
    from ..machine import Machine


def copy_from_vm(machine: "Machine", source: str, target_dir: str = "") -> None:
    """Do what `copy_from_machine` does, which is the word to write.

    >>> machine.copy_from_machine("/var/log/nginx", "logs")
    """
    deprecated("copy_from_vm", "copy_from_machine", machine.name)
    copy_from_machine(machine, source, target_dir)


def wait_for_job(
    machine: "Machine", name: str, user: str | None = None, timeout: Duration = DEFAULT_TIMEOUT
) -> None:
    """Do what `wait_for_unit` does, which is the word to write.

    >>> machine.wait_for_unit("nginx")
    """
    deprecated("wait_for_job", "wait_for_unit", machine.name)
    wait_for_unit(machine, name, user, timeout)
