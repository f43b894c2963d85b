"""The connection to an instrument that speaks lines of text over TCP."""

import asyncio

TIMEOUT_SECONDS = 2.0


class InstrumentError(Exception):
    """The instrument cannot be reached, or did not answer as it should."""


class Instrument:
    """An instrument. It is connected to when it is first asked, and again after an error."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._lock = asyncio.Lock()

    def __str__(self) -> str:
        return "{}:{}".format(*self._address)

    async def ask(self, command: str, is_answered: bool) -> str | None:
        """Send a command; return the line of the answer if there is to be one.

        Raises `InstrumentError`.
        """
        async with self._lock:
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    return await self._exchange(command, is_answered)
            except (OSError, TimeoutError) as error:
                self._disconnect()
                raise InstrumentError(str(error) or "did not answer in time") from error

    async def _exchange(self, command: str, is_answered: bool) -> str | None:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        writer.write(command.encode() + b"\n")
        await writer.drain()
        if not is_answered:
            return None
        line = await reader.readline()
        if not line.endswith(b"\n"):
            raise OSError("closed the connection")
        return line.decode("ascii", "replace").strip()

    def _disconnect(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
