"""Machines whose guest is the one that the examples of the manual tell of.

QEMU is a fake that speaks its protocols. Commands are not run: a guest that has what the example
needs would answer so. No example does anything to the host.
"""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from test_driver.backend.base import Backend
from test_driver.deadline import Deadline
from test_driver.guest.agent import Agent
from test_driver.guest.agent_shell import RunningCommand
from test_driver.guest.command import CommandRunner
from test_driver.guest.command_result import CommandEnd
from test_driver.guest.output_buffer import Sink
from test_driver.guest.shell_channel import Readable
from test_driver.machine import QemuMachine

_UNIT = (
    "ActiveState=active\nSubState=running\nLoadState=loaded\nId=nginx.service\nRestart=on-failure\n"
)
# What the guest answers: to a command in which this is found, the status and the output. To all
# others, that they have succeeded.
ANSWERS: Sequence[tuple[str, int, str]] = (
    (r"backup\.service", 0, _UNIT.replace("=running", "=exited")),
    (r"systemctl .*\bshow\b.*backup\.timer", 0, _UNIT.replace("=active", "=inactive")),
    (r"systemctl .*\bshow\b.*postgresql", 0, _UNIT.replace("=active", "=inactive")),
    (r"systemctl .*\bshow\b.*--property=Restart\b", 0, "Restart=on-failure\n"),
    (r"systemctl .*\bshow\b", 0, _UNIT),
    (r"^uname$", 0, "Linux\n"),
    (r"systemctl is-active nginx", 3, "inactive\n"),
    (r"journalctl --(follow|sync)", 0, "Started nginx.service\n"),
    (r"\bjournalctl\b", 0, "Nov 28 10:00:00 server systemd[1]: Started nginx.service\n"),
    (r"\bdate \+%s", 0, "1800000000000000000\n"),
    (r"^psql", 0, "ready\n"),
    (r"service-status", 0, "ready\n"),
    (r"/dev/vcs", 0, "login: \n"),
    (r"xwininfo", 0, '0x1 "Terminal": ("xterm" "XTerm")\n0x2 "Firefox": ("firefox" "Firefox")\n'),
    (r"^curl .*http://server/$", 0, "welcome\n"),
)


class ManualCommands(CommandRunner):
    """Answers commands."""

    def __init__(self, machine: "ManualMachine", agent: Agent) -> None:
        super().__init__(machine.name, agent)
        self._fails = machine.fails

    async def stream(
        self,
        command: str,
        deadline: Deadline,
        stdout: Sink,
        stderr: Sink,
        stdin: Readable | None = None,
    ) -> CommandEnd:
        """Answer a command."""
        while stdin is not None and stdin.read(1 << 16):
            pass
        if any(one in command for one in self._fails):
            return CommandEnd(status=1)
        for part, status, output in ANSWERS:
            if re.search(part, command):
                stdout.write(output.encode())
                return CommandEnd(status=status)
        return CommandEnd(status=0)

    async def start(self, command: str) -> None:
        """Leave a command alone."""

    async def spawn(self, command: str) -> tuple[RunningCommand, str, int]:
        """Start what writes as the command would, and reads a line."""
        output = next((out for part, _, out in ANSWERS if re.search(part, command)), "")
        return await super().spawn(f"printf %s {shlex.quote(output)}; timeout 2 head -n 1 || true")


class ManualMachine(QemuMachine):
    """A machine with such a guest."""

    fails: list[str]  # parts of the commands that must fail

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self.fails = []

    def runs(self, backend: Backend) -> None:
        """Take note that QEMU is up."""
        backend.commands = ManualCommands(self, backend.agent)
        backend.commands.console = backend.console
        super().runs(backend)
