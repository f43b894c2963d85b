"""Waits that look into the guest again and again."""

import asyncio
import time
from collections.abc import Callable

from ..backend.base import Backend
from ..deadline import NEVER, Deadline, Duration
from ..error_text import indented, tail
from ..errors import WaitTimedOut
from ..guest.command_result import CommandResult
from ..poll import OF_GUEST
from .boot_mode import BootWatch
from .command_record import record_command
from .core import MachineCore
from .guest_work import (
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    SHORT_SECONDS,
    answer_by,
    guest_deadline,
    wait_in_loop,
    whole_command,
)
from .shutdown_kill import check_shutdown

# A look begins so long before the deadline at the latest, if there was time for one before.
SHORTEST_LOOK_SECONDS = 0.05
# A loop in the guest is left now and then, to see whether the boot still goes on.
LOOP_SECONDS = 5.0
# A try that is killed has ended after so much more, or is given up together with its shell.
KILLED_SECONDS = 5.0

Accept = Callable[[CommandResult], bool]
Describe = Callable[[CommandResult], tuple[str, str]]


def succeeds(result: CommandResult) -> bool:
    """Tell whether a command has succeeded."""
    return result.status == 0 and not result.timed_out


def fails_or_is_killed(result: CommandResult) -> bool:
    """Tell whether a command has failed, or has been killed when its time was over."""
    return result.status != 0


def fails(result: CommandResult) -> bool:
    """Tell whether a command has ended, and has failed."""
    return result.status != 0 and not result.timed_out


def status_and_output(result: CommandResult) -> tuple[str, str]:
    """Return how a command ended, and what it wrote, for a message."""
    output = indented("stdout", tail(result.stdout)) + indented("stderr", tail(result.stderr))
    return result.describe(), output


class Looks:
    """The looks of one wait into the guest: what they see, and when the last of them is due."""

    def __init__(
        self,
        qemu: Backend,
        deadline: Deadline,
        describe: Describe,
        longest: float | None = None,
        *,
        on_console: bool = False,
        ends_with_deadline: bool = True,
    ) -> None:
        self.last: CommandResult | None = None
        self._qemu = qemu
        self._deadline = deadline
        self._longest = longest  # seconds of one look
        self._on_console = on_console
        self._describe = describe
        self._unanswered = ""
        self._ends_with_deadline = ends_with_deadline
        self._was_last = False

    async def look(self, command: str) -> CommandResult | None:
        """Run a command; `None` if it does not end in time, and is killed."""
        if not self._ends_with_deadline:
            return await self._look_beyond(command)
        started = time.monotonic()
        first = self.last is None and self._deadline.seconds < SHORT_SECONDS
        limit, ends = self._deadline, NEVER
        if self._longest is not None:  # the shell kills the command, and is there for the next try
            limit, ends = (
                limit.at_most(self._longest + KILLED_SECONDS),
                limit.at_most(self._longest),
            )
        work = self._qemu.commands.capture(command, ends, on_console=self._on_console)
        try:
            patience = PATIENCE_SECONDS if first else 0.0
            result = await answer_by(self._qemu, work, limit, patience=patience)
        except TimeoutError:
            result = None
        if result is None or result.timed_out:
            seconds = time.monotonic() - started
            self._unanswered = f"the last try had not ended after {seconds:.2g} s and was killed"
            return None
        self.last = result
        return result

    async def _look_beyond(self, command: str) -> CommandResult:
        """Run a command for as long as the whole wait may take, whenever it begins."""
        seconds = self._deadline.seconds if self._longest is None else self._longest
        # 0 is no limit, as for timeout(1).
        self.last = await self._qemu.commands.capture(
            command, Deadline.after(seconds or None), on_console=self._on_console
        )
        return self.last

    async def pause(self, took: float) -> bool:
        """Let time pass until the next look, which a slow one delays. False if there is none."""
        left = self._deadline.remaining()
        if left <= 0:
            is_next = not (self._ends_with_deadline or self._was_last)
            self._was_last = True
            return is_next
        pause = OF_GUEST.after(took)
        await asyncio.sleep(max(0.0, min(pause, left - max(took, SHORTEST_LOOK_SECONDS))))
        return True

    def timed_out(self, machine: str, what: str) -> WaitTimedOut:
        """Return the error that tells what was seen last."""
        state, detail = ("", "") if self.last is None else self._describe(self.last)
        state = "; ".join(part for part in (state, self._unanswered) if part)
        return WaitTimedOut(machine, what, self._deadline.seconds, state, detail)


