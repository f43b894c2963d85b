"""Faults on the links of containers: frames of fake cards, through real switches and relays."""

import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_driver.errors import MachineError, MachineExited, NetworkFaultRefused
from test_driver.faults.active_fault import ActiveFault
from test_driver.machine import BaseMachine
from test_driver.machine.kinds import KINDS
from test_driver.network.faults import PCAP_HEADER
from test_driver.network.vde import Member
from test_driver.output import OutputFolder

from ..conftest import AnyMachineMaker, DriverProcess
from ..support.fake_container import GREETING
from ..support.local_backend import HostMachine
from ..support.network_stage import (
    FAKE_CONTAINER,
    Stage,
    hear_nothing,
    hears,
    three,
)
from ..support.relay_bench import address, frame, number_of

GREETS = (*FAKE_CONTAINER, "--greet")
NO_CARDS = (*FAKE_CONTAINER, "--no-cards")


def test_partitions_cuts_and_their_ends(stage: Stage) -> None:
    (a, b, c), (in_a, in_b, in_c) = three(stage)
    in_a.send(frame("a", 1))
    hears(in_b, frame("a", 1))
    hears(in_c, frame("a", 1))
    with stage.network.partition([a, c], [b]):
        in_a.send(frame("a", 2))
        hears(in_c, frame("a", 2))
        in_b.send(frame("b", 3))
        hear_nothing(in_a, in_b, in_c)
        with stage.network.link(a, c, direction="backward").cut():
            in_a.send(frame("a", 4))
            hears(in_c, frame("a", 4))
            in_c.send(frame("c", 5))
            hear_nothing(in_a)
    in_b.send(frame("b", 6))
    hears(in_a, frame("b", 6))
    hears(in_c, frame("b", 6))
    stage.network.link(a, b).cut()
    stage.network.heal()
    in_a.send(frame("a", 7))
    hears(in_b, frame("a", 7))


def test_impairments_and_seeds(stage: Stage) -> None:
    (a, b, _), (in_a, in_b, in_c) = three(stage)
    fates = []
    with stage.network.link(a, b, direction="forward").impair(loss=0.5):
        for seed in (1, 2, 1):
            stage.network.seed(seed)
            found = []
            for number in range(40):
                in_a.send(frame("a", number, to=address("b")))
                hears(in_c, frame("a", number, to=address("b")))
                in_c.send(frame("c", 99))  # which b hears after what came before
                hears(in_a, frame("c", 99))
                found.append(number_of(in_b.take() or b""))
                if found[-1] != 99:
                    hears(in_b, frame("c", 99))
            fates.append([number for number in found if number != 99])
        assert fates[0] == fates[2] != fates[1]
        assert 5 < len(fates[0]) < 35
        in_b.send(frame("b", 1))
        hears(in_a, frame("b", 1))
    with stage.network.link(a, b).impair(delay=0.3):
        started = time.monotonic()
        in_a.send(frame("a", 50, size=60000))
        hears(in_b, frame("a", 50, size=60000))
        assert time.monotonic() - started > 0.25


def test_a_container_that_starts_meets_the_faults_from_its_first_frame_on(stage: Stage) -> None:
    a, c = stage.container("a", 1), stage.container("c", 1)
    b = stage.container("b", 1, start_command=GREETS)
    in_a, in_c = stage.inside(a), stage.inside(c)
    a.succeed("true")
    c.succeed("true")
    b.succeed("true")
    hears(in_a, GREETING)
    hears(in_c, GREETING)
    b.shutdown()
    with stage.network.partition([a], [b]):
        for begin in (b.start, b.reboot):
            begin()
            b.succeed("true")
            hears(in_c, GREETING)
            hear_nothing(in_a)
        b.crash()
        b.start()
        hears(in_c, GREETING)
        hear_nothing(in_a)
    b.reboot()
    hears(in_a, GREETING)


