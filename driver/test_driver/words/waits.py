"""Words of a machine: waiting for time to pass, ports, sockets, files and console text."""

import math
import re
from typing import TYPE_CHECKING

from ..deadline import DEFAULT_TIMEOUT, Default, Duration, method_deadline, seconds_of
from ..error_text import indented
from ..errors import WaitTimedOut
from ..guest.unix_sockets import connect_command
from ..qemu.standstill import hold_guest
from .arguments import check_pattern, check_text
from .guest_work import started_by
from .polling import repeat_command, wait_in_guest
from .ports import wait_for_port

if TYPE_CHECKING:
    from ..machine import Machine

FIRST_LOOK_SECONDS = 0.05


def run_callbacks(machine: "Machine") -> None:
    """Check the polling conditions that are due, and call what `machine.callbacks` has.

    Every method does the same first.

    >>> machine.run_callbacks()
    """
    machine.session.conditions.check_due()
    machine.callbacks.run()


def sleep(
    machine: "Machine", secs: Duration | None = None, duration: Duration | None = None
) -> None:
    """Let time pass on the clock of the machine: seconds, or a `timedelta`.

    To wait for something, use the word that waits for it.

    >>> machine.sleep(2)
    """
    given = [value for value in (secs, duration) if value is not None]
    if len(given) != 1:
        raise TypeError("sleep: give either `secs` or `duration`")
    seconds = seconds_of(given[0], "secs" if duration is None else "duration")
    if math.isinf(seconds):
        raise ValueError("secs: expected a duration that ends, got infinity")
    # The clock of a busy machine may be slow.
    machine.succeed(f"sleep {seconds:.6f}", timeout=2 * seconds + DEFAULT_TIMEOUT)


def wait_for_open_port(
    machine: "Machine", port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT
) -> None:
    """Wait until the machine can connect to a TCP port, on itself or on another address.

    Open means that a connection is made, and not to itself. A name that does not resolve may do so
    later, so that is waited for. A try takes 5 s at most. Raises ValueError for a port that is not
    a whole number from 1 to 65535, and WaitTimedOut after `timeout`.

    >>> machine.wait_for_open_port(80)
    >>> client.wait_for_open_port(5432, addr="server", timeout=60)
    """
    wait_for_port(machine, port, addr, "open", timeout)


def wait_for_closed_port(
    machine: "Machine", port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT
) -> None:
    """Wait until the machine cannot connect to a TCP port.

    Closed means that a connection is refused, or not answered within 5 s, or that no way leads
    there. Raises AddressNotFound if `addr` does not resolve, ValueError for a port that is not a
    whole number from 1 to 65535, and WaitTimedOut after `timeout`.

    >>> machine.wait_for_closed_port(80)
    """
    wait_for_port(machine, port, addr, "closed", timeout)


def wait_for_open_unix_socket(
    machine: "Machine",
    addr: str,
    is_datagram: bool = False,
    timeout: Duration = DEFAULT_TIMEOUT,
) -> None:
    """Wait until a process in the machine serves a unix socket, of streams unless told otherwise.

    Open means that a connection is made: a file without a process behind it is not enough. A try
    takes 5 s at most. Raises WaitTimedOut after `timeout`.

    >>> machine.wait_for_open_unix_socket("/run/postgresql/.s.PGSQL.5432")
    """
    what = f"unix socket {check_text(addr, 'addr')}"
    with machine.nested(f"waiting for {what}"):
        command = connect_command(addr, is_datagram=is_datagram)
        repeat_command(machine, command, f"{what} to be open", timeout)


def wait_for_file(machine: "Machine", filename: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
    """Wait until a file exists, of any kind. The shell reads the name: quote one that has blanks.

    A link that leads nowhere does not exist. Raises WaitTimedOut after `timeout`.

    >>> machine.wait_for_file("/run/service/ready")
    """
    check_text(str(filename), "filename")
    with machine.nested(f'waiting for file "{filename}"'):
        wait_in_guest(machine, f"test -e {filename}", f'file "{filename}" to exist', timeout)


def wait_for_console_text(
    machine: "Machine", regex: str, timeout: Duration | Default | None = "default"
) -> None:
    r"""Wait until a regular expression matches what the machine writes on its serial console.

    What commands of the script write to stderr is text of the console, too, but not their stdout.
    The search begins at the start of the current boot, or after the text that an earlier wait of
    this machine found. Lines end in a newline, `^` and `$` match at each line, and colours are
    left out. A line that is still being written is searched, too, but `$` and `\b` do not match at
    its end: more may come. To ask for the end of what is written so far, a prompt for one, write
    `\Z`. Raises WaitTimedOut, with the last lines, after `timeout`: 15 minutes unless told, and no
    limit with `compatibility = "nixpkgs"`.

    >>> machine.wait_for_console_text("Reached target .*Multi-User")
    >>> machine.wait_for_console_text(r"^login: \Z")
    """
    pattern = check_pattern(regex, "regex", re.MULTILINE)
    deadline = method_deadline(timeout, machine.session.compatibility.console_seconds)
    what = f"{regex} on the console"
    with machine.nested(f"waiting for {what}"), deadline.bounds_calls():
        qemu = started_by(machine, what, deadline)
        # Text that is there already is found even if no time is left.
        limit = deadline.at_least(FIRST_LOOK_SECONDS)
        try:
            machine.in_loop(hold_guest(qemu, machine.console.search(pattern), limit, has_text=True))
        except TimeoutError as error:
            last = indented("end of the console", machine.console.last_lines())
            raise WaitTimedOut(machine.name, what, deadline.seconds, detail=last) from error


def get_console_log(machine: "Machine") -> str:
    """Return what the machine wrote on its serial console since it was started.

    What commands of the script wrote to stderr is part of it.

    >>> assert "Linux version" in machine.get_console_log()
    """

    async def read() -> str:
        return machine.console.boot_text()

    return machine.in_loop(read())
