"""Methods of a machine: its log, and what it wrote on its console."""

import sys

from ..public_names import public
from ..run.timings import Phase
from .core import MachineCore
from .method import method


class ConsoleMethods(MachineCore):
    """Methods of a machine: log and console."""

    @method(phase=Phase.COMMAND)
    def log_serial(self, msg: str) -> None:
        """Write a line to the log as if it came from the serial console.

        >>> machine.log_serial("here begins the second boot")
        """
        self.show_console_line(msg)

    @public
    def log(self, msg: str | None = None) -> None:
        """Write a line to the log. Without a line, show what the machine wrote on its console.

        >>> machine.log("now comes the hard part")
        """
        if msg is not None:
            self.lines.say(msg)
            return
        # To the person who asks: the log has had it.
        sys.stdout.write(self.get_console_log())

    @method(phase=Phase.COMMAND)
    def get_console_log(self) -> str:
        """Return what the machine wrote on its serial console since it was started.

        What commands of the script wrote to stderr is part of it.

        >>> assert "Linux version" in machine.get_console_log()
        """

        async def read() -> str:
            return self.console.boot_text()

        return self.in_loop(read())
