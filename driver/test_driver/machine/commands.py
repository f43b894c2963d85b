"""Methods of a machine: commands."""

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from ..backend.base import Backend
from ..backend.standstill import hold_guest
from ..deadline import DEFAULT_TIMEOUT, NEVER, Deadline, Default, Duration, seconds_of
from ..errors import CommandFailed, MachineError
from ..guest.command_result import CommandResult
from ..guest.live_lines import LiveLines
from ..guest.output_buffer import NOWHERE
from ..guest.spawned_command import SpawnedCommand
from ..public_names import Needs
from ..run.timings import Phase
from .command_record import record_command
from .core import MachineCore
from .guest_work import (
    GRACE_SECONDS,
    PATIENCE_SECONDS,
    QUESTION_SECONDS,
    answer_by,
    guest_deadline,
    whole_command,
)
from .method import method
from .polling import fails, fails_or_is_killed, repeat_command, succeeds
from .shutdown_kill import check_shutdown

NOT_STARTED_STATUS = -2  # what nixpkgs' driver gives when nobody wants the output
# To ask for that by way of a console takes longer, and the guest is idle meanwhile.
ROOT_SHELL_GRACE_SECONDS = 5.0
UNCHECKED_STATUS = -1  # and when nobody wants the status
BOOT_IN_TIMEOUT = "waiting for the boot, which the timeout of a command includes"

T = TypeVar("T")


