"""QEMU's monitor, under the names that it has in nixpkgs' driver."""

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import MonitorError

# What QEMU answers to a command that it refuses.
QMPAPIError = MonitorError

SendCommand = Callable[[str, Mapping[str, object]], Any]


class QMPSession:
    """The monitor of one machine: `machine.qmp_client`."""

    def __init__(self, execute: SendCommand) -> None:
        self._execute = execute

    def send(self, cmd: str, args: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Run a QMP command and return its answer. Raises MonitorError if QEMU refuses it.

        >>> machine.qmp_client.send("query-status")["status"]
        """
        return self._execute(cmd, args or {})