def test_a_fault_of_a_container_that_is_starting(stage: Stage) -> None:
    a, b, c = (stage.container(name, 1, start_command=GREETS) for name in "abc")
    in_a, in_c = stage.inside(a), stage.inside(c)
    a.succeed("true")
    c.succeed("true")
    hears(in_a, GREETING)
    b.start()
    with stage.network.partition([a], [b]):
        b.succeed("true")
        hears(in_c, GREETING)
        hear_nothing(in_a)
        assert not list(stage.vlans[0].folder.glob("relay-*"))  # nobody is left at the switch


def test_a_container_that_dies_is_no_trouble_for_faults(stage: Stage) -> None:
    (a, b, c), (in_a, in_b, in_c) = three(stage)
    fault = stage.network.partition([a], [b, c])
    os.kill(b.get_systemd_process, 9)
    with pytest.raises(MachineExited, match="b: the container has exited"):
        b.wait_until_succeeds("false", timeout=30)
    in_a.send(frame("a", 1))
    hear_nothing(in_c)
    b.booted = False
    b.succeed("true")
    in_a.send(frame("a", 2))
    hear_nothing(in_b, in_c)
    b.crash()
    fault.end()
    in_a.send(frame("a", 3))
    hears(in_c, frame("a", 3))


def test_cables(stage: Stage) -> None:
    a = stage.container("a", 1, 2)
    b = stage.container("b", 1)
    one, two, in_b = stage.inside(a, 1), stage.inside(a, 2), stage.inside(b)
    a.succeed("true")
    b.succeed("true")
    with a.unplug(1):
        assert one.carriers() == ["down"]
        in_b.send(frame("b", 1))
        hear_nothing(one)
        a.reboot()
        a.succeed("true")
        assert one.carriers() == ["down", "down"]
    assert one.carriers() == ["down", "down", "up"]
    in_b.send(frame("b", 2))
    hears(one, frame("b", 2))
    assert two.carriers() == []
    a.block()
    assert (one.carriers()[-1], two.carriers()) == ("down", ["down"])
    a.unblock()
    assert (one.carriers()[-1], two.carriers()) == ("up", ["down", "up"])
    a.unplug(2)
    a.plug(stage.vlans[1])
    a.unplug(2)
    stage.network.heal()
    assert two.carriers()[-4:] == ["down", "up"] * 2


def test_block_waits_for_the_cards_and_needs_one(stage: Stage) -> None:
    a, alone = stage.container("a", 1), stage.container("alone")
    inside = stage.inside(a)
    a.block()  # which starts it
    assert inside.carriers() == ["down"]
    with pytest.raises(MachineError, match="alone: it has no network card that leads to other"):
        alone.block()


def captured(file: Path) -> list[bytes]:
    """Return the frames in a pcap file."""
    data = file.read_bytes()
    assert data.startswith(PCAP_HEADER)
    position, found = len(PCAP_HEADER), []
    while position < len(data):
        size = struct.unpack_from("=IIII", data, position)[2]
        position += 16 + size
        found.append(data[position - size : position])
    return found


def test_captures(stage: Stage, output: OutputFolder) -> None:
    (a, b, _), (in_a, in_b, in_c) = three(stage)
    with (
        stage.network.capture("all.pcap"),
        stage.network.capture("b.pcap", machine=b),
        stage.network.link(a, b).cut(),
    ):
        in_a.send(frame("a", 1))
        hears(in_c, frame("a", 1))
        in_b.send(frame("b", 2))
        hears(in_c, frame("b", 2))
    in_a.send(frame("a", 3))
    hears(in_b, frame("a", 3))
    assert captured(output.path / "all.pcap") == [frame("a", 1), frame("b", 2)]
    assert captured(output.path / "b.pcap") == [frame("b", 2)]


def test_faults_between_a_container_and_a_machine_in_qemu(stage: Stage) -> None:
    box, qemu = stage.container("a", 1), stage.machine("b", 1)
    witness = stage.container("c", 1)
    inside, other = stage.inside(box), stage.inside(witness)
    for machine in (box, qemu, witness):
        machine.start()
        machine.succeed("true")
    with stage.network.partition([box], [qemu]):
        told = (qemu.state_dir / "filters").read_text()
        assert told.count("object-add") == 2
        inside.send(frame("a", 1))
        hears(other, frame("a", 1))
    assert (qemu.state_dir / "filters").read_text().count("object-del") == 2
    inside.send(frame("a", 2))
    hears(other, frame("a", 2))


