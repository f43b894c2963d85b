"""Extensions that are loaded and checked, as the driver uses them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from ..failure import Part
from ..machine import BaseMachine
from ..steps import Steps
from .added_diagnostics import AddedDiagnostic
from .extensions import Extensions
from .listeners import ExtensionListeners
from .machine_classes import MachineClasses
from .script_globals import GlobalsHook, added_globals, timed
from .source import Source

M = TypeVar("M", bound=BaseMachine)


class LoadedExtensions(Extensions):
    """What at least one extension adds."""

    machines: MachineClasses
    listeners: ExtensionListeners

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        machines: MachineClasses,
        globals_hooks: Sequence[GlobalsHook],
        listeners: ExtensionListeners,
        diagnostics: Sequence[AddedDiagnostic],
        modules: Mapping[str, Path],
    ) -> None:
        super().__init__(modules)
        self.sources = sources
        self.machines = machines
        self.listeners = listeners
        self.diagnostics = diagnostics
        self._globals_hooks = globals_hooks

    def machine_class(self, kind: type[M]) -> type[M]:
        """Return a class of machines with what is added to it."""
        return self.machines.of(kind)

    def script_globals(
        self, driver: object, taken: Mapping[str, str], steps: Steps
    ) -> dict[str, object]:
        """Return the global names that are added to a script. Raises ExtensionError."""
        added = added_globals(self._globals_hooks, driver, taken)
        return {name: timed(name, value, steps) for name, value in added.items()}

    def take_failures(self) -> list[Part]:
        """Return what has failed in listeners since the last call."""
        return self.listeners.take_failures()
