"""Commands in a guest through its agent alone: what every guest can do.

The command writes to two files in the guest, which the driver reads. So its output has no limit
but the guest's memory, and a process that the command leaves behind with its output open does not
keep anybody waiting. The files are opened by the agent before the command starts: reading them
needs no other program in the guest.
"""

import asyncio
import base64
import contextlib
import itertools
import logging
import secrets
from collections.abc import Coroutine
from typing import Any

from ..deadline import NEVER, Deadline
from ..error_text import excerpt
from ..errors import AgentError, AgentLost, AgentSilent, MonitorError
from ..poll import Pauses, poll
from . import late_stderr
from .agent import Agent
from .command_result import CommandEnd
from .fresh_shell import through_agent
from .output_buffer import Sink

logger = logging.getLogger(__name__)

# Where a command's output is kept until the driver has read it: the first that has room.
SPOOLS = ("/run/test-driver", "/dev/shm/test-driver", "/tmp/test-driver", "/var/tmp/test-driver")
NO_ROOM = "its file system is full, read-only or missing; make room there"
NOWHERE_PATH = "/dev/null"
STDERR_PATH = "/proc/self/fd/2"
SEARCH_PATH = (
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    ":/run/wrappers/bin:/run/current-system/sw/bin"
)
ENVIRONMENT = (
    f"PATH={SEARCH_PATH}",
    "HOME=/root",
    "USER=root",
    "LOGNAME=root",
    "SHELL=/bin/bash",
    "PAGER=",
    "DISPLAY=:0.0",
    "LANG=C.UTF-8",
)
SIGNALLED_STATUS = 128  # and the number of the signal, as a shell counts
TIMED_OUT_STATUS = 124  # what timeout(1) gives
PAUSES = Pauses(0.001, 0.05)
SHARE_SECONDS = 0.01
LIVE_POLL_SECONDS = 0.5
READ_BYTES = 1024 * 1024
SWEEP_FILES = 64
SWEEP_BYTES = 1024 * 1024
KILL_SECONDS = 10.0
START_SECONDS = 10.0  # a busy guest may need longer to start a command than the command may take

# A named pipe takes no room, but the files of output will.
MAKE_FIFO = 'if printf x >"$0.room"; then mkfifo -m 600 "$0"; fi; rm "$0.room"; test -p "$0"'
# Each child of a shell channel's shell that leads a group is a command.
KILL_CHILDREN = """\
read -r children <"/proc/$1/task/$1/children"
for child in $children; do kill -0 -- "-$child" 2>/dev/null && bash -c "$0" bash "$child"; done
"""
# Sent to the group, then to whoever is left of it after a second.
KILL_SCRIPT = """\
kill -TERM -- "-$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 -- "-$1" 2>/dev/null || exit 0
  sleep 0.1
done
kill -KILL -- "-$1" 2>/dev/null
"""


class SpoolRefused(AgentError):
    """The guest has no room for the output of a command."""

    def __init__(self, machine: str, path: str, why: str) -> None:
        self.why = why
        super().__init__(
            machine, f"cannot keep the output of a command in the guest's {path}: {why}"
        )


