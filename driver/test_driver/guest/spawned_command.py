"""A command that runs in a guest while the script goes on."""

import asyncio
import base64
import collections
import shlex
import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from ..deadline import Deadline, Duration
from ..error_text import TAIL_CHARACTERS, indented, tail
from ..errors import CommandFailed, WaitTimedOut
from .agent_shell import KILL_SECONDS, RunningCommand
from .captured_output import Capture
from .command import CommandResult
from .live_lines import LiveLines

if TYPE_CHECKING:
    from ..machine import Machine
    from ..qemu.run import Qemu

PENDING_LINES = 10_000
FIRST_PAUSE_SECONDS = 0.01
LAST_PAUSE_SECONDS = 0.1
FIRST_LOOK_SECONDS = 0.05
LONGEST_LINE_BYTES = 64 * 1024


class _Lines:
    """Lines that wait for a reader; the oldest are dropped if there are too many."""

    def __init__(self) -> None:
        self._pending: collections.deque[str] = collections.deque(maxlen=PENDING_LINES)
        self._partial = b""
        self._news = asyncio.Event()
        self._ended = False

    def write(self, data: bytes, /) -> None:
        *lines, partial = (self._partial + data).split(b"\n")
        self._partial = partial[-LONGEST_LINE_BYTES:]
        self._pending.extend(line.decode(errors="replace") for line in lines)
        self._news.set()

    def end(self) -> None:
        if self._partial:
            self.write(b"\n")
        self._ended = True
        self._news.set()

    async def next(self) -> str | None:
        """Return the next line; `None` when there will be no more."""
        while not self._pending:
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        return self._pending.popleft()


class SpawnedInput:
    """What a spawned command reads: `handle.stdin`."""

    def __init__(self, machine: "Machine", path: str, holder: int) -> None:
        self._machine = machine
        self._path = path
        self._holder: int | None = holder

    def write(self, data: str | bytes) -> None:
        """Give the command something to read, and wait until it has room for it.

        Raises CommandFailed if it has not within the machine's `default_timeout`, and ValueError
        if the input was closed.

        >>> handle.stdin.write("select 1;\\n")
        """
        if self._holder is None:
            raise ValueError("the stdin of the command was closed")
        text = base64.b64encode(data.encode() if isinstance(data, str) else data).decode()
        command = f"base64 -d >{shlex.quote(self._path)} <<'END'\n{text}\nEND"
        result = self._machine.run(command)
        if result.status != 0:
            how = f"failed ({result.describe()})"
            raise CommandFailed(self._machine.name, "writing to stdin", how, "", result.stderr)

    def close(self) -> None:
        """Let the command see the end of its input.

        >>> handle.stdin.close()
        """
        if self._holder is not None:
            qemu = self._machine.connected()
            close = qemu.commands.call("guest-file-close", handle=self._holder)
            self._machine.in_loop(qemu.lifeline.hold(close, Deadline.after(None)))
            self._holder = None


