"""Stands in for QEMU's storage daemon: serves a file by the NBD protocol, as it lies there."""

import os
import re
import signal
import socket
import struct
import sys
import time
from pathlib import Path


def receive(connection: socket.socket, size: int) -> bytes:
    """Return so many bytes, or end with the connection."""
    data = b""
    while len(data) < size:
        if not (more := connection.recv(size - len(data))):
            signal.pause()
        data += more
    return data


def main() -> None:
    """Serve one client."""
    tokens = " ".join(sys.argv[1:])
    file = os.open(re.findall(r"file\.filename=([^ ]*?),file", tokens)[0], os.O_RDWR)
    listening = socket.socket(fileno=int(re.findall(r"addr\.str=(\d+)", tokens)[0]))
    if Path("broken-daemon").exists():
        listening.close()
        time.sleep(0.5)  # the connection is lost before the reason is told
        sys.exit("fake: the image is broken")
    connection, _ = listening.accept()
    connection.sendall(b"NBDMAGIC" + b"IHAVEOPT" + struct.pack(">H", 3))
    flags, magic, option, size = struct.unpack(">I8sII", receive(connection, 20))
    assert (flags, magic, option) == (3, b"IHAVEOPT", 1)
    assert receive(connection, size) == b"disk"
    connection.sendall(struct.pack(">QH", 2**20, 1))
    while True:
        head = receive(connection, 28)
        magic, _, kind, handle, offset, length = struct.unpack(">IHHQQI", head)
        assert magic == 0x25609513
        match kind:
            case 1:
                os.pwrite(file, receive(connection, length), offset)
            case 4:
                os.pwrite(file, bytes(length), offset)
            case 3:
                os.fsync(file)
            case 2:
                signal.pause()
        error = 28 if Path("no-room").exists() else 0
        connection.sendall(struct.pack(">IIQ", 0x67446698, error, handle))


if __name__ == "__main__":
    main()
