"""The machines of a test, and what scripts for nixpkgs' driver import from here."""

import shlex
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .. import retrying
from ..deprecation import deprecated
from ..screen.keyboard import DEFAULT_LAYOUT, key_names
from .base import BaseMachine
from .core import MachineCore
from .nspawn import NspawnMachine
from .qemu import QemuMachine

if TYPE_CHECKING:
    Machine = QemuMachine

# Scripts replace it by one that waits less; the methods of machines have waits of their own.
retry: Callable[..., None] = retrying.retry
# The characters whose key has another name, with the name for `send_key`.
CHAR_TO_KEY = key_names(DEFAULT_LAYOUT)


def make_command(args: Iterable[object]) -> str:
    """Return a command line of these arguments, quoted for a shell.

    >>> machine.succeed(make_command(["test", "-e", "/a name with blanks"]))
    """
    return shlex.join(str(argument) for argument in args)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class
    """Return the class of machines under its old name."""
    if name == "Machine":
        deprecated("the class Machine", "QemuMachine or BaseMachine")
        return QemuMachine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "CHAR_TO_KEY",
    "BaseMachine",
    "Machine",
    "MachineCore",
    "NspawnMachine",
    "QemuMachine",
    "make_command",
    "retry",
]
