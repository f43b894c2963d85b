"""Waits that ask the guest again and again."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..deadline import Deadline, Duration
from ..errors import WaitTimedOut
from .commands import run_command

if TYPE_CHECKING:
    from ..machine import Machine

FIRST_PAUSE_SECONDS = 0.05
LAST_PAUSE_SECONDS = 1.0


def wait_for_output(
    machine: "Machine",
    command: str,
    accept: Callable[[int, str], bool],
    what: str,
    timeout: Duration,
) -> str:
    """Repeat a command until its status and its output are accepted, and return the output.

    Raises WaitTimedOut, with the last output.
    """
    deadline = Deadline.after(timeout)
    last = ""
    while True:
        started = time.monotonic()
        result = run_command(machine, command, deadline.remaining(), quiet=True)
        output = result.stdout
        if accept(result.status, output):
            return output
        # A try that ran into the deadline says less than the one before.
        if output or not deadline.expired():
            last = output
        if deadline.expired():
            shown = "\n".join(line.rstrip() for line in last.rstrip().split("\n"))
            raise WaitTimedOut(machine.name, what, deadline.seconds, shown)
        # A question that costs the guest much is asked less often.
        pause = min(max(time.monotonic() - started, FIRST_PAUSE_SECONDS), LAST_PAUSE_SECONDS)
        time.sleep(min(pause, deadline.remaining()))
