"""The machines of a test, and what scripts for nixpkgs' driver import from here."""

from ..retrying import retry
from .core import Machine
from .nspawn import NspawnMachine

# In nixpkgs' driver, machines with QEMU and containers have a common base.
BaseMachine = Machine
QemuMachine = Machine

__all__ = ["BaseMachine", "Machine", "NspawnMachine", "QemuMachine", "retry"]
