"""The program that all frames pass while a network has faults, with real sockets and no guests."""

import shutil
import struct
import sys
import time
from pathlib import Path

import pytest

from test_driver.errors import SwitchFailed
from test_driver.loop import LoopThread
from test_driver.network.faults import PCAP_HEADER
from test_driver.network.impairment_values import Impairment
from test_driver.network.relay.relay import FaultRelay
from test_driver.network.vde import LONGEST_FRAME_BYTES, Member
from test_driver.network.vlan import Vlan

from ...conftest import ENVIRONMENT
from ...support.relay_bench import SIZES, Bench, address, frame, number_of


def test_frames_go_to_everyone_but_the_sender(bench: Bench) -> None:
    a, b, c = bench.connect("a", "b", "c")
    a.send(frame("a", 1), frame("a", 2, to=address("b")))
    for card in (b, c):
        assert card.receive() == frame("a", 1)
        assert card.receive() == frame("a", 2, to=address("b"))
    assert a.receive(0.1) is None


def test_a_cut_link_passes_nothing_in_its_direction(bench: Bench) -> None:
    a, b, c = bench.connect("a", "b", "c")
    bench.rule(("a", "b", None))
    a.send(frame("a", 1))
    assert c.receive() == frame("a", 1)
    b.send(frame("b", 2))
    assert a.receive() == frame("b", 2)
    bench.rule()
    a.send(frame("a", 3))
    assert b.receive() == frame("a", 3)


def test_what_is_held_back_arrives_when_the_fault_ends(bench: Bench) -> None:
    a, b, witness = bench.connect("a", "b", "c")
    bench.rule(("a", "b", Impairment(delay=1000)))
    a.send(frame("a", 1), frame("a", 2))
    witness.receive_until(2)
    bench.rule()
    assert b.receive(5) == frame("a", 1)
    assert b.receive(5) == frame("a", 2)


def test_what_is_held_back_is_lost_when_the_link_is_cut(bench: Bench) -> None:
    a, b, witness = bench.connect("a", "b", "c")
    bench.rule(("a", "b", Impairment(delay=1000)))
    a.send(frame("a", 1))
    witness.receive_until(1)
    bench.rule(("a", "b", None))
    bench.rule()
    a.send(frame("a", 2))
    assert b.receive() == frame("a", 2)


def test_what_is_under_way_to_a_machine_that_ends_never_arrives(bench: Bench) -> None:
    a, b, witness = bench.connect("a", "b", "c")
    bench.rule(("a", "b", Impairment(delay=0.2)))
    a.send(frame("a", 1))
    witness.receive_until(1)
    b.close()
    again = bench.reconnect("b")
    assert again.receive(0.5) is None
    a.send(frame("a", 2))
    assert again.receive() == frame("a", 2)


def test_a_machine_that_takes_no_frames_does_not_keep_the_others_waiting(bench: Bench) -> None:
    a, b, deaf = bench.connect("a", "b", "c")
    for number in range(6000):
        a.send(frame("a", number, size=1500))
        assert number_of(b.receive() or b"") == number
    # It gets what there was room for, each frame as a whole.
    numbers = [number_of(deaf.receive() or b"") for _ in range(2000)]
    assert numbers == list(range(2000))


