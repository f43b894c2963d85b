"""Words of a machine: its virtual terminals."""

import re
import shlex
from typing import TYPE_CHECKING

from ..deadline import DEFAULT_TIMEOUT, Duration
from .polling import wait_for_output

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
    pattern = re.compile(regexp, re.MULTILINE)
    what = f"{regexp} on tty{tty}"
    with machine.nested(f"waiting for {what}"):
        wait_for_output(
            machine,
            _read(tty),
            lambda status, text: status == 0 and pattern.search(text) is not None,
            what,
            timeout,
        )


def dump_tty_contents(machine: "Machine", tty: str) -> None:
    """Write what a virtual terminal shows to the log. Raises CommandFailed if there is none.

    >>> machine.dump_tty_contents("1")
    """
    rows = (row.rstrip() for row in get_tty_text(machine, tty).rstrip().split("\n"))
    machine.lines.say("\n".join((f"tty{tty} shows:", *rows)))


def _read(tty: str) -> str:
    """Return a command that prints the terminal's memory, which has no ends of lines."""
    terminal, memory = shlex.quote(f"/dev/tty{tty}"), shlex.quote(f"/dev/vcs{tty}")
    # `stty size` is the rows and the columns.
    return f'rows_columns=$(stty -F {terminal} size); fold -w "${{rows_columns#* }}" {memory}'
