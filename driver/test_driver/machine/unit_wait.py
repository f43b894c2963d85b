"""One wait for one systemd unit."""

import asyncio
import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from ..backend.base import Backend
from ..deadline import NEVER, Deadline
from ..error_text import indented
from ..errors import UnitFailed, UnitRefused, UnitSkipped, WaitTimedOut
from ..guest.command_result import CommandResult
from ..log import MachineLog
from ..poll import OF_GUEST
from .boot_mode import BootWatch
from .guest_work import (
    GRACE_SECONDS,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    SHORT_SECONDS,
    answer_by,
    ask,
)
from .systemctl import JOURNAL_LINES, is_refusal, journal_command, systemctl_command, unit_matches
from .unit_state import (
    STATE_PROPERTIES,
    Reach,
    blocks,
    has_finished,
    properties,
    reach_of,
    requirements,
    state_text,
    was_unloaded,
)

WATCH = Path(__file__).with_name("unit_watch.pl")
WATCH_SECONDS = 20.0  # in case that a message of systemd was missed
JOBS_SECONDS = 1.0  # between two looks at systemd's jobs
JOURNAL_SECONDS = 1.5
MOST_REQUIREMENTS = 200
MAINTENANCE_UNITS = ("emergency.", "rescue.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStart:
    """What the journal says of the last start of a unit."""

    result: str = ""
    message: str = ""

    @property
    def finished(self) -> bool:
        """Whether a oneshot has done its work."""
        return self.result == "done" and self.message.startswith("Finished ")

    @property
    def skipped(self) -> bool:
        """Whether a condition was not met."""
        return "skipped" in self.message and self.result in ("done", "skipped")


class UnitWait:
    """A wait for a unit to be in a state. Its work is done in the loop."""

    def __init__(
        self,
        qemu: Backend,
        unit: str,
        user: str | None,
        wanted: str,
        deadline: Deadline,
        *,
        may_start: bool,
    ) -> None:
        self._qemu = qemu
        self._machine = qemu.machine
        self._unit = unit
        self._user = user
        self._wanted = wanted
        self._deadline = deadline
        self._may_start = may_start  # whether an inactive unit is waited for without any job
        self._boot = BootWatch(qemu)
        self._told_missing = False
        self._known: dict[str, str] = {}
        self._state = ""
        self._last_lines: str | None = None
        # What the last look and the journal before it take, of a wait that is long enough.
        self._journal_seconds = min(JOURNAL_SECONDS, max(LOOK_SECONDS, deadline.seconds / 5))

    @property
    def _id(self) -> str:
        """The name by which systemd knows the unit: what was asked for may be an alias."""
        return self._known.get("Id") or self._unit

    async def wait(self) -> None:
        """Wait. Raises UnitFailed, UnitRefused, BootEnded and WaitTimedOut."""
        arguments = f"--no-pager show --property={STATE_PROPERTIES} -- {shlex.quote(self._unit)}"
        show = systemctl_command(arguments, self._user)
        question, first = show, self._deadline.seconds < SHORT_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            result = await self._look(question, PATIENCE_SECONDS if first else 0.0)
            first = False
            if result is not None and await self._is_reached(result):
                return
            watched = question != show
            question = show
            if result is not None and result.status == 0 and self._user is None:
                question = self._watch(result.stdout, show)
            await self._check_boot(hurry=watched)
            if result is None or self._deadline.expired():
                raise self._timed_out()
            await self._read_journal()
            pause = OF_GUEST.after(loop.time() - started)
            if question == show:
                left = self._deadline.remaining() - OF_GUEST.first
                await asyncio.sleep(max(0.0, min(pause, left)))

    async def _look(self, question: str, patience: float) -> CommandResult | None:
        work = self._qemu.commands.capture(question, NEVER)
        try:
            return await answer_by(self._qemu, work, self._deadline, patience=patience)
        except TimeoutError:
            self._state = self._state or "systemctl did not answer"
            return None

    async def _is_reached(self, result: CommandResult) -> bool:
        if result.status != 0:
            self._state = result.stderr.strip() or result.describe()
            if is_refusal(result.stderr):
                raise UnitRefused(self._machine, self._unit, self._state)
            return False
        unit = properties(result.stdout)
        self._known = {**self._known, **unit}
        self._state = state_text(unit)
        found = reach_of(unit, self._wanted)
        self._tell_missing(unit)
        if not self._may_start and unit.get("ActiveState") == "inactive":
            await self._check_jobs(found.why)
            return False
        match found.reach:
            case Reach.REACHED:
                return True
            case Reach.FAILED:
                raise UnitFailed(self._machine, self._unit, self._state, await self._journal())
            case Reach.SKIPPED:
                raise await self._skipped(found.why)
            case Reach.PENDING if found.why:
                self._state += f"; {found.why}"
            case Reach.ASK:
                return await self._was_reached(unit)
        return False

    async def _check_jobs(self, why: str) -> None:
        """Raise UnitSkipped if systemd has no job that may start the inactive unit."""
        jobs = await self._ask(systemctl_command("--no-pager --full list-jobs", self._user))
        if jobs is None or "No jobs" not in jobs.stdout:
            return
        show = f"--no-pager show --property={STATE_PROPERTIES} -- {shlex.quote(self._unit)}"
        answer = await self._ask(systemctl_command(show, self._user))
        unit = {} if answer is None else properties(answer.stdout)
        if unit.get("ActiveState") != "inactive":
            return
        self._state = state_text(unit)
        await self._check_requirements(unit, await self._last_start())
        if not why and has_finished(unit):
            why = "has finished: it is a oneshot without RemainAfterExit=yes"
        idle = "is inactive and there are no pending jobs"
        raise await self._skipped(f"{idle}; it {why}" if why else idle)

    async def _was_reached(self, unit: dict[str, str]) -> bool:
        """Find out what an inactive unit has done, and what it would need."""
        last = await self._last_start()
        if self._wanted in (unit.get("ActiveState"), unit.get("SubState")):
            return bool(last.result)  # it was there once, and was unloaded
        if was_unloaded(unit):
            if self._wanted == "active" and last.finished:
                return True
            if last.skipped or last.result == "assert":
                kind = "condition" if last.skipped else "assert"
                raise await self._skipped(f"was not started: its {kind} was not met")
        if not unit.get("TriggeredBy", "").strip():
            await self._check_requirements(unit, last)
        return False

    async def _check_requirements(self, unit: dict[str, str], last: LastStart) -> None:
        """Raise UnitSkipped if something has failed without which the unit does not start."""
        asked: set[str] = set()
        waiting: list[dict[str, str]] = []
        names = requirements(unit)
        while names and len(asked) < MOST_REQUIREMENTS:
            asked.update(names)
            show = f"--no-pager show --property={STATE_PROPERTIES} -- {shlex.join(names)}"
            answer = await self._ask(systemctl_command(show, self._user))
            below = [] if answer is None else blocks(answer.stdout)
            for other in below:
                if other.get("ActiveState") == "failed":
                    raise await self._dependency_failed(other, "has failed")
            still = [other for other in below if other.get("ActiveState") == "inactive"]
            waiting += still
            names = sorted({name for other in still for name in requirements(other)} - asked)
        if last.result == "dependency" and was_unloaded(unit) and waiting:
            # A device that did not come is the last of the row, and has not failed.
            raise await self._dependency_failed(waiting[-1], "is not there")

    async def _dependency_failed(self, other: dict[str, str], how: str) -> UnitSkipped:
        name = other.get("Id", "")
        return UnitSkipped(
            self._machine,
            self._unit,
            self._state,
            await self._journal(name, other.get("ExecMainPID", "0")),
            why=f"cannot start: its dependency {name} {how} [{state_text(other)}]",
        )

    async def _skipped(self, why: str) -> UnitSkipped:
        status = systemctl_command(
            f"--no-pager --full --lines=0 status -- {shlex.quote(self._unit)}", self._user
        )
        answer = await self._ask(status)
        lines = [] if answer is None else answer.stdout.splitlines()
        unmet = [line.strip(" └├─│*") for line in lines if "not met" in line or "unmet" in line]
        unmet = [line for line in unmet if line]
        shown = indented("systemctl status", "\n".join(unmet)) if unmet else ""
        journal = await self._journal()
        return UnitSkipped(self._machine, self._unit, self._state, journal, why=why, detail=shown)

    def _tell_missing(self, unit: dict[str, str]) -> None:
        """Say once that the unit does not exist: its name may be mistyped."""
        if unit.get("LoadState") == "not-found" and not self._told_missing:
            self._told_missing = True
            MachineLog(self._machine).warning("there is no unit %s; waiting for one", self._unit)

    def _watch(self, known: str, show: str) -> str:
        """Return a command that asks again once there is something new, if the guest has Perl."""
        reserved = LOOK_SECONDS if self._last_lines is not None else self._journal_seconds
        left = self._deadline.before_end(reserved).remaining()
        if left <= 0:
            return show
        # Jobs of other units end without a message about this one.
        longest = WATCH_SECONDS if self._may_start else JOBS_SECONDS
        seconds = min(longest, left)
        unit = [bus_path(self._id), self._id]
        arguments = shlex.join([*unit, self._wanted, known, f"{seconds:.3f}", show])
        perl = f"perl -e {shlex.quote(WATCH.read_text())} {arguments}"
        return f"if command -v perl >/dev/null; then {perl}; else {show}; fi"

    async def _check_boot(self, *, hurry: bool) -> None:
        if self._id.startswith(MAINTENANCE_UNITS):
            return
        if hurry:
            self._boot = BootWatch(self._qemu)
        await self._boot.check(self._deadline)

    async def _ask(self, question: str) -> CommandResult | None:
        return await ask(self._qemu, question, self._deadline.at_least(GRACE_SECONDS))

    async def _last_start(self) -> LastStart:
        """Ask the journal: systemd forgets a unit that nothing refers to once it is at rest."""
        answer = await self._ask(
            "journalctl --boot --quiet --no-pager --lines=1 --output=json "
            f"JOB_TYPE=start {unit_matches(self._id, self._user)}"
        )
        try:
            entry = json.loads(answer.stdout.strip() if answer is not None else "")
        except ValueError:
            return LastStart()
        if not isinstance(entry, dict):
            return LastStart()
        return LastStart(
            result=str(entry.get("JOB_RESULT", "")), message=str(entry.get("MESSAGE", ""))
        )

    async def _journal(self, unit: str = "", process: str = "") -> str:
        process = process or self._known.get("ExecMainPID", "0")
        command = journal_command(unit or self._id, self._user, process, JOURNAL_LINES)
        answer = await self._ask(command)
        return "" if answer is None else answer.stdout.strip()

    async def _read_journal(self) -> None:
        """Read the journal for the message, when the time is nearly over, before the last look."""
        near_end = self._deadline.before_end(self._journal_seconds).expired()
        if near_end and self._last_lines is None:
            self._last_lines = await self._journal()

    def _timed_out(self) -> WaitTimedOut:
        become = "" if self._wanted == "active" else f" to be {self._wanted}"
        return WaitTimedOut(
            self._machine,
            f"unit {self._unit}{become}",
            self._deadline.seconds,
            self._state.replace("\n", "; "),
            indented("journal", self._last_lines or ""),
        )


def bus_path(unit: str) -> str:
    """Return the end of the path that systemd gives a unit on the bus."""
    name = "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"_{byte:02x}"
        for byte in unit.encode()
    )
    return f"unit/_{ord(name[0]):02x}{name[1:]}" if name[:1].isdigit() else f"unit/{name}"
