"""Methods of a machine: on, off, and on again."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from ..backend.base import Backend
from ..backend.standstill import hold_guest
from ..deadline import NEVER, Deadline, Default, Duration, method_deadline
from ..error_text import exit_text
from ..errors import (
    AgentError,
    AssertionFailed,
    GuestStopped,
    HostError,
    MachineError,
    MachineExited,
    MachinePanicked,
    MonitorBroken,
    MonitorError,
    QemuSuspended,
    WatchdogExpired,
)
from ..public_names import Needs
from ..run.timings import Phase
from ..trouble.survey import ask_all
from .core import MachineCore
from .guest_work import console_timed_out
from .method import method
from .units import UnitMethods

logger = logging.getLogger(__name__)

EXPECTED_END_SECONDS = 60.0
# The unexpected ends of a machine.
ENDS = (
    GuestStopped,
    MachineExited,
    MachinePanicked,
    MonitorBroken,
    QemuSuspended,
    WatchdogExpired,
)
# A guest that does not answer so long will not power off by a command either.
AGENT_SECONDS = 60.0


class PowerMethods(UnitMethods):
    """Methods of a machine: power."""

    @method(phase=Phase.BOOT)
    def start(self, allow_reboot: bool = False) -> None:
        """Start the machine, and return before the guest is up. Nothing happens if it runs.

        With `allow_reboot`, the machine goes on after the guest has rebooted by itself; otherwise
        it is off then. Its disks are those of the last start.

        >>> machine.start()
        """
        self.in_loop(self.boot(allow_reboot=allow_reboot))

    @method(phase=Phase.COMMAND)
    def is_up(self) -> bool:
        """Tell whether the machine is switched on, that is, whether its QEMU runs.

        With `compatibility = "nixpkgs"`, a machine in QEMU is up when its guest takes commands,
        too.

        >>> assert machine.is_up()
        """
        running_is_up = self.context.compatibility.running_is_up or self.configuration.container
        return self.booted and (running_is_up or self.connected)

    @method(phase=Phase.WAIT)
    def shutdown(self, timeout: Duration | Default | None = "default") -> None:
        """Let the guest power itself off, and wait until it has. Nothing happens if it is off.

        Raises WaitTimedOut if the machine is still on after `timeout`: 5 minutes unless told, and
        no limit with `compatibility = "nixpkgs"`.

        >>> machine.shutdown()
        """
        if (qemu := _running(self)) is None:
            return
        deadline = method_deadline(timeout, self.context.compatibility.shutdown_seconds)
        with self.nested("waiting for the machine to power off"), deadline.bounds_calls():
            self.in_loop(ask_all([self], deadline.remaining()))
            self.in_loop(_power_off(qemu, deadline))
            self.in_loop(_wait_until_off(self, qemu, deadline))

    @method(phase=Phase.WAIT)
    def wait_for_shutdown(self, timeout: Duration | None = None) -> None:
        """Wait until the machine is off, because the guest powers itself off. Nothing is asked of
        it.

        Raises WaitTimedOut if it is still on after `timeout`.

        >>> machine.execute("poweroff", check_output=False)
        >>> machine.wait_for_shutdown()
        """
        if (qemu := self.backend) is None:
            return
        deadline = Deadline.of_method(timeout)
        with self.nested("waiting for the machine to power off"), deadline.bounds_calls():
            self.in_loop(_wait_until_off(self, qemu, deadline))

    @method(phase=Phase.COMMAND)
    def crash(self) -> None:
        """Switch the machine off as if its power cable was pulled. Nothing happens if it is off.

        >>> machine.crash()
        >>> machine.start()
        """
        if (qemu := _running(self)) is None:
            return
        self.lines.say("forced crash")
        self.in_loop(qemu.quit())

    @method(phase=Phase.COMMAND)
    @contextmanager
    def expect_end(self, timeout: Duration = EXPECTED_END_SECONDS) -> Iterator[None]:
        """Expect the machine to end unexpectedly in a block: a kernel panic, a QEMU that is killed.

        Without it, such an end fails the test, also if the script catches the exception or never
        uses the machine again. What the script does by the driver's own methods, such as
        `crash`, and a guest that powers itself off, need no `expect_end`.

        The exception that tells of the end is not raised out of the block. After the block, the
        machine is given `timeout` seconds to end. Raises WaitTimedOut if it does not.

        >>> with machine.expect_end():
        ...     machine.execute("echo c >/proc/sysrq-trigger", check_output=False)
        >>> machine.crash()
        >>> machine.start()
        """
        deadline = Deadline.of_method(timeout)
        with self.context.losses.expecting(self.name) as ends:
            try:
                yield
            except ENDS as error:
                if error.machine != self.name:
                    raise
            if not ends:
                with deadline.bounds_calls():
                    self.in_loop(_wait_for_end(self, deadline))

    @method(phase=Phase.COMMAND, needs=Needs.GUEST)
    def connect(self) -> None:
        """Start the machine unless it runs, and wait until its guest takes commands.

        Each method that needs the guest does so by itself. Raises AgentSilent if it takes none
        within 600 s, and what has befallen the machine as soon as it is known.

        >>> machine.connect()
        """

    @method(phase=Phase.COMMAND)
    def release(self) -> None:
        """End the machine for good, whatever state it is in. Nothing happens if it is off.

        The driver does this with every machine in the end.

        >>> machine.release()
        """
        self.context.loop.run(self.end())

    @method(phase=Phase.COMMAND)
    def cleanup_statedir(self) -> None:
        """Throw away the machine's disks, so that its next start is its first one.

        Raises AssertionFailed if the machine is on, and HostError if the host cannot delete them.

        >>> machine.crash()
        >>> machine.cleanup_statedir()
        """
        if self.booted:
            raise AssertionFailed(
                f"{self.name}: its disks are in use while it is on; "
                "use shutdown() or crash() before"
            )
        self.lines.say(f"deleting {self.state_dir}")
        try:
            shutil.rmtree(self.state_dir)
        except FileNotFoundError:
            return
        except OSError as error:
            raise HostError(f"{self.name}: cannot delete its disks: {error}") from error


async def _wait_for_end(machine: MachineCore, deadline: Deadline) -> None:
    qemu = machine.backend
    if qemu is not None and await qemu.liveness.cancelled_within(deadline.timeout()) is None:
        raise console_timed_out(machine, "the machine to end unexpectedly", deadline)


async def wait_until_off(machine: MachineCore) -> None:
    """Wait until a machine is off, for as long as it takes."""
    if machine.backend is not None:
        await _wait_until_off(machine, machine.backend, NEVER)


def _running(machine: MachineCore) -> Backend | None:
    """Return the machine's QEMU if it runs. Where it does not, to be off is what the script wants.

    Otherwise it would depend on a moment whether the next method starts a machine that has
    panicked: QEMU ends a little later than the panic is told.
    """
    if (qemu := machine.backend) is None or qemu.alive():
        return qemu
    qemu.exit_expected = True
    return None


async def _power_off(qemu: Backend, deadline: Deadline) -> None:
    async def command() -> None:
        await qemu.agent.connect()
        await qemu.commands.start("poweroff || systemctl poweroff || shutdown -P now")

    try:
        await hold_guest(qemu, command(), deadline.at_most(AGENT_SECONDS))
    except MachineExited:
        return
    except (AgentError, TimeoutError):
        await _press_power_button(qemu, deadline)


async def _press_power_button(qemu: Backend, deadline: Deadline) -> None:
    try:
        await qemu.press_power_button(deadline.at_most(AGENT_SECONDS))
    except (MonitorError, MachineExited) as error:
        # Whether the machine goes off is what counts, and that is waited for in any case.
        logger.debug("%s", error)


async def _wait_until_off(machine: MachineCore, qemu: Backend, deadline: Deadline) -> None:
    status = await qemu.wait_for_exit(deadline)
    if status is None:
        raise console_timed_out(machine, "the machine to power off", deadline)
    if status != 0 or qemu.loss() is not None:
        error = qemu.liveness.error()
        what = f"{qemu.program} has exited ({exit_text(status)})"
        raise error or MachineError(machine.name, what)
    qemu.exit_expected = True
