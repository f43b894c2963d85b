"""The cards that the kernel makes for containers, in a network namespace of the test's own.

Where the kernel does not let the tests make any, what fails is tested alone.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from test_driver.network import tap
from test_driver.network.programs import program
from test_driver.network.tap import Tap, TapFailed
from test_driver.network.vde import Member

from ..conftest import ENVIRONMENT, SUPPORT
from ..support.own_network import needs_cards
from ..support.relay_bench import Bench, frame

MAC = "52:54:00:12:01:0{0}"
SECONDS = 20.0


class Namespace:
    """A network namespace, and the program of a container's cards in it."""

    def __init__(self, *cards: str, options: str = "-rn", **more: str) -> None:
        inside = [sys.executable, str(SUPPORT / "in_namespace.py")]
        self.process = subprocess.Popen(
            ["unshare", options, *inside, *program("taps", *cards)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **ENVIRONMENT, **more},
        )

    @cached_property
    def said(self) -> str:
        """What the program said on its standard output; it is waited for."""
        return str(self._answer())

    def __call__(self, function: str, *arguments: object) -> Any:  # noqa: ANN401 - any
        """Call a function of support/in_namespace.py."""
        assert self.said
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([function, *arguments]).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:  # noqa: ANN401 - any
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def stderr(self) -> str:
        """End it, and return what the program wrote."""
        return self.process.communicate(timeout=SECONDS)[1].decode()


Enter = Callable[..., Namespace]


@pytest.fixture
def enter(bench: Bench) -> Iterator[Enter]:
    """Makes namespaces with a card in the network of a bench for each name."""
    bench.loop.run(bench.vlan.start(None, ENVIRONMENT, bench.failures.append))
    with ExitStack() as stack:

        def begin(*names: str, **more: str) -> Namespace:
            cards = [f"{one}={MAC.format(at)}={bench.vlan.folder}" for at, one in enumerate(names)]
            made = Namespace(*cards, **more)
            stack.callback(made.process.communicate, timeout=SECONDS)
            return made

        yield begin
    bench.loop.run(bench.vlan.stop())


@pytest.fixture
def member(bench: Bench, enter: Enter) -> Iterator[Member]:
    """Another member of the network."""
    made = Member(str(bench.vlan.folder), "other")
    made.data.settimeout(SECONDS)
    yield made
    made.close()


def received(member: Member, expected: bytes) -> bytes:
    """Return the next frame that begins as expected; the kernel sends others of its own."""
    while not (found := member.data.recv(70000)).startswith(expected[:14]):
        pass
    return found


@needs_cards
@pytest.mark.parametrize("size", [60, 1514, 9014, 65535])
def test_frames_pass_both_ways(enter: Enter, member: Member, size: int) -> None:
    box = enter("eth1")
    assert box.said == "ready\n"
    box("set_mtu", "eth1", 65521)  # the most that the kernel allows
    box("listen", "eth1")
    there, back = frame("a", 1, size=size), frame("b", 2, size=size)
    box("send", "eth1", there.hex())
    assert received(member, there) == there
    member.data.send(back)
    assert box("take", "eth1", back[:14].hex(), SECONDS) == back.hex()


@needs_cards
def test_the_largest_ip_packet_is_received(enter: Enter, member: Member) -> None:
    box = enter("eth1")
    box("listen", "eth1")
    sent = frame("b", 2, size=65535 + 14)
    member.data.send(sent)
    assert box("take", "eth1", sent[:14].hex(), SECONDS) == sent.hex()


@needs_cards
def test_cards_are_up_and_have_their_addresses(enter: Enter) -> None:
    box = enter("eth1", "eth-two")
    assert box("cards") == ["lo", "eth1", "eth-two"]
    for number, name in enumerate(("eth1", "eth-two")):
        assert box("mac", name) == MAC.format(number)
        assert box("up", name)
        assert box("carrier", name)
    assert box("up", "lo")


