"""QEMU's monitor, under the names that it has in nixpkgs' driver."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..deadline import Duration
from ..errors import MonitorError

# What QEMU answers to a command that it refuses.
QMPAPIError = MonitorError

SendCommand = Callable[[str, Mapping[str, object]], Any]
WaitForEvent = Callable[[Callable[[dict[str, Any]], bool], Duration], dict[str, Any]]

EVENT_SECONDS = 10.0


class QMPSession:
    """The monitor of one machine: `machine.qmp_client`."""

    def __init__(
        self,
        execute: SendCommand,
        wait_for_event: WaitForEvent,
        pending: Callable[[], bool],
    ) -> None:
        self._execute = execute
        self._wait_for_event = wait_for_event
        self._pending = pending

    def send(self, cmd: str, args: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Run a QMP command and return its answer. Raises MonitorError if QEMU refuses it.

        >>> machine.qmp_client.send("query-status")["status"]
        """
        return self._execute(cmd, args or {})

    def wait_for_event(self, timeout: Duration = EVENT_SECONDS) -> dict[str, Any]:
        """Return the next event that nobody has had yet. Raises WaitTimedOut after `timeout`.

        >>> machine.qmp_client.wait_for_event(timeout=60)
        """
        return self._wait_for_event(lambda event: True, timeout)

    def events(self, timeout: Duration = EVENT_SECONDS) -> Iterator[dict[str, Any]]:
        """Yield the events that QEMU has reported and nobody has had yet; wait for none.

        >>> names = [event["event"] for event in machine.qmp_client.events()]
        """
        while self._pending():
            yield self._wait_for_event(lambda event: True, timeout)
