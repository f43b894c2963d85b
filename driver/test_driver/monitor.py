"""QEMU's monitor, spoken by QEMU's own library."""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any

from qemu.qmp import ExecuteError, Message, QMPClient, QMPError, Runstate

from .deadline import Deadline
from .errors import MonitorError, MonitorLost

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0
# One reply line of the guest agent carries a piece of a file in base64.
LONGEST_LINE = 64 * 1024 * 1024


class QuietClient(QMPClient):
    """The library's client without its log of every message, which is slow for large ones."""

    def _cb_outbound(self, msg: Message) -> Message:
        return msg

    def _cb_inbound(self, msg: Message) -> Message:
        return msg


def new_client(name: str) -> QuietClient:
    """Return a client of the library that is not connected yet."""
    return QuietClient(name, readbuflen=LONGEST_LINE)


async def close_client(client: QMPClient) -> None:
    """Disconnect, whatever state the connection is in; it never raises."""
    if client.runstate == Runstate.IDLE:
        return
    try:
        await asyncio.wait_for(client.disconnect(), CLOSE_SECONDS)
    except (QMPError, EOFError, OSError, TimeoutError) as error:
        # The library hands out here what ended the connection. Who waited for a reply knows.
        logger.debug("closing a connection: %r", error)


class Monitor:
    """The QMP connection to one QEMU. All methods belong to the thread of the loop."""

    def __init__(self, machine: str, on_event: Callable[[Mapping[str, Any]], None]) -> None:
        self._machine = machine
        self._client = new_client(f"{machine}-monitor")

        def deliver(event: Message) -> bool:
            on_event(event)
            return False  # nothing reads the library's queue, so nothing may be put there

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
            raise MonitorError(self._machine, command, str(error)) from error
        except QMPError as error:
            raise MonitorLost(self._machine, command, f"the monitor is gone ({error})") from error
        except TimeoutError as error:
            raise MonitorError(
                self._machine, command, f"no answer within {deadline.seconds:.3g} s"
            ) from error

    async def close(self) -> None:
        """Disconnect."""
        await close_client(self._client)
