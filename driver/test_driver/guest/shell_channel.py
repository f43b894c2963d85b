"""A fast way for commands into a guest: a shell that stays there and forks for each of them.

It sits behind two ports of its own and is started through the agent. What it does and says is
described in `shell_channel.bash`.
"""

import asyncio
import contextlib
import itertools
import logging
import secrets
import shlex
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from . import late_stderr
from .command_result import CommandEnd
from .fresh_shell import WAITING
from .output_buffer import NOWHERE, Sink

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).with_name("shell_channel.bash")
CHUNK_BYTES = 256 * 1024
SEND_BYTES = 64 * 1024
LONGEST_MESSAGE_BYTES = 4096
PORT_CLOSED = "its port was closed"
SHELL_ENDED = "it has ended"
DRAIN_SECONDS = 2.0
SHELL_CHANNEL_ENDS = (PORT_CLOSED, SHELL_ENDED)


class Readable(Protocol):
    """What can be read to its end, piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, and none at the end."""


def script() -> str:
    """Return what the shell of a shell channel runs."""
    texts = {"channel_shell": WAITING, "channel_late": late_stderr.COPY}
    variables = (f"{name}={shlex.quote(text)}\n" for name, text in texts.items())
    return "".join(variables) + SCRIPT.read_text()


class ShellChannelBroken(Exception):
    """The shell channel cannot be used any more; why is in the message."""


class _Stream:
    """What comes from one port: output, and messages that begin with a token."""

    def __init__(self, reader: asyncio.StreamReader, token: bytes) -> None:
        self._reader = reader
        self._token = token
        self._rest = b""

    async def until_message(self, number: int, sink: Sink) -> list[str]:
        """Give the output before the end of a command to a sink, and return how it ended."""
        data, self._rest = self._rest, b""
        while True:
            start = data.find(self._token)
            if start >= 0:
                if (end := data.find(b"\n", start)) >= 0:
                    break
                if len(data) - start > LONGEST_MESSAGE_BYTES:
                    raise ShellChannelBroken("a message of the shell has no end")
            else:
                # The end of it may be the beginning of a message.
                start = data.find(self._token[:1], max(0, len(data) - len(self._token) + 1))
            out, data = (data, b"") if start < 0 else (data[:start], data[start:])
            if out:
                sink.write(out)
            more = await self._reader.read(CHUNK_BYTES)
            if not more:
                raise ShellChannelBroken(PORT_CLOSED)
            data += more
        if start:
            sink.write(data[:start])
        self._rest = data[end + 1 :]
        message = data[start:end].decode(errors="replace")
        fields = message.split(" ", 5)[1:]
        if fields[:2] != ["end", str(number)]:
            raise ShellChannelBroken(f"the shell said {message!r} instead of `end {number}`")
        return fields[2:]


