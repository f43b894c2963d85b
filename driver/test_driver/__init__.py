"""Boots virtual machines in QEMU and runs a Python script against them."""

from .configuration import Configuration, load_configuration
from .deadline import Deadline
from .driver import Driver
from .machine import Machine
from .retrying import retry
from .script.script import Script

__all__ = [
    "Configuration",
    "Deadline",
    "Driver",
    "Machine",
    "Script",
    "load_configuration",
    "retry",
]
