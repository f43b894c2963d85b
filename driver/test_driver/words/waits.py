"""Words of a machine: waiting for time to pass, ports, sockets, files and console text."""

import re
import shlex
from typing import TYPE_CHECKING

from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration, seconds_of
from ..errors import WaitTimedOut
from ..guest.unix_sockets import connect_command
from .commands import repeat_command, wait_in_guest

if TYPE_CHECKING:
    from ..machine import Machine


def run_callbacks(machine: "Machine") -> None:
    """Check the polling conditions that are in force and due, as every word does.

    >>> machine.run_callbacks()
    """
    machine.session.conditions.check_due()


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
    seconds = seconds_of(given[0])
    # The clock of a busy machine may be slow.
    machine.succeed(f"sleep {seconds:.6f}", timeout=2 * seconds + DEFAULT_TIMEOUT)


def wait_for_open_port(
    machine: "Machine", port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT
) -> None:
    """Wait until the machine can connect to a TCP port, on itself or on another address.

    >>> machine.wait_for_open_port(80)
    >>> client.wait_for_open_port(5432, addr="server", timeout=60)
    """
    what = f"TCP port {port} on {addr}"
    with machine.nested(f"waiting for {what}"):
        wait_in_guest(machine, _connect(port, addr), f"{what} to be open", timeout)


def wait_for_closed_port(
    machine: "Machine", port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT
) -> None:
    """Wait until the machine cannot connect to a TCP port.

    >>> machine.wait_for_closed_port(80)
    """
    what = f"TCP port {port} on {addr} to be closed"
    with machine.nested(f"waiting for {what}"):
        wait_in_guest(machine, _connect(port, addr), what, timeout, holds=False)


def wait_for_open_unix_socket(
    machine: "Machine",
    addr: str,
    is_datagram: bool = False,
    timeout: Duration = DEFAULT_TIMEOUT,
) -> None:
    """Wait until somebody in the machine serves a unix socket, one of streams unless told.

    Raises WaitTimedOut after `timeout` seconds.

    >>> machine.wait_for_open_unix_socket("/run/postgresql/.s.PGSQL.5432")
    """
    what = f"unix socket {addr}"
    with machine.nested(f"waiting for {what}"):
        command = connect_command(addr, is_datagram=is_datagram)
        repeat_command(machine, command, f"{what} to be open", timeout)


def wait_for_file(machine: "Machine", filename: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
    """Wait until a file exists. The shell reads the name: quote one that has blanks.

    >>> machine.wait_for_file("/run/service/ready")
    """
    with machine.nested(f'waiting for file "{filename}"'):
        wait_in_guest(machine, f"test -e {filename}", f'file "{filename}" to exist', timeout)


def wait_for_console_text(
    machine: "Machine", regex: str, timeout: Duration | None = DEFAULT_TIMEOUT
) -> None:
    """Wait until a regular expression matches what the machine writes on its serial console.

    The search begins at the start of the current boot, or after the text that an earlier wait of
    this machine found. Lines end in a newline, `^` and `$` match at each line, and colours are
    left out. Raises WaitTimedOut, with the last lines, after `timeout`.

    >>> machine.wait_for_console_text("Reached target .*Multi-User")
    """
    pattern = re.compile(regex, re.MULTILINE)
    deadline = Deadline.after(timeout)
    with machine.nested(f"waiting for {regex} on the console"):
        qemu = machine.started()
        try:
            machine.in_loop(qemu.lifeline.hold(machine.console.search(pattern), deadline))
        except TimeoutError as error:
            raise WaitTimedOut(
                machine.name,
                f"{regex} on the console",
                deadline.seconds,
                machine.console.last_lines(),
            ) from error


def get_console_log(machine: "Machine") -> str:
    """Return what the machine wrote on its serial console since it was started.

    >>> assert "Linux version" in machine.get_console_log()
    """

    async def read() -> str:
        return machine.console.boot_text()

    return machine.in_loop(read())


def _connect(port: int, addr: str) -> str:
    """Return a command that connects to a port with what every bash has."""
    return f"{{ :; }} 3<>{shlex.quote(f'/dev/tcp/{addr}/{port}')}"
