"""Stands in for a virtio port: a socket for the driver, and a terminal in the place of a device."""

import asyncio
import contextlib
import os
import pty
import tty
from pathlib import Path


class FakePort:
    """One port. The shell of the "guest" finds it in the folder `ports`, as it would in /sys."""

    def __init__(self, name: str, path: str, number: int) -> None:
        self.name = name
        self.path = path
        self.device = Path(f"dev/vport1p{number}")
        self.device.parent.mkdir(exist_ok=True)
        entry = Path(f"ports/vport1p{number}")
        entry.mkdir(parents=True, exist_ok=True)
        (entry / "name").write_text(f"{name}\n")

    async def open(self) -> None:
        """Wait for the driver, as often as it comes."""
        self.server = await asyncio.start_unix_server(self.serve, self.path)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Be a device for as long as the driver is there."""
        loop = asyncio.get_running_loop()
        master, slave = pty.openpty()
        tty.setraw(slave)
        self.device.unlink(missing_ok=True)
        self.device.symlink_to(os.ttyname(slave))
        output = asyncio.StreamReader()
        source = os.fdopen(os.dup(master), "rb", buffering=0)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), source)
        drained = asyncio.streams.FlowControlMixin()
        sink = os.fdopen(master, "wb", buffering=0)
        transport, protocol = await loop.connect_write_pipe(lambda: drained, sink)
        typed = asyncio.StreamWriter(transport, protocol, None, loop)
        both = (copy(reader, typed), copy(output, writer))
        tasks = [asyncio.ensure_future(one) for one in both]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        transport.abort()
        source.close()
        os.close(slave)
        writer.close()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes."""
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


def power_switches(folder: Path, off: int, reboot: int) -> None:
    """Write programs that switch the fake machine off, by signals, and not the host."""
    folder.mkdir(exist_ok=True)
    for name, number in (("poweroff", off), ("shutdown", off), ("reboot", reboot)):
        (folder / name).write_text(f"#!/bin/sh\nkill -{number} {os.getpid()}\n")
    (folder / "systemctl").write_text("#!/bin/sh\nexit 1\n")
    for program in folder.iterdir():
        program.chmod(0o755)
