"""What is looked at when a test has failed, while its machines are still there.

From the host: the state of QEMU, the end of the console, the screen. From the guest, if its agent
answers: journal, failed units, core dumps, disks, processes, network. All at the same time for all
machines, within a bound; what has not come by then is left out, and that is said.
"""

import asyncio
import contextlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..backend.base import Backend
from ..deadline import NEVER, Deadline
from ..error_text import exit_text
from ..errors import CopyRefused, DriverError, MachineError
from ..machine import BaseMachine
from ..output import EVIDENCE_FOLDER, OutputFolder
from ..process_state import STOPPED_STATE, process_state
from .guest_diagnostics import GUEST_DIAGNOSTICS, GuestDiagnostic

if TYPE_CHECKING:
    from ..extensions.added_diagnostics import AddedDiagnostic

# Within this, all evidence is there or given up, and the clean-up begins.
EVIDENCE_SECONDS = 18.0
CANCEL_SECONDS = 1.0
# A guest that is asked needs time to be killed, and what it wrote until then to be fetched.
GUEST_SECONDS = 12.0
QUESTIONS_AT_A_TIME = 2
AGENT_SECONDS = 5.0
MONITOR_SECONDS = 5.0
CONSOLE_LINES = 300
LONGEST_FILE = 2 * 1024 * 1024
REGISTERS = "info registers"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectContext:
    """What the evidence of each machine is collected with."""

    folder: OutputFolder
    place: str = EVIDENCE_FOLDER  # of the folders of the machines
    waiting: Callable[[BaseMachine], str]
    ask_guest: bool
    extensions: Sequence["AddedDiagnostic"] = ()


async def collect(machines: Sequence[BaseMachine], context: CollectContext) -> None:
    """Write the evidence of all machines that were started. It takes no longer than the bound."""
    tasks = [
        asyncio.ensure_future(_Collection(machine, context).collect())
        for machine in machines
        if machine.backend is not None
    ]
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=EVIDENCE_SECONDS)
    for task in late:
        task.cancel()
    if late:  # not for ever: a task may be held up in its own clean-up
        await asyncio.wait(late, timeout=CANCEL_SECONDS)
    for task in done:
        task.result()


