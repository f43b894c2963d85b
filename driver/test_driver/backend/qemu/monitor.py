"""QEMU's monitor, spoken by QEMU's own library."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any

from qemu.qmp import ExecuteError, Message, QMPError, Runstate

from ...deadline import Deadline
from ...errors import MonitorError, MonitorLost
from ...guest.qmp_client import close_client, new_client


class Monitor:
    """The QMP connection to one QEMU. All methods belong to the thread of the loop."""

    def __init__(self, machine: str, on_event: Callable[[Mapping[str, Any]], None]) -> None:
        self._machine = machine
        self._client = new_client(f"{machine}-monitor")

        def deliver(event: Message) -> bool:
            on_event(event)
            return False  # keep it out of the library's queue

        self._client.events.event_filter = deliver

    async def open(self, connection: socket.socket) -> None:
        """Greet and negotiate."""
        try:
            await self._client.connect(connection)
        except QMPError as error:
            raise MonitorError(self._machine, "qmp_capabilities", str(error)) from error

    async def execute(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
        """Run a command and return its answer. Raises MonitorError."""
        try:
            async with asyncio.timeout(deadline.timeout()):
                return await self._client.execute(command, arguments)
        except ExecuteError as error:
            kind = error.error_class
            raise MonitorError(self._machine, command, str(error), kind) from error
        except QMPError as error:
            raise MonitorLost(self._machine, command, f"the monitor is gone ({error})") from error
        except TimeoutError as error:
            raise MonitorError(
                self._machine, command, f"no answer within {deadline.seconds:.3g} s"
            ) from error

    @property
    def usable(self) -> bool:
        """Whether QEMU can be asked for something."""
        return self._client.runstate == Runstate.RUNNING

    async def wait_until_lost(self) -> str:
        """Wait until the connection ends, and return why. It must be open."""
        while self.usable:
            await self._client.runstate_changed()
        return self._client.fault or "it was closed"

    async def close(self) -> None:
        """Disconnect."""
        await close_client(self._client)
