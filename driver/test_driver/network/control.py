"""The driver's end of the connection to a program of its own that passes frames on.

The program's end is `requests.py`.
"""

import asyncio
import json
import socket
from typing import Any, Self

from ..given_up import give_up

ANSWER_SECONDS = 30.0
HUNG_UP = "has hung up"


class ControlFailed(Exception):
    """The program did not do what it was asked. The text continues its name."""


class ControlEnded(ControlFailed):
    """The program has closed the connection."""

    def __init__(self) -> None:
        super().__init__(HUNG_UP)


class Control:
    """A connection. Methods belong to the loop's thread."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Done when the program has closed the connection, or the driver.
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writer = writer
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._reading = asyncio.ensure_future(self._read(reader))
        self._asking = asyncio.Lock()

    @classmethod
    async def over(cls, connection: socket.socket) -> Self:
        """Return a connection over a socket."""
        return cls(*await asyncio.open_unix_connection(sock=connection))

    async def ask(self, what: str, **arguments: object) -> None:
        """Have something done. Raises ControlFailed if it is not."""
        async with self._asking:
            self._writer.write(json.dumps({"do": what, **arguments}).encode() + b"\n")
            answer = await self.told()
        if reason := answer.get("error"):
            raise ControlFailed(f"cannot do what it was asked ({what}): {reason}")

    async def told(self) -> dict[str, Any]:
        """Return what the program says next. Raises ControlFailed."""
        line = asyncio.ensure_future(self._lines.get())
        try:
            either: set[asyncio.Future[Any]] = {line, self.ended}
            await asyncio.wait(either, timeout=ANSWER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if line.done():
                found: dict[str, Any] = json.loads(line.result())
                return found
        finally:
            await give_up(line)
        if self.ended.done():
            raise ControlEnded
        raise ControlFailed(f"did not answer within {ANSWER_SECONDS:g} s")

    def close(self) -> None:
        """Close the connection, which the program takes as a request to end."""
        self._writer.close()
        self._end()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._lines.put_nowait(line)
        except OSError:
            pass
        finally:
            self._end()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
