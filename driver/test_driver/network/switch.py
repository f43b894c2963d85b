"""The switch of a network, a program of its own: what one member sends, all others get.

It takes the place of `vde_switch --hub`, which cuts frames off after 1,518 bytes. Members are QEMU
and whatever else speaks VDE's protocol. The program ends when its standard input does. It imports
little, because machines wait for it.
"""

import contextlib
import os
import selectors
import signal
import socket
import sys
from collections import deque

from .vde import LONGEST_FRAME_BYTES, address_bytes, data_socket, requested_path

# A member that takes no frames is given no more than these.
LONGEST_BACKLOG_BYTES = 4 * 2**20
# How many frames of a member are passed on before the others have their turn.
FRAMES_AT_A_TIME = 64
REQUEST_BYTES = 4096


class Port:
    """A member, as the switch sees it."""

    def __init__(self, control: socket.socket, selector: selectors.BaseSelector) -> None:
        self.control = control
        self.data: socket.socket | None = None
        self._selector = selector
        self._path = ""
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        selector.register(control, selectors.EVENT_READ, self)

    def join(self, request: bytes, path: str) -> None:
        """Take a member's request. Raises OSError if it makes no sense."""
        theirs = requested_path(request)
        if theirs is None:
            raise ConnectionError(f"{request[:12]!r} is no request of VDE's protocol, version 3")
        self._path = path
        self.data = data_socket(path)
        self.data.setblocking(False)
        self._selector.register(self.data, selectors.EVENT_READ, self)
        self.data.connect(theirs)
        self.control.sendall(address_bytes(path))

    def send(self, frame: bytes) -> None:
        """Give a frame to the member, as soon as it takes one."""
        if self.data is None:
            return
        if not self._backlog:
            try:
                self.data.send(frame)
                return
            except BlockingIOError:
                self._wait(True)
            except OSError:  # the member has ended, and will be forgotten
                return
        if self._backlog_bytes <= LONGEST_BACKLOG_BYTES:
            self._backlog.append(frame)
            self._backlog_bytes += len(frame)

    def flush(self) -> None:
        """Give the member what has waited, as far as it takes that."""
        while self._backlog and self.data is not None:
            try:
                self.data.send(self._backlog[0])
            except BlockingIOError:
                return
            except OSError:
                self._backlog.clear()
                self._backlog_bytes = 0
                break
            self._backlog_bytes -= len(self._backlog.popleft())
        self._wait(False)

    def close(self) -> None:
        """Forget the member."""
        for used in (self.control, self.data):
            if used is not None:
                self._selector.unregister(used)
                used.close()
        if self._path:
            os.unlink(self._path)

    def _wait(self, waiting: bool) -> None:
        if self.data is not None:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting else 0)
            self._selector.modify(self.data, events, self)


class Switch:
    """The switch."""

    def __init__(self, listener: socket.socket, folder: str) -> None:
        self._listener = listener
        self._folder = folder
        self._selector = selectors.DefaultSelector()
        self._ports: list[Port] = []
        self._count = 0
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(0, selectors.EVENT_READ)

    def run(self) -> None:
        """Pass frames on until the standard input ends."""
        while True:
            for key, events in self._selector.select():
                if key.fileobj == 0:
                    if not os.read(0, REQUEST_BYTES):
                        return
                elif key.fileobj is self._listener:
                    self._ports.append(Port(self._listener.accept()[0], self._selector))
                elif key.data in self._ports:  # not forgotten since
                    self._serve(key.data, events, control=key.fileobj is key.data.control)

    def _serve(self, port: Port, events: int, *, control: bool) -> None:
        if control:
            self._listen_to(port)
            return
        if events & selectors.EVENT_WRITE:
            port.flush()
        if events & selectors.EVENT_READ:
            self._pass_on(port)

    def _listen_to(self, port: Port) -> None:
        """Take what a member says on its control socket: its request, and the end."""
        try:
            request = port.control.recv(REQUEST_BYTES)
            if request and port.data is None:
                self._count += 1
                port.join(request, f"{self._folder}/{self._count:03d}.data")
            if request:
                return
        except OSError as error:
            sys.stderr.write(f"a member could not join: {error}\n")
        self._ports.remove(port)
        port.close()

    def _pass_on(self, port: Port) -> None:
        if port.data is None:
            return
        give = [other.send for other in self._ports if other is not port]
        receive = port.data.recv
        with contextlib.suppress(OSError):  # there are no more for now
            for _ in range(FRAMES_AT_A_TIME):
                frame = receive(LONGEST_FRAME_BYTES)
                for send in give:
                    send(frame)


def main() -> None:
    """Be a switch: on LISTENER, a descriptor, members ask to join; their sockets lie in FOLDER."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for the driver
    listener, folder = sys.argv[1:]
    Switch(socket.socket(fileno=int(listener)), folder).run()
