"""VDE's protocol, by which QEMU and other programs join a network.

A member sends a request with the address of its datagram socket to the switch's socket `ctl`. The
switch answers with the address of a datagram socket for this member. Each datagram is a frame. The
membership ends when the member closes its connection to `ctl`.

Imports little: programs that start in a moment use it.
"""

import os
import socket
import struct

CONTROL = "ctl"
MAGIC = 0xFEEDFACE
VERSION = 3
# A frame has no more bytes than an IP packet of the largest size, its head and a tag.
LONGEST_FRAME_BYTES = 2**16 + 64
# As much as the host allows is taken: a frame that finds no room in a socket waits or is lost.
SOCKET_BYTES = 4 * 2**20
ANSWER_SECONDS = 30.0
_HEAD = struct.Struct("=III")
_ADDRESS = struct.Struct("=H108s")
_REQUEST_BYTES = _HEAD.size + _ADDRESS.size


def address_bytes(path: str) -> bytes:
    """Return the address of a socket as C has it."""
    return _ADDRESS.pack(socket.AF_UNIX, os.fsencode(path))


def address_path(data: bytes) -> str:
    """Return the path in such an address."""
    return os.fsdecode(_ADDRESS.unpack_from(data.ljust(_ADDRESS.size, b"\0"))[1].split(b"\0")[0])


def requested_path(request: bytes) -> str | None:
    """Return the path of a member's socket, or `None` if the request makes no sense."""
    if len(request) < _HEAD.size + 2:
        return None
    magic, version, _ = _HEAD.unpack_from(request)
    if magic != MAGIC or version != VERSION:
        return None
    return address_path(request[_HEAD.size : _REQUEST_BYTES])


def data_socket(path: str) -> socket.socket:
    """Return a datagram socket with a path."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(path)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
    return made


class Member:
    """A member of a network, as QEMU is one."""

    def __init__(self, folder: str, name: str) -> None:
        """Join. `name` is part of a path that no other member has. Raises OSError."""
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._path = f"{folder}/{name}"
        try:
            self.control.settimeout(ANSWER_SECONDS)
            self.control.connect(f"{folder}/{CONTROL}")
            self.data = data_socket(self._path)
            head = _HEAD.pack(MAGIC, VERSION, 0)
            self.control.sendall(head + address_bytes(self._path) + name.encode())
            self.data.connect(address_path(self.control.recv(_ADDRESS.size)))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Leave the network."""
        self.control.close()
        if hasattr(self, "data"):
            self.data.close()
            os.unlink(self._path)
