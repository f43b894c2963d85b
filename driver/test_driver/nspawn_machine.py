"""The machine that is a container, under the name of its first module."""

from .machine.nspawn import NspawnMachine, machine_of

__all__ = ["NspawnMachine", "machine_of"]
