"""Bytes of any number in and out of a guest: on a shell channel, or by the agent."""

import base64
import shlex

from ..deadline import Deadline
from ..errors import AgentError, CopyRefused
from .command import CommandRunner
from .command_result import CommandEnd
from .output_buffer import Capture, Sink
from .shell_channel import Readable

COPY_SECONDS = 900.0
READ_BYTES = 1024 * 1024
WRITE_BYTES = 512 * 1024
MESSAGE_BYTES = 65536
# `tar` ends with 1 if a file changed while it was read, which is not an error for a log.
TAR_CHANGED_STATUS = 1


async def receive(commands: CommandRunner, command: str, sink: Sink, allowed: int = 0) -> str:
    """Copy what a command of the guest writes to an open file, and return what it says on stderr.

    Without a free shell channel, the command writes to a file in the guest first. Raises
    CopyRefused if the command fails, but for one more status that is allowed.
    """
    deadline = Deadline.after(COPY_SECONDS)
    stderr = Capture(MESSAGE_BYTES)
    end = await commands.stream(command, deadline, sink, stderr)
    if end is not None:
        return _check(commands, command, end, stderr, allowed)
    made = await commands.capture("mktemp -p /var/tmp || mktemp -p /tmp", deadline)
    spool = made.stdout_bytes.decode(errors="surrogateescape").rstrip("\n")
    try:
        end = await commands.run(f"{command} >{shlex.quote(spool)}", deadline, stderr=stderr)
        said = _check(commands, command, end, stderr, allowed)
        await _read_file(commands, spool, sink)
    finally:
        await commands.run(f"rm -f -- {shlex.quote(spool)}", deadline)
    return said


async def send(
    commands: CommandRunner, source: Readable, size: int, command: str, spool: str
) -> None:
    """Copy `size` bytes of the host into the stdin of a command of the guest.

    Without a free shell channel, they go to the file `spool` in the guest first. Raises CopyRefused
    if the command fails.
    """
    deadline = Deadline.after(COPY_SECONDS)
    stderr = Capture(MESSAGE_BYTES)
    # A program that ends before its input does would leave the rest to the next command.
    whole = f"head -c {size} | {{ {command} || {{ cat >/dev/null; false; }}; cat >/dev/null; }}"
    end = await commands.stream(whole, deadline, Capture(0), stderr, source)
    if end is not None:
        _check(commands, command, end, stderr)
        return
    await _write_file(commands, spool, source)
    end = await commands.run(f"{{ {command}; }} <{shlex.quote(spool)}", deadline, stderr=stderr)
    _check(commands, command, end, stderr)


def _check(
    commands: CommandRunner, command: str, end: CommandEnd, stderr: Capture, allowed: int = 0
) -> str:
    """Return what a command said. Raises CopyRefused if it failed."""
    why = stderr.take().decode(errors="replace").strip()
    if end.status not in (0, allowed):
        how = "timed out" if end.timed_out else f"exit status {end.status}"
        raise CopyRefused(commands.machine, f"cannot copy: `{command}` failed ({how}): {why}")
    return why


async def _read_file(commands: CommandRunner, path: str, sink: Sink) -> None:
    handle = await commands.call("guest-file-open", path=path, mode="r")
    try:
        while True:
            answer = await commands.call("guest-file-read", handle=handle, count=READ_BYTES)
            sink.write(base64.b64decode(answer["buf-b64"]))
            if answer["eof"] or not answer["count"]:
                return
    finally:
        await commands.call("guest-file-close", handle=handle)


async def _write_file(commands: CommandRunner, path: str, source: Readable) -> None:
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