def repeat_command(
    machine: MachineCore,
    command: str,
    what: str,
    timeout: Duration,
    accept: Accept = succeeds,
    describe: Describe = status_and_output,
    longest: float | None = None,
    *,
    on_console: bool = False,
) -> CommandResult:
    """Repeat a command quietly until its result is accepted. Raises WaitTimedOut.

    A try may take `longest` seconds, or until the deadline, and is killed then. If time limits do
    not end tries, it may take as long as the whole wait, and one begins after the deadline.
    With `on_console`, it is a command of the script: its stderr is text of the console.
    """
    deadline = guest_deadline(machine, timeout)
    given = whole_command(machine, command) if on_console else command
    ends = machine.context.compatibility.timeout_ends_tries
    began = time.time()
    seen: list[Looks] = []

    async def attempts(qemu: Backend) -> CommandResult:
        options = {"on_console": on_console, "ends_with_deadline": ends}
        looks = Looks(qemu, deadline, describe, longest, **options)
        boot = BootWatch(qemu)
        seen.append(looks)
        while True:
            started = time.monotonic()
            result = await looks.look(given)
            if result is not None:
                machine.trouble.output(result.stderr_bytes)
            if result is None and (longest is None or deadline.expired()):
                raise looks.timed_out(machine.name, what)
            if result is not None and accept(result):
                await check_shutdown(qemu, result, deadline)
                return result
            # A try that costs the guest much is made less often, so that it has time for the rest.
            took = time.monotonic() - started
            await boot.check(deadline)
            if not await looks.pause(took):
                raise looks.timed_out(machine.name, what)

    try:
        return wait_in_loop(machine, attempts, what, deadline)
    except WaitTimedOut:
        if seen and (last := seen[0].last):
            record_command(machine, command, last, began)
        raise


def wait_in_guest(
    machine: MachineCore,
    condition: str,
    what: str,
    timeout: Duration,
    *,
    setup: str = "",
    accept: Accept = succeeds,
    describe: Describe = status_and_output,
    inspect: Callable[[CommandResult], None] = lambda result: None,
) -> None:
    """Wait in the guest until a condition holds there. Raises WaitTimedOut.

    The condition is a command that the shell runs without a program, again and again, after
    `setup`. Its first and its last look are commands of their own, whose output can be told:
    `inspect` sees their results, and may raise, and `accept` decides.
    """
    deadline = guest_deadline(machine, timeout)
    # Nothing is ever read from there: a read that ends by its time limit takes no process.
    pause = f'read -rt {OF_GUEST.first} -u "$pause" || :'
    until = f"until {condition}; do {pause}; done"
    question = f"{setup}\n{condition}"
    # A coprocess needs no file of the guest, not even /dev/fd.
    opened = 'coproc pauses { read -r _; }\nexec {pause}<&"${pauses[0]}"'
    loop = f"{setup}\n{{ {opened}\n{until}; }} 2>/dev/null"

    async def looks_and_loops(qemu: Backend) -> None:
        looks, boot = Looks(qemu, deadline, describe), BootWatch(qemu)
        while True:
            result = await looks.look(question)
            if result is not None:
                inspect(result)
                if accept(result):
                    return
            await boot.check(deadline)
            limit = deadline.before_end(LOOK_SECONDS).at_most(LOOP_SECONDS)
            if result is None or limit.expired():
                raise looks.timed_out(machine.name, what)
            if await _holds_by(qemu, loop, limit):
                return

    wait_in_loop(machine, looks_and_loops, what, deadline)


async def _holds_by(qemu: Backend, loop: str, limit: Deadline) -> bool:
    """Run a loop in the guest until it ends, or its time is over and it is killed."""
    try:
        return succeeds(await answer_by(qemu, qemu.commands.capture(loop, NEVER), limit))
    except TimeoutError:
        return False
