"""Methods of a machine: its X server and the windows there."""

import re

from ..deadline import DEFAULT_TIMEOUT, Duration
from ..error_text import indented
from ..guest.command_result import CommandResult
from ..guest.unix_sockets import connect_command
from ..run.timings import Phase
from .arguments import check_pattern
from .commands import CommandMethods
from .method import method
from .polling import repeat_command, status_and_output

X_SOCKET = "/tmp/.X11-unix/X0"
# On NixOS the session is complete later than the server, and says so.
SESSION_READY = (
    "[ ! -e /etc/NIXOS ] || "
    "journalctl --boot --quiet SYSLOG_IDENTIFIER=systemd "
    "| grep -q 'Reached target Current graphical'"
)
WINDOWS = "xwininfo -root -tree"
_WINDOW = re.compile(r'^\s*0x[0-9a-f]+ "(.*)": \(', re.MULTILINE)


class WindowMethods(CommandMethods):
    """Methods of a machine: X server and windows."""

    @method(phase=Phase.WAIT, title="waiting for the X server")
    def wait_for_x(self, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until the X server of display :0 takes connections; on NixOS also for the session.

        Raises WaitTimedOut after `timeout` seconds.

        >>> machine.wait_for_x()
        """
        command = f"{{ {SESSION_READY}; }} && {{ {connect_command(X_SOCKET, is_datagram=False)}; }}"
        repeat_command(self, command, "the X server to take connections", timeout)

    @method(phase=Phase.COMMAND)
    def get_window_names(self) -> list[str]:
        """Return the titles of all windows of display :0. The guest needs `xwininfo`.

        Raises CommandFailed if that is missing or finds no X server.

        >>> assert "Terminal" in machine.get_window_names()
        """
        return _names(self.succeed(WINDOWS))

    @method(phase=Phase.WAIT)
    def wait_for_window(self, regexp: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until a regular expression matches somewhere in the title of a window.

        Raises WaitTimedOut, with the titles there are, after `timeout` seconds.

        >>> machine.wait_for_window("Firefox")
        """
        pattern = check_pattern(regexp, "regexp")
        what = f"a window named {regexp}"

        def accept(result: CommandResult) -> bool:
            return any(pattern.search(name) for name in _names(result.stdout))

        with self.nested(f"waiting for {what}"):
            repeat_command(self, WINDOWS, what, timeout, accept, _shown)


def _shown(result: CommandResult) -> tuple[str, str]:
    """Return the titles of the windows, for a message."""
    if result.status != 0:
        return status_and_output(result)
    names = _names(result.stdout)
    return ("" if names else "there is no window"), indented("windows", "\n".join(names))


def _names(tree: str) -> list[str]:
    return _WINDOW.findall(tree)
