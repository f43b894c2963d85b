"""Words of a machine: QEMU's monitor, and what is done through it."""

import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..errors import DriverError, MonitorError, WaitTimedOut
from ..qemu.monitor_events import Event
from ..qemu.run import Qemu
from .arguments import check_callable, check_port
from .guest_work import started_by

if TYPE_CHECKING:
    from ..machine import Machine

EVENT_TIMEOUT = 600.0

# The human monitor has no status: these are what it says when it did not do what it was asked.
_REFUSAL = re.compile(
    r"^Error: |^unknown command: |^Try \"help .*\" for more information"
    r"|^invalid parameter: |^(?:could not set up|invalid) host forwarding rule"
    r"|^unrecognized netdev id|^Device '.*' not found",
    re.MULTILINE | re.IGNORECASE,
)


def send_monitor_command(machine: "Machine", command: str) -> str:
    """Run a command of QEMU's human monitor and return what it writes.

    Raises MonitorError if the monitor says that it did not do so, or does not answer for 900 s.

    >>> assert "VM status: running" in machine.send_monitor_command("info status")
    """
    machine.lines.debug("monitor command: %s", command)
    qemu = machine.started()
    qemu.standstill.commander = threading.current_thread()
    answer = machine.in_loop(_human_command(qemu, command))
    if _REFUSAL.search(answer):
        if machine.session.compatibility.monitor_refusal_is_error:
            raise MonitorError(machine.name, command, answer.strip())
        machine.lines.warning("the monitor refused `%s`: %s", command, answer.strip())
    return answer


def wait_for_qmp_event(
    machine: "Machine",
    event_filter: Callable[[dict[str, Any]], bool],
    timeout: Duration = EVENT_TIMEOUT,
) -> dict[str, Any]:
    """Wait until QEMU's monitor reports an event that a function accepts, and return the event.

    Events since the start of QEMU count, from the one after the last that was returned: none that
    comes before the call is missed. Raises WaitTimedOut, with the names of those that did not
    fit, after `timeout` seconds.

    >>> machine.wait_for_qmp_event(lambda event: event["event"] == "RESET", timeout=60)
    """
    check_callable(event_filter, "event_filter")
    deadline = Deadline.of_method(timeout)
    what = "an event of QEMU's monitor"
    qemu = started_by(machine, what, deadline)
    position = qemu.events.consumed
    seen: list[str] = []
    with machine.nested("waiting for an event of QEMU's monitor"):
        while True:
            try:
                events = machine.in_loop(_events_since(qemu, position, deadline))
            except TimeoutError as error:
                last = "no event" if not seen else ", ".join(seen[-20:])
                raise WaitTimedOut(machine.name, what, deadline.seconds, last) from error
            # The filter runs in the thread of the script, so that it may use the machine's words.
            for after, event in events:
                position = after
                if event_filter(dict(event)):
                    qemu.events.consumed = max(qemu.events.consumed, after)
                    return dict(event)
                seen.append(str(event["event"]))


def forward_port(machine: "Machine", host_port: int = 8080, guest_port: int = 80) -> None:
    """Make a TCP port of the machine a port of the host, as long as this QEMU runs.

    The machine must have the address 10.0.2.15 on its first network card (DHCP gives it that).
    Raises MonitorError if the port of the host is taken, and ValueError for a port that is not a
    whole number from 1 to 65535.

    >>> machine.forward_port(8080, 80)
    """
    host, guest = check_port(host_port, "host_port"), check_port(guest_port, "guest_port")
    send_monitor_command(machine, f"hostfwd_add tcp::{host}-:{guest}")


async def _human_command(qemu: Qemu, command: str) -> str:
    arguments = {"command-line": command}
    answer = await qemu.execute("human-monitor-command", arguments, Deadline.after(DEFAULT_TIMEOUT))
    return str(answer).replace("\r\n", "\n")


async def _events_since(qemu: Qemu, position: int, deadline: Deadline) -> list[tuple[int, Event]]:
    try:
        await qemu.lifeline.hold(qemu.events.beyond(position), deadline)
    except (DriverError, TimeoutError):
        # The event may have been the last thing that QEMU said.
        if not qemu.events.since(position):
            raise
    return qemu.events.since(position)
