"""Boots virtual machines in QEMU and runs a Python script against them.

Nothing is imported before it is used: the plugin of pytest starts with each run of pytest.
"""

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .configuration import Configuration, load_configuration
    from .deadline import Deadline
    from .driver import Driver
    from .machine import BaseMachine, NspawnMachine, QemuMachine
    from .retrying import retry
    from .script.script import Script

__all__ = [
    "BaseMachine",
    "Configuration",
    "Deadline",
    "Driver",
    "NspawnMachine",
    "QemuMachine",
    "Script",
    "load_configuration",
    "retry",
]

_PLACES = {
    "BaseMachine": ".machine",
    "Configuration": ".configuration",
    "Deadline": ".deadline",
    "Driver": ".driver",
    "Machine": ".machine",  # the old name of the class of machines
    "NspawnMachine": ".machine",
    "QemuMachine": ".machine",
    "Script": ".script.script",
    "load_configuration": ".configuration",
    "retry": ".retrying",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class, a function or a module
    if place := _PLACES.get(name):
        return getattr(importlib.import_module(place, __name__), name)
    if name.isidentifier() and not name.startswith("__"):
        if importlib.util.find_spec(f".{name}", __name__) is not None:
            return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