class SpawnedCommand:
    """A command that runs: what `machine.spawn` returns. As a context manager, it ends it."""

    def __init__(
        self, machine: "Machine", qemu: "Qemu", command: str, running: RunningCommand, fifo: str
    ) -> None:
        self.command = command
        self._machine = machine
        self._qemu = qemu
        self._running = running
        self._fifo = fifo
        self._lines = _Lines()
        self._log = (
            LiveLines(lambda line: machine.lines.say(f"stdout: {line}", only_in_files=True)),
            LiveLines(lambda line: machine.lines.say(f"stderr: {line}")),
        )
        self._kept = tuple(Capture(machine.output_limit, log) for log in self._log)
        self._task = asyncio.ensure_future(self._follow())
        # Nobody has to ask how it ended: a power cut under it may be what the script wants.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self.stdin: SpawnedInput

    @classmethod
    async def start(cls, machine: "Machine", qemu: "Qemu", command: str) -> "SpawnedCommand":
        """Start a command. To be called in the loop."""
        running, fifo, holder = await qemu.commands.spawn(command)
        spawned = cls(machine, qemu, command, running, fifo)
        spawned.stdin = SpawnedInput(machine, fifo, holder)
        return spawned

    def __enter__(self) -> "SpawnedCommand":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._task.done() and self._qemu.alive():
            self._machine.in_loop(self._end())

    def poll(self) -> int | None:
        """Return the exit status, or `None` while the command runs.

        >>> assert handle.poll() is None
        """
        return self._task.result().status if self._task.done() else None

    def wait(self, timeout: Duration | None = None) -> CommandResult:
        """Wait until the command has ended, and return how, and what it wrote.

        Raises WaitTimedOut after `timeout` (the machine's `default_timeout` unless told); the
        command goes on then. Raises what made the machine go away, if it does.

        >>> assert handle.wait(timeout=60).status == 0
        """
        name = "default_timeout" if timeout is None else "timeout"
        limit = self._machine.default_timeout if timeout is None else timeout
        deadline = Deadline.of_method(limit, name)

        if self._task.done():
            return self._task.result()

        async def ended() -> None:
            await asyncio.wait({self._task})

        try:
            # What has ended by now counts even if no time is left.
            within = deadline.at_least(FIRST_LOOK_SECONDS)
            guest = self._qemu.standstill
            with deadline.bounds_calls():
                self._machine.in_loop(guest.hold(self._qemu.lifeline, ended(), within))
        except TimeoutError as error:
            last = tail(self._kept[0].last(TAIL_CHARACTERS).decode(errors="replace"))
            what = f"`{self.command}` to end"
            detail = indented("stdout", last)
            raise WaitTimedOut(
                self._machine.name, what, deadline.seconds, "it still runs", detail
            ) from error
        return self._task.result()

    def kill(self, signal: str = "TERM") -> None:
        """Send a signal to all processes of the command, and do not wait for what comes of it.

        >>> handle.kill("HUP")
        """
        work = self._qemu.commands.signal(self._running.pid, signal)
        self._machine.in_loop(self._qemu.lifeline.hold(work, Deadline.after(None)))

    def lines(self) -> Iterator[str]:
        """Yield the lines that the command writes to stdout, as they come, until it has ended.

        Of more than 10,000 lines that nobody has read, the oldest are left out.

        >>> for line in handle.lines():
        ...     if "ready" in line:
        ...         break
        """
        while (line := self._machine.in_loop(self._lines.next())) is not None:
            yield line

    async def _follow(self) -> CommandResult:
        started = time.monotonic()
        try:
            status = await self._qemu.lifeline.hold(self._read(), Deadline.after(None))
        finally:
            self._lines.end()
            for log in self._log:
                log.end()
        stdout, stderr = (kept.take() for kept in self._kept)
        self._machine.trouble.output(stderr)
        return CommandResult(
            status=status,
            duration=time.monotonic() - started,
            timed_out=False,
            truncated=any(kept.left_out > 0 for kept in self._kept),
            left="",
            stdout_bytes=stdout,
            stderr_bytes=stderr,
        )

    async def _read(self) -> int:
        pause = FIRST_PAUSE_SECONDS
        while True:
            status = await self._running.status()
            count = await self._running.read(_Both(self._lines, self._kept[0]), self._kept[1])
            if status is not None:
                self._running.tidy(self._fifo)
                return status
            pause = FIRST_PAUSE_SECONDS if count else min(pause * 1.5, LAST_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    async def _end(self) -> None:
        await self._qemu.commands.kill(self._running.pid)
        await asyncio.wait({self._task}, timeout=KILL_SECONDS)


class _Both:
    """Gives output to two sinks."""

    def __init__(self, first: _Lines, second: Capture) -> None:
        self._sinks = (first, second)

    def write(self, data: bytes, /) -> None:
        for sink in self._sinks:
            sink.write(data)