class CommandMethods(MachineCore):
    """Methods of a machine: commands."""

    @method(phase=Phase.COMMAND)
    def execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: Duration | Default | None = "default",
    ) -> tuple[int, str]:
        """Run a command with bash as root, and return its exit status and what it wrote to stdout.

        `set -euo pipefail` holds in the command. What it writes goes to the log, too. When it has
        not ended after `timeout` (the machine's `default_timeout` unless told), its process group
        is killed and the status is 124. The call returns when the command has ended, even if it
        left a process behind that still holds its output. Without `check_return` the status is -1;
        without `check_output` the command is only started, and the result is `(-2, "")`. The time
        includes what the machine takes to boot, if it has not yet. Raises AgentSilent if the guest
        does not answer in this time, and GuestPaused if it is paused or suspended.

        >>> status, output = machine.execute("uname -r")
        """
        otherwise = self.context.compatibility.execute_seconds
        if not check_output:
            deadline = guest_deadline(self, *_limit(self, timeout, otherwise))
            with deadline.bounds_calls():
                qemu = _reach(self, deadline)
                self.in_loop(_ended_by(qemu, lambda: qemu.commands.start(command), deadline))
            return (NOT_STARTED_STATUS, "")
        result = run_command(self, command, timeout, otherwise=otherwise)
        status = result.status if check_return else UNCHECKED_STATUS
        return (status, result.stdout)

    @method(phase=Phase.COMMAND)
    def succeed(self, *commands: str, timeout: Duration | Default | None = "default") -> str:
        """Run commands one after the other, which all must succeed, and return their stdout joined.

        Raises CommandFailed, with the ends of stdout and stderr, if one fails or takes longer than
        `timeout`.

        >>> assert "Linux" in machine.succeed("uname")
        """
        output = ""
        for command in commands:
            with self.nested(f"must succeed: {command}"):
                result = run_command(self, command, timeout)
                if result.status != 0:
                    raise _failure(self, command, f"failed ({_how(self, result, timeout)})", result)
                output += result.stdout
        return output

    @method(phase=Phase.COMMAND)
    def fail(self, *commands: str, timeout: Duration | Default | None = "default") -> str:
        """Run commands one after the other, which all must fail, and return their stdout joined.

        Raises CommandFailed if one succeeds, and KilledByShutdown if one is killed because the
        guest is going down.

        >>> machine.fail("test -e /etc/shadow.old")
        """
        output = ""
        for command in commands:
            with self.nested(f"must fail: {command}"):
                result = run_command(self, command, timeout)
                if result.status == 0:
                    raise _failure(self, command, "unexpectedly succeeded", result)
                if (qemu := self.backend) is not None:
                    killed = check_shutdown(qemu, result, Deadline.after(QUESTION_SECONDS))
                    self.in_loop(hold_guest(qemu, killed, NEVER))
                output += result.stdout
        return output

    @method(phase=Phase.COMMAND)
    def run(
        self,
        command: str,
        timeout: Duration | Default | None = "default",
        check: bool = False,
    ) -> CommandResult:
        """Run a command as `execute` does, and return all there is to know about how it ended.

        The result has `status`, `signal`, `stdout` and `stderr` (text; `stdout_bytes` and
        `stderr_bytes` as they came), `duration` in seconds, `timed_out`, `truncated`, and `left`,
        the processes that the command left running. With `check`, a failure raises CommandFailed.

        >>> result = machine.run("systemctl is-active nginx")
        >>> assert result.status == 3 and result.stderr == ""
        """
        result = run_command(self, command, timeout)
        if check and result.status != 0:
            raise _failure(self, command, f"failed ({_how(self, result, timeout)})", result)
        return result

    @method(phase=Phase.COMMAND, needs=Needs.GUEST, title="starting: {command}")
    def spawn(self, command: str) -> SpawnedCommand:
        """Start a command, and return a handle on it while it runs; any number of them at once.

        The handle has `wait(timeout)`, `poll()`, `kill(signal)`, `lines()`, which yields what is
        written to stdout as it comes, and `stdin` with `write` and `close`. As a context manager it
        ends the command at the end of the block. What the command writes is kept in the guest's
        memory until it has ended; as much as the machine's `output_limit` is in the result of
        `wait`.

        >>> with machine.spawn("journalctl --follow") as journal:
        ...     machine.succeed("systemctl restart nginx")
        ...     assert any("Started nginx" in line for line in journal.lines())
        """
        started = SpawnedCommand.start(self, self.instance, command)
        return self.in_loop(hold_guest(self.instance, started, NEVER))

    @method(phase=Phase.WAIT, title="waiting for success: {command}")
    def wait_until_succeeds(
        self,
        command: str,
        timeout: Duration = DEFAULT_TIMEOUT,
        attempt_timeout: Duration | None = None,
    ) -> str:
        """Run a command again and again until its exit status is 0, and return its stdout.

        A try may take `attempt_timeout` seconds, or until the deadline if that is None, and is
        killed then. Raises WaitTimedOut, with what the last try wrote, after `timeout`.

        >>> machine.wait_until_succeeds("grep -q ready /var/log/service.log", timeout=30)
        """
        return _repeat(self, command, timeout, success=True, attempt_timeout=attempt_timeout)

    @method(phase=Phase.WAIT, title="waiting for failure: {command}")
    def wait_until_fails(self, command: str, timeout: Duration = DEFAULT_TIMEOUT) -> str:
        """Run a command again and again until its exit status is not 0, and return its stdout.

        A try that has not ended at the deadline is killed, and is no failure of the command. Raises
        WaitTimedOut after `timeout`.

        >>> machine.wait_until_fails("pgrep -x postgres")
        """
        return _repeat(self, command, timeout, success=False)


def run_command(
    machine: MachineCore,
    command: str,
    timeout: Duration | Default | None = "default",
    *,
    quiet: bool = False,
    otherwise: float | None = None,
) -> CommandResult:
    """Run a command, and log what it writes unless it is to be quiet: stdout only to the files.

    `otherwise` is the time limit if neither the caller nor the machine's `default_timeout` has one.
    Raises AgentSilent if the guest is not reached by the deadline, or does not answer then.
    """
    deadline = guest_deadline(machine, *_limit(machine, timeout, otherwise))
    given = command if quiet else whole_command(machine, command)
    lines = (
        LiveLines(lambda line: machine.lines.say(line, stream="stdout", only_in_files=True)),
        LiveLines(lambda line: machine.lines.say(line, stream="stderr")),
    )
    began = time.time()
    try:
        with deadline.bounds_calls():
            qemu = _reach(machine, deadline)
            began = time.time()
            work = partial(
                qemu.commands.capture,
                given,
                deadline.before_end(-deadline.patience),
                limit_bytes=machine.output_limit,
                live=(NOWHERE, NOWHERE) if quiet else lines,
                on_console=not quiet,
            )
            result = machine.in_loop(_ended_by(qemu, work, deadline))
    finally:
        for stream in lines:
            stream.end()
    record_command(machine, command, result, began)
    _tell(machine, command, result, quiet=quiet)
    return result


