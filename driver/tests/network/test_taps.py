"""The program of a container's network cards, with sockets in the place of taps."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from test_driver.errors import HostError
from test_driver.loop import LoopThread
from test_driver.network.programs import program, unquoted_command
from test_driver.network.relay.ports import LONGEST_BACKLOG_BYTES
from test_driver.network.tap import TapFailed, TapGone
from test_driver.network.vlan import Vlan

from ..conftest import ENVIRONMENT
from ..support.fake_taps import FakeCards
from ..support.relay_bench import SIZES, Bench, address, frame, number_of

Start = Callable[..., FakeCards]


@pytest.fixture
def start(bench: Bench) -> Iterator[Start]:
    """Starts a container's cards on the network of a bench, whose switch and relay run."""
    bench.loop.run(bench.vlan.start(None, ENVIRONMENT, bench.failures.append))
    with ExitStack() as stack:

        def begin(*names: str) -> FakeCards:
            cards = FakeCards(dict.fromkeys(names, bench.vlan.folder))
            stack.callback(cards.close)
            cards.told()
            return cards

        yield begin
    bench.loop.run(bench.vlan.stop())


def divert(bench: Bench, machine: str, cards: FakeCards, card: str, number: int = 9) -> None:
    """Lead a card to the relay of the bench."""
    sockets = {end: str(bench.folder / f"x{number}{end}") for end in ("from_card", "to_card")}
    bench.ask("listen", port=number, machine=machine, **sockets)
    assert cards.ask("connect", card=card, **sockets) == {}
    bench.ask("accept", port=number)
    assert cards.ask("divert", card=card) == {}


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_every_size_pass_the_switch(start: Start, size: int) -> None:
    a, b = start("eth1"), start("eth1", "eth2")
    a.taps["eth1"].send(frame("a", 1, size=size))
    for tap in b.taps.values():
        assert tap.take() == frame("a", 1, size=size)
    assert a.taps["eth1"].take(0.05) is None
    b.taps["eth2"].send(frame("b", 2, size=size))
    assert a.taps["eth1"].take() == frame("b", 2, size=size)


def test_nothing_is_lost_while_the_switch_takes_no_frames(bench: Bench, start: Start) -> None:
    a, b = start("eth1"), start("eth1")
    count = 2 * LONGEST_BACKLOG_BYTES // 1500

    def send() -> None:
        for number in range(count):
            a.taps["eth1"].send(frame("a", number, size=1500))

    os.kill(bench.vlan.pid, signal.SIGSTOP)
    sending = threading.Thread(target=send)
    sending.start()
    sending.join(0.5)
    assert sending.is_alive()
    os.kill(bench.vlan.pid, signal.SIGCONT)
    for number in range(count):
        assert number_of(b.taps["eth1"].take() or b"") == number
    sending.join()


def test_a_card_is_led_to_a_relay_and_back(bench: Bench, start: Start) -> None:
    a, b = start("eth1"), start("eth1")
    (machine,) = bench.connect("c")
    divert(bench, "a", a, "eth1")
    a.taps["eth1"].send(frame("a", 1))
    assert machine.receive() == frame("a", 1)
    machine.send(frame("c", 2))
    assert a.taps["eth1"].take() == frame("c", 2)
    # What comes by way of the switch came from the relay, or was sent there as well.
    b.taps["eth1"].send(frame("b", 3))
    assert a.taps["eth1"].take(0.1) is None
    assert b.taps["eth1"].take(0.1) is None
    assert a.ask("release", card="eth1") == {}
    bench.ask("close", port=9)
    b.taps["eth1"].send(frame("b", 4))
    assert a.taps["eth1"].take() == frame("b", 4)
    a.taps["eth1"].send(frame("a", 5))
    assert b.taps["eth1"].take() == frame("a", 5)
    assert machine.receive(0.1) is None


def test_a_cut_keeps_the_frames_of_containers_back(bench: Bench, start: Start) -> None:
    a, b = start("eth1"), start("eth1")
    (machine,) = bench.connect("c")
    divert(bench, "a", a, "eth1", 8)
    divert(bench, "b", b, "eth1", 9)
    bench.rule(("a", "b", None))
    a.taps["eth1"].send(frame("a", 1))
    assert machine.receive() == frame("a", 1)
    b.taps["eth1"].send(frame("b", 2, to=address("a")))
    assert a.taps["eth1"].take() == frame("b", 2, to=address("a"))
    assert b.taps["eth1"].take(0.05) is None


def test_nothing_passes_when_the_relay_has_ended(bench: Bench, start: Start) -> None:
    a, b = start("eth1"), start("eth1")
    divert(bench, "a", a, "eth1")
    bench.ask("close", port=9)
    for number in range(3):
        a.taps["eth1"].send(frame("a", number))
        b.taps["eth1"].send(frame("b", number))
    assert b.taps["eth1"].take(0.1) is None
    assert a.taps["eth1"].take(0.1) is None
    assert a.ask("release", card="eth1") == {}
    a.taps["eth1"].send(frame("a", 7))
    assert b.taps["eth1"].take() == frame("a", 7)


