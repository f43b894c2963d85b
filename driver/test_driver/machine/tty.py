"""Methods of a machine: its virtual terminals."""

import re
import shlex

from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration
from ..error_text import indented
from ..guest.command_result import CommandResult
from ..public_names import Needs
from ..run.timings import Phase
from .arguments import check_pattern, check_text
from .commands import CommandMethods
from .method import method
from .polling import repeat_command, status_and_output
from .qemu_core import QemuCore

WRITE_SECONDS = 60.0


class TtyMethods(CommandMethods, QemuCore):
    """Methods of a machine: text consoles."""

    @method(phase=Phase.COMMAND, needs=Needs.MACHINE, title="typing {chars!r} on the console")
    def send_console(self, chars: str) -> None:
        r"""Type text on the serial console. An Enter is a newline.

        Raises MachineError if the machine takes nothing there for 60 s.

        >>> machine.send_console("root\n")
        """
        self.in_loop(self.instance.write_console(chars.encode(), Deadline.after(WRITE_SECONDS)))

    @method(phase=Phase.COMMAND)
    def get_tty_text(self, tty: str) -> str:
        """Return what a virtual terminal shows, in lines of its width, filled up with blanks.

        `tty` is a number as text: "1" is what Ctrl-Alt-F1 shows. Raises CommandFailed if there is
        no such terminal.

        >>> assert "login:" in machine.get_tty_text("1")
        """
        return self.succeed(_read(tty))

    @method(phase=Phase.WAIT)
    def wait_until_tty_matches(
        self, tty: str, regexp: str, timeout: Duration = DEFAULT_TIMEOUT
    ) -> None:
        """Wait until a regular expression matches what a virtual terminal shows.

        `^` and `$` match at each line. Raises WaitTimedOut, with what the terminal shows, after
        `timeout` seconds.

        >>> machine.wait_until_tty_matches("1", "login: ", timeout=60)
        """
        pattern = check_pattern(regexp, "regexp", re.MULTILINE)
        what = f"{regexp} on tty{tty}"
        with self.nested(f"waiting for {what}"):
            repeat_command(
                self,
                _read(tty),
                what,
                timeout,
                lambda result: result.status == 0 and pattern.search(result.stdout) is not None,
                _shown,
            )

    @method(phase=Phase.COMMAND)
    def dump_tty_contents(self, tty: str) -> None:
        """Write what a virtual terminal shows to the log. Raises CommandFailed if there is none.

        >>> machine.dump_tty_contents("1")
        """
        rows = (row.rstrip() for row in self.get_tty_text(tty).rstrip().split("\n"))
        self.lines.say("\n".join((f"tty{tty} shows:", *rows)))


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
