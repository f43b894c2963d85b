"""A command that the guest's own shutdown has killed: that is no failure of the command."""

import signal

from ..backend.base import Backend
from ..deadline import Deadline
from ..errors import KilledByShutdown
from ..guest.command_result import CommandResult
from .guest_work import PATIENCE_SECONDS, answer_by

# The signals by which systemd ends what still runs, as the status of a shell.
STATUSES = frozenset(128 + number for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL))
QUESTION = "systemctl is-system-running"
GOING_DOWN = "stopping"


async def check_shutdown(qemu: Backend, result: CommandResult, deadline: Deadline) -> None:
    """Raise KilledByShutdown if a command was killed because its guest is going down.

    Call it before a failure is taken for what the script waits for. The guest is asked only after
    a signal, and may be gone meanwhile: then that is raised.
    """
    if result.status not in STATUSES or result.timed_out:
        return
    answering = qemu.commands.capture(QUESTION, Deadline.after(PATIENCE_SECONDS))
    try:
        answer = await answer_by(qemu, answering, deadline, patience=PATIENCE_SECONDS)
    except TimeoutError:
        return
    if answer.stdout.strip() == GOING_DOWN or answer.status in STATUSES:
        raise KilledByShutdown(qemu.machine, result.describe())
