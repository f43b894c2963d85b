"""Run commands in a guest: on a shell channel if one is free, else through the agent."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from ..deadline import NEVER, Deadline
from ..errors import AgentLost, ShellLost
from ..given_up import drop_result
from ..poll import OF_HOST, poll
from .agent import CAUSE_SECONDS, Agent
from .agent_shell import (
    KILL_SECONDS,
    START_SECONDS,
    TIMED_OUT_STATUS,
    AgentShell,
    RunningCommand,
)
from .command_result import CommandEnd, CommandResult
from .fresh_shell import is_plain
from .identity_helper import START_HELPER
from .loss_causes import ConsoleText, describe_status
from .memory_kills import memory_kills
from .output_buffer import NOWHERE, OUTPUT_LIMIT_BYTES, Both, Capture, Sink
from .shell_channel import (
    SHELL_CHANNEL_ENDS,
    SHELL_ENDED,
    Readable,
    ShellChannel,
    ShellChannelBroken,
)

logger = logging.getLogger(__name__)

KILL_AGAIN_SECONDS = 2.0
KILLED_STATUS = 137  # by SIGKILL
CONSOLE_SECONDS = 0.1
NO_COMMAND_STATUS = 127  # what a shell gives for a command that does not exist
RESUME_SECONDS = 5.0  # a shell that was saved goes on in a tenth of that, or it is gone


class CommandRunner:
    """Runs commands in one guest, any number at a time."""

    def __init__(self, machine: str, agent: Agent, channels: Sequence[ShellChannel] = ()) -> None:
        self.machine = machine
        self._agent = agent
        self._shell = AgentShell(machine, agent)
        self._shell_channels = channels
        self.console: ConsoleText | None = None  # where the kernel says what it does
        self._busy: set[ShellChannel] = set()
        self.left_alone = -math.inf  # when a command without a wait was started
        # Shell channels that did not start. They may when the agent has: in another boot, say.
        self._unusable: set[ShellChannel] = set()
        agent.on_drop = self.drop_shell_channels

    async def capture(
        self,
        command: str,
        deadline: Deadline,
        *,
        limit_bytes: int = OUTPUT_LIMIT_BYTES,
        live: tuple[Sink, Sink] = (NOWHERE, NOWHERE),
        on_console: bool = False,
    ) -> CommandResult:
        """Run a command as `run` does and keep its output. `live` gets it, too, as it comes.

        With `on_console`, those who search the console find there what it writes to stderr.
        """
        started, seen = time.monotonic(), self.console_position()
        stdout = Capture(limit_bytes, live[0])
        if on_console and self.console is not None:
            with closing(self.console.stderr()) as shown:
                stderr = Capture(limit_bytes, Both(live[1], shown))
                end = await self.run(command, deadline, stdout, stderr)
        else:
            stderr = Capture(limit_bytes, live[1])
            end = await self.run(command, deadline, stdout, stderr)
        killed = await self.killed_since(seen, end.status)
        return CommandResult(
            status=end.status,
            duration=time.monotonic() - started,
            timed_out=end.timed_out,
            truncated=stdout.left_out + stderr.left_out > 0,
            left=end.left,
            killed=killed,
            stdout_bytes=stdout.take(),
            stderr_bytes=stderr.take(),
        )

    def console_position(self) -> int:
        """Return where the text of the console ends, for `killed_since`."""
        return 0 if self.console is None else self.console.position()

    async def killed_since(self, position: int, status: int) -> str:
        """Say what the kernel has killed for want of memory, if a command has failed."""
        if self.console is None or status == 0:
            return ""
        if status == KILLED_STATUS and not memory_kills(self.console.text_since(position)):
            await asyncio.sleep(CONSOLE_SECONDS)  # it comes another way than the status
        return memory_kills(self.console.text_since(position))

    async def run(
        self,
        command: str,
        deadline: Deadline,
        stdout: Sink = NOWHERE,
        stderr: Sink = NOWHERE,
    ) -> CommandEnd:
        """Run a command with bash, and give the sinks what it writes while it runs.

        At the deadline its whole process group is killed, and the status is 124. Raises AgentLost
        and AgentSilent.
        """
        _check_text(command)
        end = await self.stream(command, deadline, stdout, stderr)
        if end is not None:
            return end
        return await self._shell.run(command, deadline, stdout, stderr)

    async def stream(
        self,
        command: str,
        deadline: Deadline,
        stdout: Sink,
        stderr: Sink,
        stdin: Readable | None = None,
    ) -> CommandEnd | None:
        """Run a command on a shell channel, where bytes flow fast; `None` if none is free.

        With `stdin`, the command must read exactly as much as is in that file.
        """
        channel = await self._free_shell_channel()
        if channel is None:
            return None
        try:
            return await self._run_on(channel, command, deadline, (stdout, stderr), stdin)
        finally:
            self._busy.discard(channel)

    async def start(self, command: str) -> None:
        """Start a command and leave it alone."""
        _check_text(command)
        self.left_alone = time.monotonic()
        await self._shell.start(command)

    async def spawn(self, command: str) -> tuple[RunningCommand, str, int]:
        """Start a command that is to be followed, with a named pipe as its stdin."""
        _check_text(command)
        return await self._shell.spawn(command)

    async def only_write(self, fifo: str, holder: int) -> int:
        """Return a handle that only writes to a spawned command's stdin, and close the other."""
        return await self._shell.only_write(fifo, holder)

    async def signal(self, group: int, signal: str) -> CommandResult:
        """Send a signal to a process group, which a new command may not have made yet."""
        kill = f"kill -s {signal} -- -{group}"
        return await self.capture(
            f"{kill} 2>/dev/null || {{ sleep 0.2; {kill}; }}", Deadline.after(60)
        )

    async def kill(self, group: int) -> None:
        """End a process group, by force if need be."""
        await self._shell.kill_group(group)

    async def call(self, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Send the agent a request that it answers at once."""
        return await self._shell.call(command, **arguments)

    async def keep_shell_channels(self) -> dict[str, int]:
        """Return the shells that a machine is to be saved with, by the names of their ports.

        One is opened if need be, and has run a command: what that takes is in memory then. It is
        also given the helper that does the steps of an identity (identity_steps.py).
        """
        await self.stream("true", Deadline.after(START_SECONDS), NOWHERE, NOWHERE)
        for channel in self._idle_shell_channels()[:1]:
            self._busy.add(channel)
            try:
                async with asyncio.timeout(START_SECONDS):
                    await channel.make_ready(START_HELPER)
            except (ShellChannelBroken, TimeoutError) as error:
                channel.close("it did not get ready to be kept")
                logger.debug("%s: a shell did not get ready: %r", self.machine, error)
            finally:
                self._busy.discard(channel)
        return {channel.names[0]: channel.process for channel in self._idle_shell_channels()}

    async def reach_guest(self, kept: Mapping[str, int]) -> None:
        """Take the ports of all that the machine was saved with, before it goes on.

        To the guest it looks as if nobody had left. Raises OSError.
        """
        await self._agent.reach()
        for channel in self._shell_channels:
            if channel.names[0] in kept:
                await channel.connect()

    async def resume_shell_channels(self, kept: Mapping[str, int], command: str) -> CommandEnd:
        """Go on with the shells that the machine was saved with. One that is gone is no fault.

        The first of them runs a command itself, without a process. How that ended is returned: with
        the status 127 if there is no shell.
        """
        channels = [
            channel
            for channel in self._shell_channels
            if channel.is_connected and channel.names[0] in kept
        ]

        async def resume(channel: ShellChannel) -> CommandEnd:
            try:
                async with asyncio.timeout(RESUME_SECONDS):
                    given = command if channel is channels[0] else ""
                    return await channel.resume(kept[channel.names[0]], given)
            except (ShellChannelBroken, TimeoutError) as error:
                logger.debug("%s: a shell did not go on: %r", self.machine, error)
                return CommandEnd(status=NO_COMMAND_STATUS)

        ends = await asyncio.gather(*map(resume, channels))
        return ends[0] if ends else CommandEnd(status=NO_COMMAND_STATUS)

    async def on_shell_channel(self, command: str, output: Sink) -> int | None:
        """Run a command on an open shell channel, and return its status; `None` if there is none.

        It may come before the machine is ready for any other. Raises AgentLost and ShellLost.
        """
        if not any(channel.is_open for channel in self._shell_channels):
            return None
        end = await self.stream(command, NEVER, output, output)
        return None if end is None else end.status

    def drop_shell_channels(self, why: str) -> None:
        """Give all shell channels up: they are opened anew when they are needed."""
        self._unusable.clear()
        for channel in self._shell_channels:
            channel.close(why)

    def check_shell_channels(self, open_ports: Callable[[], Awaitable[set[str]]]) -> None:
        """Look whether a shell has ended: something in the guest has closed its port."""
        # Those of now: one that is opened meanwhile is not meant.
        suspects = {channel: channel.process for channel in self._shell_channels if channel.is_open}

        async def check() -> None:
            ports = await open_ports()
            for channel, process in suspects.items():
                if channel.process != process:
                    continue
                # Another shell may have taken the ports of one that has ended.
                if not ports.issuperset(channel.names) or await self._shell.has_ended(process):
                    channel.close(SHELL_ENDED)

        if suspects:
            self._shell.aside(check())

    def _idle_shell_channels(self) -> list[ShellChannel]:
        return [
            channel
            for channel in self._shell_channels
            if channel.is_open and channel not in self._busy
        ]

    async def _free_shell_channel(self) -> ShellChannel | None:
        """Return a shell channel that is idle, for the caller alone; one is opened if need be."""
        idle = [
            channel
            for channel in self._shell_channels
            if channel not in self._busy | self._unusable
        ]
        channel = next((channel for channel in idle if channel.is_open), idle[0] if idle else None)
        if channel is None:
            return None
        self._busy.add(channel)
        try:
            if not channel.is_open:
                async with asyncio.timeout(START_SECONDS):
                    await channel.open(self._shell.exec)
        except (ShellChannelBroken, TimeoutError) as error:
            logger.debug("%s: commands go through the agent: %r", self.machine, error)
            self._unusable.add(channel)
            self._busy.discard(channel)
            return None
        except BaseException:
            self._busy.discard(channel)
            raise
        return channel

    async def _run_on(
        self,
        channel: ShellChannel,
        command: str,
        deadline: Deadline,
        output: tuple[Sink, Sink],
        stdin: Readable | None,
    ) -> CommandEnd:
        kind, seen = "plain" if is_plain(command) else "null", self.console_position()
        drops = self._agent.drops
        running = asyncio.ensure_future(channel.run(command, output, stdin, kind=kind))
        try:
            await asyncio.wait({running}, timeout=deadline.timeout())
            if timed_out := not running.done():
                await self._kill(channel, running)
            end = await running
        except ShellChannelBroken as error:
            raise await self._shell_lost(channel.process, str(error), seen) from error
        finally:
            if not running.done():
                running.cancel()
                # Nobody wants to know any more how it ends.
                drop_result(running)
                self._shell.abandon_children(channel.process)
                channel.close("a command was given up")
        if not timed_out and self._shell.may_be_lost(end.status):
            await self._agent.outlived(drops)
        status = TIMED_OUT_STATUS if timed_out else end.status
        return CommandEnd(status=status, timed_out=timed_out, left=end.left)

    async def _shell_lost(self, process: int, reason: str, seen: int) -> AgentLost:
        """Return the error for a command whose shell was lost, perhaps together with the agent."""
        deadline = Deadline.after(CAUSE_SECONDS)
        if not self._agent.present:
            return await self._agent.lost(reason, deadline)
        status = None
        try:
            if reason in SHELL_CHANNEL_ENDS:
                status = await poll(lambda: self._shell.poll(process), OF_HOST, deadline)
        except AgentLost as lost:  # what kills the shell may kill the agent, too
            return lost
        killed = "" if status is None else await self.killed_since(seen, status)
        causes = "" if status is None else describe_status(status)
        return ShellLost(self.machine, "; ".join(filter(None, (reason, causes, killed))))

    async def _kill(self, channel: ShellChannel, running: "asyncio.Future[CommandEnd]") -> None:
        """Kill a command and wait until it is gone. Raises AgentSilent if it stays."""
        try:
            async with asyncio.timeout(KILL_SECONDS):
                while not running.done():  # a busy guest may not have started it yet
                    await self._shell.kill_children(channel.process)
                    await asyncio.wait({running}, timeout=KILL_AGAIN_SECONDS)
        except TimeoutError as error:
            raise self._agent.silent(
                KILL_SECONDS, "killing a command that took too long"
            ) from error


def _check_text(command: str) -> None:
    """Refuse what no shell can be given, before the guest is asked. Raises ValueError."""
    shown = f"{command[:200]!r}"
    if "\0" in command:
        raise ValueError(f"a command cannot have a NUL character in it: {shown}")
    try:
        command.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"a command must be text that UTF-8 can encode: {shown} has "
            f"{command[error.start]!r} at position {error.start}; write other bytes with printf"
        ) from error
