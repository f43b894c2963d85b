"""What a state machine finds in the script around it."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from ..script.script import NAMES_MODULE
from .errors import StatefulError

if TYPE_CHECKING:
    from ..driver import Driver


def script_globals() -> Mapping[str, object]:
    """Return the global names of the script that runs. Raises StatefulError if none does."""
    if (module := sys.modules.get(NAMES_MODULE)) is None:
        raise StatefulError("test_driver.stateful is for test scripts, and none is running")
    return vars(module)


def current_driver() -> "Driver":
    """Return the driver of the script that runs."""
    return cast("Driver", script_globals()["driver"])