def test_those_at_the_switch_hear_and_are_heard_while_the_relay_is_joined_to_it(
    bench: Bench,
) -> None:
    bench.loop.run(bench.vlan.start(None, ENVIRONMENT, bench.failures.append))
    a, b = bench.connect("a", "b")
    x = Member(str(bench.vlan.folder), "x")
    x.data.settimeout(20)
    bench.ask("join")
    bench.ask("join")
    bench.rule(("a", "b", None))
    a.send(frame("a", 1))
    assert x.data.recv(LONGEST_FRAME_BYTES) == frame("a", 1)
    for size in SIZES:
        a.send(frame("a", 2, size=size))
        assert x.data.recv(LONGEST_FRAME_BYTES) == frame("a", 2, size=size)
        x.data.send(frame("x", 3, size=size))
        for card in (a, b):
            assert card.receive() == frame("x", 3, size=size)
    bench.ask("leave")
    a.send(frame("a", 4))
    b.send(frame("b", 5))
    assert a.receive() == frame("b", 5)
    x.data.settimeout(0.2)
    with pytest.raises(TimeoutError):
        x.data.recv(LONGEST_FRAME_BYTES)
    x.close()
    bench.loop.run(bench.vlan.stop())


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_every_size_pass_a_relay_and_an_impaired_link(bench: Bench, size: int) -> None:
    a, b = bench.connect("a", "b")
    a.send(frame("a", 1, size=size))
    assert b.receive() == frame("a", 1, size=size)
    bench.rule(("a", "b", Impairment(delay=0.01)))
    a.send(frame("a", 2, size=size))
    assert b.receive() == frame("a", 2, size=size)


def test_captures_have_what_is_sent_or_what_one_machine_sees(bench: Bench, tmp_path: Path) -> None:
    a, b, c = bench.connect("a", "b", "c")
    files = {None: tmp_path / "all", "b": tmp_path / "b"}
    for number, (machine, file) in enumerate(files.items()):
        file.write_bytes(PCAP_HEADER)
        bench.ask("capture", number=number, path=str(file), machine=machine)
    bench.rule(("a", "b", None))
    a.send(frame("a", 1))
    b.send(frame("b", 2))
    c.send(frame("c", 3))
    a.receive_until(3)
    b.receive_until(3)
    bench.ask("release", number=0)
    bench.ask("release", number=1)
    a.send(frame("a", 4))
    c.receive_until(4)
    assert sorted(captured(files[None])) == [1, 2, 3]
    assert sorted(captured(files["b"])) == [2, 3]


def captured(file: Path) -> list[int]:
    """Return the numbers of the frames in a file, whose times must be of now."""
    data = file.read_bytes()
    assert data.startswith(PCAP_HEADER)
    position, numbers = len(PCAP_HEADER), []
    while position < len(data):
        seconds, _, size, whole = struct.unpack_from("=IIII", data, position)
        assert abs(time.time() - seconds) < 60
        assert size == whole
        numbers.append(number_of(data[position + 16 : position + 16 + size]))
        position += 16 + size
    return numbers


def test_a_relay_that_dies_is_told_with_its_last_output(
    bench: Bench,
) -> None:
    with pytest.raises(SwitchFailed, match=r"the fault process of network 1 stopped \(exit.*\n"):
        bench.ask("rules", nonsense=1)
    deadline = time.monotonic() + 10
    while not bench.failures and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "TypeError" in str(bench.failures[0])


def test_a_relay_that_finds_no_switch_says_so(bench: Bench) -> None:
    with pytest.raises(SwitchFailed, match=r"cannot do what it was asked \(join\): .*No such file"):
        bench.ask("join")
    bench.rule()


def test_what_a_relay_cannot_do_is_told(bench: Bench) -> None:
    expected = r"the fault process of network 1 cannot do what it was asked \(capture\): .*No such"
    with pytest.raises(SwitchFailed, match=expected):
        bench.ask("capture", number=1, path="/no/such/file", machine=None)
    bench.rule()


def test_a_relay_that_cannot_start_is_told(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))

    async def start() -> None:
        vlan = Vlan(1, tmp_path / "v1")
        vlan.environment = ENVIRONMENT
        await FaultRelay(vlan, lambda error: None).start()

    with pytest.raises(SwitchFailed, match="the fault process of network 1 did not start"):
        loop.run(start())


def test_nothing_is_left_when_a_relay_has_stopped(bench: Bench, loop: LoopThread) -> None:
    bench.connect("a")
    pid = bench.relay._process.pid
    loop.run(bench.relay.stop())
    assert not Path(f"/proc/{pid}").exists()
    assert not [path for path in bench.folder.iterdir() if path.is_socket()]
