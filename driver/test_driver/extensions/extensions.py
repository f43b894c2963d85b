"""What the extensions of a test add to the driver. Most tests have none.

So this module imports nothing of what extensions need: each start of a driver would wait for it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import ConfigurationError
from ..failure import Part
from ..steps import Steps

if TYPE_CHECKING:
    from ..machine import BaseMachine
    from .added_diagnostics import AddedDiagnostic
    from .listeners import ExtensionListeners
    from .machine_classes import MachineClasses
    from .source import Source

M = TypeVar("M", bound="BaseMachine")


class Extensions:
    """Nothing is added. `loaded.py` has the other case."""

    sources: Sequence["Source"] = ()
    machines: "MachineClasses | None" = None
    listeners: "ExtensionListeners | None" = None
    diagnostics: Sequence["AddedDiagnostic"] = ()

    def __init__(
        self,
        modules: Mapping[str, Path] | None = None,
        problem: ConfigurationError | None = None,
    ) -> None:
        # Where type checkers find the packages: of extensions, and those that a test brings along.
        self.modules = {} if modules is None else modules
        self._problem = problem

    def check(self) -> None:
        """Raise what is wrong with an extension. Raises ConfigurationError."""
        if self._problem is not None:
            raise self._problem

    def machine_class(self, kind: type[M]) -> type[M]:
        """Return a class of machines with what is added to it."""
        return kind

    def script_globals(
        self, driver: object, taken: Mapping[str, str], steps: Steps
    ) -> dict[str, object]:
        """Return the global names that are added to a script. Raises ExtensionError.

        `taken` says of each name that exists what it is. Functions make steps as they say.
        """
        return {}

    def take_failures(self) -> list[Part]:
        """Return what has failed in listeners since the last call."""
        return []
