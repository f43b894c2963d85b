"""The program of a container's network cards in a thread, with sockets in the place of taps."""

import contextlib
import json
import os
import select
import selectors
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from test_driver.network.tap import Tap
from test_driver.network.taps import Cards
from test_driver.network.vde import LONGEST_FRAME_BYTES, Member

ANSWER_SECONDS = 20.0
ROOM_SECONDS = 5.0  # for a test to read the frames that are there


class FakeTap(Tap):
    """A socket in the place of a tap. The container's end is `inside`."""

    def __init__(self) -> None:
        self.inside, self._outside = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._outside.setblocking(False)
        self.descriptor = self._outside.fileno()
        self.carriers: list[bool] = []

    def receive(self, frame: bytes) -> None:
        """Give a frame to the container, as soon as there is room: a kernel has plenty."""
        select.select([], [self.descriptor], [], ANSWER_SECONDS)
        os.write(self.descriptor, frame)

    def set_carrier(self, up: bool) -> None:
        """Note it. A tap that is told to be down twice refuses."""
        if self.carriers and not up and not self.carriers[-1]:
            raise OSError("it has no carrier already")
        self.carriers.append(up)

    def close(self) -> None:
        """Close the outer end."""
        self._outside.close()

    def send(self, frame: bytes) -> None:
        """Send a frame as the container does."""
        self.inside.settimeout(ANSWER_SECONDS)
        self.inside.send(frame)

    def take(self, seconds: float = ANSWER_SECONDS) -> bytes | None:
        """Return the next frame that the card receives; `None` if there is none for so long."""
        self.inside.settimeout(seconds)
        try:
            return self.inside.recv(LONGEST_FRAME_BYTES)
        except TimeoutError:
            return None


class PathTap(Tap):
    """A socket with a path in the place of a tap, for a test that is another process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.descriptor = self._socket.fileno()
        self._out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._out.settimeout(ROOM_SECONDS)

    def receive(self, frame: bytes) -> None:
        """Give a frame to the container, if somebody looks, as soon as there is room."""
        with contextlib.suppress(OSError):
            self._out.sendto(frame, f"{self._path}.in")

    def set_carrier(self, up: bool) -> None:
        """Note it."""
        with self._path.with_suffix(".carrier").open("a") as file:
            file.write("up\n" if up else "down\n")


class FakeCards:
    """The program for a container, and its control socket."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        """Start it with cards, which lead to the switches in these folders."""
        self._ours, self._theirs = socket.socketpair()
        self.taps = {name: FakeTap() for name in folders}
        self.ready = threading.Event()
        self._said = b""
        selector = selectors.DefaultSelector()
        self._cards = Cards(selector, self.ready.set)
        for name, folder in folders.items():
            member = Member(str(folder), f"{name}-{id(self):x}")
            self._cards.add(name, str(folder), self.taps[name], member)
        self._cards.obey(self._theirs)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def told(self) -> dict[str, Any]:
        """Return what the program says next."""
        self._ours.settimeout(ANSWER_SECONDS)
        while b"\n" not in self._said:
            data = self._ours.recv(65536)
            assert data, "the program hung up"
            self._said += data
        line, self._said = self._said.split(b"\n", 1)
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, what: str, **arguments: object) -> dict[str, Any]:
        """Have the program do something, and return its answer."""
        self._ours.sendall(json.dumps({"do": what, **arguments}).encode() + b"\n")
        return self.told()

    def close(self) -> None:
        """End the program as the driver does."""
        self._ours.close()
        self._thread.join(ANSWER_SECONDS)
        assert not self._thread.is_alive()
        for tap in self.taps.values():
            tap.inside.close()

    def _run(self) -> None:
        try:
            self._cards.run()
        finally:
            self._cards.close()
            self._theirs.close()
