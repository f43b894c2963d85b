"""A shell in a container for a person, by two pipes."""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from test_driver.backend.nspawn.shell_pipes import CHANNEL_FOLDER, ShellPipes
from test_driver.deadline import Deadline
from test_driver.errors import MachineError

SIZE = os.terminal_size((80, 25))


class Guest:
    """Runs what the agent is told to, with the folder of the host in the place of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ran: list[subprocess.Popen[bytes]] = []

    async def call(self, command: str, arguments: dict[str, Any], deadline: Deadline) -> object:
        """Run a shell command, and do not wait for it."""
        assert command == "guest-exec"
        (_, text) = arguments["arg"]
        text = text.replace(CHANNEL_FOLDER, str(self.folder)).replace("command -v script", "false")
        self.ran.append(subprocess.Popen(["sh", "-c", text], start_new_session=True))
        return {}


def test_a_shell_takes_keys_and_shows_what_it_writes(tmp_path: Path) -> None:
    async def run() -> None:
        guest = Guest(tmp_path)
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        shell = ShellPipes("box", tmp_path, "sh-1", guest.call, ended)
        connection = await shell.plug_in()
        reader, writer = await asyncio.open_connection(sock=connection)
        await shell.start_shell(SIZE)
        writer.write(b"echo the answer is $((6 * 7))\nexit\n")
        said = await asyncio.wait_for(reader.readuntil(shell.last_output), 60)
        assert b"the answer is 42\n" in said
        assert guest.ran[0].wait(60) == 0
        writer.close()
        await shell.pull_out()
        assert not list(tmp_path.iterdir())

    asyncio.run(run())


def test_the_connection_ends_with_the_container(tmp_path: Path) -> None:
    async def run() -> None:
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        shell = ShellPipes("box", tmp_path, "sh-1", Guest(tmp_path).call, ended)
        reader, writer = await asyncio.open_connection(sock=await shell.plug_in())
        ended.set_result(1)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
        await shell.pull_out()

    asyncio.run(run())


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        shell = ShellPipes("box", tmp_path / "gone", "sh-1", Guest(tmp_path).call, ended)
        with pytest.raises(MachineError, match=r"box: no pipe for a shell: .*No such file"):
            await shell.plug_in()

    asyncio.run(run())
