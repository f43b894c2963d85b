"""Words of a machine: commands."""

import asyncio
import time
from typing import TYPE_CHECKING, Literal

from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..error_text import indented, tail
from ..errors import CommandFailed, WaitTimedOut
from ..guest.captured_output import NOWHERE
from ..guest.command import CommandResult
from ..guest.live_lines import LiveLines
from ..guest.spawned_command import SpawnedCommand
from .command_record import record_command

if TYPE_CHECKING:
    from ..machine import Machine

NOT_STARTED_STATUS = -2  # what nixpkgs' driver gives when nobody wants the output
UNCHECKED_STATUS = -1  # and when nobody wants the status
FIRST_PAUSE_SECONDS = 0.02
LAST_PAUSE_SECONDS = 0.2
GUEST_PAUSE_SECONDS = 0.02
LAST_LOOK_SECONDS = 10.0

Default = Literal["default"]


def execute(
    machine: "Machine",
    command: str,
    check_return: bool = True,
    check_output: bool = True,
    timeout: Duration | Default | None = "default",
) -> tuple[int, str]:
    """Run a command with bash as root, and return its exit status and what it wrote to stdout.

    `set -euo pipefail` holds in the command. What it writes goes to the log, too. When it has not
    ended after `timeout` (the machine's `default_timeout` unless told), its process group is
    killed and the status is 124. The call returns when the command has ended, even if it left a
    process behind that still holds its output.
    Without `check_return` the status is -1; without `check_output` the command is only started,
    and the result is `(-2, "")`.

    >>> status, output = machine.execute("uname -r")
    """
    qemu = machine.connected()
    if not check_output:
        machine.in_loop(qemu.lifeline.hold(qemu.commands.start(command), Deadline.after(None)))
        return (NOT_STARTED_STATUS, "")
    result = run_command(machine, command, timeout)
    status = result.status if check_return else UNCHECKED_STATUS
    return (status, result.stdout)


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
            output += result.stdout
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
            output += result.stdout
    return output


def run(
    machine: "Machine",
    command: str,
    timeout: Duration | Default | None = "default",
    check: bool = False,
) -> CommandResult:
    """Run a command as `execute` does, and return all there is to know about how it ended.

    The result has `status`, `signal`, `stdout` and `stderr` (text; `stdout_bytes` and
    `stderr_bytes` as they came), `duration` in seconds, `timed_out`, `truncated`, and `left`, the
    processes that the command left running. With `check`, a failure raises CommandFailed.

    >>> result = machine.in_loop("systemctl is-active nginx")
    >>> assert result.status == 3 and result.stderr == ""
    """
    result = run_command(machine, command, timeout)
    if check and result.status != 0:
        raise _failure(machine, command, f"failed ({_how(machine, result, timeout)})", result)
    return result


def spawn(machine: "Machine", command: str) -> SpawnedCommand:
    """Start a command, and return a handle on it while it runs; any number of them at once.

    The handle has `wait(timeout)`, `poll()`, `kill(signal)`, `lines()`, which yields what is
    written to stdout as it comes, and `stdin` with `write` and `close`. As a context manager it
    ends the command at the end of the block. What the command writes is kept in the guest's
    memory until it has ended; as much as the machine's `output_limit` is in the result of `wait`.

    >>> with machine.spawn("journalctl --follow") as journal:
    ...     machine.succeed("systemctl restart nginx")
    ...     assert any("Started nginx" in line for line in journal.lines())
    """
    qemu = machine.connected()
    with machine.nested(f"starting: {command}"):
        started = SpawnedCommand.start(machine, qemu, command)
        return machine.in_loop(qemu.lifeline.hold(started, Deadline.after(None)))


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
    machine: "Machine",
    command: str,
    timeout: Duration | Default | None = "default",
    *,
    quiet: bool = False,
) -> CommandResult:
    """Run a command, and log what it writes unless it is to be quiet: stdout only to the files."""
    qemu = machine.connected()
    deadline = Deadline.after(_limit(machine, timeout))
    lines = (
        LiveLines(lambda line: machine.lines.say(f"stdout: {line}", only_in_files=True)),
        LiveLines(lambda line: machine.lines.say(f"stderr: {line}")),
    )
    work = qemu.commands.capture(
        command,
        deadline,
        limit_bytes=machine.output_limit,
        live=(NOWHERE, NOWHERE) if quiet else lines,
    )
    began = time.time()
    try:
        result = machine.in_loop(qemu.lifeline.hold(work, Deadline.after(None)))
    finally:
        for stream in lines:
            stream.end()
    record_command(machine, command, result, began)
    machine.trouble.output(result.stderr_bytes)
    if result.left and not quiet:
        machine.lines.say(f"the command has left processes running: {result.left}")
    if result.truncated:
        machine.lines.warning(
            "`%s` wrote more than is kept, so the middle is left out: let it write to a file and "
            "copy that, or raise machine.output_limit (%d bytes)",
            command,
            machine.output_limit,
        )
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
            result = await qemu.commands.capture(command, deadline)
            machine.trouble.output(result.stderr_bytes)
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
        return machine.in_loop(qemu.lifeline.hold(attempts(), Deadline.after(None)))
    except TimeoutError as error:
        if last:
            record_command(machine, command, last[0], began)
        seen = _seen(last[0]) if last else ""
        raise WaitTimedOut(machine.name, what, deadline.seconds, seen) from error


def wait_in_guest(
    machine: "Machine", condition: str, what: str, timeout: Duration, *, holds: bool = True
) -> None:
    """Wait in the guest until a condition holds there, or does not. Raises WaitTimedOut.

    The condition is a command that the shell runs without a fork, again and again.
    """
    deadline = Deadline.after(timeout)
    # Nothing is ever read from there: to wait for it in vain is a pause that takes no process.
    pause = f'read -rt {GUEST_PAUSE_SECONDS} -u "$pause" || :'
    until = "until" if holds else "while"
    loop = f"exec {{pause}}<> <(:)\n{until} {condition}; do {pause}; done"
    result = run_command(machine, f"{{ {loop}; }} 2>/dev/null", timeout, quiet=True)
    if result.status == 0:
        return
    last = run_command(machine, condition, LAST_LOOK_SECONDS, quiet=True)
    if result.timed_out:
        raise WaitTimedOut(machine.name, what, deadline.seconds, _seen(last))
    raise _failure(machine, condition, f"cannot be waited for ({result.describe()})", last)


def _repeat(machine: "Machine", command: str, timeout: Duration, *, success: bool) -> str:
    what = f"command `{command}` to {'succeed' if success else 'fail'}"
    result = repeat_command(machine, command, what, timeout, success=success)
    return result.stdout


def _seen(result: CommandResult) -> str:
    return (
        result.describe()
        + indented("stdout", tail(result.stdout))
        + indented("stderr", tail(result.stderr))
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
        result.stdout,
        result.stderr,
    )
