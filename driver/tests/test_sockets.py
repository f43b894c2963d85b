"""Sockets: where they are, and who is connected."""

import asyncio
import socket
import tempfile
from pathlib import Path

import pytest

from test_driver.backend.qemu.arguments import ChannelPaths
from test_driver.loop import LoopThread
from test_driver.sockets import Listener, make_socket_folder


def test_sockets_have_short_paths_wherever_temporary_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    folder = make_socket_folder()
    paths = ChannelPaths.in_folder(folder, "m99")
    assert all(len(str(path)) < 100 for path in (paths.monitor, paths.console, paths.agent))
    assert list(deep.iterdir()) == []
    folder.rmdir()


def test_a_connection_that_nobody_took_is_closed(loop: LoopThread, tmp_path: Path) -> None:
    async def run() -> bytes:
        listener = Listener(tmp_path / "socket")
        with pytest.raises(RuntimeError, match="nothing has connected to"):
            listener.take()
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, str(tmp_path / "socket"))
            await listener.accept()
            listener.close()
            return await asyncio.get_running_loop().sock_recv(client, 1)

    assert loop.run(run()) == b""
    assert not (tmp_path / "socket").exists()
