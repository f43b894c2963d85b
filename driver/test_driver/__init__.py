"""Boots virtual machines in QEMU and runs a Python script against them."""

from typing import Any

from . import machine
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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class
    """Return the class of machines under its old name."""
    if name == "Machine":
        return machine.Machine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
