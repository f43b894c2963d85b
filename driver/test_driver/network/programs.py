"""How the driver starts programs of its own that pass frames on."""

import sys

from ..errors import HostError
from ..package import PACKAGE_FOLDER

_START = str(PACKAGE_FOLDER / "network" / "start.py")
# What a shell makes something else of, in a variable without quotes.
_SPECIAL = frozenset(" \t\n*?[\\")


def program(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs `main` of a module of this package."""
    # Neither the site's packages nor the folder of the program are searched.
    return [sys.executable, "-SP", _START, module, *arguments]


def unquoted_command(command: list[str]) -> str:
    """Return a command line for a shell that takes each argument as it is. Raises HostError."""
    for argument in command:
        if _SPECIAL & set(argument):
            raise HostError(
                f"the start script of a container cannot start {argument!r}, "
                "because the path has a space or another character that is special in a shell; "
                "move it elsewhere"
            )
    return " ".join(command)
