"""Methods of a machine: waiting for time to pass, ports, sockets, files and console text."""

import math
import re

from ..backend.standstill import hold_guest
from ..deadline import DEFAULT_TIMEOUT, Default, Duration, method_deadline, seconds_of
from ..error_text import indented
from ..errors import WaitTimedOut
from ..guest.unix_sockets import connect_command
from ..run.timings import Phase
from .arguments import check_pattern, check_text
from .commands import CommandMethods
from .guest_work import started_by
from .method import method
from .polling import repeat_command, wait_in_guest
from .ports import wait_for_port

FIRST_LOOK_SECONDS = 0.05


class WaitMethods(CommandMethods):
    """Methods of a machine: waits."""

    @method(phase=Phase.COMMAND)
    def run_callbacks(self) -> None:
        """Check the polling conditions that are due, and call what `machine.callbacks` has.

        Every method does the same first.

        >>> machine.run_callbacks()
        """
        self.check_due()
        self.callbacks.run()

    @method(phase=Phase.WAIT)
    def sleep(self, secs: Duration | None = None, duration: Duration | None = None) -> None:
        """Let time pass on the clock of the machine: seconds, or a `timedelta`.

        To wait for something, use the method that waits for it.

        >>> machine.sleep(2)
        """
        given = [value for value in (secs, duration) if value is not None]
        if len(given) != 1:
            raise TypeError("sleep: give either `secs` or `duration`")
        seconds = seconds_of(given[0], "secs" if duration is None else "duration")
        if math.isinf(seconds):
            raise ValueError("secs: expected a duration that ends, got infinity")
        # The clock of a busy machine may be slow.
        self.succeed(f"sleep {seconds:.6f}", timeout=2 * seconds + DEFAULT_TIMEOUT)

    @method(phase=Phase.WAIT)
    def wait_for_open_port(
        self, port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT
    ) -> None:
        """Wait until the machine can connect to a TCP port, on itself or on another address.

        Open means that a connection is made, and not to itself. A name that does not resolve may do
        so later, so that is waited for. A try takes 5 s at most. Raises ValueError for a port that
        is not a whole number from 1 to 65535, and WaitTimedOut after `timeout`.

        >>> machine.wait_for_open_port(80)
        >>> client.wait_for_open_port(5432, addr="server", timeout=60)
        """
        wait_for_port(self, port, addr, "open", timeout)

    @method(phase=Phase.WAIT)
    def wait_for_closed_port(
        self, port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT
    ) -> None:
        """Wait until the machine cannot connect to a TCP port.

        Closed means that a connection is refused, or not answered within 5 s, or that no way leads
        there. Raises AddressNotFound if `addr` does not resolve, ValueError for a port that is not
        a whole number from 1 to 65535, and WaitTimedOut after `timeout`.

        >>> machine.wait_for_closed_port(80)
        """
        wait_for_port(self, port, addr, "closed", timeout)

    @method(phase=Phase.WAIT)
    def wait_for_open_unix_socket(
        self,
        addr: str,
        is_datagram: bool = False,
        timeout: Duration = DEFAULT_TIMEOUT,
    ) -> None:
        """Wait until a process in the machine serves a unix socket, of streams unless told
        otherwise.

        Open means that a connection is made: a file without a process behind it is not enough. A
        try takes 5 s at most. Raises WaitTimedOut after `timeout`.

        >>> machine.wait_for_open_unix_socket("/run/postgresql/.s.PGSQL.5432")
        """
        what = f"unix socket {check_text(addr, 'addr')}"
        with self.nested(f"waiting for {what}"):
            command = connect_command(addr, is_datagram=is_datagram)
            repeat_command(self, command, f"{what} to be open", timeout)

    @method(phase=Phase.WAIT, title='waiting for file "{filename}"')
    def wait_for_file(self, filename: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until a file exists, of any kind. The shell reads the name: quote one that has
        blanks.

        A link that leads nowhere does not exist. Raises WaitTimedOut after `timeout`.

        >>> machine.wait_for_file("/run/service/ready")
        """
        check_text(str(filename), "filename")
        wait_in_guest(self, f"test -e {filename}", f'file "{filename}" to exist', timeout)

    @method(phase=Phase.WAIT)
    def wait_for_console_text(
        self, regex: str, timeout: Duration | Default | None = "default"
    ) -> None:
        r"""Wait until a regular expression matches what the machine writes on its serial console.

        What commands of the script write to stderr is text of the console, too, but not their
        stdout. The search begins at the start of the current boot, or after the text that an
        earlier wait of this machine found. Lines end in a newline, `^` and `$` match at each line,
        and colours are left out. A line that is still being written is searched, too, but `$` and
        `\b` do not match at its end: more may come. To ask for the end of what is written so far, a
        prompt for one, write `\Z`. Raises WaitTimedOut, with the last lines, after `timeout`: 15
        minutes unless told, and no limit with `compatibility = "nixpkgs"`.

        >>> machine.wait_for_console_text("Reached target .*Multi-User")
        >>> machine.wait_for_console_text(r"^login: \Z")
        """
        pattern = check_pattern(regex, "regex", re.MULTILINE)
        deadline = method_deadline(timeout, self.context.compatibility.console_seconds)
        what = f"{regex} on the console"
        with self.nested(f"waiting for {what}"), deadline.bounds_calls():
            qemu = started_by(self, what, deadline)
            # Text that is there already is found even if no time is left.
            limit = deadline.at_least(FIRST_LOOK_SECONDS)
            try:
                self.in_loop(hold_guest(qemu, self.console.search(pattern), limit, has_text=True))
            except TimeoutError as error:
                last = indented("end of the console", self.console.last_lines())
                raise WaitTimedOut(self.name, what, deadline.seconds, detail=last) from error
