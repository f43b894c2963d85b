"""Read and write files in a guest through its agent."""

import base64
from typing import IO

from .errors import AgentError
from .guest_command import CommandRunner

READ_BYTES = 1024 * 1024
WRITE_BYTES = 512 * 1024


async def read_file(commands: CommandRunner, path: str, sink: IO[bytes]) -> None:
    """Copy a file of the guest to an open file of the host. Raises AgentError."""
    handle = await commands.call("guest-file-open", path=path, mode="r")
    try:
        while True:
            answer = await commands.call("guest-file-read", handle=handle, count=READ_BYTES)
            sink.write(base64.b64decode(answer["buf-b64"]))
            if answer["eof"] or not answer["count"]:
                return
    finally:
        await commands.call("guest-file-close", handle=handle)


async def write_file(commands: CommandRunner, path: str, source: IO[bytes]) -> None:
    """Copy an open file of the host to a file of the guest. Raises AgentError."""
    handle = await commands.call("guest-file-open", path=path, mode="w")
    try:
        while piece := source.read(WRITE_BYTES):
            text = base64.b64encode(piece).decode()
            answer = await commands.call("guest-file-write", handle=handle, **{"buf-b64": text})
            if answer["count"] != len(piece):
                raise AgentError(commands.machine, f"cannot write {path}: the disk is full")
        # A full disk may show only when what is buffered is written out.
        await commands.call("guest-file-flush", handle=handle)
    finally:
        await commands.call("guest-file-close", handle=handle)
