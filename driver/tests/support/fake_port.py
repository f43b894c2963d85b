"""Stands in for virtio ports: the shell of the "guest" gets the driver's connections themselves."""

import asyncio
import base64
import ctypes
import os
import select
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from test_driver.backend.qemu.arguments import SHELL_CHANNEL_PORTS
from test_driver.guest import shell_channel
from test_driver.guest.agent_shell import ENVIRONMENT
from test_driver.guest.identity_helper import START_HELPER

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
GUARDED = "guarded"
FOLDER = Path("ports")
CONSOLES = Path("consoles")


class FakePort:
    """One port, which waits for the driver, as often as it comes."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.setblocking(False)
        Path(path).unlink(missing_ok=True)
        self.listener.bind(path)
        self.listener.listen(5)

    async def refuse(self) -> None:
        """Close each connection, as if nobody could be at the port."""
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self.listener)
            connection.close()

    def is_wanted(self) -> bool:
        """Tell whether the driver waits at the port."""
        return bool(select.select([self.listener], [], [], 0)[0])

    async def plug_in(self) -> socket.socket:
        """Return the newest connection, which the shell finds as it would find a device in /sys."""
        connection, _ = await asyncio.get_running_loop().sock_accept(self.listener)
        while True:
            try:
                newer, _ = self.listener.accept()
            except BlockingIOError:
                break
            connection.close()
            connection = newer
        connection.setblocking(True)
        entry = FOLDER / str(connection.fileno())
        shutil.rmtree(entry, ignore_errors=True)
        entry.mkdir(parents=True)
        (entry / "name").write_text(f"{self.name}\n")
        return connection


def adapted(script: str) -> str:
    """Make the script of a shell channel take its ports as descriptors that it has inherited."""
    for text, other in (
        ("/sys/class/virtio-ports", str(FOLDER.absolute())),
        ("device=/dev/", "device="),
        ('<>"$device"', '<&"$device"'),
        *consoles(),
    ):
        assert text in script
        script = script.replace(text, other)
    return script


async def resume_shells(ports: Mapping[str, FakePort], *, helper: bool) -> None:
    """Start the shells that a snapshot has where the driver wants them, with an old token.

    What they say first is what was under way when the machine was saved.
    """
    script = shell_channel.script()
    first = 'IFS= read -r -u "$channel_port" channel_token || exit 1'
    assert first in script
    script = script.replace(first, f"channel_token=old\n{START_HELPER if helper else ''}")
    for names in SHELL_CHANNEL_PORTS:
        if all(name in ports and ports[name].is_wanted() for name in names):
            data = base64.b64encode(script.encode()).decode()
            arguments = {"env": ENVIRONMENT, "input-data": data}
            await start_program(["bash", "-s", *names, "under way"], arguments, ports)


def consoles() -> list[tuple[str, str]]:
    """Return where late_stderr.bash looks for the serial console, and where a "guest" has it."""
    folder = CONSOLES.absolute()
    return [("/sys/class/tty/console", str(folder)), ('>"/dev/$device"', f'>"{folder}/$device"')]


def plug_in_console(descriptor: int) -> None:
    """Let programs of the "guest" find what is behind a descriptor of this process as ttyS0."""
    CONSOLES.mkdir(exist_ok=True)
    (CONSOLES / "active").write_text("tty0 ttyS0\n")
    (CONSOLES / "ttyS0").unlink(missing_ok=True)
    (CONSOLES / "ttyS0").symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")


def begin_process() -> None:
    """Die with the stand-in, and take no notice of what it was started with, as under nohup(1)."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


async def start_program(
    command: list[str], arguments: dict[str, Any], ports: Mapping[str, FakePort]
) -> asyncio.subprocess.Process:
    """Start a program of the "guest", as the agent is asked to; it dies with this process."""
    environment = dict(entry.split("=", 1) for entry in arguments["env"])
    folder = os.getcwd()  # with the programs of a test, and those that must not be the host's
    environment["PATH"] = f"{folder}/bin:{folder}/{GUARDED}:{environment['PATH']}"
    script = base64.b64decode(arguments.get("input-data", "")).decode()
    connections = [await ports[token].plug_in() for token in command if token in ports]
    for text, other in consoles():
        command = [token.replace(text, other) for token in command]
    child = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        pass_fds=[connection.fileno() for connection in connections],
        preexec_fn=begin_process,
    )
    assert child.stdin is not None
    child.stdin.write((adapted(script) if connections else script).encode())
    child.stdin.close()
    for connection in connections:
        connection.close()
    return child


def guarded_programs(off: int, reboot: int) -> None:
    """Write programs in the place of those that would switch the host off, or set its clock."""
    Path(GUARDED).mkdir(exist_ok=True)
    programs = {
        "poweroff": f"kill -{off} {os.getpid()}",
        "shutdown": f"kill -{off} {os.getpid()}",
        "reboot": f"kill -{reboot} {os.getpid()}",
        "systemctl": "exit 1",
        # The logs of this host are none of the guest's, which are files of the machine.
        "dmesg": f"cat {Path.cwd()}/kernel-log",
        "journalctl": f'[ "$1" = --sync ] || cat {Path.cwd()}/journal',
        # The helper of snapshots (identity.pl), a text on a pipe, sets the clock by itself.
        "perl": """\
perl=$(PATH=${PATH#*guarded:} && command -v perl)
case "$*" in
  *timex*) ;;
  /dev/fd/*) text=$(sed 's/!syscall(.*)/1/' "$1") && exec "$perl" -e "$text" ;;
  *) exec "$perl" "$@" ;;
esac
""",
        "date": 'case "$*" in *-s*) ;; *) PATH=${PATH#*guarded:} exec date "$@" ;; esac',
    }
    if shutil.which("perl") is None:  # then the guest has none, either
        del programs["perl"]
    for name, text in programs.items():
        program = Path(GUARDED, name)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
