"""A start of a container."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import HostError
from ...network.programs import program, unquoted_command
from ..boot import PreLaunchHook
from .instance import NspawnInstance, NspawnLaunch

if TYPE_CHECKING:
    from ...machine.core import MachineCore

# Where the container finds the folder in which its guest agent opens a socket.
CHANNEL_FOLDER = "/run/test-driver-channel"
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
        launch = NspawnLaunch(
            machine=machine.name,
            command=(
                *machine.configuration.start_command,
                f"--bind={self._channel}:{CHANNEL_FOLDER}",
            ),
            cwd=machine.state_dir,
            environment={
                **machine.environment(),
                CARDS_VARIABLE: unquoted_command(program("taps")),
                **await machine.context.container_images.variables(),
            },
            agent=self._channel / "agent",
            allow_reboot=self._allow_reboot,
            on_loss=machine.lost,
        )
        return NspawnInstance(launch, machine.console)

    async def begin(self, backend: NspawnInstance, hooks: Sequence[PreLaunchHook]) -> None:
        """Start the container. Hooks are not run: they are for guests that can stand still."""
        await backend.start()
        self._machine.lines.say(f"the container runs (process {backend.process.pid})")