def _tell(machine: MachineCore, command: str, result: CommandResult, *, quiet: bool) -> None:
    """Log what is worth knowing about a command that has ended."""
    machine.trouble.output(result.stderr_bytes)
    if result.killed and not quiet:
        machine.lines.say(result.killed)
    if result.left and not quiet:
        machine.lines.say(f"the command has left processes running: {result.left}")
    if result.truncated:
        machine.lines.warning(
            "`%s` wrote more than is kept, so the middle is left out: let it write to a file and "
            "copy that, or raise machine.output_limit (%d bytes)",
            command,
            machine.output_limit,
        )


def _reach(machine: MachineCore, deadline: Deadline) -> Backend:
    try:
        return machine.reach_guest(deadline)
    except TimeoutError as error:
        if (qemu := machine.backend) is None:
            reason = f"the machine was not started within {deadline.seconds:g} s"
            raise MachineError(machine.name, reason) from error
        raise qemu.agent.silent(deadline.seconds, BOOT_IN_TIMEOUT) from error


async def _ended_by(
    qemu: Backend, work: Callable[[], Coroutine[Any, Any, T]], deadline: Deadline
) -> T:
    """Await what is done with a command, which is killed at the deadline. Raises AgentSilent."""
    # It needs a moment to be killed.
    grace = ROOT_SHELL_GRACE_SECONDS if qemu.agent.is_root_shell else GRACE_SECONDS
    limit = deadline if deadline.patience else deadline.before_end(-grace)

    async def ended() -> T:
        return await answer_by(qemu, work(), limit, patience=PATIENCE_SECONDS)

    try:
        return await hold_guest(qemu, ended(), NEVER)
    except TimeoutError as error:
        raise qemu.agent.silent(deadline.seconds, "killing a command that took too long") from error


def _repeat(
    machine: MachineCore,
    command: str,
    timeout: Duration,
    *,
    success: bool,
    attempt_timeout: Duration | None = None,
) -> str:
    what = f"command `{command}` to {'succeed' if success else 'fail'}"
    if success:
        accept = succeeds
    elif machine.context.compatibility.timeout_ends_tries:
        accept = fails
    else:
        accept = fails_or_is_killed
    longest = None
    if attempt_timeout is not None:
        longest = seconds_of(attempt_timeout, "attempt_timeout")
    return repeat_command(
        machine, command, what, timeout, accept, longest=longest, on_console=True
    ).stdout


def _limit(
    machine: MachineCore, timeout: Duration | Default | None, otherwise: float | None = None
) -> tuple[Duration | None, str]:
    """Return the time limit of a command, and the name of what gives it."""
    if timeout == "default":
        own = machine.default_timeout
        return otherwise if own is None else own, "default_timeout"
    given: Any = timeout  # an unchecked script may give another text, which is refused
    return given, "timeout"


def _how(machine: MachineCore, result: CommandResult, timeout: Duration | Default | None) -> str:
    if result.timed_out:
        seconds = Deadline.of_method(*_limit(machine, timeout)).seconds
        return f"did not end within {seconds:g} s and was killed"
    return result.describe(machine.context.compatibility.status_name)


def _failure(
    machine: MachineCore, command: str, status: str, result: CommandResult
) -> CommandFailed:
    return CommandFailed(
        machine.name,
        command,
        status,
        result.stdout,
        result.stderr,
    )
