"""Run one command in a guest through its agent.

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
import shlex
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from .agent import Agent
from .deadline import Deadline
from .errors import AgentError, AgentLost, AgentSilent

logger = logging.getLogger(__name__)

SPOOL = "/run/test-driver"
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
TIMED_OUT_STATUS = 124  # what timeout(1) gives
FIRST_POLL_SECONDS = 0.001
LAST_POLL_SECONDS = 0.05
LIVE_POLL_SECONDS = 0.5
READ_BYTES = 1024 * 1024
SWEEP_FILES = 64
SWEEP_BYTES = 1024 * 1024
KILL_SECONDS = 10.0
START_SECONDS = 10.0  # a busy guest may need longer to start a command than the command may take

# Sent to the group, then to whoever is left of it after a second.
KILL_SCRIPT = """\
kill -TERM -- "-$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 -- "-$1" 2>/dev/null || exit 0
  sleep 0.1
done
kill -KILL -- "-$1" 2>/dev/null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """How a command ended and what it wrote."""

    status: int
    stdout: bytes
    stderr: bytes
    timed_out: bool

    def describe(self) -> str:
        """Say how it ended, for messages."""
        if self.timed_out:
            return "timed out and was killed"
        return f"exit status {self.status}"


class CommandRunner:
    """Runs commands through one agent, any number at a time."""

    def __init__(self, machine: str, agent: Agent) -> None:
        self.machine = machine
        self._agent = agent
        self._token = secrets.token_hex(4)
        self._numbers = itertools.count()
        self._spent: list[str] = []
        self._spent_bytes = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(
        self, command: str, deadline: Deadline, on_stderr: Callable[[bytes], None]
    ) -> CommandResult:
        """Run a command with bash and return its result.

        At the deadline its whole process group is killed, and the status is 124. `on_stderr` gets
        what the command writes to stderr while it runs.
        """
        limit = deadline.timeout()
        try:
            async with asyncio.timeout(None if limit is None else limit + START_SECONDS):
                running = await self._start(command)
        except TimeoutError as error:
            seconds = deadline.seconds + START_SECONDS
            raise self._agent.silent(seconds, f"starting `{command}`") from error
        return await running.finish(deadline, on_stderr)

    async def start(self, command: str) -> None:
        """Start a command and leave it alone."""
        await self._exec(_bash(command, "/dev/null", "/dev/null"))

    async def _start(self, command: str) -> "RunningCommand":
        name = f"{SPOOL}-{self._token}-{next(self._numbers)}"
        paths = (f"{name}.out", f"{name}.err")
        loop = asyncio.get_running_loop()
        started = loop.time()
        # Sent together, done by the agent in this order.
        stdout, stderr, pid = await asyncio.gather(
            self._open(paths[0]), self._open(paths[1]), self._exec(_bash(command, *paths))
        )
        answer_seconds = loop.time() - started
        return RunningCommand(self, pid, paths, (stdout, stderr), answer_seconds)

    async def call(self, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Send a request that the agent answers at once."""
        return await self._agent.call(command, arguments, Deadline.after(None))

    def silent(self, seconds: float, what: str) -> AgentSilent:
        """Return the error for a guest that does not answer."""
        return self._agent.silent(seconds, what)

    async def poll(self, pid: int) -> int | None:
        """Return the exit status of a process that this agent started, if it has ended."""
        try:
            state = await self.call("guest-exec-status", pid=pid)
        except (AgentLost, AgentSilent):
            raise
        except AgentError as error:  # an agent that was started anew does not know the process
            raise AgentLost(error.machine, "it was started anew while the command ran") from error
        if not state["exited"]:
            return None
        return 128 + int(state["signal"]) if "signal" in state else int(state["exitcode"])

    def abandon(self, pid: int) -> None:
        """End a process group that nobody waits for any more, without waiting for that either."""
        self._aside(self.kill_group(pid))

    async def kill_group(self, pid: int) -> None:
        """End a process group, by force if need be."""
        await self._exec(["bash", "-c", KILL_SCRIPT, "bash", str(pid)])

    def spent(self, paths: tuple[str, str], handles: tuple[int, int], size: int) -> None:
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
                await self._exec(["rm", "-f", *names])

        self._aside(tidy())

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that no caller waits for; that the agent is gone does not matter to it."""

        async def quietly() -> None:
            with contextlib.suppress(AgentError):
                await work

        task = asyncio.ensure_future(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _exec(self, arguments: list[str]) -> int:
        answer = await self.call(
            "guest-exec", path=arguments[0], arg=arguments[1:], env=list(ENVIRONMENT)
        )
        return int(answer["pid"])

    async def _open(self, path: str) -> int:
        return int(await self.call("guest-file-open", path=path, mode="w+"))


class RunningCommand:
    """A command that runs in a guest, and the files it writes to."""

    def __init__(
        self,
        runner: CommandRunner,
        pid: int,
        paths: tuple[str, str],
        handles: tuple[int, int],
        answer_seconds: float,
    ) -> None:
        self._runner = runner
        self._pid = pid
        self._paths = paths
        self._handles = handles
        # A guest that answers slowly needs its time for the command rather than for questions.
        self._pause = min(max(answer_seconds / 2, FIRST_POLL_SECONDS), LAST_POLL_SECONDS)
        self._stderr = bytearray()

    async def finish(self, deadline: Deadline, on_stderr: Callable[[bytes], None]) -> CommandResult:
        """Wait for the end and collect the output."""
        timed_out = False
        try:
            status = await self._wait(deadline, on_stderr)
            if status is None:
                timed_out = True
                await self._kill()
        except asyncio.CancelledError:
            self._runner.abandon(self._pid)
            raise
        stdout, _ = await asyncio.gather(self._read(self._handles[0]), self._read_stderr(on_stderr))
        self._runner.spent(self._paths, self._handles, len(stdout) + len(self._stderr))
        return CommandResult(
            status=TIMED_OUT_STATUS if status is None else status,
            stdout=stdout,
            stderr=bytes(self._stderr),
            timed_out=timed_out,
        )

    async def _wait(self, deadline: Deadline, on_stderr: Callable[[bytes], None]) -> int | None:
        """Return the exit status, or `None` at the deadline."""
        pause = self._pause
        live = Deadline.after(LIVE_POLL_SECONDS)
        while True:
            await asyncio.sleep(min(pause, deadline.remaining()))
            pause = min(pause * 1.5, LAST_POLL_SECONDS)
            try:
                async with asyncio.timeout(deadline.timeout()):
                    status = await self._runner.poll(self._pid)
            except TimeoutError:
                return None
            if status is not None:
                return status
            if deadline.expired():
                return None
            if live.expired():
                await self._read_stderr(on_stderr)
                live = Deadline.after(LIVE_POLL_SECONDS)

    async def _kill(self) -> None:
        """Kill the group and wait until the command is gone. Raises AgentSilent if it stays."""
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await self._runner.kill_group(self._pid)
                while await self._runner.poll(self._pid) is None:
                    await asyncio.sleep(LAST_POLL_SECONDS)
        except TimeoutError as error:
            raise self._runner.silent(
                KILL_SECONDS, "killing a command that took too long"
            ) from error

    async def _read(self, handle: int) -> bytes:
        data = bytearray()
        while True:
            answer = await self._runner.call("guest-file-read", handle=handle, count=READ_BYTES)
            data += base64.b64decode(answer["buf-b64"])
            if answer["eof"] or not answer["count"]:
                return bytes(data)

    async def _read_stderr(self, on_stderr: Callable[[bytes], None]) -> None:
        if data := await self._read(self._handles[1]):
            self._stderr += data
            on_stderr(data)


def _bash(command: str, stdout: str, stderr: str) -> list[str]:
    """Return the argument list that runs a command in a session of its own.

    The redirections stand on a line of their own, so that bash has done them before it reads the
    command: a syntax error there is reported on the redirected stderr. Scripts written for
    nixpkgs' driver expect to be in /tmp.
    """
    redirect = f"exec </dev/null >>{shlex.quote(stdout)} 2>>{shlex.quote(stderr)}; cd /tmp"
    return ["setsid", "bash", "-c", f"{redirect}\nset -euo pipefail; {command}"]