@needs_cards
def test_the_driver_takes_the_carrier_away(bench: Bench, enter: Enter, member: Member) -> None:
    control = str(bench.folder / "control")
    with socket.create_server(control, family=socket.AF_UNIX) as server:
        box = enter("eth1", CONTAINER_CARDS_SOCKET=control)
        server.settimeout(SECONDS)
        connection = server.accept()[0]
        driver = connection.makefile("rw")

    def ask(what: str, **arguments: object) -> None:
        driver.write(json.dumps({"do": what, **arguments}) + "\n")
        driver.flush()
        assert driver.readline() == "{}\n"

    assert json.loads(driver.readline()) == {"cards": [["eth1", str(bench.vlan.folder)]]}
    ask("carrier", card="eth1", up=False)
    ask("go")
    assert box.said == "ready\n"
    assert not box("carrier", "eth1")
    box("down_and_up", "eth1")
    assert not box("carrier", "eth1")
    box("listen", "eth1")
    sent = frame("b", 1)
    member.data.send(sent)
    assert box("take", "eth1", sent.hex(), 0.1) is None
    box("send", "eth1", frame("a", 2).hex())
    ask("carrier", card="eth1", up=True)
    assert box("carrier", "eth1")
    box("send", "eth1", frame("a", 3).hex())
    assert received(member, frame("a", 3)) == frame("a", 3)
    driver.close()
    connection.close()
    deadline = time.monotonic() + SECONDS
    while box("cards") != ["lo"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert box("cards") == ["lo"]


@needs_cards
def test_a_removed_card_is_no_trouble_for_others(enter: Enter, member: Member) -> None:
    box = enter("eth1", "eth2")
    box("remove", "eth1")
    box("send", "eth2", frame("a", 1).hex())
    assert received(member, frame("a", 1)) == frame("a", 1)
    assert box("cards") == ["lo", "eth2"]
    assert "eth1: the container has removed its network card\n" in box.stderr()


@needs_cards
def test_it_ends_with_its_parent(enter: Enter) -> None:
    box = enter("eth1")
    path = Path(f"/proc/{box('pid')}")
    box.process.communicate(timeout=SECONDS)
    deadline = time.monotonic() + SECONDS
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not path.exists()


@needs_cards
def test_it_ends_on_sigterm_and_leaves_the_network(bench: Bench, enter: Enter) -> None:
    box = enter("eth1")
    own = bench.vlan.folder / "card-525400120100"
    assert box.said == "ready\n"
    assert own.exists()
    assert box("terminate") == 0
    assert box("cards") == ["lo"]
    assert not own.exists()
    assert enter("eth1").said == "ready\n"


@needs_cards
def test_one_that_was_killed_is_no_trouble_for_the_next(bench: Bench, enter: Enter) -> None:
    os.kill(enter("eth1")("pid"), 9)
    assert (bench.vlan.folder / "card-525400120100").exists()
    assert enter("eth1").said == "ready\n"


@needs_cards
def test_a_name_that_is_taken_is_refused(enter: Enter) -> None:
    box = enter("eth1", "eth1")
    assert box.said == ""
    assert (
        "network cards: cannot make the network card eth1: the network namespace has a card of "
        "that name already. A container needs a network namespace of its own"
    ) in box.stderr()


@needs_cards
def test_who_may_not_make_cards_is_told(bench: Bench) -> None:
    card = f"x{os.getpid()}=52:54:00:12:01:01={bench.vlan.folder}"
    said = Namespace(card, options="-r").stderr()
    assert "it is not permitted in this network namespace. Start the container as root" in said


@needs_cards
def test_an_address_of_a_group_is_refused() -> None:
    said = Namespace("eth1=01:00:5e:00:00:01=/nowhere").stderr()
    assert "01:00:5e:00:00:01 is not the hardware address of a single card" in said


@needs_cards
def test_a_switch_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = Namespace(f"eth1=52:54:00:12:01:01={tmp_path}").stderr()
    assert (
        f"cannot make the network card eth1: joining the network at {tmp_path} failed: No such "
        "file or directory. Its switch has ended, or was never there"
    ) in said


@needs_cards
def test_a_driver_that_is_not_there_is_told(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    said = Namespace(CONTAINER_CARDS_SOCKET=nowhere).stderr()
    assert f"network cards: connecting with {nowhere} failed: No such file or directory" in said


def test_a_missing_device_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tap, "DEVICE", str(tmp_path / "tun"))
    with pytest.raises(TapFailed) as caught:
        Tap("eth1", "52:54:00:12:01:01")
    assert f"cannot make the network card eth1: {tmp_path}/tun not found" in str(caught.value)
    assert "one of the paths of `extra-sandbox-paths` in nix.conf" in str(caught.value)
    assert "modprobe tun" in str(caught.value)


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user that is not root."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError:
        pytest.skip("there is no user but root here")
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_device_that_may_not_be_opened_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        device = Path(folder, "tun")
        device.touch()
        device.chmod(0)
        device.parent.chmod(0o755)
        monkeypatch.setattr(tap, "DEVICE", str(device))
        with nobody(), pytest.raises(TapFailed) as caught:
            Tap("eth1", "52:54:00:12:01:01")
    assert "is not permitted (Permission denied; its mode is 0000, its owner" in str(caught.value)
    assert f"Everyone must be able to read and write it: chmod 0666 {device}" in str(caught.value)


def test_a_device_without_a_driver_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tap, "DEVICE", str(tmp_path))
    with pytest.raises(TapFailed, match=r"opening .* failed: Is a directory. Load the module"):
        Tap("eth1", "52:54:00:12:01:01")
