"""A start of a container."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...configuration import Limits
from ...errors import HostError
from ...network.programs import program, unquoted_command
from ...network.taps import CONTROL_VARIABLE
from ..boot import PreLaunchHook
from .cgroups import VARIABLE as CGROUP_VARIABLE
from .cgroups import Cgroup, Cgroups
from .instance import NspawnInstance, NspawnLaunch
from .shell_pipes import CHANNEL_FOLDER

if TYPE_CHECKING:
    from ...machine.core import MachineCore

logger = logging.getLogger(__name__)

# The start script runs this command for the container's network cards.
CARDS_VARIABLE = "CONTAINER_CARDS"


class ContainerBoot:
    """Starts systemd-nspawn."""

    title = "starting"
    begins_boot = True
    loads_snapshot = False

    def __init__(self, machine: "MachineCore", channel: Path, *, allow_reboot: bool) -> None:
        self._machine = machine
        self._allow_reboot = allow_reboot
        self._channel = channel

    async def prepare(self) -> NspawnInstance:
        """Return a container that was not started. Raises HostError."""
        machine = self._machine
        try:
            self._channel.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise HostError(
                f"{machine.name}: cannot make the folder of its socket: {error}"
            ) from error
        cgroup = limited_cgroup(machine.context.cgroups, machine.name, machine.configuration.limits)
        cards = self._channel.with_suffix(".cards")
        launch = NspawnLaunch(
            machine=machine.name,
            command=(
                *machine.configuration.start_command,
                f"--bind={self._channel}:{CHANNEL_FOLDER}",
            ),
            cwd=machine.state_dir,
            environment={
                **machine.environment(),
                **({CGROUP_VARIABLE: str(cgroup.folder)} if isinstance(cgroup, Cgroup) else {}),
                CARDS_VARIABLE: unquoted_command(program("taps")),
                CONTROL_VARIABLE: str(cards),
                **await machine.context.container_images.variables(),
            },
            agent=self._channel / "agent",
            cgroup=cgroup,
            cards=cards,
            allow_reboot=self._allow_reboot,
            on_loss=machine.lost,
        )
        return NspawnInstance(launch, machine.console)

    async def begin(self, backend: NspawnInstance, hooks: Sequence[PreLaunchHook]) -> None:
        """Start the container. The hooks are run when its cards are there, before each boot."""

        async def before_guest() -> None:
            for hook in hooks:
                await hook.before_launch(self._machine, backend)

        await backend.start(before_guest)
        self._machine.lines.say(f"the container runs (process {backend.process.pid})")


def limited_cgroup(cgroups: Cgroups, machine: str, limits: Limits) -> Cgroup | HostError:
    """Return the cgroup of a container with its limits, or why it has none.

    Raises HostError if it must have limits, and cannot.
    """
    options = {"memorySize": limits.memory_mib, "cores": limits.cores}
    wanted = [f"`{name} = {value}`" for name, value in options.items() if value is not None]
    try:
        cgroup = cgroups.of(machine)
        _limit(cgroup, machine, limits)
    except HostError as error:
        if wanted and limits.required:
            raise HostError(f"{machine}: cannot set {' and '.join(wanted)}: {error}") from error
        return error
    return cgroup


def _limit(cgroup: Cgroup, machine: str, limits: Limits) -> None:
    calls: list[Callable[[], None]] = []
    if limits.memory_mib is not None:
        calls.append(partial(cgroup.limit_memory, limits.memory_mib))
    if limits.cores is not None:
        calls.append(partial(cgroup.limit_cpu, limits.cores))
    for call in calls:
        try:
            call()
        except HostError as error:
            if limits.required:
                raise
            logger.debug("%s: the container goes on without a limit: %s", machine, error)
