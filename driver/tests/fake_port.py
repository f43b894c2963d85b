"""Stands in for virtio ports: the shell of the "guest" gets the driver's connections themselves."""

import asyncio
import os
import shutil
import socket
from pathlib import Path

FOLDER = Path("ports")


class FakePort:
    """One port, which waits for the driver, as often as it comes."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.setblocking(False)
        Path(path).unlink(missing_ok=True)
        self.listener.bind(path)
        self.listener.listen(5)

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
    """Make the script of a lane's shell take its ports as descriptors that it has inherited."""
    for text, other in (
        ("/sys/class/virtio-ports", str(FOLDER.absolute())),
        ("device=/dev/", "device="),
        ('<>"$device"', '<&"$device"'),
    ):
        assert text in script
        script = script.replace(text, other)
    return script


def power_switches(folder: Path, off: int, reboot: int) -> None:
    """Write programs that switch the fake machine off, by signals, and not the host."""
    folder.mkdir(exist_ok=True)
    for name, number in (("poweroff", off), ("shutdown", off), ("reboot", reboot)):
        (folder / name).write_text(f"#!/bin/sh\nkill -{number} {os.getpid()}\n")
    (folder / "systemctl").write_text("#!/bin/sh\nexit 1\n")
    for program in folder.iterdir():
        program.chmod(0o755)
