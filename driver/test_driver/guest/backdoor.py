"""The root shell on a guest's `hvc0`, as a stand-in for the guest agent.

NixOS' test instrumentation starts one (`backdoor.service`), and so do nixpkgs' test images. It does
what the driver asks an agent for, one line for each request; `backdoor.sh` is what runs in it. All
else, the shells for commands and the copies among it, is as with an agent.
"""

import asyncio
import base64
import logging
import re
import secrets
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

SERVER = Path(__file__).with_name("backdoor.sh")
ANNOUNCEMENT = b"Spawning backdoor root shell..."
SOCKET_PAUSE_SECONDS = 0.05
FIRST_ASK_SECONDS = 2.0
LAST_ASK_SECONDS = 5.0
# A request, or its answer, may have been lost: the shell is asked what has become of it.
FIRST_AGAIN_SECONDS = 3.0
LAST_AGAIN_SECONDS = 20.0
READ_BYTES = 256 * 1024
CHUNK_BYTES = 256 * 1024
NOISE_BYTES = 2000
SHELL_ENDED = "it has ended"
SHELL_RESTARTED = "it was started anew"


class ShellRefused(Exception):
    """The shell cannot do what it was asked for; why is in the message."""


class ShellGone(Exception):
    """The shell is not there any more; why is in the message."""


@dataclass(kw_only=True)
class _File:
    """A file of the guest that is open, as an agent's handle would be."""

    path: str
    position: int = 0
    holder: int | None = None  # the process that keeps a named pipe open


