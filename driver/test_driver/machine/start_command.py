"""The command line that starts a machine, as scripts for nixpkgs' driver read and change it."""

import shlex
from collections.abc import Callable, Sequence
from typing import Any, overload

from ..created_machines import DEFAULT_NAME, name_in, shell_text


class StartCommand(str):
    """The command line as a shell reads it. `_cmd` is the same text, and can be set.

    >>> machine.start_command._cmd = machine.start_command._cmd.replace("old.img", "new.img")
    """

    _change: Callable[[str], None]

    def __new__(cls, command: Sequence[str], change: Callable[[str], None]) -> "StartCommand":
        """Make it from a list of arguments; `change` is called with what a script sets."""
        inner = shell_text(command)
        self = super().__new__(cls, shlex.join(command) if inner is None else inner)
        self._change = change
        return self

    @property
    def _cmd(self) -> str:
        return str(self)

    @_cmd.setter
    def _cmd(self, value: str) -> None:
        self._change(value)

    @property
    def machine_name(self) -> str:
        """The name in a program that is called `run-NAME-vm`, else `machine`."""
        return name_in(self) or DEFAULT_NAME


class CommandLine(property):
    """A property that is read as a StartCommand and set as text.

    Type checkers before mypy 1.16 know one type only of a property that is none.
    """

    @overload
    def __get__(self, instance: None, owner: type, /) -> "CommandLine": ...

    @overload
    def __get__(self, instance: Any, owner: type | None = None, /) -> StartCommand: ...  # noqa: ANN401

    def __get__(self, instance: Any, owner: type | None = None, /) -> Any:
        """Return the command line."""
        return super().__get__(instance, owner)

    def __set__(self, instance: Any, value: str, /) -> None:  # noqa: ANN401
        """Change the command line."""
        super().__set__(instance, value)


def set_by(
    change: Callable[[Any, str], None],
) -> Callable[[Callable[[Any], StartCommand]], CommandLine]:
    """Make a property from the method below; `change` is called with what a script sets."""
    return lambda read: CommandLine(read, change)
