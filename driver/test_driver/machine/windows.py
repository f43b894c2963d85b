"""Methods of a machine: its X server and the windows there."""

import re

from ..deadline import DEFAULT_TIMEOUT, Duration
from ..error_text import indented
from ..guest.command_result import CommandResult
from ..run.timings import Phase
from . import desktop_state
from .arguments import check_pattern
from .commands import CommandMethods
from .method import method
from .polling import repeat_command, status_and_output

# Without a locale of UTF-8, xwininfo writes a message instead of a title that is not ASCII.
WINDOWS = "LC_ALL=C.UTF-8 xwininfo -root -tree"
_WINDOW = re.compile(r'^\s*0x[0-9a-f]+ "(.*)": \(', re.MULTILINE)


class WindowMethods(CommandMethods):
    """Methods of a machine: X server and windows."""

    @method(phase=Phase.WAIT, title="waiting for the X server")
    def wait_for_x(self, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until the X server of display :0 takes connections, and a session has begun.

        The session is waited for on NixOS, and on Debian nodes with `graphics = { ... }`. Raises
        WaitTimedOut after `timeout` seconds, with which of the two is missing, and their logs.

        >>> machine.wait_for_x()
        """
        repeat_command(
            self,
            desktop_state.desktop_command(),
            "the X server to take connections",
            timeout,
            describe=desktop_state.missing,
        )

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

        Raises WaitTimedOut, with the titles there are, or what is missing of X server and session,
        and their logs, after `timeout` seconds.

        >>> machine.wait_for_window("Firefox")
        """
        pattern = check_pattern(regexp, "regexp")
        what = f"a window named {regexp}"

        def accept(result: CommandResult) -> bool:
            tree = desktop_state.without_logs(result.stdout)
            return any(pattern.search(name) for name in _names(tree))

        command = desktop_state.windows_command(WINDOWS)
        with self.nested(f"waiting for {what}"):
            repeat_command(self, command, what, timeout, accept, _shown)


def _shown(result: CommandResult) -> tuple[str, str]:
    """Return the titles of the windows, for a message."""
    if result.status != 0:
        return status_and_output(result)
    names = _names(desktop_state.without_logs(result.stdout))
    if names:
        return "", indented("windows", "\n".join(names))
    return "there is no window", desktop_state.logs_block(result.stdout)


def _names(tree: str) -> list[str]:
    return _WINDOW.findall(tree)
