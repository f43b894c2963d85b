"""Words of a machine: systemd and its units."""

import asyncio
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..errors import CommandFailed, MachineError, UnitFailed, UnitNotInState, WaitTimedOut
from ..guest.command import CommandResult
from ..log import MachineLog
from ..qemu.run import Qemu
from .commands import FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS, run_command

if TYPE_CHECKING:
    from ..machine import Machine

JOURNAL_LINES = 20
QUESTION_SECONDS = 60.0
WATCH = Path(__file__).with_name("unit_watch.pl")
WATCH_SECONDS = 20.0  # systemd tells of each change, but better safe than sorry
STATE_PROPERTIES = "Id,LoadState,ActiveState,SubState,Result,Type,Job"


def systemctl(machine: "Machine", q: str, user: str | None = None) -> tuple[int, str]:
    """Run `systemctl` with arguments, for the system or for a user's own systemd.

    >>> status, output = machine.systemctl("is-enabled nginx")
    """
    return machine.execute(_systemctl(q, user))


def get_unit_info(machine: "Machine", unit: str, user: str | None = None) -> dict[str, str]:
    """Return all properties of a unit, as `systemctl show` names them.

    Raises CommandFailed if systemctl does.

    >>> assert machine.get_unit_info("nginx")["ActiveState"] == "active"
    """
    return _show(machine, unit, "", user)


def get_unit_property(machine: "Machine", unit: str, property: str, user: str | None = None) -> str:
    """Return one property of a unit, as `systemctl show` names it.

    Raises MachineError if the unit has no such property, and CommandFailed if systemctl fails.

    >>> assert machine.get_unit_property("nginx", "Restart") == "on-failure"
    """
    properties = _show(machine, unit, f"--property={shlex.quote(property)} ", user)
    if property not in properties:
        raise MachineError(machine.name, f'unit "{unit}" has no property "{property}"')
    return properties[property]


def require_unit_state(machine: "Machine", unit: str, require_state: str = "active") -> None:
    """Make sure that a unit is in a state now. Raises UnitNotInState if it is in another one.

    >>> machine.require_unit_state("nginx")
    >>> machine.require_unit_state("postgresql", "inactive")
    """
    with machine.nested(f"checking that unit {unit} is {require_state}"):
        state = get_unit_property(machine, unit, "ActiveState")
        if state != require_state:
            raise UnitNotInState(machine.name, unit, state, require_state)


def start_job(machine: "Machine", jobname: str, user: str | None = None) -> tuple[int, str]:
    """Run `systemctl start`, and return its exit status and output: a failure is no error.

    >>> machine.start_job("nginx")
    """
    return systemctl(machine, f"start {jobname}", user)


def stop_job(machine: "Machine", jobname: str, user: str | None = None) -> tuple[int, str]:
    """Run `systemctl stop`, and return its exit status and output: a failure is no error.

    >>> machine.stop_job("nginx")
    """
    return systemctl(machine, f"stop {jobname}", user)


def _show(machine: "Machine", unit: str, options: str, user: str | None) -> dict[str, str]:
    command = _systemctl(f"--no-pager show {options}-- {shlex.quote(unit)}", user)
    result = run_command(machine, command, DEFAULT_TIMEOUT, quiet=True)
    stdout = result.stdout
    if result.status != 0:
        raise CommandFailed(
            machine.name,
            command,
            f"failed ({result.describe()})",
            stdout,
            result.stderr,
        )
    return _properties(stdout)


def wait_for_unit(
    machine: "Machine",
    unit: str,
    user: str | None = None,
    timeout: Duration = DEFAULT_TIMEOUT,
    *,
    state: str = "active",
) -> None:
    """Wait until a systemd unit is active, or has done its work if it is a oneshot.

    With `state`, wait until that is its state or its sub-state: "exited", "inactive", "failed".
    Raises UnitFailed, with the end of its journal, as soon as the unit has failed, and
    WaitTimedOut after `timeout`. A unit that is inactive may still be started by something else,
    so that is waited for.

    >>> machine.wait_for_unit("multi-user.target")
    >>> machine.wait_for_unit("backup.service", state="exited")
    """
    with machine.nested(f"waiting for unit {unit}" + (f" of user {user}" if user else "")):
        qemu = machine.connected()
        wait = _UnitWait(machine.name, qemu, unit, user, state, Deadline.after(timeout))
        machine.in_loop(qemu.lifeline.hold(wait.wait(), Deadline.after(None)))


