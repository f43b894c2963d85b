"""The machines of a test, and what scripts for nixpkgs' driver import from here."""

from typing import TYPE_CHECKING, Any

from ..deprecation import deprecated
from ..retrying import retry
from .base import BaseMachine
from .core import MachineCore
from .nspawn import NspawnMachine
from .qemu import QemuMachine

if TYPE_CHECKING:
    Machine = QemuMachine

__all__ = ["BaseMachine", "Machine", "MachineCore", "NspawnMachine", "QemuMachine", "retry"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class
    """Return the class of machines under its old name."""
    if name == "Machine":
        deprecated("the class Machine", "QemuMachine or BaseMachine")
        return QemuMachine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
