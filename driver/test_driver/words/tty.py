"""Words of a machine: its virtual terminals."""

import re
import shlex
from typing import TYPE_CHECKING

from ..deadline import DEFAULT_TIMEOUT, Duration
from ..error_text import indented
from ..guest.command import CommandResult
from .arguments import check_pattern, check_text
from .polling import repeat_command, status_and_output

if TYPE_CHECKING:
    from ..machine import Machine


def get_tty_text(machine: "Machine", tty: str) -> str:
    """Return what a virtual terminal shows, in lines of its width, filled up with blanks.

    `tty` is a number as text: "1" is what Ctrl-Alt-F1 shows. Raises CommandFailed if there is no
    such terminal.

    >>> assert "login:" in machine.get_tty_text("1")
    """
    return machine.succeed(_read(tty))


def wait_until_tty_matches(
    machine: "Machine", tty: str, regexp: str, timeout: Duration = DEFAULT_TIMEOUT
) -> None:
    """Wait until a regular expression matches what a virtual terminal shows.

    `^` and `$` match at each line. Raises WaitTimedOut, with what the terminal shows, after
    `timeout` seconds.

    >>> machine.wait_until_tty_matches("1", "login: ", timeout=60)
    """
    pattern = check_pattern(regexp, "regexp", re.MULTILINE)
    what = f"{regexp} on tty{tty}"
    with machine.nested(f"waiting for {what}"):
        repeat_command(
            machine,
            _read(tty),
            what,
            timeout,
            lambda result: result.status == 0 and pattern.search(result.stdout) is not None,
            _shown,
        )


def dump_tty_contents(machine: "Machine", tty: str) -> None:
    """Write what a virtual terminal shows to the log. Raises CommandFailed if there is none.

    >>> machine.dump_tty_contents("1")
    """
    rows = (row.rstrip() for row in get_tty_text(machine, tty).rstrip().split("\n"))
    machine.lines.say("\n".join((f"tty{tty} shows:", *rows)))


def _shown(result: CommandResult) -> tuple[str, str]:
    """Return what the terminal shows, without what fills up its lines, for a message."""
    if result.status != 0:
        return status_and_output(result)
    shown = "\n".join(line.rstrip() for line in result.stdout.rstrip().split("\n"))
    return "", indented("the terminal shows", shown)


def _read(tty: str) -> str:
    """Return a command that prints the terminal's memory, which has no ends of lines."""
    number = check_text(str(tty), "tty")
    terminal, memory = shlex.quote(f"/dev/tty{number}"), shlex.quote(f"/dev/vcs{number}")
    # `stty size` is the rows and the columns.
    return f'rows_columns=$(stty -F {terminal} size); fold -w "${{rows_columns#* }}" {memory}'
