"""A command that runs in a guest while the script goes on."""

import asyncio
import base64
import collections
import shlex
import signal as signals
import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from ..deadline import NEVER, Deadline, Duration
from ..error_text import TAIL_CHARACTERS, excerpt, indented, tail
from ..errors import CommandFailed, WaitTimedOut
from ..given_up import drop_result, give_up
from ..poll import Pauses, poll_until
from .agent_shell import KILL_SECONDS, RunningCommand
from .command_result import CommandResult
from .live_lines import LiveLines
from .output_buffer import Both, Capture

if TYPE_CHECKING:
    from ..backend.base import Backend
    from ..machine.core import MachineCore

PENDING_LINES = 10_000
PAUSES = Pauses(0.01, 0.1)
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

    def __init__(
        self, machine: "MachineCore", path: str, holder: int, spawned: "SpawnedCommand"
    ) -> None:
        self._machine = machine
        self._spawned = spawned
        self._ended = spawned.ended
        self._shared = True
        self._path = path
        self._holder: int | None = holder

    def write(self, data: str | bytes) -> None:
        """Give the command something to read, and wait until it has room for it.

        Raises CommandFailed if it has not within the machine's `default_timeout`, or as soon as the
        command has ended or does not read any more, and ValueError if the input was closed.

        >>> handle.stdin.write("select 1;\\n")
        """
        if self._holder is None:
            raise ValueError("the stdin of the command was closed")
        text = base64.b64encode(data.encode() if isinstance(data, str) else data).decode()
        path = shlex.quote(self._path)
        # To open a pipe that nobody reads would take for ever, so that is asked before. The shell's
        # own printf has no limit, and makes no temporary file.
        command = (
            f"dd if=/dev/null of={path} oflag=nonblock conv=notrunc 2>/dev/null\n"
            f"printf %s '{text}' | base64 -d >{path}"
        )
        result = self._machine.in_loop(self._unless_ended(command))
        if result is None or result.status != 0:
            how = "failed (stdin has no reader: the command has ended, or has closed it)"
            if result is not None and result.timed_out:
                how = f"failed ({result.describe()}: the command does not read it)"
            stderr = "" if result is None else result.stderr
            raise CommandFailed(self._machine.name, "writing to stdin", how, "", stderr)

    async def _unless_ended(self, command: str) -> CommandResult | None:
        """Run a command that writes there; `None` if the one that reads has ended before."""
        if self._ended.done():
            return None
        qemu = self._spawned.qemu
        limit = Deadline.after(self._machine.default_timeout)
        if self._shared and self._holder is not None:
            # Until the command has its stdin, the driver keeps it open. From then on nobody else
            # reads there, so that who writes learns of its end.
            await poll_until(lambda: self._spawned.began or self._ended.done(), PAUSES)
            work = qemu.commands.only_write(self._path, self._holder)
            self._holder = await qemu.liveness.run(work, NEVER)
            self._shared = False
        writing = asyncio.ensure_future(
            qemu.liveness.run(qemu.commands.capture(command, limit), NEVER)
        )
        try:
            await asyncio.wait({writing, self._ended}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                await asyncio.wait({writing}, timeout=PAUSES.last)
            return writing.result() if writing.done() else None
        finally:
            await give_up(writing)

    def close(self) -> None:
        """Let the command see the end of its input.

        >>> handle.stdin.close()
        """
        if self._holder is not None:
            qemu = self._machine.reach_guest()
            close = qemu.commands.call("guest-file-close", handle=self._holder)
            self._machine.in_loop(qemu.liveness.run(close, NEVER))
            self._holder = None


class SpawnedCommand:
    """A command that runs: what `machine.spawn` returns. As a context manager, it ends it."""

    def __init__(
        self,
        machine: "MachineCore",
        qemu: "Backend",
        command: str,
        running: RunningCommand,
        fifo: str,
    ) -> None:
        self.command = command
        self._machine = machine
        self._qemu = qemu
        self._running = running
        self._fifo = fifo
        self._lines = _Lines()
        self._log = (
            LiveLines(lambda line: machine.lines.say(line, stream="stdout", only_in_files=True)),
            LiveLines(lambda line: machine.lines.say(line, stream="stderr")),
        )
        self._stderr = machine.console.stderr()
        self._kept = (
            Capture(machine.output_limit, self._log[0]),
            Capture(machine.output_limit, Both(self._log[1], self._stderr)),
        )
        self._task = asyncio.ensure_future(self._follow())
        # Nobody has to ask how it ended: its machine may be off because the script wants it.
        drop_result(self._task)
        self.stdin: SpawnedInput

    @classmethod
    async def start(cls, machine: "MachineCore", qemu: "Backend", command: str) -> "SpawnedCommand":
        """Start a command. To be called in the loop."""
        running, fifo, holder = await qemu.commands.spawn(command)
        spawned = cls(machine, qemu, command, running, fifo)
        spawned.stdin = SpawnedInput(machine, fifo, holder, spawned)
        return spawned

    @property
    def qemu(self) -> "Backend":
        """The run of the machine that it belongs to."""
        return self._qemu

    @property
    def ended(self) -> "asyncio.Future[CommandResult]":
        """How it has ended, when it has."""
        return self._task

    @property
    def began(self) -> bool:
        """Whether it was seen to have begun."""
        return self._running.began

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
                self._machine.in_loop(guest.hold(self._qemu.liveness, ended(), within))
        except TimeoutError as error:
            last = tail(self._kept[0].last(TAIL_CHARACTERS).decode(errors="replace"))
            what = f"`{excerpt(self.command)}` to end"
            detail = indented("stdout", last)
            raise WaitTimedOut(
                self._machine.name, what, deadline.seconds, "it still runs", detail
            ) from error
        return self._task.result()

    def kill(self, signal: str | int = "TERM") -> None:
        """Send a signal to all processes of the command, and do not wait for what comes of it.

        `signal` is a name with or without SIG, or a number. Raises ValueError if there is no such
        signal, and CommandFailed if the command has ended.

        >>> handle.kill("HUP")
        """
        name = signal_name(signal)
        what = f"sending SIG{name} to `{excerpt(self.command)}`"
        if self._task.done():
            raise CommandFailed(self._machine.name, what, "failed (the command has ended)", "", "")
        work = self._qemu.commands.signal(self._running.pid, name)
        result = self._machine.in_loop(self._qemu.liveness.run(work, NEVER))
        if result.status != 0:
            how = f"failed ({result.describe()}; the command may have ended)"
            raise CommandFailed(self._machine.name, what, how, result.stdout, result.stderr)

    def lines(self) -> Iterator[str]:
        """Yield the lines that the command writes to stdout, as they come, until it has ended.

        Of more than 10,000 lines that were not read, the oldest are left out. Raises what made
        the machine go away, if it does before the command has ended.

        >>> for line in handle.lines():
        ...     if "ready" in line:
        ...         break
        """
        while (line := self._machine.in_loop(self._lines.next())) is not None:
            yield line

        async def ended() -> None:
            await asyncio.wait({self._task})

        self._machine.in_loop(ended())
        self._task.result()  # what was lost has no end

    async def _follow(self) -> CommandResult:
        started, seen = time.monotonic(), self._qemu.commands.console_position()
        try:
            status = await self._qemu.liveness.run(self._read(), NEVER)
        finally:
            self._lines.end()
            for log in self._log:
                log.end()
            self._stderr.close()
        truncated = any(kept.left_out > 0 for kept in self._kept)
        stdout, stderr = (kept.take() for kept in self._kept)
        self._machine.trouble.output(stderr)
        return CommandResult(
            status=status,
            duration=time.monotonic() - started,
            timed_out=False,
            truncated=truncated,
            left="",
            killed=await self._qemu.commands.killed_since(seen, status),
            stdout_bytes=stdout,
            stderr_bytes=stderr,
        )

    async def _read(self) -> int:
        pauses = iter(PAUSES)
        while True:
            status = await self._running.status()
            count = await self._running.read(Both(self._lines, self._kept[0]), self._kept[1])
            if status is not None:
                self._running.tidy(self._fifo)
                self._running.check_began(status)
                return status
            if count:
                pauses = iter(PAUSES)
            await asyncio.sleep(next(pauses))

    async def _end(self) -> None:
        await self._qemu.commands.kill(self._running.pid)
        await asyncio.wait({self._task}, timeout=KILL_SECONDS)


def signal_name(signal: str | int) -> str:
    """Return the name of a signal without SIG. Raises ValueError if there is none such."""
    name = str(signal).upper().removeprefix("SIG")
    if name.isdigit():
        return signals.Signals(int(name)).name.removeprefix("SIG")
    if f"SIG{name}" not in signals.Signals.__members__:
        known = ", ".join(one.name.removeprefix("SIG") for one in signals.Signals)
        raise ValueError(f"there is no signal {signal!r}: expected a number, or one of {known}")
    return name
