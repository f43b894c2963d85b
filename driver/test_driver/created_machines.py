"""Machines that a script makes from a command line."""

import re
import shlex
from collections.abc import Collection, Sequence

from .configuration import NAME_PATTERN, MachineConfiguration

DEFAULT_NAME = "machine"
_SHELL = ("/bin/sh", "-c")
_MORE = ' "$@"'  # what the driver adds
_PROGRAM = re.compile(r"run-(.+)-vm")
# What only a shell understands: variables, redirections, several commands, assignments before one.
_NEEDS_SHELL = re.compile(r"[$`;&|<>()*?\[\n]|^\s*\w+=")


def machine_name(start_command: str, name: str | None, taken: Collection[str]) -> str:
    """Return the name of a machine. Raises ValueError if it cannot be used."""
    if name is None:
        name = name_in(start_command) or DEFAULT_NAME
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(f"create_machine: {name!r} is no name for a machine")
    if name in taken:
        raise ValueError(
            f"create_machine: there is a machine {name!r} already; give this one another `name`"
        )
    return name


def name_in(start_command: str) -> str | None:
    """Return the name of the machine if the program of a command line has it: `run-NAME-vm`."""
    tokens = start_command.split()
    match = _PROGRAM.fullmatch(tokens[0].rpartition("/")[2] if tokens else "")
    return match[1] if match else None


def start_configuration(start_command: str, vlans: Sequence[int]) -> MachineConfiguration:
    """Return what the JSON document has for other machines. It may be connected to any network."""
    return MachineConfiguration(
        start_command=start_arguments(start_command),
        vlans=tuple(vlans),
        memory_mib=1,
        cores=1,
        guest_agent=None,
    )


def start_arguments(start_command: str) -> tuple[str, ...]:
    """Split a command line. A shell does so only if it must: it could survive its QEMU."""
    if _NEEDS_SHELL.search(start_command):
        return (*_SHELL, f"{start_command}{_MORE}", "sh")
    if not (tokens := shlex.split(start_command)):
        raise ValueError("create_machine: the start command is empty")
    return tuple(tokens)


def shell_text(arguments: Sequence[str]) -> str | None:
    """Return the command line that a shell splits; None if there is no shell."""
    if tuple(arguments[:2]) == _SHELL and len(arguments) == 4 and arguments[2].endswith(_MORE):
        return arguments[2].removesuffix(_MORE)
    return None
