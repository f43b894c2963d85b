"""The connection to the QEMU guest agent in a machine, or to a root shell in its place."""

import asyncio
import json
import logging
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from qemu.qmp import ExecuteError, QMPClient, QMPError

from ..deadline import NEVER, Deadline
from ..errors import AgentError, AgentLost, AgentSilent, GuestSilent
from ..given_up import give_up
from ..poll import OF_HOST, poll_until
from .agent_answers import fault_of
from .backdoor import SHELL_ENDED, SHELL_RESTARTED, Backdoor, ShellGone, ShellRefused
from .loss_causes import ConsoleText, has_cause, loss_cause
from .qmp_client import close_client, new_client

logger = logging.getLogger(__name__)

# The agent answers a request at once; only a guest that stands still takes longer.
ANSWER_SECONDS = 120.0
SYNC_AGAIN_SECONDS = 2.0
SYNC_ANSWER_BYTES = 65536
CONNECT_PAUSE_SECONDS = 0.05
# What the guest says about the end of its agent comes another way than that end, and later.
CAUSE_SECONDS = 3.0
CLOSED_PORT = "it closed its port"
CLOSED_CONNECTION = "the connection was closed"
RESTARTED = "the guest was restarted while the command ran"
_OTHERWISE = {CLOSED_PORT: "it has ended, or the guest is going down"}
# What the guest may tell more about.
_UNEXPLAINED = (CLOSED_PORT, CLOSED_CONNECTION, SHELL_ENDED, SHELL_RESTARTED)
AGENT = "the guest agent"
ROOT_SHELL = "the root shell on hvc0"
_Client: TypeAlias = QMPClient | Backdoor