def test_a_card_without_a_carrier_receives_nothing(start: Start) -> None:
    a, b = start("eth1", "eth2"), start("eth1")
    assert a.ask("carrier", card="eth1", up=False) == {}
    b.taps["eth1"].send(frame("b", 1))
    assert a.taps["eth2"].take() == frame("b", 1)
    assert a.taps["eth1"].take(0.05) is None
    assert a.ask("carrier", card="eth1", up=True) == {}
    b.taps["eth1"].send(frame("b", 2))
    assert a.taps["eth1"].take() == frame("b", 2)
    assert a.taps["eth1"].carriers == [False, True]


def test_what_cannot_be_done_is_answered(bench: Bench, start: Start) -> None:
    a, b = start("eth1"), start("eth1")
    nowhere = str(bench.folder / "nowhere")
    answer = a.ask("connect", card="eth1", from_card=nowhere, to_card=nowhere)
    assert answer == {"error": f"connecting with {nowhere} failed: No such file or directory"}
    assert a.ask("release", card="eth1") == {}  # it was led nowhere
    a.ask("carrier", card="eth1", up=False)
    assert a.ask("carrier", card="eth1", up=False) == {"error": "it has no carrier already"}
    a.ask("carrier", card="eth1", up=True)
    a.taps["eth1"].send(frame("a", 1))
    assert b.taps["eth1"].take() == frame("a", 1)


def test_frames_can_pass_when_the_driver_says_so(start: Start) -> None:
    a = start("eth1")
    assert not a.ready.is_set()
    assert a.ask("go") == {}
    assert a.ready.is_set()


def test_the_end_of_the_switch_is_told_and_others_go_on(
    loop: LoopThread, bench: Bench, start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def second() -> Vlan:
        vlan = Vlan(2, tmp_path / "v2")
        await vlan.start(None, ENVIRONMENT, bench.failures.append)
        return vlan

    vlan = loop.run(second())
    a = FakeCards({"eth1": vlan.folder, "eth2": bench.vlan.folder})
    assert a.told() == {"cards": [["eth1", str(vlan.folder)], ["eth2", str(bench.vlan.folder)]]}
    b = start("eth1")
    loop.run(vlan.stop())
    for number in range(20):
        a.taps["eth1"].send(frame("a", number))
    a.taps["eth2"].send(frame("a", 1))
    assert b.taps["eth1"].take() == frame("a", 1)
    a.close()
    assert f"eth1: the switch of the network at {vlan.folder} has ended\n" in capfd.readouterr().err


def test_a_card_that_the_container_removes_is_forgotten(
    start: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = start("eth1", "eth2"), start("eth1")

    def gone(*_: object) -> list[bytes]:
        raise TapGone

    monkeypatch.setattr(a.taps["eth1"], "frames", gone)
    a.taps["eth1"].send(frame("a", 1))
    b.taps["eth1"].send(frame("b", 2))
    assert a.taps["eth2"].take() == frame("b", 2)
    assert a.taps["eth1"].take(0.05) is None
    assert "eth1: the container has removed its network card\n" in capfd.readouterr().err
    assert a.ask("go") == {}


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("eth1", "cannot make the network card eth1: expected NAME=MAC=SWITCH_FOLDER"),
        ("eth1=52:54:00:12:01:01", "expected NAME=MAC=SWITCH_FOLDER"),
        ("eth1=52:54=/v1", "'52:54' is not a hardware address, such as 52:54:00:12:01:01"),
        ("eth1=host=/v1", "'host' is not a hardware address"),
        ("a-name-too-long-for-it=52:54:00:12:01:01=/v1", "a name has from 1 to 15 bytes"),
        ("=52:54:00:12:01:01=/v1", "a name has from 1 to 15 bytes"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(argument: str, expected: str) -> None:
    ended = subprocess.run(program("taps", argument), capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("network cards: cannot make the network card ")
    assert expected in ended.stderr


def test_a_command_that_a_shell_would_take_apart_is_refused() -> None:
    assert unquoted_command(["/bin/python3", "-SP", "a.py"]) == "/bin/python3 -SP a.py"
    for path in ("/home/a b/python", "/home/[x]/python", "/x*"):
        with pytest.raises(HostError, match=r"start script of a container cannot start .*a space"):
            unquoted_command([path, "-SP"])


def test_the_message_names_the_card() -> None:
    assert str(TapFailed("eth1", "why")) == "cannot make the network card eth1: why"


def test_it_ends_when_the_driver_hangs_up_and_has_not_read_an_answer(
    bench: Bench, start: Start
) -> None:
    cards = FakeCards({"eth1": bench.vlan.folder})
    cards.close()  # which looks for the end of the program
    assert cards.taps["eth1"].inside.fileno() == -1
