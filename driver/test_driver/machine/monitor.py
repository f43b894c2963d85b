"""Methods of a machine: QEMU's monitor, and what is done through it."""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ..backend.base import Backend
from ..backend.qemu.instance import QemuInstance
from ..backend.qemu.monitor_events import Event
from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..errors import DriverError, MonitorError, WaitTimedOut
from ..public_names import public
from ..run.timings import Phase
from .arguments import check_callable, check_port
from .core import MachineCore
from .guest_work import started_by
from .human_monitor import HumanMonitor
from .method import method
from .qemu_core import QemuCore
from .qmp import QMPSession

EVENT_TIMEOUT = 600.0

# The human monitor has no status: these are what it says when it did not do what it was asked.
_REFUSAL = re.compile(
    r"^Error: |^unknown command: |^Try \"help .*\" for more information"
    r"|^invalid parameter: |^(?:could not set up|invalid) host forwarding rule"
    r"|^unrecognized netdev id|^Device '.*' not found",
    re.MULTILINE | re.IGNORECASE,
)


class MonitorMethods(QemuCore):
    """Methods of a machine: QEMU's monitor."""

    _human_monitor: tuple[QemuInstance, HumanMonitor] | None = None

    @method(phase=Phase.COMMAND)
    def send_monitor_command(self, command: str) -> str:
        """Run a command of QEMU's human monitor and return what it writes.

        Raises MonitorError if the monitor says that it did not do so, or does not answer for 900 s.

        >>> assert "VM status: running" in machine.send_monitor_command("info status")
        """
        return run_monitor_command(self, command)

    @method(phase=Phase.WAIT, title="waiting for an event of QEMU's monitor")
    def wait_for_qmp_event(
        self,
        event_filter: Callable[[dict[str, Any]], bool],
        timeout: Duration = EVENT_TIMEOUT,
    ) -> dict[str, Any]:
        """Wait until QEMU's monitor reports an event that a function accepts, and return the event.

        Events since the start of QEMU count, from the one after the last that was returned: none
        that comes before the call is missed. Raises WaitTimedOut, with the names of those that did
        not fit, after `timeout` seconds.

        >>> machine.wait_for_qmp_event(lambda event: event["event"] == "RESET", timeout=60)
        """
        check_callable(event_filter, "event_filter")
        deadline = Deadline.of_method(timeout)
        what = "an event of QEMU's monitor"
        qemu = started_by(self, what, deadline)
        assert isinstance(qemu, QemuInstance)
        position = qemu.events.consumed
        seen: list[str] = []
        while True:
            try:
                events = self.in_loop(_events_since(qemu, position, deadline))
            except TimeoutError as error:
                last = "no event" if not seen else ", ".join(seen[-20:])
                raise WaitTimedOut(self.name, what, deadline.seconds, last) from error
            # The filter runs in the thread of the script: it may use the machine.
            for after, event in events:
                position = after
                if event_filter(dict(event)):
                    qemu.events.consumed = max(qemu.events.consumed, after)
                    return dict(event)
                seen.append(str(event["event"]))

    @method(phase=Phase.COMMAND)
    def forward_port(self, host_port: int = 8080, guest_port: int = 80) -> None:
        """Make a TCP port of the machine a port of the host, as long as this QEMU runs.

        The machine must have the address 10.0.2.15 on its first network card (DHCP gives it that).
        Raises MonitorError if the port of the host is taken, and ValueError for a port that is not
        a whole number from 1 to 65535.

        >>> machine.forward_port(8080, 80)
        """
        host, guest = check_port(host_port, "host_port"), check_port(guest_port, "guest_port")
        self.send_monitor_command(f"hostfwd_add tcp::{host}-:{guest}")

    @property
    @public
    def qmp_client(self) -> QMPSession:
        """QEMU's monitor: `machine.qmp_client.send("query-status")`."""
        return QMPSession(self._send_to_monitor, self.wait_for_qmp_event, self._events_pending)

    def _send_to_monitor(self, command: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        qemu = self.reach_machine()
        deadline = Deadline.of_method(DEFAULT_TIMEOUT)
        return self.in_loop(qemu.execute(command, arguments, deadline))

    def _events_pending(self) -> bool:
        return self.qemu is not None and self.context.loop.run(_events_pending(self.qemu))

    @property
    @public
    def monitor(self) -> HumanMonitor | None:
        """QEMU's human monitor, which scripts send bytes to; None while the machine is off.

        >>> monitor = machine.monitor
        >>> assert monitor is not None  # the machine runs
        >>> monitor.send(b"info status\\n")
        >>> print(machine.wait_for_monitor_prompt())
        """
        if (qemu := self.qemu) is None or not qemu.alive():
            return None
        if self._human_monitor is None or self._human_monitor[0] is not qemu:
            self._human_monitor = (qemu, HumanMonitor(self.send_monitor_command))
        return self._human_monitor[1]

    @method(phase=Phase.WAIT)
    def wait_for_monitor_prompt(self) -> str:
        """Return what the commands that were sent to `monitor` wrote, with the prompt after each.

        Each has ended when `send` returns, so nothing is waited for.

        >>> monitor = machine.monitor
        >>> assert monitor is not None  # the machine runs
        >>> monitor.send(b"info status\\n")
        >>> assert "running" in machine.wait_for_monitor_prompt()
        """
        return self.monitor.take().decode() if self.monitor is not None else ""


def run_monitor_command(machine: MachineCore, command: str) -> str:
    """Run a command of the human monitor. Raises MonitorError if the monitor refuses it."""
    machine.lines.debug("monitor command: %s", command)
    qemu = machine.reach_machine()
    qemu.standstill.commander = threading.current_thread()
    answer = machine.in_loop(human_command(qemu, command))
    if _REFUSAL.search(answer):
        if machine.context.compatibility.monitor_refusal_is_error:
            raise MonitorError(machine.name, command, answer.strip())
        machine.lines.warning("the monitor refused `%s`: %s", command, answer.strip())
    return answer


async def human_command(qemu: Backend, command: str) -> str:
    """Return what the human monitor answers to a command, a refusal too. Raises MonitorError."""
    arguments = {"command-line": command}
    answer = await qemu.execute("human-monitor-command", arguments, Deadline.after(DEFAULT_TIMEOUT))
    return str(answer).replace("\r\n", "\n")


async def _events_since(
    qemu: QemuInstance, position: int, deadline: Deadline
) -> list[tuple[int, Event]]:
    try:
        await qemu.liveness.run(qemu.events.beyond(position), deadline)
    except (DriverError, TimeoutError):
        # The event may have been the last thing that QEMU said.
        if not qemu.events.since(position):
            raise
    return qemu.events.since(position)


async def _events_pending(qemu: QemuInstance) -> bool:
    return qemu.events.end > qemu.events.consumed
