"""The machine that is a container, under the name of its first module."""

from .machine.kinds import machine_of
from .machine.nspawn import NspawnMachine

__all__ = ["NspawnMachine", "machine_of"]
