"""Words of a machine: commands."""

import asyncio
import time
from typing import TYPE_CHECKING, Literal

from .command_record import record_command
from .deadline import DEFAULT_TIMEOUT, Deadline, Duration
from .errors import CommandFailed, WaitTimedOut, indented, tail
from .guest_command import CommandResult
from .log import MachineLog

if TYPE_CHECKING:
    from .machine import Machine

NOT_STARTED_STATUS = -2  # what nixpkgs' driver gives when nobody wants the output
UNCHECKED_STATUS = -1  # and when nobody wants the status
FIRST_PAUSE_SECONDS = 0.1
LAST_PAUSE_SECONDS = 1.0

Default = Literal["default"]


def execute(
    machine: "Machine",
    command: str,
    check_return: bool = True,
    check_output: bool = True,
    timeout: Duration | Default | None = "default",
) -> tuple[int, str]:
    """Run a command with bash as root, and return its exit status and what it wrote to stdout.

    `set -euo pipefail` holds in the command. What it writes to stderr goes to the log. When it has
    not ended after `timeout` (the machine's `default_timeout` unless told), its process group is
    killed and the status is 124. The call returns when the command has ended, even if it left a
    process behind that still holds its output.
    Without `check_return` the status is -1; without `check_output` the command is only started,
    and the result is `(-2, "")`. Its stdout is a file: to append to it by name inside the command,
    write `>&1` rather than `> /dev/stdout`, which empties the file.

    >>> status, output = machine.execute("uname -r")
    """
    qemu = machine.connected()
    if not check_output:
        machine.run(qemu.lifeline.hold(qemu.commands.start(command), Deadline.after(None)))
        return (NOT_STARTED_STATUS, "")
    result = run_command(machine, command, timeout)
    status = result.status if check_return else UNCHECKED_STATUS
    return (status, result.stdout.decode(errors="replace"))


def succeed(
    machine: "Machine", *commands: str, timeout: Duration | Default | None = "default"
) -> str:
    """Run commands one after the other, which all must succeed, and return their stdout joined.

    Raises CommandFailed, with the ends of stdout and stderr, if one fails or takes longer than
    `timeout`.

    >>> assert "Linux" in machine.succeed("uname")
    """
    output = ""
    for command in commands:
        with machine.nested(f"must succeed: {command}"):
            result = run_command(machine, command, timeout)
            if result.status != 0:
                raise _failure(
                    machine, command, f"failed ({_how(machine, result, timeout)})", result
                )
            output += result.stdout.decode(errors="replace")
    return output


def fail(machine: "Machine", *commands: str, timeout: Duration | Default | None = "default") -> str:
    """Run commands one after the other, which all must fail, and return their stdout joined.

    Raises CommandFailed if one succeeds.

    >>> machine.fail("test -e /etc/shadow.old")
    """
    output = ""
    for command in commands:
        with machine.nested(f"must fail: {command}"):
            result = run_command(machine, command, timeout)
            if result.status == 0:
                raise _failure(machine, command, "succeeded, but must fail", result)
            output += result.stdout.decode(errors="replace")
    return output


def wait_until_succeeds(
    machine: "Machine", command: str, timeout: Duration = DEFAULT_TIMEOUT
) -> str:
    """Run a command again and again until it succeeds, and return its stdout.

    Raises WaitTimedOut, with what the last try wrote, after `timeout`.

    >>> machine.wait_until_succeeds("grep -q ready /var/log/service.log", timeout=30)
    """
    with machine.nested(f"waiting for success: {command}"):
        return _repeat(machine, command, timeout, success=True)


def wait_until_fails(machine: "Machine", command: str, timeout: Duration = DEFAULT_TIMEOUT) -> str:
    """Run a command again and again until it fails, and return its stdout.

    Raises WaitTimedOut after `timeout`.

    >>> machine.wait_until_fails("pgrep -x postgres")
    """
    with machine.nested(f"waiting for failure: {command}"):
        return _repeat(machine, command, timeout, success=False)


def run_command(
    machine: "Machine", command: str, timeout: Duration | Default | None
) -> CommandResult:
    """Run a command and return all there is to know; its stderr goes to the log."""
    qemu = machine.connected()
    lines = _StderrLines(machine.lines)
    # The command ends itself at its deadline, and says so with its result.
    work = qemu.commands.run(command, Deadline.after(_limit(machine, timeout)), lines.feed)
    began = time.time()
    try:
        result = machine.run(qemu.lifeline.hold(work, Deadline.after(None)))
    finally:
        lines.end()
    record_command(machine, command, result, began)
    return result


def repeat_command(
    machine: "Machine", command: str, what: str, timeout: Duration, *, success: bool = True
) -> CommandResult:
    """Repeat a command quietly until it succeeds (or fails). Raises WaitTimedOut."""
    qemu = machine.connected()
    deadline = Deadline.after(timeout)
    last: list[CommandResult] = []

    async def attempts() -> CommandResult:
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            result = await qemu.commands.run(command, deadline, lambda data: None)
            # What a try wrote that ran into the deadline says less than that of the one before.
            if not (result.timed_out and last):
                last[:] = [result]
            if (result.status == 0) is success and not result.timed_out:
                return result
            if deadline.expired():
                raise TimeoutError
            # A try that costs the guest much is made less often, so that it has time for the rest.
            pause = min(max(loop.time() - started, FIRST_PAUSE_SECONDS), LAST_PAUSE_SECONDS)
            await asyncio.sleep(min(pause, deadline.remaining()))

    began = time.time()
    try:
        return machine.run(qemu.lifeline.hold(attempts(), Deadline.after(None)))
    except TimeoutError as error:
        if last:
            record_command(machine, command, last[0], began)
        seen = _seen(last[0]) if last else ""
        raise WaitTimedOut(machine.name, what, deadline.seconds, seen) from error


def _repeat(machine: "Machine", command: str, timeout: Duration, *, success: bool) -> str:
    what = f"command `{command}` to {'succeed' if success else 'fail'}"
    result = repeat_command(machine, command, what, timeout, success=success)
    return result.stdout.decode(errors="replace")


def _seen(result: CommandResult) -> str:
    return (
        result.describe()
        + indented("stdout", tail(result.stdout.decode(errors="replace")))
        + indented("stderr", tail(result.stderr.decode(errors="replace")))
    )


def _limit(machine: "Machine", timeout: Duration | Default | None) -> Duration | None:
    return machine.default_timeout if isinstance(timeout, str) else timeout


def _how(machine: "Machine", result: CommandResult, timeout: Duration | Default | None) -> str:
    limit = _limit(machine, timeout)
    if result.timed_out and limit is not None:
        return f"did not end within {Deadline.after(limit).seconds:g} s and was killed"
    return result.describe()


def _failure(machine: "Machine", command: str, status: str, result: CommandResult) -> CommandFailed:
    return CommandFailed(
        machine.name,
        command,
        status,
        result.stdout.decode(errors="replace"),
        result.stderr.decode(errors="replace"),
    )


class _StderrLines:
    """Logs what comes in pieces as whole lines."""

    def __init__(self, lines: MachineLog) -> None:
        self._lines = lines
        self._partial = b""

    def feed(self, data: bytes) -> None:
        *complete, self._partial = (self._partial + data).split(b"\n")
        for line in complete:
            self._lines.say(f"stderr: {line.decode(errors='replace')}")

    def end(self) -> None:
        if self._partial:
            self.feed(b"\n")
