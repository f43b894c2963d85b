"""How a machine starts: one sequence for every back end, and for cold and warm starts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from ..configuration import MachineConfiguration
from ..deadline import Deadline
from ..log import MachineLog
from ..state import make_machine_folder
from .base import Backend
from .console import Console

B = TypeVar("B", bound=Backend)
RESUME_SECONDS = 60.0


class Bootable(Protocol):
    """What a start needs to know of a machine."""

    backend: Backend | None

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def configuration(self) -> MachineConfiguration:
        """How it is configured."""

    @property
    def state_dir(self) -> Path:
        """The folder of its disks."""

    @property
    def lines(self) -> MachineLog:
        """Its log."""

    @property
    def console(self) -> Console:
        """Its console."""

    def runs(self, backend: Backend) -> None:
        """Take note that it is up."""


class PreLaunchHook(Protocol):
    """What a feature does to a machine whose guest stands still, before the guest runs."""

    def delays_start(self, machine: Bootable) -> bool:
        """Tell whether the guest must not run before the hook has."""

    async def before_launch(self, machine: Bootable, backend: Backend) -> None:
        """Do it. Raises MachineError and HostError."""


class Plan(Protocol[B]):
    """One way to start a machine.

    `title` is for the log. A plan that `begins_boot` starts a guest's boot; the others put a
    machine in the place of the one that ran. With `loads_snapshot`, the machine is on once the
    guest goes on, and not before: until then it is not who it must be.
    """

    title: str
    begins_boot: bool
    loads_snapshot: bool

    async def prepare(self) -> B:
        """Return the back end, which was not started. Raises what is in the way."""

    async def begin(self, backend: B, hooks: Sequence[PreLaunchHook]) -> None:
        """Start the back end and its guest, with the hooks before the guest runs.

        The back end has ended if it raises.
        """


async def boot(machine: Bootable, plan: Plan[B], hooks: Sequence[PreLaunchHook]) -> B:
    """Start a machine by a plan. The caller holds `machine.starting`."""
    if plan.begins_boot:
        make_machine_folder(machine.name, machine.state_dir)
        machine.console.new_boot()
    backend = await plan.prepare()
    if plan.title:
        machine.lines.say(plan.title)
    if not plan.loads_snapshot:
        machine.backend = backend
    await plan.begin(backend, hooks)
    machine.backend = backend
    machine.runs(backend)
    return backend


async def run_hooks(
    machine: Bootable, backend: Backend, hooks: Sequence[PreLaunchHook], *, resume: bool
) -> None:
    """Run the hooks of a machine whose guest stands still; with `resume`, let the guest run then.

    The machine is ended if that fails.
    """
    try:
        for hook in hooks:
            await hook.before_launch(machine, backend)
        if resume:
            await backend.execute("cont", None, Deadline.after(RESUME_SECONDS))
    except BaseException:
        await backend.quit()
        raise