class _Collection:
    """The evidence of one machine."""

    def __init__(self, machine: BaseMachine, context: CollectContext) -> None:
        self._machine = machine
        self._context = context
        self._folder = f"{context.place}/{machine.name}"
        self._written: list[str] = []
        self._notes: list[str] = []

    async def collect(self) -> None:
        """Collect it all, then say what there is."""
        qemu = self._machine.backend
        if qemu is None:
            return
        heading = self._heading(qemu)
        console = self._machine.console.last_lines(CONSOLE_LINES)
        self._write("console.txt", "the end of the console", console)
        try:
            await asyncio.gather(self._ask_machine(qemu), self._ask_extensions())
        finally:  # also when the time is over
            self._notes += [f"{qemu.program}: {line}" for line in qemu.process.last_lines]
            text = "\n".join([*heading, *self._notes])
            self._write("machine.txt", "the machine", text)
            self._machine.lines.error(
                "%s", f"evidence in {self._folder}/: {', '.join(sorted(self._written))}"
            )

    def _heading(self, qemu: Backend) -> list[str]:
        lines = [describe_state(qemu)]
        if waiting := self._context.waiting(self._machine):
            lines.append(f"it was at: {waiting}")
        lines.append(f"command line of {qemu.program}: {shlex.join(qemu.command)}")
        return lines

    async def _ask_machine(self, qemu: Backend) -> None:
        """Ask QEMU and the guest, if the machine is on."""
        if process_state(qemu.process.pid) == STOPPED_STATE:
            self._notes.append(
                "the guest was not asked: the process of QEMU is stopped, as by SIGSTOP"
            )
        elif qemu.alive():
            await asyncio.gather(self._ask_host(qemu), self._ask_guest(qemu))

    async def _ask_extensions(self) -> None:
        """Call what extensions collect on the host, all at the same time."""
        if not self._context.extensions:
            return
        from ..extensions.host_collection import collect_on_host

        work = [
            collect_on_host(one, self._machine, self._write, self._failed)
            for one in self._context.extensions
        ]
        await asyncio.gather(*work)

    def _failed(self, problem: str) -> None:
        """Tell what a diagnostic could not collect. The test has failed for another reason."""
        self._notes.append(problem)
        self._machine.lines.error("%s", problem)

    async def _ask_host(self, qemu: Backend) -> None:
        """Take a picture, and ask QEMU about the machine."""
        deadline = Deadline.after(MONITOR_SECONDS)
        if (path := self._place("screen.png")) is not None:
            arguments = {"filename": str(path), "format": "png"}
            if await self._monitor(qemu, "screendump", arguments, deadline) is None:
                path.unlink(missing_ok=True)
            else:
                self._told("screen.png", "the screen")
        status = await self._monitor(qemu, "query-status", None, deadline)
        self._notes.append(f"QEMU says of it: {status}")

    async def _ask_guest(self, qemu: Backend) -> None:
        """Ask the guest, if it answers at all; if not, see where its processors are."""
        if not self._context.ask_guest:
            self._notes.append("the guest was not asked: the driver was to end at once")
            return
        if reason := await _silence(qemu):
            self._notes.append(f"the guest was not asked: {reason}")
            arguments = {"command-line": REGISTERS}
            deadline = Deadline.after(MONITOR_SECONDS)
            text = await self._monitor(qemu, "human-monitor-command", arguments, deadline)
            self._notes.append(f"{REGISTERS}:\n" + str(text).replace("\r", ""))
            return
        # In their order, a few at a time: a slow guest has answered the first ones by the end.
        deadline = Deadline.after(GUEST_SECONDS)
        added = [one.diagnostic for one in self._context.extensions]
        more = [one for one in added if isinstance(one, GuestDiagnostic)]
        questions = iter([*GUEST_DIAGNOSTICS, *more])

        async def ask() -> None:
            for one in questions:
                await self._question(qemu, one, deadline)

        await asyncio.gather(*(ask() for _ in range(QUESTIONS_AT_A_TIME)))

    async def _monitor(
        self,
        qemu: Backend,
        command: str,
        arguments: Mapping[str, object] | None,
        deadline: Deadline,
    ) -> object:
        """Return the answer of QEMU, or `None`, with a note of the reason.

        The QEMU of a machine that has panicked answers.
        """
        try:
            return await qemu.ask(command, arguments, deadline)
        except DriverError as error:
            self._notes.append(f"no answer to {command}: {error}")
            return None

    async def _question(self, qemu: Backend, one: GuestDiagnostic, deadline: Deadline) -> None:
        if deadline.expired():
            self._notes.append(f"no {one.file}: there was no time left")
            return
        work = qemu.commands.capture(one.command, deadline)
        try:
            result = await qemu.liveness.run(work, NEVER)
        except (MachineError, TimeoutError) as error:
            self._notes.append(f"no {one.file}: {str(error).splitlines()[0]}")
            return
        text = (result.stdout_bytes + result.stderr_bytes)[-LONGEST_FILE:].decode(errors="replace")
        if result.timed_out:
            text += f"\n[this is not all: it was cut off after {deadline.seconds:g} s]"
        self._write(one.file, one.title, text)

    def _write(self, name: str, title: str, text: str) -> None:
        if not text.strip() or (path := self._place(name)) is None:
            return
        try:
            path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", errors="replace")
        except OSError as error:
            self._notes.append(f"{name} cannot be written: {error}")
        else:
            self._told(name, title)

    def _place(self, name: str) -> Path | None:
        folder = self._context.folder
        with contextlib.suppress(CopyRefused, OSError):
            path = folder.place(self._machine.name, self._folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            return path
        return None

    def _told(self, name: str, title: str) -> None:
        self._written.append(name)
        self._machine.lines.record(
            "evidence", name=name, title=title, path=f"{self._folder}/{name}"
        )


async def _silence(qemu: Backend) -> str:
    """Return why the guest cannot be asked anything; nothing if it can."""
    if error := qemu.liveness.error():
        return str(error).splitlines()[0]
    deadline = NEVER
    try:
        async with asyncio.timeout(AGENT_SECONDS):
            if not qemu.agent.connected:
                await qemu.liveness.run(qemu.agent.connect(), deadline)
            await qemu.liveness.run(qemu.agent.call("guest-ping", None, deadline), deadline)
    except TimeoutError:
        return f"its agent did not answer within {AGENT_SECONDS:g} s"
    except DriverError as error:
        return str(error).splitlines()[0]
    return ""


def describe_state(qemu: Backend) -> str:
    """Say whether a machine runs, and whether it takes commands."""
    if (exited := qemu.process.exited).done():
        return f"it is off: {qemu.program} has ended ({exit_text(exited.result())})"
    if not qemu.alive():
        return "it is off"
    if qemu.agent.is_root_shell:
        return "it runs, and takes commands through its root shell on hvc0"
    if not qemu.agent.present:
        return "it runs, and its guest agent is not connected"
    return "it runs, and its guest agent is connected"
