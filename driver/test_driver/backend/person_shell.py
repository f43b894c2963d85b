"""A shell in a guest for a person at a terminal, on a way of its own into the guest."""

import logging
import os
import shlex
import socket
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

from ..deadline import Deadline
from ..errors import AgentError, MachineError
from ..guest.fresh_shell import UNPROTECTED

logger = logging.getLogger(__name__)

SECONDS = 30.0
# What can be left out is not waited for by a person.
PATIENCE_SECONDS = 3.0
# Where programs are in the guests that are known; the agent may be run with less.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin"

# What the shell is connected with is no terminal: `script` makes one, in a session of its own. What
# `script` says about the size is wrong, because it was not started on a terminal.
_SHELL = """\
{unprotected}
{opening}
shell=$(command -v bash || echo /bin/sh)
if command -v script >/dev/null; then
  begin='{{ tty; echo $PPID; }} >{note}; stty sane rows {rows} cols {columns}; cd'
  script -q -c "$begin; exec $shell -l" /dev/null
else
  echo "There is no script (util-linux) in this guest: no line editing, no job control."
  "$shell" -i
fi
rm -f {note}
printf '\\000{name}'
"""

# The agent runs a command, with arguments, until a deadline.
CallAgent = Callable[[str, dict[str, Any], Deadline], Awaitable[object]]


class PersonShell(ABC):
    """One shell, and the way to it. All methods belong to the thread of the loop.

    It is not there from the start, so that snapshots and those without a person have none.
    """

    def __init__(self, machine: str, name: str, call: CallAgent) -> None:
        self.name = name
        self.last_output = b"\x00" + name.encode()
        self._machine = machine
        self._call = call
        self._note = f"/run/{name}"  # the terminal in the guest, and who made it

    @property
    @abstractmethod
    def opening(self) -> str:
        """What sh in the guest does to have the way as its standard input and outputs."""

    @abstractmethod
    async def plug_in(self) -> socket.socket:
        """Make the way, and return the driver's end. Raises MachineError."""

    @abstractmethod
    async def pull_out(self) -> None:
        """Take the way away. It never raises."""

    async def start_shell(self, size: os.terminal_size) -> None:
        """Let the agent start a shell there."""
        rows, columns = size.lines, size.columns
        text = _SHELL.format(
            unprotected=UNPROTECTED,
            opening=self.opening,
            name=self.name,
            note=self._note,
            rows=rows,
            columns=columns,
        )
        await self._in_guest(text, SECONDS)

    async def resize(self, size: os.terminal_size) -> None:
        """Tell the shell how large the terminal is now."""
        await self._try_in_guest(
            f'read -r tty <{self._note} && stty -F "$tty" rows {size.lines} cols {size.columns}'
        )

    async def close(self) -> None:
        """End a shell that is still there, and take the way away. It never raises."""
        # Without its terminal, everything that was started on it gets a SIGHUP.
        await self._try_in_guest(f'{{ read -r tty && read -r pid; }} <{self._note} && kill "$pid"')
        await self.pull_out()

    async def _try_in_guest(self, text: str) -> None:
        try:
            await self._in_guest(text, PATIENCE_SECONDS)
        except MachineError as error:
            logger.debug("%s", error)

    async def _in_guest(self, text: str, seconds: float) -> None:
        environment = [f"PATH={PATH}", "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh"]
        environment.append(f"TERM={shlex.quote(os.environ.get('TERM', 'xterm'))}")
        arguments = {"path": "/bin/sh", "arg": ["-c", text], "env": environment}
        try:
            await self._call("guest-exec", arguments, Deadline.after(seconds))
        except TimeoutError as error:
            raise AgentError(self._machine, "the agent did not start a shell") from error