def test_what_begins_anew_has_no_faults(stage: Stage) -> None:
    (a, b, _), (in_a, in_b, _) = three(stage)
    stage.network.link(a, b).cut()
    a.unplug(1)
    stage.network.faults.begin_anew()
    assert stage.plan() == {}
    in_a.send(frame("a", 1))
    hears(in_b, frame("a", 1))
    assert in_a.carriers() == ["down", "up"]


def refusals(stage: Stage, a: BaseMachine, machine: Any, expected: str) -> None:  # noqa: ANN401 - any
    """Assert that there can be no fault on the links of a machine."""
    network = stage.network
    for call in (
        lambda: network.partition([a], [machine]),
        lambda: network.link(a, machine),
        lambda: network.capture("x.pcap", machine=machine),
        lambda: machine.unplug(1),
        lambda: machine.plug(1),
        lambda: machine.block(),
        lambda: machine.unblock(),
    ):
        with pytest.raises(NetworkFaultRefused, match=expected):
            call()
    assert stage.plan() == {}


def test_a_container_whose_start_script_has_no_cards_stays_at_the_switch(stage: Stage) -> None:
    (a, b, _), (in_a, in_b, _) = three(stage)
    other = stage.container("d", 1, start_command=NO_CARDS)
    other.succeed("true")
    its_card = Member(str(stage.vlans[0].folder), "its-own")
    its_card.data.settimeout(20)
    refusals(stage, a, other, r"d: its start script does not run the command in \$CONTAINER_CARDS")
    with stage.network.partition([a], [b]):
        in_a.send(frame("a", 1))
        assert its_card.data.recv(70000) == frame("a", 1)
        its_card.data.send(frame("d", 2))
        hears(in_a, frame("d", 2))
        hears(in_b, frame("d", 2))
    other.crash()
    with stage.network.partition([a], [b]):
        other.succeed("true")
        in_a.send(frame("a", 3))
        assert its_card.data.recv(70000) == frame("a", 3)
    its_card.close()


def test_such_a_container_cannot_start_with_a_fault_on_its_links(stage: Stage) -> None:
    a = stage.container("a", 1)
    other = stage.container("d", 1, start_command=NO_CARDS)
    begins: list[tuple[Callable[[], ActiveFault], str]] = [
        (lambda: stage.network.link(a, other).cut(), "a <-> d: cut"),
        (lambda: other.unplug(1), "d: unplugged from network 1"),
        (lambda: stage.network.capture("x.pcap", machine=other), r"capture to x\.pcap"),
    ]
    for begin, what in begins:
        with begin():
            expected = rf"d: its start script.*; in force are: {what}$"
            with pytest.raises(NetworkFaultRefused, match=expected):
                other.wait_until_succeeds("false", timeout=30)
            other.crash()
    other.succeed("true")


def test_a_back_end_without_cards_is_refused(
    stage: Stage, make_any_machine: AnyMachineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "host", HostMachine)
    a = stage.container("a", 1)
    here = make_any_machine("here", backend="host", vlans=(1,))
    refusals(stage, a, here, "here: its back end does not let the driver reach its network cards")
    here.start()
    refusals(stage, a, here, "use a machine in QEMU or a container")


SCRIPT = """
start_all()
network.partition([box], [machine1])
machine1.succeed("true")
box.succeed("true")
with box.unplug(1), network.capture("x.pcap"):
    box.reboot()
    box.succeed("true")
"""


def test_nothing_is_left_when_a_script_ends_with_faults_in_force(
    driver_process: DriverProcess,
) -> None:
    part = driver_process.document["machines"]["machine1"]
    driver_process.document["machines"]["box"] = {
        **part,
        "start_command": list(FAKE_CONTAINER),
        "container": True,
    }
    result = driver_process.run(SCRIPT)
    assert result.returncode == 0, result.stderr
    assert "network: partition: box | machine1" in result.stderr
    assert not list(driver_process.temporary.iterdir())
