"""A port of the host leads to the SSH server of a container."""

import asyncio
from pathlib import Path

import pytest

from test_driver.backend.nspawn.ssh_port import SOCKET, SshPort


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0 ")
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()


async def _answer(port: int, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    try:
        return await reader.read()
    finally:
        writer.close()


def test_bytes_pass_both_ways_and_the_port_stays_one(tmp_path: Path) -> None:
    async def run() -> None:
        server = await asyncio.start_unix_server(_echo, tmp_path / SOCKET)
        port = SshPort()
        try:
            number = await port.lead_to(tmp_path)
            assert await port.lead_to(tmp_path) == number
            for text in (b"one\n", b"two\n"):
                assert await _answer(number, text) == b"SSH-2.0 " + text
        finally:
            port.end()
            server.close()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await _answer(number, b"three\n")

    asyncio.run(run())


def test_without_a_server_the_connection_ends(tmp_path: Path) -> None:
    async def run() -> None:
        port = SshPort()
        try:
            assert await _answer(await port.lead_to(tmp_path), b"") == b""
        finally:
            port.end()

    asyncio.run(run())
