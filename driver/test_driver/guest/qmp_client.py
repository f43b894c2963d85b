"""A connection to QEMU's monitor or to the guest agent, spoken by QEMU's own library."""

import asyncio
import logging

from qemu.qmp import Message, QMPClient, QMPError, Runstate
from qemu.qmp.error import ProtocolError

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0
# One reply line of the guest agent carries a piece of a file in base64.
LONGEST_LINE = 64 * 1024 * 1024


class QmpClient(QMPClient):
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


def new_client(name: str) -> QmpClient:
    """Return a client of the library that is not connected yet."""
    client = QmpClient(name, readbuflen=LONGEST_LINE)
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
