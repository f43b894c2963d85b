"""Faults of a running machine that end no process, told apart."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..errors import DriverError, GuestStopped, MonitorError, QemuSuspended, WatchdogExpired
from ..process_state import STOPPED_STATE, process_state
from .standstill import CONTINUE, WAKE_UP, Standstill

LOOK_SECONDS = 1.0
# Somebody may stop QEMU for a moment, to look at it.
SUSPENDED_SECONDS = 3.0
# A kernel that reboots says so, whatever its log level; a processor that gives up cannot.
FAREWELLS = ("reboot: Restarting system", "reboot: machine restart", "sysrq: Resetting")
GUEST_RESET = "guest-reset"
# Why QEMU stops the processors of a machine, and nobody but a person starts them again. Others
# are pauses that somebody asked for.
STOPPED_FOR_GOOD = {
    "io-error": "a disk of the host failed under it",
    "internal-error": "QEMU or KVM cannot go on with what the guest did",
    "shutdown": "the guest was shut down, and QEMU kept",
}


async def wait_for_suspension(pid: Callable[[], int], intended: Callable[[], bool]) -> None:
    """Return when a process was stopped (SIGSTOP) and not continued for some seconds.

    Nothing counts while the driver itself stops it.
    """
    loop = asyncio.get_running_loop()
    since: float | None = None
    while True:
        if process_state(pid()) != STOPPED_STATE or intended():
            since = None
        elif since is None:
            since = loop.time()
        elif loop.time() - since >= SUSPENDED_SECONDS:
            return
        await asyncio.sleep(LOOK_SECONDS)


def has_announced_reboot(console: str) -> bool:
    """Tell whether the kernel said on the console that it reboots."""
    return any(farewell in console for farewell in FAREWELLS)


def explain_exit(reason: str | None, watchdog: str | None, *, announced_reboot: bool) -> str | None:
    """Say why QEMU exited, from the reason it gave and what was seen before."""
    if watchdog is not None:
        return f"the guest's watchdog, which has expired (action {watchdog})"
    if reason != GUEST_RESET:
        return reason
    if announced_reboot:
        return f"{reason}: the guest has rebooted"
    return f"{reason}, which its kernel did not announce: a triple fault, or firmware's own reset"


class StopWatch:
    """Finds out why the processors of a machine stand still, and what else QEMU has to bear.

    `say` gets a line about each kind of failure of a disk that the guest has to deal with.
    """

    def __init__(
        self,
        machine: str,
        query_status: Callable[[], Awaitable[Any]],
        cut: Callable[[Callable[[], DriverError]], None],
        say: Callable[[str], None],
        standstill: Standstill,
    ) -> None:
        self._standstill = standstill
        self.watchdog: str | None = None
        self._machine = machine
        self._query_status = query_status
        self._cut = cut
        self._say = say
        self._disk_fault = ""
        self._said: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def on_event(self, name: str, data: dict[str, Any]) -> None:
        """Take note of an event of QEMU."""
        match name:
            case "WATCHDOG":
                self.watchdog = str(data.get("action"))
            case "BLOCK_IO_ERROR":
                where = data.get("node-name") or data.get("device") or "a disk"
                self._disk_fault = f"{where}: {data.get('operation')}: {data.get('reason')}"
                if data.get("action") == "report" and self._disk_fault not in self._said:
                    self._said.add(self._disk_fault)
                    self._say(f"the guest's disk fails: {self._disk_fault}")
            case "RESET":
                self.watchdog = None
                self._standstill.end()
            case "SUSPEND":
                self._standstill.begin("suspended", WAKE_UP)
            case "RESUME" | "WAKEUP":
                self._standstill.end()
            case "STOP":
                task = asyncio.ensure_future(self._explain())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def explained(self) -> None:
        """Wait until it is known why the processors stand still, if they do."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LOOK_SECONDS)

    async def _explain(self) -> None:
        try:
            answer = await self._query_status()
        except MonitorError:  # it has ended meanwhile, which is told elsewhere
            return
        status = str(answer.get("status")) if isinstance(answer, dict) else ""
        machine, watchdog, detail = self._machine, self.watchdog, self._disk_fault
        if status == "watchdog":
            self._cut(lambda: WatchdogExpired(machine, watchdog or "pause"))
        elif status in STOPPED_FOR_GOOD:
            self._cut(lambda: GuestStopped(machine, status, STOPPED_FOR_GOOD[status], detail))
        elif status == "paused" and self._standstill.stopped_by_script:
            self._standstill.begin("paused", CONTINUE)


def suspended(machine: str, pid: int) -> QemuSuspended:
    """Return the error for a QEMU that somebody has stopped."""
    return QemuSuspended(machine, pid, SUSPENDED_SECONDS)