class ShellChannel:
    """One shell channel: closed until it is opened, and again after it was lost."""

    def __init__(self, names: tuple[str, str], paths: tuple[Path, Path]) -> None:
        self.names = names
        self.process = 0
        self._paths = paths
        self._numbers = itertools.count(1)
        self._readers: list[asyncio.StreamReader] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._streams: list[_Stream] = []
        self._why = ""

    @property
    def is_connected(self) -> bool:
        """Whether it has the ports."""
        return bool(self._writers)

    @property
    def is_open(self) -> bool:
        """Whether the shell has answered and was not lost since."""
        return bool(self._streams)

    async def open(self, start: Callable[[list[str], bytes], Awaitable[int]]) -> None:
        """Connect, and let `start` start the shell in the guest, with an input.

        It returns the process. The caller sets the time limit.

        Raises ShellChannelBroken.
        """

        async def greeted() -> CommandEnd:
            await self.connect()
            # shell_channel.bash tells by the number which of two shells is wanted.
            greeting = f"channel-{time.time_ns()}-{secrets.token_hex(8)}"
            self.process = await start(["bash", "-s", *self.names, greeting], script().encode())
            await _skip_past(self._readers[0], greeting.encode() + b"\n")
            token = _new_token()
            self._writers[0].write(token + b"\n")
            return await self._agree_on(token, 0)

        await self._unless_broken(greeted())

    async def connect(self) -> None:
        """Take the ports. Raises OSError, and has none then."""
        self.close("it was opened anew")
        self._why = ""
        try:
            for path in self._paths:
                reader, writer = await asyncio.open_unix_connection(path, limit=CHUNK_BYTES)
                self._writers.append(writer)
                self._readers.append(reader)
        except BaseException:
            self.close("its ports cannot be reached")
            raise

    async def make_ready(self, command: str) -> None:
        """Let the shell, with which the machine is to be saved, do beforehand what it can.

        It runs a command itself, and has the process of the next one wait. The caller sets the time
        limit. Raises ShellChannelBroken.
        """
        await self.run(command, (NOWHERE, NOWHERE), kind="here")
        await self.run(":", (NOWHERE, NOWHERE), kind="next")

    async def resume(self, process: int, command: str) -> CommandEnd:
        """Go on, connected already, with a shell that the machine was saved with.

        Its token is known to whoever has the snapshot, and what it said before was for another
        driver: it gets a new one. Then it runs a command itself, and what that has left behind is
        in `channel_left`. The caller sets the time limit. Raises ShellChannelBroken.
        """
        self.process = process
        token, number = _new_token(), next(self._numbers)
        self._request(number, "here", f"channel_token={token.decode()}\n{command}")
        return await self._unless_broken(self._agree_on(token, number))

    async def _agree_on(self, token: bytes, number: int) -> CommandEnd:
        """Wait until the shell uses a token, on both ports. It is open then."""
        streams = [_Stream(reader, token) for reader in self._readers]
        (status, _, left), _ = await asyncio.gather(
            *(stream.until_message(number, NOWHERE) for stream in streams)
        )
        self._streams = streams
        return CommandEnd(status=int(status), left=left.strip())

    async def _unless_broken(self, opening: Coroutine[Any, Any, CommandEnd]) -> CommandEnd:
        try:
            return await opening
        except (OSError, ShellChannelBroken, ValueError) as error:
            raise self._broken(str(error)) from error
        except BaseException:
            self.close("it was given up")
            raise

    def close(self, why: str) -> None:
        """Give the shell channel up. A command on it ends with ShellChannelBroken."""
        self._why = self._why or why
        for writer in self._writers:
            writer.transport.abort()
        self._readers, self._writers, self._streams = [], [], []

    async def run(
        self,
        command: str,
        output: tuple[Sink, Sink],
        stdin: Readable | None = None,
        *,
        kind: str = "null",
    ) -> CommandEnd:
        """Run a command, and return how it ended.

        With `stdin`, the command must read exactly what is in that file. Raises ShellChannelBroken.
        """
        if not self.is_open:  # lost since the caller chose it
            raise ShellChannelBroken(self._why)
        number = next(self._numbers)
        stdout, stderr = self._streams
        self._request(number, kind if stdin is None else "port", command)
        sending = asyncio.ensure_future(self._send(stdin))
        try:
            (status, held, left), _ = await asyncio.gather(
                stdout.until_message(number, output[0]), stderr.until_message(number, output[1])
            )
            end = CommandEnd(status=int(status), left=left.strip())
        except (ShellChannelBroken, ValueError) as error:
            raise self._broken(str(error)) from error
        finally:
            sending.cancel()
        if held != "0" or (stdin is not None and end.status != 0):
            # What is still to come on stdout is nobody's output, and what was not read is no
            # request. The shell is told: it does not see a connection that is made anew at once.
            drains = held != "0" and stdin is None
            self._writers[0].write(_last_request(waits=drains))
            if drains:
                await self._drain(stderr, output[1])
            self.close("its pipes are held by what a command has left behind")
        return end

    async def _drain(self, stderr: _Stream, sink: Sink) -> None:
        """Take the rest of stderr that comes by the port. From then on the console has it."""
        with contextlib.suppress(ShellChannelBroken, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await stderr.until_message(0, sink)

    def _request(self, number: int, kind: str, command: str) -> None:
        text = command.encode()
        header = f"{number} {len(text)} {kind} {'ascii' if text.isascii() else 'bytes'}"
        self._writers[0].write(f"{header:<31}\n".encode() + text)

    async def _send(self, stdin: Readable | None) -> None:
        writer = self._writers[0]
        with contextlib.suppress(ConnectionError):  # whoever reads there is told, too
            while stdin is not None and (piece := stdin.read(SEND_BYTES)):
                writer.write(piece)
                await writer.drain()

    def _broken(self, why: str) -> ShellChannelBroken:
        self.close(why)
        return ShellChannelBroken(self._why)


def _last_request(*, waits: bool) -> bytes:
    """Return the request to end. `waits` says that the driver waits for the rest of stderr."""
    return b"0 %d" % waits + b" " * 28 + b"\n"


def _new_token() -> bytes:
    return b"\x02" + secrets.token_hex(12).encode()


async def _skip_past(reader: asyncio.StreamReader, text: bytes) -> None:
    """Read up to the end of a text."""
    data = b""
    while text not in data:
        more = await reader.read(CHUNK_BYTES)
        if not more:
            raise ShellChannelBroken(PORT_CLOSED)
        data = data[-len(text) :] + more
