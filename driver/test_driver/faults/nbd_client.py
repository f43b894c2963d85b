"""A disk image of the host, written to at offsets of the disk in it.

QEMU's storage daemon opens the image, whatever its format, and serves the disk by the NBD
protocol, of which this speaks the few messages that it takes to write.
"""

import contextlib
import os
import socket
import struct
import subprocess
from pathlib import Path
from types import TracebackType

from ..error_text import indented
from ..errors import HostError, ProgramMissing
from ..process import die_with_driver

EXPORT = b"disk"
ANSWER_SECONDS = 60.0
# A daemon that has given up the connection is about to say why.
LAST_OUTPUT_SECONDS = 5.0
_WRITE, _DISCONNECT, _FLUSH, _TRIM = 1, 2, 3, 4
_FIXED_NO_ZEROES = 3
_OPTION_EXPORT_NAME = 1
_OPTION = 0x49484156454F5054
_REQUEST = struct.Struct(">IHHQQI")
_REQUEST_MAGIC = 0x25609513
_REPLY = struct.Struct(">IIQ")
_REPLY_MAGIC = 0x67446698
# Of a discard; QEMU takes no longer one.
_LONGEST = 2**30


class DiskImage:
    """An image while it is written to. Its methods block, and raise HostError."""

    def __init__(self, daemon: Path, file: Path, driver: str) -> None:
        self._daemon = daemon
        self._file = file
        self._driver = driver
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> "DiskImage":
        """Start the daemon and connect to it."""
        folder = self._file.parent
        with socket.socket(socket.AF_UNIX) as listening:
            # A name that no folder has room for: the kernel gives one.
            listening.bind("")
            listening.listen(1)
            self._socket.settimeout(ANSWER_SECONDS)
            self._socket.connect(listening.getsockname())
            command = self._command(listening.fileno())
            try:
                self._process = subprocess.Popen(
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=[listening.fileno()],
                    preexec_fn=die_with_driver(os.getpid()),
                )
            except OSError as error:
                self._socket.close()
                raise ProgramMissing("QEMU's storage daemon", command, str(error)) from error
        try:
            self._greet()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the image. What was written is in its file then."""
        try:
            if kind is None:
                self._ask(_request(_FLUSH, 0, 0))
                self._send(_request(_DISCONNECT, 0, 0))
        finally:
            self._end()

    def write(self, offset: int, data: bytes) -> None:
        """Write bytes."""
        self._ask(_request(_WRITE, offset, len(data)) + data)

    def discard(self, offset: int, length: int) -> None:
        """Tell that nobody needs what was there."""
        for done in range(0, length, _LONGEST):
            self._ask(_request(_TRIM, offset + done, min(_LONGEST, length - done)))

    def _command(self, descriptor: int) -> list[str]:
        name = str(self._file).replace(",", ",,")
        return [
            str(self._daemon),
            "--blockdev",
            f"driver={self._driver},node-name=disk,discard=unmap,cache.no-flush=on,"
            f"file.driver=file,file.filename={name},file.cache.no-flush=on",
            "--nbd-server",
            f"addr.type=fd,addr.str={descriptor}",
            "--export",
            "type=nbd,id=disk,name=disk,node-name=disk,writable=on",
        ]

    def _greet(self) -> None:
        self._receive(18)
        option = struct.pack(">QII", _OPTION, _OPTION_EXPORT_NAME, len(EXPORT)) + EXPORT
        self._send(struct.pack(">I", _FIXED_NO_ZEROES) + option)
        self._receive(10)

    def _ask(self, request: bytes) -> None:
        self._send(request)
        magic, error, _ = _REPLY.unpack(self._receive(_REPLY.size))
        if magic != _REPLY_MAGIC or error:
            raise HostError(f"{self._file} cannot be written: {os.strerror(error)}")

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._lost(str(error)) from error

    def _receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                more = self._socket.recv(size - len(data))
            except OSError as error:
                raise self._lost(str(error)) from error
            if not more:
                raise self._lost("it has closed the connection")
            data += more
        return data

    def _lost(self, reason: str) -> HostError:
        self._socket.close()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(LAST_OUTPUT_SECONDS)
        said = self._end()
        return HostError(
            f"{self._file} cannot be written: QEMU's storage daemon failed: {reason}"
            + indented("its output", said)
        )

    def _end(self) -> str:
        """Disconnect and let the daemon end. Return what it said."""
        self._socket.close()
        if (process := self._process) is None:
            return ""
        process.terminate()
        try:
            _, said = process.communicate(timeout=ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
        self._process = None
        return said.decode(errors="replace")


def _request(kind: int, offset: int, length: int) -> bytes:
    return _REQUEST.pack(_REQUEST_MAGIC, 0, kind, 0, offset, length)
