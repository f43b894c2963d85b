"""What a guest does for a method: until it is done, and never long after the method's deadline."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..backend.base import Backend
from ..backend.standstill import hold_guest
from ..deadline import NEVER, Deadline, Duration
from ..errors import WaitTimedOut
from ..given_up import give_up
from ..guest.background_output import wait_for_background_output
from ..guest.command_result import CommandResult
from ..process_state import family_works
from .core import MachineCore
from .restarts import over_restarts

T = TypeVar("T")
Work = Callable[[Backend], Coroutine[Any, Any, T]]

# What has begun just before the deadline may be answered so much later.
GRACE_SECONDS = 0.2
# A guest that is at work when the grace is over is slow, not deaf: it gets so much more.
PATIENCE_SECONDS = 10.0
# A wait that is shorter has one whole look all the same, for which a slow guest gets its patience.
SHORT_SECONDS = 1.0
# The last look of a longer wait begins so long before its deadline, and is over by then.
LOOK_SECONDS = 0.25
# What a wait asks beside what it waits for, the journal for one, may take so long.
QUESTION_SECONDS = 30.0
_SAMPLES = 10
_SAMPLE_SECONDS = 0.01


def guest_deadline(
    machine: MachineCore, timeout: Duration | None, name: str = "timeout"
) -> Deadline:
    """Return the deadline of a method that needs the guest. `name` is the argument's, for messages.

    If the time limit does not include the boot, the machine is booted here first.
    """
    deadline = Deadline.of_method(timeout, name)
    if machine.context.compatibility.timeout_includes_boot:
        return deadline
    machine.reach_guest(Deadline.of_method(None))
    return Deadline.of_method(timeout, name)


def whole_command(machine: MachineCore, command: str) -> str:
    """Return what the guest is given for a command of the script."""
    if machine.context.compatibility.shell_ends_command:
        return command
    return wait_for_background_output(command)


def wait_in_loop(machine: MachineCore, work: Work[T], what: str, deadline: Deadline) -> T:
    """Start a machine if need be, wait for its guest, and let it do what a wait consists of.

    `work` keeps the deadline itself; so do the polling conditions that are checked meanwhile.
    When the guest's agent goes, `work` begins anew once there is another: a user space may be
    started anew. Raises WaitTimedOut if the guest is not reached by then.
    """
    with deadline.bounds_calls():
        try:
            qemu = machine.reach_guest(deadline)
        except TimeoutError as error:
            state = _boot_state(machine)
            raise WaitTimedOut(machine.name, what, deadline.seconds, state) from error
        whole = over_restarts(qemu, lambda: work(qemu), deadline)
        return machine.in_loop(hold_guest(qemu, whole, NEVER))


def started_by(machine: MachineCore, what: str, deadline: Deadline) -> Backend:
    """Return a machine's QEMU, started if need be. Raises WaitTimedOut if it takes too long."""
    try:
        with deadline.bounds_calls():
            return machine.reach_machine(deadline)
    except TimeoutError as error:
        state = _boot_state(machine)
        raise WaitTimedOut(machine.name, what, deadline.seconds, state) from error


def console_timed_out(machine: MachineCore, what: str, deadline: Deadline) -> WaitTimedOut:
    """Return the error of a wait for the end or the restart of a guest, with its console."""
    return WaitTimedOut(machine.name, what, deadline.seconds, machine.console.last_lines())


def _boot_state(machine: MachineCore) -> str:
    if machine.backend is None or not machine.backend.alive():
        return "the machine was not started in this time"
    return "the guest does not take commands yet"


async def answer_by(
    qemu: Backend, work: Coroutine[Any, Any, T], deadline: Deadline, *, patience: float = 0.0
) -> T:
    """Await what the guest does, at most until the deadline, but for GRACE_SECONDS at least.

    After that, up to `patience` seconds are given while QEMU is at work. Raises TimeoutError; the
    work is cancelled then, which kills a command in the guest without waiting for its end.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=deadline.at_least(GRACE_SECONDS).timeout())
        end = Deadline.after(patience)
        while not task.done() and not end.expired() and await _is_at_work(qemu, task):
            pass
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        await give_up(task)


async def ask(qemu: Backend, question: str, deadline: Deadline) -> CommandResult | None:
    """Run a command beside a wait; `None` if the guest does not answer by the deadline."""
    limit = deadline.at_most(QUESTION_SECONDS)
    try:
        return await answer_by(qemu, qemu.commands.capture(question, NEVER), limit)
    except TimeoutError:
        return None


async def _is_at_work(qemu: Backend, task: "asyncio.Task[Any]") -> bool:
    """Tell whether QEMU, or a container, is at work for most of a moment.

    The moment ends with the task.
    """
    at_work = 0
    for _ in range(_SAMPLES):
        at_work += family_works(qemu.process.pid)
        await asyncio.wait({task}, timeout=_SAMPLE_SECONDS)
    return at_work > _SAMPLES / 2