class Backdoor:
    """The root shell of one QEMU. All methods belong to the loop's thread.

    `plug_in` makes the console, if it is not there from the start: it is awaited before the
    connection. What is sent is sent whole, also if nobody waits for the answer any more.
    """

    def __init__(
        self, machine: str, path: Path, plug_in: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.machine = machine
        self.on_gone: Callable[[str], None] = lambda reason: None
        # Whether the guest has said on its serial console that the shell has ended.
        self.has_ended: Callable[[], bool] = lambda: False
        self.tried = False  # whether there was a console, so that a shell could have answered
        self.is_unfit = False  # whether a shell has answered that cannot run what it is sent
        self._path = path
        self._plug_in = plug_in
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._received = b""
        self._noise = b""
        self._token = b""
        self._number = 0
        self._awaited: asyncio.Future[str] | None = None
        self._begun = asyncio.Event()
        self._greeted = asyncio.Event()
        self._has_setsid = False
        self._processes: set[int] = set()
        self._files: dict[int, _File] = {}

    async def connect(self) -> None:
        """Wait until a shell answers, for as long as it takes, and send it what it runs."""
        if self._writer is None:
            if self._plug_in is not None:
                await self._plug_in()
            await self._open()
        await self._greet()

    async def execute(self, command: str, arguments: Mapping[str, Any] | None) -> object:
        """Do what an agent does for a request, and return what it would answer.

        Raises ShellRefused and ShellGone.
        """
        arguments = arguments or {}
        match command:
            case "guest-ping":
                await self._ask("rh_answer ok")
            case "guest-exec":
                return {"pid": await self._start(arguments)}
            case "guest-exec-status":
                return await self._status(arguments["pid"])
            case "guest-file-open":
                return await self._open_file(arguments["path"], arguments["mode"])
            case "guest-file-read":
                return await self._read_file(arguments["handle"], arguments["count"])
            case "guest-file-write":
                return await self._write_file(arguments["handle"], arguments["buf-b64"])
            case "guest-file-flush":
                self._file(arguments["handle"])
            case "guest-file-close":
                await self._close_file(arguments["handle"])
            case _:
                raise ShellRefused("only a guest agent can do that")
        return {}

    def forget(self) -> None:
        """Take nothing more from the shell that was there: the next one has another token."""
        self._token = b""
        self._processes.clear()
        self._files.clear()
        self._fail(SHELL_ENDED)

    def close(self) -> None:
        """Disconnect for good."""
        self.forget()
        if self._reading is not None:
            self._reading.cancel()
        self._disconnect()

    def last_noise(self) -> str:
        """Return the end of what was on the console beside answers, for messages."""
        text = self._noise.decode(errors="replace").replace("\r", "")
        return "\n".join(text.strip().splitlines()[-5:])

    async def _open(self) -> None:
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(
                    self._path, limit=CHUNK_BYTES
                )
            except (FileNotFoundError, ConnectionRefusedError):
                await asyncio.sleep(SOCKET_PAUSE_SECONDS)
            else:
                break
        self.tried = True
        self._reading = asyncio.ensure_future(self._read(reader))

    async def _greet(self) -> None:
        """Ask until a shell answers, then have it run the loop."""
        token, pause = secrets.token_hex(8), FIRST_ASK_SECONDS
        server = base64.b64encode(f"rh_token={token}\n".encode() + SERVER.read_bytes()).decode()
        self._greeted.clear()
        while True:
            self._token, self._number = token.encode(), 0
            self._begun.clear()
            # The newline ends whatever was sent to a shell before this one.
            self._send(f"\nstty raw -echo 2>/dev/null; printf '\\002%s\\003\\n' {token}\n".encode())
            try:
                async with asyncio.timeout(pause):
                    await self._until_greeted()
                async with asyncio.timeout(LAST_AGAIN_SECONDS):
                    answer = await self._answer_to(f'eval "$(echo {server} | base64 -d)"')
            except (TimeoutError, ShellGone, ShellRefused) as error:
                logger.debug("%s: no root shell answers yet: %r", self.machine, error)
                self.is_unfit, pause = self._greeted.is_set(), min(pause * 1.5, LAST_ASK_SECONDS)
                self._greeted.clear()
            else:
                self._has_setsid, self.is_unfit = answer == "yes", False
                return

    async def _until_greeted(self) -> None:
        """Wait for the answer to the question, or for a shell that says it begins."""
        waits = [asyncio.ensure_future(one.wait()) for one in (self._greeted, self._begun)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self._greeted.is_set():
            raise ShellGone("it has only begun")

    async def _start(self, arguments: Mapping[str, Any]) -> int:
        tokens = [arguments["path"], *arguments.get("arg", [])]
        if tokens[0] == "setsid":
            tokens = tokens[1:]
        environment = arguments.get("env", [])
        program = tokens[0]
        path = next((one[5:] for one in environment if one.startswith("PATH=")), "/usr/bin:/bin")
        if self._has_setsid:
            tokens = ["setsid", *tokens]
        data = arguments.get("input-data", "").encode()
        line = " ".join(map(_quote, ["rh_exec", path, program, *environment, *tokens]))
        process = int(await self._ask(line, data))
        self._processes.add(process)
        return process

    async def _status(self, process: int) -> object:
        if process not in self._processes:
            raise ShellRefused(f"this shell has not started the process {process}")
        status = await self._ask(f"rh_status {process}")
        if not status:
            return {"exited": False}
        self._processes.discard(process)
        return {"exited": True, "exitcode": int(status)}

    async def _open_file(self, path: str, mode: str) -> int:
        quoted = _quote(path)
        holder = None
        match mode:
            case "r":
                await self._ask(f"rh_readable {quoted}")
            case "r+":
                holder = int(await self._ask(f"rh_hold r {quoted}"))
            case _:
                process = await self._ask(f"rh_overwrite {quoted}")
                holder = int(process) if process else None
        handle = max(self._files, default=0) + 1
        self._files[handle] = _File(path=path, holder=holder)
        return handle

    def _file(self, handle: int) -> _File:
        if (file := self._files.get(handle)) is None:
            raise ShellRefused(f"this shell has no file {handle} open")
        return file

    async def _read_file(self, handle: int, count: int) -> object:
        file, count = self._file(handle), min(count, READ_BYTES)
        line = f"rh_read {_quote(file.path)} {file.position + 1} {count}"
        text = await self._ask(line)
        try:
            size = len(base64.b64decode(text, validate=True))
        except ValueError as error:
            raise ShellRefused(f"{file.path} was not read as base64: {error}") from error
        file.position += size
        return {"count": size, "buf-b64": text, "eof": size < count}

    async def _write_file(self, handle: int, text: str) -> object:
        file, data = self._file(handle), text.encode()
        await self._ask(f"rh_write {_quote(file.path)}", data)
        return {"count": len(base64.b64decode(data)), "eof": False}

    async def _close_file(self, handle: int) -> None:
        holder = self._file(handle).holder
        del self._files[handle]
        if holder is not None:
            await self._ask(f"rh_drop {holder}")

    async def _ask(self, line: str, data: bytes | None = None) -> str:
        """Send a request, and return the value of its answer."""
        self._number += 1
        return await self._answer_to(f"rh_number={self._number}; {line}", data)

    async def _answer_to(self, line: str, data: bytes | None = None) -> str:
        if not self._token:
            raise ShellGone(SHELL_ENDED)
        number, pause = self._number, FIRST_AGAIN_SECONDS
        self._awaited = awaited = asyncio.get_running_loop().create_future()
        lines = line.encode() + b"\n"
        self._send(lines if data is None else lines + data + b"\n")
        while not awaited.done():
            await asyncio.wait({awaited}, timeout=pause)
            if not awaited.done():
                if self.has_ended():
                    self._gone(SHELL_ENDED)
                else:
                    self._ask_again(number)
                pause = min(pause * 2, LAST_AGAIN_SECONDS)
        answer: str = awaited.result()
        kind, _, value = answer.partition(" ")
        if kind == "no":
            raise ShellRefused(value)
        if kind == "lost":
            self._gone(SHELL_RESTARTED)
            raise ShellGone(SHELL_RESTARTED)
        return value

    def _ask_again(self, number: int) -> None:
        # A shell that was started anew knows nothing of this, and says so.
        token = self._token.decode()
        lost = f"printf '\\002%s %s 4 lost\\003\\n' {token} {number}"
        same = f'[ "${{rh_token-}}" = {token} ]'
        self._send(f"if {same}; then rh_again {number}; else {lost}; fi\n".encode())

    def _send(self, data: bytes) -> None:
        if self._writer is not None:
            self._writer.write(data)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Take what comes from the console: answers, and what else is on it."""
        try:
            while data := await reader.read(CHUNK_BYTES):
                self._take(data)
        except OSError as error:
            logger.debug("%s: the connection to hvc0 has ended: %r", self.machine, error)
        self._disconnect()
        self._gone("the connection was closed")

    def _disconnect(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None

    def _take(self, data: bytes) -> None:
        self._received += data
        while True:
            start = self._received.find(b"\x02")
            end = self._received.find(b"\x03", start) if start >= 0 else -1
            if end < 0:
                break
            self._note(self._received[:start])
            # What has begun and has no end is no answer.
            noise, _, frame = self._received[start + 1 : end].rpartition(b"\x02")
            self._received = self._received[end + 1 :]
            self._note(noise)
            self._take_frame(frame)
        if start < 0:
            self._note(self._received)
            self._received = b""

    def _take_frame(self, frame: bytes) -> None:
        token, _, rest = frame.partition(b" ")
        if not self._token or token != self._token:
            return
        if not rest:
            self._greeted.set()
        elif rest == b"gone":
            self._gone(SHELL_ENDED)
        elif found := re.fullmatch(rb"(\d+) (\d+) (.*)", rest, re.DOTALL):
            number, length, text = int(found[1]), int(found[2]), found[3]
            if number != self._number or self._awaited is None or self._awaited.done():
                return
            if len(text) == length:
                self._awaited.set_result(text.decode(errors="replace"))
            else:  # somebody else has written to the console meanwhile
                self._ask_again(number)

    def _note(self, noise: bytes) -> None:
        before = self._noise
        self._noise = (before + noise)[-NOISE_BYTES:]
        if ANNOUNCEMENT in before[1 - len(ANNOUNCEMENT) :] + noise:
            self._begun.set()
            if self._greeted.is_set():
                self._gone(SHELL_RESTARTED)

    def _gone(self, reason: str) -> None:
        self._token = b""
        self._fail(reason)
        self.on_gone(reason)

    def _fail(self, reason: str) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_exception(ShellGone(reason))
            self._awaited.exception()  # who waited may have been cancelled


def _quote(token: str) -> str:
    """Return an argument as the shell of a guest takes it: all of a request is on one line."""
    return shlex.quote(token).replace("\n", "'\"$rh_newline\"'")
