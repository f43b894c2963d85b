"""Where the machines of a test keep their disks."""

import fcntl
import os
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from .errors import HostError
from .sockets import make_socket_folder
from .temporary_folders import own_folder


def machine_folder(state: Path, machine: str) -> Path:
    """Return the folder of a machine."""
    return state / f"vm-state-{machine}"


def make_machine_folder(machine: str, folder: Path) -> None:
    """Make the folder of a machine unless it is there. Raises HostError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"{machine}: cannot make its folder: {error}") from error


def private_folder(stack: ExitStack) -> Path:
    """Make a folder that is this driver's alone, and is removed in the end."""
    return own_folder(stack, Path(tempfile.mkdtemp(prefix="test-driver-")))


def socket_folder(stack: ExitStack) -> Path:
    """Make a folder with a short path, which is removed in the end."""
    return own_folder(stack, make_socket_folder())


def kept_state(stack: ExitStack, machines: Iterable[str]) -> Path:
    """Return the folder for state that outlives the driver, locked against a second one.

    Raises HostError if another driver uses the state of one of the machines.
    """
    state = Path(tempfile.gettempdir())
    for machine in machines:
        folder = machine_folder(state, machine)
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HostError(
                f"{folder} is in use by another driver; stop that one, set TMPDIR to another "
                "folder, or leave --keep-machine-state out"
            ) from error
    return state
