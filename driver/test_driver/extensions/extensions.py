"""All that the extensions of a test add to the driver, checked. Without extensions it is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ConfigurationError
from .added_diagnostics import AddedDiagnostic
from .listeners import ExtensionListeners
from .machine_classes import MachineClasses
from .script_globals import GlobalsHook, added_globals
from .source import Source


@dataclass(frozen=True, kw_only=True)
class Extensions:
    """What is added. `problem` is why nothing is: the test must not run then."""

    sources: Sequence[Source] = ()
    machines: MachineClasses = field(default_factory=MachineClasses)
    globals_hooks: Sequence[GlobalsHook] = ()
    listeners: ExtensionListeners = field(default_factory=ExtensionListeners)
    diagnostics: Sequence[AddedDiagnostic] = ()
    # Where type checkers find the packages: of the extensions, and those that a test brings along.
    modules: Mapping[str, Path] = field(default_factory=dict)
    problem: ConfigurationError | None = None

    def check(self) -> None:
        """Raise what is wrong with an extension. Raises ConfigurationError."""
        if self.problem is not None:
            raise self.problem

    def script_globals(self, driver: object, taken: Mapping[str, str]) -> dict[str, object]:
        """Return the global names that are added to a script. Raises ExtensionError.

        `taken` says of each name that exists what it is.
        """
        return added_globals(self.globals_hooks, driver, taken)