class AgentShell:
    """Runs commands through one agent, any number at a time."""

    def __init__(self, machine: str, agent: Agent) -> None:
        self.machine = machine
        self.running = 0  # commands under way
        self._agent = agent
        self._token = secrets.token_hex(4)
        self._spools = list(SPOOLS)
        self._numbers = itertools.count()
        self._spent: list[str] = []
        self._spent_bytes = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[int, int] = {}  # statuses that were asked for and not told yet

    async def run(self, command: str, deadline: Deadline, stdout: Sink, stderr: Sink) -> CommandEnd:
        """Run a command with bash. At the deadline its whole process group is killed."""
        self.running += 1
        try:
            return await self._run(command, deadline, stdout, stderr)
        finally:
            self.running -= 1

    async def _run(
        self, command: str, deadline: Deadline, stdout: Sink, stderr: Sink
    ) -> CommandEnd:
        limit = deadline.timeout()
        for spool in tuple(self._spools):
            try:
                async with asyncio.timeout(None if limit is None else limit + START_SECONDS):
                    running = await self._start(command)
                return await running.finish(deadline, stdout, stderr)
            except TimeoutError as error:
                seconds = deadline.seconds + START_SECONDS
                raise self._agent.silent(seconds, f"starting `{excerpt(command)}`") from error
            except SpoolRefused as error:
                # The command has not begun.
                logger.debug("%s", error)
                self._refuse(spool)
                refused = error
        raise SpoolRefused(self.machine, " or ".join(SPOOLS), refused.why)

    async def start(self, command: str) -> None:
        """Start a command and leave it alone. Its stderr goes to the console."""
        text = through_agent(command, NOWHERE_PATH, NOWHERE_PATH, STDERR_PATH)
        await self.exec(late_stderr.beside(text), command.encode())

    async def spawn(self, command: str) -> tuple["RunningCommand", str, int]:
        """Start a command whose stdin is a named pipe, and return that and a handle on it.

        As long as the handle is open, the command does not see the end of its input.
        """
        fifo = await self._make_fifo()
        holder = int(await self.call("guest-file-open", path=fifo, mode="r+"))
        return await self._start(command, fifo), fifo, holder

    async def only_write(self, fifo: str, holder: int) -> int:
        """Return a handle on a named pipe that does not read, in the place of one that could."""
        writer = int(await self.call("guest-file-open", path=fifo, mode="w"))
        await self.call("guest-file-close", handle=holder)
        return writer

    async def _make_fifo(self) -> str:
        for spool in tuple(self._spools):
            fifo = self._new_name() + ".in"
            pid = await self.exec(["bash", "-c", MAKE_FIFO, fifo])
            if await poll(lambda: self.poll(pid), PAUSES) == 0:  # noqa: B023 - ends in this turn
                return fifo
            self._refuse(spool)
        raise SpoolRefused(self.machine, " or ".join(SPOOLS), NO_ROOM)

    def _refuse(self, spool: str) -> None:
        """Keep no more output in this folder, unless there is no other one."""
        self._spools = [other for other in self._spools if other != spool] or list(SPOOLS)

    def _new_name(self) -> str:
        return f"{self._spools[0]}-{self._token}-{next(self._numbers)}"

    async def _start(self, command: str, stdin: str = "/dev/null") -> "RunningCommand":
        name = self._new_name()
        paths = (f"{name}.out", f"{name}.err")
        loop = asyncio.get_running_loop()
        started = loop.time()
        stdout, stderr = await self._open(paths[0]), await self._open(paths[1])
        pid = await self._exec_bash(command, stdin, paths)
        answer_seconds = loop.time() - started
        return RunningCommand(self, pid, paths, (stdout, stderr), answer_seconds)

    async def call(self, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Send a request that the agent answers at once."""
        return await self._agent.call(command, arguments, NEVER)

    def silent(self, seconds: float, what: str) -> AgentSilent:
        """Return the error for a guest that does not answer."""
        return self._agent.silent(seconds, what)

    async def poll(self, pid: int) -> int | None:
        """Return the exit status of a process that this agent started, if it has ended."""
        if pid in self._ended:
            return self._ended.pop(pid)
        drops = self._agent.drops
        try:
            state = await self.call("guest-exec-status", pid=pid)
        except (AgentLost, AgentSilent):
            raise
        except AgentError as error:  # an agent that was started anew does not know the process
            raise self._agent.started_anew() from error
        if not state["exited"]:
            return None
        signalled = "signal" in state
        status = SIGNALLED_STATUS + int(state["signal"]) if signalled else int(state["exitcode"])
        if self.may_be_lost(status):
            await self._agent.outlived(drops)
        return status

    async def has_ended(self, pid: int) -> bool:
        """Tell whether a process has ended, as far as the agent knows. `poll` still tells how."""
        try:
            status = await self.poll(pid)
        except AgentError:  # it is lost, or does not know the process: others tell so
            return False
        if status is not None:
            self._ended[pid] = status
        return status is not None

    def may_be_lost(self, status: int) -> bool:
        """Tell whether a command may have ended because the way into the guest did.

        NixOS' root shell takes all that it has started along. An agent does so where its unit has
        no `KillMode=process`, and a command seldom hides the signal.
        """
        return self._agent.is_root_shell or status >= SIGNALLED_STATUS

    def abandon(self, pid: int) -> None:
        """End a process group that nobody waits for any more, without waiting for that either."""
        self.aside(self.kill_group(pid))

    def abandon_children(self, pid: int) -> None:
        """End the commands of a shell channel's shell, without waiting for that."""
        self.aside(self.kill_children(pid))

    async def kill_children(self, pid: int) -> None:
        """End the commands of a shell channel's shell, by force if need be."""
        await self.exec(["bash", "-c", KILL_CHILDREN, KILL_SCRIPT, str(pid)])

    async def kill_group(self, pid: int) -> None:
        """End a process group, by force if need be."""
        await self.exec(["bash", "-c", KILL_SCRIPT, "bash", str(pid)])

    def spent(self, paths: tuple[str, ...], handles: tuple[int, ...], size: int) -> None:
        """Close files that are no longer needed, and remove them now and then."""
        self._spent += paths
        self._spent_bytes += size
        names: list[str] = []
        if len(self._spent) >= SWEEP_FILES or self._spent_bytes >= SWEEP_BYTES:
            names, self._spent, self._spent_bytes = self._spent, [], 0

        async def tidy() -> None:
            for handle in handles:
                await self.call("guest-file-close", handle=handle)
            if names:
                await self.exec(["rm", "-f", *names])

        self.aside(tidy())

    def aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that no caller waits for, and that does not matter if the guest is gone."""

        async def quietly() -> None:
            with contextlib.suppress(AgentError, MonitorError):
                await work

        task = asyncio.ensure_future(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def exec(self, arguments: list[str], stdin: bytes = b"") -> int:
        """Start a program without output, and return its process."""
        answer = await self.call(
            "guest-exec",
            path=arguments[0],
            arg=arguments[1:],
            env=list(ENVIRONMENT),
            **{"input-data": base64.b64encode(stdin).decode()} if stdin else {},
        )
        return int(answer["pid"])

    async def _exec_bash(self, command: str, stdin: str, output: tuple[str, str]) -> int:
        """Start a command with bash, in a session of its own, and return its process."""
        text = through_agent(command, stdin, *output)
        return await self.exec(["setsid", "bash", "-c", text, "bash"], command.encode())

    async def _open(self, path: str) -> int:
        try:
            return int(await self.call("guest-file-open", path=path, mode="w+"))
        except (AgentLost, AgentSilent):
            raise
        except AgentError as error:
            raise SpoolRefused(self.machine, path, str(error)) from error


class RunningCommand:
    """A command that runs in a guest, and the files it writes to."""

    def __init__(
        self,
        shell: AgentShell,
        pid: int,
        paths: tuple[str, str],
        handles: tuple[int, int],
        answer_seconds: float,
    ) -> None:
        self._shell = shell
        self.pid = pid
        self._paths = paths
        self._handles = handles
        # A guest that answers slowly needs its time for the command rather than for questions.
        self._pause = PAUSES.after(answer_seconds / 2)
        self._read_bytes = 0
        self._began = [False, False]

    async def finish(self, deadline: Deadline, stdout: Sink, stderr: Sink) -> CommandEnd:
        """Wait for the end, and give the sinks what the command writes."""

        timed_out = False
        try:
            status = await self._wait(deadline, stdout, stderr)
            if status is None:
                timed_out = True
                await self._kill()
        except asyncio.CancelledError:
            self._shell.abandon(self.pid)
            raise
        await self.read(stdout, stderr)
        self.tidy()
        if status is not None:
            self.check_began(status)
        return CommandEnd(
            status=TIMED_OUT_STATUS if status is None else status, timed_out=timed_out
        )

    async def status(self) -> int | None:
        """Return the exit status, if the command has ended. The agent tells it once only."""
        return await self._shell.poll(self.pid)

    async def read(self, stdout: Sink, stderr: Sink) -> int:
        """Give the sinks what the command has written since the last time; return how much."""
        before = self._read_bytes
        await asyncio.gather(self._read(0, stdout), self._read(1, stderr))
        return self._read_bytes - before

    @property
    def began(self) -> bool:
        """Whether it was seen that the command has its stdin and its output."""
        return all(self._began)

    def check_began(self, status: int) -> None:
        """Make sure that a command that has ended by itself had begun. Raises SpoolRefused."""
        if status < SIGNALLED_STATUS and not self.began:
            raise SpoolRefused(self._shell.machine, self._paths[0], NO_ROOM)

    def tidy(self, *files: str) -> None:
        """Close the files the command has written to, and of others."""
        self._shell.spent((*self._paths, *files), self._handles, self._read_bytes)

    async def _wait(self, deadline: Deadline, stdout: Sink, stderr: Sink) -> int | None:
        """Return the exit status, or `None` at the deadline."""
        pause = self._pause
        live = Deadline.after(LIVE_POLL_SECONDS)
        while True:
            await asyncio.sleep(min(pause, deadline.remaining()))
            # The agent answers one question after the other.
            pause = min(
                pause * PAUSES.factor, max(PAUSES.last, SHARE_SECONDS * self._shell.running)
            )
            try:
                async with asyncio.timeout(deadline.timeout()):
                    status = await self.status()
            except TimeoutError:
                return None
            if status is not None:
                return status
            if deadline.expired():
                return None
            if live.expired():
                await self.read(stdout, stderr)
                live = Deadline.after(LIVE_POLL_SECONDS)

    async def _kill(self) -> None:
        """Kill the group and wait until the command is gone. Raises AgentSilent if it stays."""
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await self._shell.kill_group(self.pid)
                await poll(self.status, PAUSES)
        except TimeoutError as error:
            raise self._shell.silent(
                KILL_SECONDS, "killing a command that took too long"
            ) from error

    async def _read(self, number: int, sink: Sink) -> None:
        handle = self._handles[number]
        while True:
            answer = await self._shell.call("guest-file-read", handle=handle, count=READ_BYTES)
            if data := base64.b64decode(answer["buf-b64"]):
                self._read_bytes += len(data)
                if not self._began[number]:  # one byte is no output of the command
                    self._began[number] = data.startswith(b"\n")
                    data = data[1:]
                sink.write(data)
            if answer["eof"] or not answer["count"]:
                return