class Agent:
    """One guest agent, connected when it is first needed and again after it was lost.

    It has one request at a time: an answer is lost when the agent has read the next request
    already. (It then seeks in its port before it writes, as in a file, which a port refuses.)

    A new connection begins with `guest-sync-delimited`, so that an answer to a request of an
    earlier connection is never taken for one of this. All methods belong to the loop's thread.

    A root shell may stand in for it: whichever answers first is used until it is lost.
    """

    def __init__(
        self, machine: str, path: Path, last_console: Callable[[], str] = lambda: ""
    ) -> None:
        self._machine = machine
        self._last_console = last_console
        self._path = path
        self._client: _Client | None = None
        self._backdoor: Backdoor | None = None
        self._lost_way = AGENT  # what was lost last
        self._connecting = asyncio.Lock()
        self._turn = asyncio.Lock()
        self.console: ConsoleText | None = None  # tells why the agent was lost
        self.drops = 0  # how often it was lost
        self._dropped = ""
        self._dropped_at = 0.0
        self._seen = 0  # where the console ended when the agent was last there
        self._gone = 0  # the same, before it was lost
        self._restart_asked = False
        # An agent that a machine was saved with, and a connection that nothing was said on yet.
        self._kept = False
        self._reached: socket.socket | None = None
        self._closing: set[asyncio.Task[None]] = set()
        # What else goes when the agent does is told here.
        self.on_drop: Callable[[str], None] = lambda reason: None

    def stand_in(self, backdoor: Backdoor) -> None:
        """Let a root shell stand in for the agent, from when it answers first until it is lost."""
        self._backdoor = backdoor
        backdoor.on_gone = self._backdoor_gone
        backdoor.has_ended = lambda: has_cause(self._said(self._seen))

    @property
    def is_root_shell(self) -> bool:
        """Whether a root shell stands in for the agent, which has not answered."""
        return self._client is not None and self._client is self._backdoor

    @property
    def connected(self) -> bool:
        """Whether the agent has answered and was not lost since."""
        return self._client is not None

    @property
    def present(self) -> bool:
        """Whether it has answered, or was there when the machine was saved, and was not lost."""
        return self.connected or self._kept

    async def reach(self) -> None:
        """Take the port of an agent that the machine was saved with; it is asked when needed.

        It sleeps for a while if it finds nobody there. Translating what it does takes an emulated
        machine longer than a command.
        """
        self._reached = await self._open()
        self._kept = True

    async def connect(self) -> None:
        """Wait until the agent answers, for as long as it takes: the caller sets the limit."""
        async with self._connecting:
            if self._client is not None:
                return
            client = await self._first_client()
            if not self._kept:
                self._restart_asked = False  # it is over
            self._client, self._kept = client, False
            self._answered()

    async def _first_client(self) -> _Client:
        """Return the agent or the root shell, whichever answers first."""
        if (backdoor := self._backdoor) is None or self._kept:
            return await self._connect_agent()
        agent = asyncio.ensure_future(self._connect_agent())
        shell = asyncio.ensure_future(backdoor.connect())
        both: set[asyncio.Future[Any]] = {agent, shell}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not agent.done() and shell.exception() is not None:
                logger.debug("%s: no root shell: %r", self._machine, shell.exception())
                await asyncio.wait({agent})
            return agent.result() if agent.done() else backdoor
        finally:
            for task in both:
                await give_up(task)
            if agent.done() and not agent.cancelled():
                backdoor.forget()

    async def _connect_agent(self) -> QMPClient:
        connection, self._reached = self._reached or await self._open(), None
        client = new_client(f"{self._machine}-agent")
        client.await_greeting = False
        client.negotiate = False
        try:
            await self._synchronise(connection)
            await client.connect(connection)
        except BaseException as error:
            connection.close()
            self._kept = False
            if isinstance(error, OSError | EOFError | QMPError):
                raise self._lost(f"no connection ({error})") from error
            raise
        return client

    async def call(
        self, command: str, arguments: Mapping[str, object] | None, deadline: Deadline
    ) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
        """Send a request and return the answer.

        Raises AgentError if the agent refuses or talks nonsense, AgentLost if it goes away, and
        AgentSilent if no answer comes by the deadline (or within two minutes, which no working
        agent takes).
        """
        limit = deadline.at_most(ANSWER_SECONDS)
        started = limit.remaining()
        if self._kept:
            await self._connect_by(limit, command)
        if (client := self._client) is None:
            raise await self.lost(self._dropped or "it is not connected", limit)
        try:
            async with asyncio.timeout(limit.timeout()), self._turn:
                answer = await client.execute(command, arguments)
        except (ExecuteError, ShellRefused) as error:
            who = _name_of(client)
            raise AgentError(self._machine, f"{who} refused {command}: {error}") from error
        except (QMPError, ShellGone) as error:
            if self._client is client:
                self.drop(CLOSED_CONNECTION)
            raise await self.lost(self._dropped, limit) from error
        except TimeoutError as error:
            silent = self.silent(started, f"request {command}")
            self.drop("it did not answer")
            raise silent from error
        self._answered()
        if fault := fault_of(command, answer):
            who = _name_of(client)
            raise AgentError(self._machine, f"{who} answered {command} wrongly: {fault}")
        return answer

    async def _connect_by(self, limit: Deadline, command: str) -> None:
        started = limit.remaining()
        try:
            async with asyncio.timeout(limit.timeout()):
                await self.connect()
        except TimeoutError as error:
            raise self.silent(started, f"request {command}") from error

    def silent(self, seconds: float, what: str) -> AgentSilent:
        """Return the error for a guest that does not answer, with the end of the console."""
        backdoor, console = self._backdoor, self._last_console()
        if self.present or backdoor is None or not backdoor.tried:
            who = _name_of(self._client)
            return AgentSilent(self._machine, seconds, what, console, who)
        hvc0, unfit = backdoor.last_noise(), backdoor.is_unfit
        return GuestSilent(self._machine, seconds, what, console, hvc0, unfit=unfit)

    def port_closed(self) -> None:
        """Take note that nobody in the guest has the agent's port open any more."""
        if not self.is_root_shell:
            self.drop(CLOSED_PORT)

    def _backdoor_gone(self, reason: str) -> None:
        if self.is_root_shell:
            self.drop(reason)

    def drop(self, reason: str) -> None:
        """Give the connection up: who waits for an answer gets AgentLost with this reason."""
        if not self.present:
            return
        if self._restart_asked:
            self._restart_asked, reason = False, RESTARTED
        self._dropped, self._dropped_at, self._gone = reason, time.monotonic(), self._seen
        self.drops += 1
        self._lost_way = _name_of(self._client)
        self._kept = False
        if self._reached is not None:
            self._reached.close()
            self._reached = None
        if self._client is not None:
            if isinstance(self._client, Backdoor):
                self._client.forget()
            else:
                self._close_aside(self._client)
            self._client = None
        self.on_drop(reason)

    def _close_aside(self, client: QMPClient) -> None:
        task = asyncio.ensure_future(close_client(client))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Disconnect for good."""
        self._restart_asked = False
        self.drop("the machine was stopped")
        if self._backdoor is not None:
            self._backdoor.close()
        if self._closing:
            await asyncio.wait(self._closing)

    def expect_restart(self, asked: bool = True) -> None:
        """Take note that the script restarts the guest, for the errors of commands that it ends."""
        self._restart_asked = asked

    async def lost(self, reason: str, deadline: Deadline) -> AgentLost:
        """Return the error for an agent that was lost, with the cause if the guest tells one."""
        if reason in _UNEXPLAINED:
            left = self._dropped_at + CAUSE_SECONDS - time.monotonic()
            limit = deadline.at_most(max(0.0, left))
            if self.console is not None:
                await poll_until(lambda: has_cause(self._said()), OF_HOST, limit)
        return self._lost(self._with_cause(reason))

    async def outlived(self, drops: int) -> None:
        """Make sure that a command has not ended because the way in did. Raises AgentLost.

        systemd ends the agent first, then what that has started: a command may end with any status
        before the driver sees who else is gone. `drops` are those from when the command began.
        """
        # An agent that has its signal may answer once more, as part of the same turn of its loop.
        for _ in range(1 if self.is_root_shell else 2):
            await self.call("guest-ping", None, NEVER)
        if self.drops != drops:
            raise self.started_anew()

    def started_anew(self) -> AgentLost:
        """Return the error for a command of which the agent that is there now knows nothing."""
        if self._dropped == RESTARTED:
            return self._lost(RESTARTED)
        return self._lost(self._with_cause("it was started anew while the command ran"))

    def _answered(self) -> None:
        if self.console is not None:
            self._seen = self.console.position()

    def _said(self, position: int | None = None) -> str:
        since = self._gone if position is None else position
        return "" if self.console is None else self.console.text_since(since)

    def _with_cause(self, reason: str) -> str:
        # What was not lost has no cause, nor has what the driver itself does.
        caused = self.drops and self._dropped in _UNEXPLAINED
        cause = (loss_cause(self._said()) if caused else "") or _OTHERWISE.get(reason, "")
        return f"{reason}: {cause}" if cause else reason

    def _lost(self, reason: str) -> AgentLost:
        return AgentLost(self._machine, reason, self._last_console(), who=self._lost_way)

    async def _open(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.setblocking(False)
            try:
                await loop.sock_connect(connection, str(self._path))
            except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
                # QEMU serves one connection at a time; the last one may not be closed yet.
                connection.close()
                await asyncio.sleep(CONNECT_PAUSE_SECONDS)
            except BaseException:
                connection.close()
                raise
            else:
                return connection

    async def _synchronise(self, connection: socket.socket) -> None:
        """Ask until the newest question is answered: then no older answer can be under way.

        QEMU holds what is sent until the agent opens its port, so the first question is answered
        the moment the agent is there. It is lost if the guest is reset before, so it is repeated.
        """
        loop = asyncio.get_running_loop()
        received = b""
        while True:
            number = secrets.randbelow(2**31)  # the script may have seeded `random`
            request = {"execute": "guest-sync-delimited", "arguments": {"id": number}}
            # 0xff ends whatever the agent may have half received.
            await loop.sock_sendall(connection, b"\xff" + json.dumps(request).encode() + b"\n")
            try:
                async with asyncio.timeout(SYNC_AGAIN_SECONDS):
                    while not _answers(received, number):
                        data = await loop.sock_recv(connection, SYNC_ANSWER_BYTES)
                        if not data:
                            raise EOFError("the other side closed the connection")
                        received = (received + data)[-SYNC_ANSWER_BYTES:]
                    return
            except TimeoutError:
                logger.debug("%s: the guest agent does not answer yet", self._machine)


def _name_of(client: _Client | None) -> str:
    return ROOT_SHELL if isinstance(client, Backdoor) else AGENT


def _answers(received: bytes, number: int) -> bool:
    """Tell whether the last complete line is the answer with this number."""
    line = received.rpartition(b"\xff")[2]
    if not line.endswith(b"\n"):
        return False
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and answer.get("return") == number
