"""The hooks by which other packages add to the driver: `docs/extensions.md` is the guide.

A package names a module, or an object, as an entry point of the group `rehearse`. The functions in
it that are marked with `hookimpl`, and called as the hooks below, are called by the driver. This
module needs pluggy; the driver imports it only if there is an extension.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from .driver_methods import DriverMethods
from .extensions.script_globals import global_function
from .machine import BaseMachine, MachineCore, NspawnMachine, QemuMachine
from .machine.method import method
from .public_names import Needs, public
from .report.guest_diagnostics import GuestDiagnostic
from .report.host_diagnostics import HostDiagnostic
from .run.timings import Phase
from .steps import Step

PROJECT = "rehearse"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hooks. An extension has those that it needs."""

    @hookspec
    def machine_methods(self) -> Sequence[type]:  # type: ignore[empty-body]
        """Return classes whose methods are added to machines.

        The methods of a class that is derived from `BaseMachine` are added to all machines, those
        of one derived from `QemuMachine` or `NspawnMachine` to machines of that kind. Each method
        has the decorator `method`, and each property `public`.

        >>> @hookimpl
        ... def machine_methods() -> list[type]:
        ...     return []
        """

    @hookspec
    def script_globals(self, driver: DriverMethods) -> Mapping[str, object]:  # type: ignore[empty-body]
        """Return global names of test scripts, with their values.

        It is called for each run of the script, before its first line, and for the check of the
        script, with a driver that has no machines. The check knows the types of functions and
        classes of a module, and of methods and objects of such classes.

        >>> @hookimpl
        ... def script_globals(driver: DriverMethods) -> dict[str, object]:
        ...     return {"greeting": f"hello from {driver.name}"}
        """

    @hookspec
    def step_started(self, step: Step) -> None:
        """Take note of the beginning of a step, in the thread that runs it.

        >>> @hookimpl
        ... def step_started(step: Step) -> None:
        ...     print(step.title())
        """

    @hookspec
    def step_finished(self, step: Step) -> None:
        """Take note of the end of a step: `step.seconds` is its duration, `step.error` its error.

        The step of a test of pytest also has `step.result`, with its outcome: then that counts, not
        the error. `step.failed` is right for both.

        >>> @hookimpl
        ... def step_finished(step: Step) -> None:
        ...     print(step.title(), step.seconds)
        """

    @hookspec
    def event_recorded(self, event: Mapping[str, Any]) -> None:
        """Take note of an event, as `events.jsonl` has it (`docs/events.md`).

        It is called in the thread in which the event happens, also in the one that serves all
        machines: return soon, and call no method of a machine.

        >>> @hookimpl
        ... def event_recorded(event: dict[str, object]) -> None:
        ...     print(event["kind"])
        """

    @hookspec
    def diagnostics(self) -> Sequence[GuestDiagnostic | HostDiagnostic]:  # type: ignore[empty-body]
        """Return what is collected of each machine after a failure, besides what always is.

        >>> @hookimpl
        ... def diagnostics() -> list[GuestDiagnostic]:
        ...     return [GuestDiagnostic(file="cpu.txt", title="CPUs", command="lscpu")]
        """


__all__ = [
    "BaseMachine",
    "DriverMethods",
    "GuestDiagnostic",
    "Hooks",
    "HostDiagnostic",
    "MachineCore",
    "Needs",
    "NspawnMachine",
    "Phase",
    "QemuMachine",
    "Step",
    "global_function",
    "hookimpl",
    "method",
    "public",
]
