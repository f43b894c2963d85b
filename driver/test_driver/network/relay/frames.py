"""The relay of a network that has faults: a program of its own, which all frames pass meanwhile.

It is told what to do by the driver (`relay/relay.py`) in lines of JSON, and answers each. It stands
in the place of the switch: what one machine sends, all others get, but for what the rules of the
link between them make of it. It imports little, and nothing of the driver's other parts, because a
fault is to be in force at once.
"""

import os
import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ..impaired_link import ImpairedLink
from ..requests import Requests
from .ports import CardPort, DatagramStream, FrameStream, SwitchPort, forget, watch_writing

PCAP_RECORD = struct.Struct("=IIII")
ADDRESS_BYTES = 6


class Capture:
    """A file that gets the frames of the network, or of one machine.

    Several relays may write to it, each record as a whole.
    """

    def __init__(self, path: str, machine: str | None) -> None:
        self.machine = machine
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def write(self, frame: bytes) -> None:
        """Append a frame."""
        seconds, rest = divmod(time.time_ns(), 10**9)
        head = PCAP_RECORD.pack(seconds, rest // 1000, len(frame), len(frame))
        os.write(self._file, head + frame)

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)


class FrameRelay:
    """The relay."""

    def __init__(self, control: socket.socket, folder: str) -> None:
        self._requests = Requests(control, self._do)
        self._folder = folder
        self._selector = selectors.DefaultSelector()
        self._ports: dict[int, CardPort] = {}
        self._switch: SwitchPort | None = None
        self._switch_stream: DatagramStream | None = None
        self._links: dict[tuple[str, str], ImpairedLink] = {}
        self._impaired: dict[tuple[str, str], ImpairedLink] = {}
        self._cut: set[tuple[str, str]] = set()
        self._seed: tuple[int, int] = (0, 0)
        self._captures: dict[int, Capture] = {}
        # Whose card has an address: a frame for one card is no affair of the links to others.
        self._owners: dict[bytes, str] = {}
        self._selector.register(control, selectors.EVENT_READ, self._on_control)

    def run(self) -> None:
        """Pass frames on until the driver hangs up."""
        try:
            while True:
                self._pass_on()
        except EOFError:  # cards that hang up are forgotten where it happens
            sys.exit("the switch of the network has ended")

    def _pass_on(self) -> None:
        for key, events in self._selector.select(self._patience()):
            key.data(events)
        now = time.monotonic()
        for (_, receiver), link in self._impaired.items():
            for frame in link.due(now):
                self._arrive(receiver, frame)

    def _patience(self) -> float | None:
        moments = [link.next_moment() for link in self._impaired.values()]
        waited_for = [moment for moment in moments if moment is not None]
        return max(0.0, min(waited_for) - time.monotonic()) if waited_for else None

    def _on_control(self, _: int) -> None:
        try:
            self._requests.serve()
        except EOFError:
            sys.exit()

    def _do(self, what: str, request: dict[str, Any]) -> None:
        match what:
            case "rules":
                self._set_rules(**request)
            case "join":
                self._join_switch()
            case "leave":
                self._leave_switch()
            case "listen":
                number = request.pop("port")
                self._ports[number] = CardPort(**request)
            case "accept":
                self._open(self._ports[request["port"]], request["port"])
            case "close":
                self._close(request["port"])
            case "capture":
                self._captures[request["number"]] = Capture(request["path"], request["machine"])
            case "release":
                self._captures.pop(request["number"]).close()

    def _join_switch(self) -> None:
        """Have those on the network that are not connected to this relay itself."""
        if self._switch is not None:
            return
        self._switch = SwitchPort(self._folder)
        self._switch_stream = stream = self._switch.open(
            lambda waiting: watch_writing(self._selector, stream, stream.flush, waiting)
        )
        self._selector.register(
            stream.read_descriptor, selectors.EVENT_READ, lambda _: self._from_switch(stream)
        )

    def _leave_switch(self) -> None:
        if self._switch is not None and self._switch_stream is not None:
            self._forget(self._switch_stream)
            self._switch.close()
            self._switch = self._switch_stream = None

    def _set_rules(self, links: list[Any], seed: list[int]) -> None:
        """Take the rules of all links: those that are not named have none; null cuts a link."""
        if tuple(seed) != self._seed:
            self._seed = (seed[0], seed[1])
            for link in self._links.values():
                link.seed(seed[0])
        rules = {(sender, receiver): rule for sender, receiver, rule in links}
        self._cut = {pair for pair, rule in rules.items() if rule is None}
        for pair, rule in rules.items():
            if rule is not None:
                self._impaired[pair] = link = self._link(pair)
                link.rules = rule
        for pair in [pair for pair in self._impaired if not rules.get(pair)]:
            # What was held back is not lost when the fault ends, unless nothing goes there now.
            for frame in self._impaired.pop(pair).release():
                if pair not in self._cut:
                    self._arrive(pair[1], frame)

    def _link(self, pair: tuple[str, str]) -> ImpairedLink:
        if pair not in self._links:
            self._links[pair] = link = ImpairedLink(" ".join(pair))
            link.seed(self._seed[0])
        return self._links[pair]

    def _open(self, port: CardPort, number: int) -> None:
        def flush() -> None:
            self._guarded(number, stream.flush)

        stream = port.open(lambda waiting: watch_writing(self._selector, stream, flush, waiting))
        self._selector.register(
            stream.read_descriptor, selectors.EVENT_READ, lambda _: self._from_card(number)
        )

    def _guarded(self, number: int, write: Callable[[], None]) -> None:
        try:
            write()
        except EOFError:
            self._close(number)

    def _close(self, number: int) -> None:
        """Forget a card: its machine has ended, or its frames go the direct way again."""
        if (port := self._ports.pop(number, None)) is None:
            return
        if (stream := port.stream) is not None:
            self._forget(stream)
        port.close()
        if not any(other.machine == port.machine for other in self._ports.values()):
            # What was under way to it does not reach it in a later life.
            for pair, link in self._impaired.items():
                if pair[1] == port.machine:
                    link.release()

    def _forget(self, stream: FrameStream | DatagramStream) -> None:
        forget(self._selector, stream.read_descriptor, stream.write_descriptor)

    def _from_card(self, number: int) -> None:
        if (port := self._ports.get(number)) is None or port.stream is None:
            return
        try:
            frames = port.stream.frames()
        except EOFError:
            self._close(number)
            return
        for frame in frames:
            self._send(number, port.machine, frame)

    def _send(self, number: int, sender: str, frame: bytes) -> None:
        self._capture(sender, frame)
        self._owners[frame[ADDRESS_BYTES : 2 * ADDRESS_BYTES]] = sender
        meant_for = self._owners.get(frame[:ADDRESS_BYTES])
        now = time.monotonic()
        for other in {port.machine for port in self._ports.values()}:
            pair = (sender, other)
            if pair in self._cut:
                continue
            link = self._impaired.get(pair)
            if link is None or meant_for not in (None, other):
                self._arrive(other, frame, but=number)
            else:
                link.take(frame, now)
        if self._switch_stream is not None:
            self._switch_stream.send(frame)

    def _from_switch(self, stream: DatagramStream) -> None:
        if stream is not self._switch_stream:  # left meanwhile
            return
        for frame in stream.frames():
            self._capture(None, frame)
            for machine in {port.machine for port in self._ports.values()}:
                self._arrive(machine, frame)

    def _arrive(self, machine: str, frame: bytes, but: int | None = None) -> None:
        """Give a frame to the cards of a machine, but not to the one that sent it."""
        for number, port in list(self._ports.items()):
            if port.machine == machine and number != but and port.stream is not None:
                for capture in self._captures.values():
                    if capture.machine == machine:
                        capture.write(frame)
                self._guarded(number, partial(port.stream.send, frame))

    def _capture(self, sender: str | None, frame: bytes) -> None:
        """Note what was sent: what arrives somewhere is noted when it does."""
        for capture in self._captures.values():
            if capture.machine in (None, sender):
                capture.write(frame)


def main() -> None:
    """Be a relay: CONTROL is the driver's socket, FOLDER has those of the switch."""
    control, folder = sys.argv[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(control)
        FrameRelay(connection, folder).run()
