"""QEMU's monitor, spoken by QEMU's own library."""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any

from qemu.qmp import ExecuteError, Message, QMPClient, QMPError, Runstate
from qemu.qmp.error import ProtocolError

from ..deadline import Deadline
from ..errors import MonitorError, MonitorLost

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0
# One reply line of the guest agent carries a piece of a file in base64.
LONGEST_LINE = 64 * 1024 * 1024


class QuietClient(QMPClient):
    """The library's client without its log of every message, which is slow for large ones.

    What it trips over in a message that is not what it should be is a ProtocolError as well, and
    `fault` says what it was.
    """

    fault = ""

    def _cb_outbound(self, msg: Message) -> Message:
        return msg

    def _cb_inbound(self, msg: Message) -> Message:
        return msg

    async def _do_recv(self) -> Message:
        try:
            return await super()._do_recv()
        except (ValueError, RecursionError, ProtocolError) as error:
            raise self._refusal(f"a message is no JSON object ({error})") from error

    async def _on_message(self, msg: Message) -> None:
        if not isinstance(msg.get("id", ""), str | int | None):
            raise self._refusal("a message has an `id` that no request has")
        if not isinstance(msg.get("event", ""), str):
            raise self._refusal("a message has an `event` that is no name")
        await super()._on_message(msg)

    def _refusal(self, reason: str) -> ProtocolError:
        self.fault = reason.split("\n")[0]
        return ProtocolError(self.fault)


def new_client(name: str) -> QuietClient:
    """Return a client of the library that is not connected yet."""
    client = QuietClient(name, readbuflen=LONGEST_LINE)
    # Nothing reads the library's queue of events, so nothing may be put there.
    client.events.event_filter = lambda event: False
    return client


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
            raise MonitorError(self._machine, command, str(error)) from error
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
