"""The switch of a network, with members on real sockets and no guests."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.errors import SwitchFailed
from test_driver.loop import LoopThread
from test_driver.network.switch import LONGEST_BACKLOG_BYTES
from test_driver.network.vde import CONTROL, LONGEST_FRAME_BYTES, Member, requested_path
from test_driver.network.vlan import Vlan

from ..conftest import ENVIRONMENT
from ..support.relay_bench import SIZES, frame, number_of


class Network:
    """A network and its members."""

    def __init__(self, loop: LoopThread, folder: Path) -> None:
        self.failures: list[SwitchFailed] = []
        self.loop = loop
        self.vlan = loop.run(self._start(folder / "v1"))
        self.members: list[Member] = []

    async def _start(self, folder: Path) -> Vlan:
        vlan = Vlan(1, folder)
        await vlan.start(None, ENVIRONMENT, self.failures.append)
        return vlan

    def join(self, name: str) -> Member:
        """Make a member."""
        member = Member(str(self.vlan.folder), name)
        member.data.settimeout(20)
        self.members.append(member)
        return member

    def close(self) -> None:
        """End it."""
        for member in self.members:
            member.close()
        self.loop.run(self.vlan.stop())


@pytest.fixture
def network(loop: LoopThread, tmp_path: Path) -> Iterator[Network]:
    """A network."""
    made = Network(loop, tmp_path)
    yield made
    made.close()


def receive(member: Member) -> bytes:
    """Return the next frame."""
    return member.data.recv(LONGEST_FRAME_BYTES)


def hears_nothing(member: Member, expected: int = -1) -> bool:
    """Tell whether no frame comes within a moment; if one does, it has the expected number."""
    member.data.settimeout(0.1)
    try:
        assert number_of(receive(member)) == expected
    except TimeoutError:
        return True
    finally:
        member.data.settimeout(20)
    return False


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_every_size_go_to_all_but_the_sender(network: Network, size: int) -> None:
    a, b, c = (network.join(name) for name in "abc")
    a.data.send(frame("a", 1, size=size))
    for member in (b, c):
        assert receive(member) == frame("a", 1, size=size)
    assert hears_nothing(a)


def test_members_join_before_the_switch_runs_and_leave(network: Network) -> None:
    a, b = network.join("a"), network.join("b")
    b.close()
    network.members.remove(b)
    again = network.join("b")
    deadline = time.monotonic() + 10
    while len(list(network.vlan.folder.glob("*.data"))) > 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(list(network.vlan.folder.glob("*.data"))) == 2
    a.data.send(frame("a", 1))
    assert receive(again) == frame("a", 1)
    assert network.failures == []


def test_a_member_that_is_slow_loses_nothing_that_fits(network: Network) -> None:
    a, slow, quick = (network.join(name) for name in ("a", "slow", "quick"))
    count = LONGEST_BACKLOG_BYTES // 1500
    for number in range(count):
        a.data.send(frame("a", number, size=1500))
        assert number_of(receive(quick)) == number
    assert [number_of(receive(slow)) for _ in range(count)] == list(range(count))


def test_a_member_that_hears_nothing_is_given_a_limited_number_of_frames(
    network: Network,
) -> None:
    a, deaf, quick = (network.join(name) for name in ("a", "deaf", "quick"))
    count = 3 * LONGEST_BACKLOG_BYTES // 60000
    for number in range(count):
        a.data.send(frame("a", number, size=60000))
        assert number_of(receive(quick)) == number
    heard = 0
    while not hears_nothing(deaf, expected=heard):
        heard += 1
    assert LONGEST_BACKLOG_BYTES // 60000 <= heard < count


def test_who_speaks_another_protocol_is_sent_away(network: Network) -> None:
    a, b = network.join("a"), network.join("b")
    for request in (b"GET / HTTP/1.0\r\n\r\n", b"x", bytes(300)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
            stranger.connect(str(network.vlan.folder / CONTROL))
            stranger.sendall(request)
            stranger.settimeout(20)
            assert stranger.recv(100) == b""
    a.data.send(frame("a", 1))
    assert receive(b) == frame("a", 1)
    assert requested_path(b"x" * 200) is None


def test_a_member_whose_socket_is_gone_is_no_trouble_for_others(
    network: Network, tmp_path: Path
) -> None:
    a, b = network.join("a"), network.join("b")
    gone = network.join("gone")
    gone.data.close()
    for number in range(3):
        a.data.send(frame("a", number))
        assert number_of(receive(b)) == number
    network.members.remove(gone)
    gone.close()
    assert network.failures == []