class _UnitWait:
    """One wait for one unit."""

    def __init__(
        self,
        machine: str,
        qemu: Qemu,
        unit: str,
        user: str | None,
        wanted: str,
        deadline: Deadline,
    ) -> None:
        self._machine = machine
        self._qemu = qemu
        self._unit = unit
        self._user = user
        self._wanted = wanted
        self._deadline = deadline
        self._told_missing = False

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        show = _systemctl(
            f"--no-pager show --property={STATE_PROPERTIES} -- {shlex.quote(self._unit)}",
            self._user,
        )
        question, state = show, "unknown"
        while True:
            started = loop.time()
            result = await self._run(question)
            if result.status == 0:
                properties = _properties(result.stdout)
                state = _state_text(properties)
                if await self._is_reached(properties):
                    return
                self._tell_missing(properties)
                if properties.get("ActiveState") == "failed":
                    raise UnitFailed(self._machine, self._unit, state, await self._journal())
                if self._user is None:
                    question = self._watch(properties.get("Id", self._unit), result.stdout, show)
            elif not result.timed_out:
                state = result.stderr.strip() or result.describe()
            if self._deadline.expired():
                break
            pause = min(max(loop.time() - started, FIRST_PAUSE_SECONDS), LAST_PAUSE_SECONDS)
            if question == show:
                await asyncio.sleep(min(pause, self._deadline.remaining()))
        journal = await self._journal()
        raise WaitTimedOut(
            self._machine,
            f'unit "{self._unit}" to be {self._wanted}',
            self._deadline.seconds,
            f"{state}\n{journal}".strip(),
        )

    def _tell_missing(self, properties: dict[str, str]) -> None:
        """Say once that the unit does not exist: who has mistyped its name waits in vain."""
        if properties.get("LoadState") == "not-found" and not self._told_missing:
            self._told_missing = True
            MachineLog(self._machine).warning("there is no unit %s; waiting for one", self._unit)

    def _watch(self, unit: str, known: str, show: str) -> str:
        """Return a command that asks again once there is something new, if the guest has Perl."""
        seconds = min(WATCH_SECONDS, self._deadline.remaining())
        arguments = shlex.join([_bus_path(unit), self._wanted, known, f"{seconds:.3f}", show])
        perl = f"perl -e {shlex.quote(WATCH.read_text())} {arguments}"
        return f"if command -v perl >/dev/null; then {perl}; else {show}; fi"

    async def _is_reached(self, properties: dict[str, str]) -> bool:
        if self._wanted in (properties.get("ActiveState"), properties.get("SubState")):
            return True
        may_have_finished = self._wanted == "active" and _may_have_finished(properties)
        return may_have_finished and await self._has_finished()

    async def _run(self, command: str) -> CommandResult:
        # A manager that is busy may take a while; the deadline of the wait is not its concern.
        return await self._qemu.commands.capture(command, Deadline.after(QUESTION_SECONDS))

    async def _has_finished(self) -> bool:
        """Ask the journal: systemd forgets a oneshot that nothing refers to once it is done."""
        field = "USER_UNIT" if self._user else "UNIT"
        name = self._unit if "." in self._unit else f"{self._unit}.service"
        result = await self._run(
            "journalctl --boot --quiet --lines=1 --output=cat "
            f"{field}={shlex.quote(name)} JOB_TYPE=start JOB_RESULT=done"
        )
        return bool(result.stdout.strip())

    async def _journal(self) -> str:
        option = "--user-unit" if self._user else "--unit"
        command = (
            f"journalctl --no-pager --quiet --lines={JOURNAL_LINES} "
            f"{option}={shlex.quote(self._unit)}"
        )
        return (await self._run(command)).stdout.strip()


def _bus_path(unit: str) -> str:
    """Return the end of the path that systemd gives a unit on the bus."""
    name = "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"_{byte:02x}"
        for byte in unit.encode()
    )
    return f"unit/_{ord(name[0]):02x}{name[1:]}" if name[:1].isdigit() else f"unit/{name}"


def _may_have_finished(properties: dict[str, str]) -> bool:
    """Tell whether this is a oneshot at rest: it looks the same before and after its work."""
    return (
        properties.get("Type") == "oneshot"
        and properties.get("ActiveState") == "inactive"
        and properties.get("Result") == "success"
        and properties.get("Job", "0") in ("", "0")
    )


def _state_text(properties: dict[str, str]) -> str:
    state = f"{properties.get('ActiveState', 'unknown')}/{properties.get('SubState', 'unknown')}"
    if properties.get("LoadState", "loaded") != "loaded":
        state += f", {properties['LoadState']}"
    if properties.get("Result", "success") != "success":
        state += f", result {properties['Result']}"
    return state


def _properties(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: value for name, value in pairs}


def _systemctl(arguments: str, user: str | None) -> str:
    if user is None:
        return f"systemctl {arguments}"
    inner = f"XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user {arguments}"
    return f"su -l {shlex.quote(user)} --shell /bin/sh -c {shlex.quote(inner)}"
