"""The network cards of a container: a program of its own, beside the container while it runs.

It makes the cards in the network namespace that it is started in, and passes frames between each
of them and the switch of its network. While the network has faults, the driver has it lead a card
to the relay of `relay/frames.py` instead. It imports little, because containers wait for it.
"""

import contextlib
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .relay.ports import (
    ANSWER_SECONDS,
    FRAMES_AT_A_TIME,
    DatagramStream,
    FrameStream,
    forget,
    watch_writing,
)
from .requests import Requests
from .tap import LOOPBACK, Tap, TapFailed, TapGone, configure
from .vde import LONGEST_FRAME_BYTES, Member

# The driver's socket. Without it, the cards lead to the switches for good.
CONTROL_VARIABLE = "CONTAINER_CARDS_SOCKET"
# What the program writes when frames can pass.
READY = "ready\n"
USAGE = "expected NAME=MAC=SWITCH_FOLDER"

Stream = FrameStream | DatagramStream


class Card:
    """A card, and where it leads: to the switch of its network, or to a relay.

    What the card sends waits in the kernel while where it leads takes no frames.
    """

    def __init__(
        self, name: str, folder: str, tap: Tap, member: Member, selector: selectors.BaseSelector
    ) -> None:
        self.name = name
        self.folder = folder
        self._tap = tap
        self._member = member
        self._selector = selector
        self._plugged = self._has_switch = True
        self._removed = False
        self._relay: tuple[socket.socket, ...] = ()
        # Where it leads to; nothing passes if it is None.
        self._leads_to: Stream | None = None
        self._switch = switch = DatagramStream(
            member.data, lambda waiting: self._on_waiting(switch, waiting)
        )
        self._leads_to = switch
        self._watch_tap(True)
        self._watch(switch.read_descriptor, lambda _: self._to_card(switch))
        self._watch(member.control.fileno(), lambda _: self._leave_switch())

    def connect(self, from_card: str, to_card: str) -> None:
        """Connect with the sockets of a relay. Raises OSError."""
        self._relay = (_connected(from_card), _connected(to_card))

    def divert(self) -> None:
        """Lead to the relay that the card is connected with."""
        write, read = (end.fileno() for end in self._relay)
        stream = FrameStream(
            read=read, write=write, on_waiting=lambda waiting: self._on_waiting(stream, waiting)
        )
        self._leads_to = stream
        self._watch_tap(True)
        self._watch(read, lambda _: self._to_card(stream))

    def release(self) -> None:
        """Lead to the switch again."""
        forget(self._selector, *(end.fileno() for end in self._relay))
        for end in self._relay:
            end.close()
        self._relay = ()
        self._leads_to = self._switch if self._has_switch else None
        self._watch_tap(True)

    def set_carrier(self, up: bool) -> None:
        """Give the card a carrier, or take it away: then nothing reaches it. Raises OSError."""
        if not self._removed:
            self._tap.set_carrier(up)
            self._plugged = up

    def close(self) -> None:
        """Remove the card, and leave the network."""
        self._tap.close()
        self._switch.close()
        self._member.close()
        for end in self._relay:
            end.close()

    def _watch(self, descriptor: int, callback: Callable[[int], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, callback)

    def _watch_tap(self, watched: bool) -> None:
        descriptor = self._tap.descriptor
        if not watched or self._removed:
            forget(self._selector, descriptor)
        elif descriptor not in self._selector.get_map():
            self._watch(descriptor, lambda _: self._from_card())

    def _on_waiting(self, stream: Stream, waiting: bool) -> None:
        def flush() -> None:
            self._guarded(stream, stream.flush)

        watch_writing(self._selector, stream, flush, waiting)
        if stream is self._leads_to:
            self._watch_tap(not waiting)

    def _from_card(self) -> None:
        try:
            frames = self._tap.frames(FRAMES_AT_A_TIME, LONGEST_FRAME_BYTES)
        except TapGone:
            self._remove()
            return
        for frame in frames:
            if (stream := self._leads_to) is not None:
                self._guarded(stream, stream.send, frame)

    def _to_card(self, stream: Stream) -> None:
        """Give the card what has come; what comes from where it does not lead to is lost."""
        if stream not in (self._switch, self._leads_to):  # since a moment ago
            return
        try:
            frames = stream.frames()
        except EOFError:
            self._end(stream)
            return
        if stream is not self._leads_to or not self._plugged:
            return
        try:
            for frame in frames:
                self._tap.receive(frame)
        except TapGone:
            self._remove()

    def _guarded(self, stream: Stream, write: Callable[..., None], *arguments: bytes) -> None:
        try:
            write(*arguments)
        except EOFError:
            self._end(stream)

    def _end(self, stream: Stream) -> None:
        """Let nothing pass by a way that has ended: a relay was to keep frames back."""
        forget(self._selector, stream.read_descriptor, stream.write_descriptor)
        if stream is self._leads_to:
            self._leads_to = None
            self._watch_tap(True)

    def _leave_switch(self) -> None:
        sys.stderr.write(f"{self.name}: the switch of the network at {self.folder} has ended\n")
        forget(self._selector, self._member.control.fileno())
        self._has_switch = False
        self._end(self._switch)

    def _remove(self) -> None:
        """Forget a card that the container has removed."""
        sys.stderr.write(f"{self.name}: the container has removed its network card\n")
        self._removed = True
        self._plugged = False
        self._watch_tap(False)


class Cards:
    """The cards of a container."""

    def __init__(self, selector: selectors.BaseSelector, ready: Callable[[], None]) -> None:
        self._selector = selector
        self._ready = ready
        self._cards: dict[str, Card] = {}

    def add(self, name: str, folder: str, tap: Tap, member: Member) -> None:
        """Add a card."""
        self._cards[name] = Card(name, folder, tap, member, self._selector)

    def obey(self, control: socket.socket) -> None:
        """Do what the driver says, and first tell it what cards there are."""
        requests = Requests(control, self._do)
        self._selector.register(control, selectors.EVENT_READ, requests.serve)
        requests.tell({"cards": [[card.name, card.folder] for card in self._cards.values()]})

    def run(self) -> None:
        """Pass frames on until the driver hangs up."""
        with contextlib.suppress(EOFError):
            while True:
                for key, events in self._selector.select():
                    key.data(events)

    def close(self) -> None:
        """Remove the cards."""
        for card in self._cards.values():
            card.close()

    def _do(self, what: str, request: dict[str, Any]) -> None:
        if what == "go":
            self._ready()
            return
        card = self._cards[request.pop("card")]
        match what:
            case "connect":
                card.connect(**request)
            case "divert":
                card.divert()
            case "release":
                card.release()
            case "carrier":
                card.set_carrier(**request)


def main() -> None:
    """Be the cards NAME=MAC=SWITCH_FOLDER of a container, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for the driver
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    selector = selectors.DefaultSelector()
    _end_with_parent(selector)
    cards = Cards(selector, _tell_ready)
    try:
        _make(cards, sys.argv[1:])
        if path := os.environ.get(CONTROL_VARIABLE):
            cards.obey(_connected(path))
        else:
            _tell_ready()
        cards.run()
    except (TapFailed, OSError) as error:
        sys.exit(f"network cards: {error}")
    finally:
        cards.close()


def _make(cards: Cards, arguments: Sequence[str]) -> None:
    for argument in arguments:
        fields = argument.split("=", 2)
        if len(fields) != 3:
            raise TapFailed(argument, USAGE)
        name, mac, folder = fields
        tap = Tap(name, mac)
        cards.add(name, folder, tap, _joined(name, mac, folder))
    try:
        configure(LOOPBACK)
    except OSError as error:
        raise TapFailed(LOOPBACK, f"setting it up failed: {error.strerror}") from error


def _joined(name: str, mac: str, folder: str) -> Member:
    own = f"card-{mac.replace(':', '')}"
    # That of a container with this address which was killed.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{folder}/{own}")
    try:
        return Member(folder, own)
    except OSError as error:
        raise TapFailed(
            name,
            f"joining the network at {folder} failed: {error.strerror or error}. "
            "Its switch has ended, or was never there",
        ) from error


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_SECONDS)
    try:
        connection.connect(path)
    except OSError as error:
        connection.close()
        raise OSError(f"connecting with {path} failed: {error.strerror or error}") from error
    connection.settimeout(None)
    return connection


def _end_with_parent(selector: selectors.BaseSelector) -> None:
    """End when the start script does, or what it has become."""
    if parent := os.getppid():  # not one outside the namespace of processes

        def end(_: int) -> None:
            raise EOFError

        selector.register(os.pidfd_open(parent), selectors.EVENT_READ, end)


def _tell_ready() -> None:
    """Write that frames can pass, and close the standard output, so that its reader goes on."""
    os.write(1, READY.encode())
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
