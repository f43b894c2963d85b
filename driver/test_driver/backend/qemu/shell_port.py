"""A port of a machine that is plugged in for one shell, and pulled out after it."""

import logging
import os
import shlex
from pathlib import Path

from ...deadline import Deadline
from ...errors import AgentError, MachineError, MonitorError
from ...guest.fresh_shell import UNPROTECTED
from ..base import Backend
from .root_console import plug

logger = logging.getLogger(__name__)

SECONDS = 30.0
# What can be left out is not waited for by a person.
PATIENCE_SECONDS = 3.0
# Where programs are in the guests that are known; the agent may be run with less.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin"

# A virtio port is no terminal: `script` makes one, in a session of its own. A port can be opened
# once only. What `script` says about the size is wrong, because it was not started on a terminal.
_SHELL = """\
{unprotected}
for try in 1 2 3 4 5 6 7 8 9; do
  for port in /sys/class/virtio-ports/*; do
    if read -r name <"$port/name" && [ "$name" = {name} ]; then break 2; fi
  done
  sleep 0.2
done
exec 0<>"/dev/${{port##*/}}" 1>&0 2>&1
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


class ShellPort:
    """One port and the shell on it. All methods belong to the thread of the loop.

    It is not there from the start, so that snapshots and those without a person have none.
    """

    def __init__(self, qemu: Backend, path: Path) -> None:
        self.path = path
        self.last_output = b"\x00" + path.name.encode()
        self._qemu = qemu
        self._name = path.name
        self._note = f"/run/{path.name}"  # the terminal in the guest, and who made it

    async def plug_in(self) -> None:
        """Make the port. Raises MachineError if QEMU does not."""
        await plug(self._qemu.execute, self.path, driver="virtserialport", chardev=self._name)

    async def start_shell(self, size: os.terminal_size) -> None:
        """Let the agent start a shell there."""
        rows, columns = size.lines, size.columns
        text = _SHELL.format(
            unprotected=UNPROTECTED, name=self._name, note=self._note, rows=rows, columns=columns
        )
        await self._in_guest(text, SECONDS)

    async def resize(self, size: os.terminal_size) -> None:
        """Tell the shell how large the terminal is now."""
        await self._try_in_guest(
            f'read -r tty <{self._note} && stty -F "$tty" rows {size.lines} cols {size.columns}'
        )

    async def close(self) -> None:
        """End a shell that is still there, and pull the port out. It never raises."""
        # Without its terminal, everything that was started on it gets a SIGHUP.
        await self._try_in_guest(f'{{ read -r tty && read -r pid; }} <{self._note} && kill "$pid"')
        for command, name in (("device_del", f"{self._name}-port"), ("chardev-remove", self._name)):
            try:
                await self._qemu.execute(command, {"id": name}, Deadline.after(SECONDS))
            except (MachineError, MonitorError) as error:
                logger.debug("%s", error)
        self.path.unlink(missing_ok=True)

    async def _try_in_guest(self, text: str) -> None:
        try:
            await self._in_guest(text, PATIENCE_SECONDS)
        except MachineError as error:
            logger.debug("%s", error)

    async def _in_guest(self, text: str, seconds: float) -> None:
        environment = [f"PATH={PATH}", "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh"]
        environment.append(f"TERM={shlex.quote(os.environ.get('TERM', 'xterm'))}")
        arguments = {"path": "/bin/sh", "arg": ["-c", text], "env": environment}
        deadline = Deadline.after(seconds)
        try:
            call = self._qemu.agent.call("guest-exec", arguments, deadline)
            await self._qemu.liveness.run(call, deadline)
        except TimeoutError as error:
            raise AgentError(self._qemu.machine, "the agent did not start a shell") from error
