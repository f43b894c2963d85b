"""A relay for faults with cards of tests at it, in the place of QEMUs."""

import socket
import struct
import time
from pathlib import Path

from test_driver.errors import SwitchFailed
from test_driver.loop import LoopThread
from test_driver.network.impairment_values import Impairment, combined
from test_driver.network.relay.relay import FaultRelay
from test_driver.network.vlan import Vlan

LENGTH = struct.Struct(">I")
SEQUENCE = struct.Struct(">I")
# Of frames: the least, the most of plain Ethernet, one with a tag, jumbo frames, the most of IP.
SIZES = (60, 1514, 1518, 1522, 9014, 9018, 65549)
EVERYONE = b"\xff" * 6


def address(name: str) -> bytes:
    """Return the hardware address of a machine."""
    return b"\x52\x54\x00\x00\x00" + name.encode()


def frame(sender: str, number: int, to: bytes = EVERYONE, size: int = 60) -> bytes:
    """Return a frame with a number in it."""
    head = to + address(sender) + b"\x88\xb5" + SEQUENCE.pack(number)
    return head + bytes(size - len(head))


class Card:
    """What QEMU's filters are: the ends of two sockets."""

    def __init__(self, from_card: Path, to_card: Path) -> None:
        self._out = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._in = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._out.connect(str(from_card))
        self._in.connect(str(to_card))
        self._data = b""

    def send(self, *frames: bytes) -> None:
        """Send frames."""
        self._out.sendall(b"".join(LENGTH.pack(len(one)) + one for one in frames))

    def receive(self, seconds: float = 20.0) -> bytes | None:
        """Return the next frame that arrives; `None` if none does for so long."""
        deadline = time.monotonic() + seconds
        while (found := self._next()) is None:
            self._in.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self._in.recv(1 << 20)
            except TimeoutError:
                return None
            assert data, "the relay hung up"
            self._data += data
        return found

    def receive_until(self, last: int) -> list[int]:
        """Return the numbers of the frames that arrive before one with this number."""
        numbers: list[int] = []
        while True:
            data = self.receive()
            assert data is not None, f"only {len(numbers)} frames came"
            if (number := number_of(data)) == last:
                return numbers
            numbers.append(number)

    def close(self) -> None:
        """Hang up, as a QEMU that ends."""
        self._out.close()
        self._in.close()

    def _next(self) -> bytes | None:
        if len(self._data) < LENGTH.size:
            return None
        (size,) = LENGTH.unpack_from(self._data)
        end = LENGTH.size + size
        if len(self._data) < end:
            return None
        found, self._data = self._data[LENGTH.size : end], self._data[end:]
        return found


def number_of(data: bytes) -> int:
    """Return the number in a frame."""
    return int(SEQUENCE.unpack_from(data, 14)[0])


class Bench:
    """A relay and the cards at it."""

    def __init__(self, loop: LoopThread, folder: Path, environment: dict[str, str]) -> None:
        self.failures: list[SwitchFailed] = []
        self.folder = folder
        self.loop = loop
        self.vlan, self.relay = loop.run(self._make(environment))
        self.cards: dict[str, Card] = {}
        loop.run(self.relay.start())

    async def _make(self, environment: dict[str, str]) -> tuple[Vlan, FaultRelay]:
        vlan = Vlan(1, self.folder / "v1")
        vlan.environment = environment
        return vlan, FaultRelay(vlan, self.failures.append)

    def close(self) -> None:
        """Stop the relay."""
        for card in self.cards.values():
            card.close()
        self.loop.run(self.relay.stop())

    def ask(self, what: str, **arguments: object) -> None:
        """Have the relay do something."""
        self.loop.run(self.relay.ask(what, **arguments))

    def connect(self, *names: str) -> list[Card]:
        """Connect machines."""
        for name in names:
            number = len(self.cards)
            places = [self.folder / f"f{number}{end}" for end in "ft"]
            paths = {"from_card": str(places[0]), "to_card": str(places[1])}
            self.ask("listen", port=number, machine=name, **paths)
            self.cards[name] = Card(*places)
            self.ask("accept", port=number)
        return [self.cards[name] for name in names]

    def reconnect(self, name: str) -> Card:
        """Connect a machine anew."""
        self.cards[f"the former {name}"] = self.cards.pop(name)
        return self.connect(name)[0]

    def rule(
        self, *links: tuple[str, str, Impairment | None], seed: tuple[int, int] = (0, 1)
    ) -> None:
        """Set the rules of links."""
        texts = [[a, b, None if rule is None else combined([rule])] for a, b, rule in links]
        self.ask("rules", links=texts, seed=seed)
