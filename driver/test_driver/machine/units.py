"""Methods of a machine: systemd and its units."""

import shlex

from ..deadline import DEFAULT_TIMEOUT, Duration
from ..errors import CommandFailed, MachineError, UnitNotInState, UnitRefused
from ..run.timings import Phase
from .commands import CommandMethods, run_command
from .core import MachineCore
from .guest_work import guest_deadline, wait_in_loop
from .method import method
from .systemctl import is_refusal, systemctl_command, unit_matches
from .unit_state import check_name, check_state, properties
from .unit_wait import UnitWait


class UnitMethods(CommandMethods):
    """Methods of a machine: systemd units."""

    @method(phase=Phase.COMMAND)
    def systemctl(self, q: str, user: str | None = None) -> tuple[int, str]:
        """Run `systemctl` with arguments, for the system or for a user's own systemd.

        >>> status, output = machine.systemctl("is-enabled nginx")
        """
        return self.execute(systemctl_command(q, user))

    @method(phase=Phase.COMMAND)
    def get_unit_info(self, unit: str, user: str | None = None) -> dict[str, str]:
        """Return all properties of a unit, as `systemctl show` names them.

        Raises UnitRefused, with systemd's text, for a name that no unit can have, and
        CommandFailed if systemctl fails.

        >>> assert machine.get_unit_info("nginx")["ActiveState"] == "active"
        """
        return _show(self, unit, "", user)

    @method(phase=Phase.COMMAND)
    def get_unit_property(self, unit: str, property: str, user: str | None = None) -> str:
        """Return one property of a unit, as `systemctl show` names it.

        Raises MachineError if the unit has no such property, and CommandFailed if systemctl fails.

        >>> assert machine.get_unit_property("nginx", "Restart") == "on-failure"
        """
        shown = _show(self, unit, f"--property={shlex.quote(property)} ", user)
        if property not in shown:
            raise MachineError(self.name, f'unit "{unit}" has no property "{property}"')
        return shown[property]

    @method(phase=Phase.COMMAND)
    def journal(self, unit: str | None = None, *, lines: int = 1000) -> str:
        """Return the journal of this boot, or what it has of one unit: at most the last `lines`.

        What was written a moment ago is in it. Raises ValueError for a name that no unit can have,
        or if `lines` is not a number from 1; and CommandFailed if journalctl fails.

        >>> assert "Started" in machine.journal("nginx.service", lines=20)
        """
        if isinstance(lines, bool) or not isinstance(lines, int) or lines < 1:
            raise ValueError(f"lines: expected an integer from 1, got {lines!r}")
        command = f"journalctl --sync; journalctl --boot --no-pager --quiet --lines={lines}"
        if unit is not None:
            check_name(unit)
            command += f" --unit={shlex.quote(unit)}"
        result = run_command(self, command, DEFAULT_TIMEOUT, quiet=True)
        if result.status == 0:
            return result.stdout
        how = f"failed ({result.describe()})"
        raise CommandFailed(self.name, command, how, result.stdout, result.stderr)

    @method(phase=Phase.COMMAND, title="checking that unit {unit} is {require_state}")
    def require_unit_state(self, unit: str, require_state: str = "active") -> None:
        """Make sure that a unit is in a state now: its ActiveState, as systemd shows it.

        Raises UnitNotInState if it is in another state, or if there is no such unit and never was
        one in this boot: a mistyped name is not "inactive". Raises UnitRefused, with systemd's
        text, for a name that no unit can have, and ValueError for a state that systemd does not
        have.

        >>> machine.require_unit_state("nginx")
        >>> machine.require_unit_state("postgresql", "inactive")
        """
        check_state(require_state, "require_state")
        shown = _show(self, unit, "--property=ActiveState,LoadState,Id ", None)
        state = shown.get("ActiveState", "unknown")
        if state != require_state:
            raise UnitNotInState(self.name, unit, state, require_state)
        if not self.context.compatibility.absent_is_error:
            return
        if shown.get("LoadState") == "not-found" and not _was_known(self, shown["Id"]):
            raise UnitNotInState(self.name, unit, "not found", require_state)

    @method(phase=Phase.COMMAND)
    def start_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        """Run `systemctl start` for a unit, and return its exit status and output.

        A failure is no error.

        >>> machine.start_job("nginx")
        """
        check_name(jobname, "jobname")
        return self.systemctl(f"start {_quoted(jobname)}", user)

    @method(phase=Phase.COMMAND)
    def stop_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        """Run `systemctl stop` for a unit, and return its exit status and output.

        A failure is no error.

        >>> machine.stop_job("nginx")
        """
        check_name(jobname, "jobname")
        return self.systemctl(f"stop {_quoted(jobname)}", user)

    @method(phase=Phase.WAIT)
    def wait_for_unit(
        self,
        unit: str,
        user: str | None = None,
        timeout: Duration = DEFAULT_TIMEOUT,
        *,
        state: str = "active",
    ) -> None:
        """Wait until a systemd unit is active, or has done its work if it is a oneshot.

        The name is one that `systemctl` takes: an alias, or without its ".service". With `state`,
        wait until that is the unit's state or sub-state: "exited", "inactive", "failed". systemd's
        properties decide. A oneshot without `RemainAfterExit` has done its work if its last start
        ended with success. systemd unloads a unit at rest that nothing refers to; then the journal
        decides, and without a journal nothing is known: set `RemainAfterExit=yes` in such a unit.

        Raises UnitFailed, with the end of its journal, as soon as the unit has failed. Raises
        UnitSkipped, which is a UnitFailed, if a condition of its start was not met, a unit that it
        requires has failed, or it is masked or cannot be loaded. Raises UnitRefused if systemd
        refuses the name, BootEnded if the boot has ended in emergency or rescue mode, and
        WaitTimedOut after `timeout`. A unit that is inactive for another reason may still be
        started by something else, so that is waited for.

        >>> machine.wait_for_unit("multi-user.target")
        >>> machine.wait_for_unit("backup.service", state="exited")
        """
        check_name(unit)
        check_state(state)
        deadline = guest_deadline(self, timeout)
        may_start = self.context.compatibility.inactive_unit_may_start or state != "active"
        become = "" if state == "active" else f" to be {state}"
        with self.nested(f"waiting for unit {unit}" + (f" of user {user}" if user else "")):
            wait_in_loop(
                self,
                lambda qemu: UnitWait(
                    qemu, unit, user, state, deadline, may_start=may_start
                ).wait(),
                f"unit {unit}{become}",
                deadline,
            )

    @method(phase=Phase.WAIT)
    def wait_for_unit_active_state(
        self, unit: str, state: str, timeout: Duration = DEFAULT_TIMEOUT
    ) -> None:
        """Wait until a systemd unit is in a state, as `wait_for_unit` does with its argument
        `state`.

        >>> machine.wait_for_unit_active_state("backup.timer", "inactive", timeout=60)
        """
        self.wait_for_unit(unit, None, timeout, state=state)


def _quoted(unit: str) -> str:
    """Return a unit's name as one argument: it may begin as an option does (`-.mount`)."""
    return f"{'-- ' if unit.startswith('-') else ''}{shlex.quote(unit)}"


def _show(machine: MachineCore, unit: str, options: str, user: str | None) -> dict[str, str]:
    check_name(unit)
    command = systemctl_command(f"--no-pager show {options}-- {shlex.quote(unit)}", user)
    result = run_command(machine, command, DEFAULT_TIMEOUT, quiet=True)
    if result.status == 0:
        return properties(result.stdout)
    if is_refusal(result.stderr):
        raise UnitRefused(machine.name, unit, result.stderr.strip())
    how = f"failed ({result.describe()})"
    raise CommandFailed(machine.name, command, how, result.stdout, result.stderr)


def _was_known(machine: MachineCore, unit: str) -> bool:
    """Tell whether the journal of this boot knows a unit that systemd does not have any more."""
    command = f"journalctl --boot --quiet --no-pager --lines=1 {unit_matches(unit, None)}"
    return bool(run_command(machine, command, DEFAULT_TIMEOUT, quiet=True).stdout.strip())
