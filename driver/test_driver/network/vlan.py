"""The networks between machines: one switch process each."""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from ..deadline import Deadline
from ..error_text import exit_text
from ..errors import SwitchFailed
from ..process import Process
from .programs import program as own_program
from .vde import CONTROL

logger = logging.getLogger(__name__)

START_SECONDS = 30.0
STOP_SECONDS = 1.0
POLL_SECONDS = 0.005
LISTENERS = 64


class Vlan:
    """A network: a switch that every frame passes. Methods belong to the loop's thread.

    The switch is a hub: each machine sees every frame, as nixpkgs' networks have it. IP packets of
    up to 65,535 bytes pass, whether the network has faults or not.
    """

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.folder = folder
        # With what it was started, for what is started beside it.
        self.environment: Mapping[str, str] = {}
        self._process = Process(f"the switch of network {number}", self._log)
        self._stopping = False
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def nr(self) -> int:
        """The number of the network."""
        return self.number

    @property
    def pid(self) -> int:
        """The process id of the switch."""
        return self._process.pid

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket that QEMU connects to."""
        return self.folder

    async def start(
        self,
        program: str | None,
        environment: Mapping[str, str],
        on_failure: Callable[[SwitchFailed], None],
    ) -> None:
        """Start the switch, so that machines can connect to it. Raises HostError.

        `program` is one with the options of `vde_switch`, if it is not to be the driver's own
        switch. `on_failure` is called if the switch ends later, while it is needed.
        """
        self.environment = environment
        if program is None:
            self._start_own()
        else:
            await self._start_other(program)
        self._supervisor = asyncio.ensure_future(self._supervise(on_failure))

    def _start_own(self) -> None:
        """Start the driver's own switch. Its socket exists before, so that no machine must wait."""
        self.folder.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self.folder / CONTROL))
            listener.listen(LISTENERS)
            self._process.start(
                own_program("switch", str(listener.fileno()), str(self.folder)),
                cwd=self.folder.parent,
                environment=self.environment,
                descriptors=(listener.fileno(),),
            )

    async def _start_other(self, program: str) -> None:
        deadline = Deadline.after(START_SECONDS)
        # The mode keeps the switch from setting a group id, which the Nix sandbox refuses.
        self._process.start(
            [program, "--sock", str(self.folder), "--hub", "--dirmode", "0700"],
            cwd=self.folder.parent,
            environment=self.environment,
        )
        control = self.folder / CONTROL
        while not control.exists():
            if (status := await self._process.wait(POLL_SECONDS)) is not None:
                raise SwitchFailed(
                    self.number, f"did not start ({exit_text(status)})", self._process.output()
                )
            if deadline.expired():
                await self.stop()
                raise SwitchFailed(
                    self.number,
                    f"did not open its socket within {START_SECONDS:g} s",
                    self._process.output(),
                )

    async def stop(self) -> None:
        """Stop the switch."""
        self._stopping = True

        async def ask() -> None:
            self._process.close_stdin()

        await self._process.stop(ask, STOP_SECONDS)

    async def _supervise(self, on_failure: Callable[[SwitchFailed], None]) -> None:
        status = await self._process.wait(None)
        if not self._stopping and status is not None:
            on_failure(
                SwitchFailed(self.number, f"stopped ({exit_text(status)})", self._process.output())
            )

    def _log(self, line: str) -> None:
        if line:
            logger.debug("switch of network %d: %s", self.number, line)
