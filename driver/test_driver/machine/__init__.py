"""The machines of a test, and what scripts for nixpkgs' driver import from here."""

import shlex
from collections.abc import Callable, Iterable

from .. import retrying
from ..screen.keyboard import DEFAULT_LAYOUT, key_names
from .core import Machine
from .nspawn import NspawnMachine

# In nixpkgs' driver, machines with QEMU and containers have a common base.
BaseMachine = Machine
QemuMachine = Machine
# Scripts replace it by one that waits less; the methods of machines have waits of their own.
retry: Callable[..., None] = retrying.retry
# The characters whose key has another name, with the name for `send_key`.
CHAR_TO_KEY = key_names(DEFAULT_LAYOUT)


def make_command(args: Iterable[object]) -> str:
    """Return a command line of these arguments, quoted for a shell.

    >>> machine.succeed(make_command(["test", "-e", "/a name with blanks"]))
    """
    return shlex.join(str(argument) for argument in args)


__all__ = [
    "CHAR_TO_KEY",
    "BaseMachine",
    "Machine",
    "NspawnMachine",
    "QemuMachine",
    "make_command",
    "retry",
]
