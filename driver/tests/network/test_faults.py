"""Faults of networks as scripts make them: what is put in force, and what is refused."""

import json
from typing import Any

import pytest

from test_driver.errors import CopyRefused, MonitorError, NetworkFaultRefused
from test_driver.machine import QemuMachine
from test_driver.network.faults import PCAP_HEADER
from test_driver.network.rerouting import NetworkPlan
from test_driver.output import OutputFolder

from ..conftest import DriverProcess
from ..support.network_stage import Stage


def told(machine: QemuMachine, file: str = "filters") -> list[Any]:
    """Return what a machine's QEMU was told, and forget it."""
    path = machine.state_dir / file
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [json.loads(line) for line in lines]


def filters(machine: QemuMachine) -> list[tuple[str, str, str]]:
    """Return the filters that a machine got, and lost, in the meantime."""
    return [
        (command, rest.get("netdev", ""), rest.get("queue", ""))
        for command, rest in told(machine)
        if command.startswith("object")
    ]


ADDED = [("object-add", "vlan1", "tx"), ("object-add", "vlan1", "rx")]
REMOVED = [("object-del", "", ""), ("object-del", "", "")]


def test_filters_are_there_while_there_is_a_fault(stage: Stage) -> None:
    a, b = stage.machine("a", 1), stage.machine("b", 1)
    a.start()
    b.start()
    assert filters(a) == []
    with stage.network.partition([a], [b]), stage.network.link(a, b).impair(loss=0.5):
        assert filters(a) == filters(b) == ADDED
    assert filters(a) == filters(b) == REMOVED
    fault = stage.network.link(a, b).cut()
    stage.network.heal()
    assert filters(a) == ADDED + REMOVED
    fault.end()  # which is no error
    assert filters(a) == []


def test_only_networks_with_faults_are_touched(stage: Stage) -> None:
    a, b, c = stage.machine("a", 1, 2), stage.machine("b", 2), stage.machine("c", 1)
    for machine in (a, b, c):
        machine.start()
    with stage.network.link(a, c).cut():
        assert filters(a) == ADDED
        assert filters(b) == []


def test_a_machine_that_starts_meets_the_faults_that_are_in_force(stage: Stage) -> None:
    a, b = stage.machine("a", 1), stage.machine("b", 1)
    b.start()
    with stage.network.partition([a], [b]):
        a.start()
        assert a.qemu is not None
        assert "-S" in a.qemu.command
        assert filters(a) == ADDED
        a.crash()
        a.start()
        assert filters(a) == ADDED
        a.succeed("true")
        a.checkpoint("one")
        a.restore("one")
        assert filters(a) == ADDED
    assert filters(a) == REMOVED
    a.restore("one")
    assert "-S" not in a.qemu.command
    assert filters(a) == []


def test_what_is_in_force_adds_up(stage: Stage) -> None:
    a, b, c = stage.machine("a", 1), stage.machine("b", 1, 2), stage.machine("c", 1, 2)
    network = stage.network
    with network.link(a, b, direction="forward").impair(loss=0.5, delay=1, rate=100):
        with network.link(a, b).impair(loss=0.5, delay=2, rate=200):
            one = {"loss": 0.75, "delay": 3.0, "rate": 100.0}
            other = {"loss": 0.5, "delay": 2.0, "rate": 200.0}
            rest = {"jitter": 0, "duplicate": 0, "reorder": 0, "corrupt": 0}
            assert stage.plan() == {1: {("a", "b"): one | rest, ("b", "a"): other | rest}}
            with network.link(a, b, direction="backward").cut():
                assert stage.plan()[1]["b", "a"] is None
            assert stage.plan()[1]["b", "a"] == other | rest
        assert list(stage.plan()[1]) == [("a", "b")]
    assert stage.plan() == {}
    network.partition([a, b], [c])
    assert stage.plan() == {
        1: dict.fromkeys([("a", "c"), ("b", "c"), ("c", "a"), ("c", "b")]),
        2: dict.fromkeys([("b", "c"), ("c", "b")]),
    }
    network.heal()
    assert stage.plan() == {}


def test_a_cable_is_unplugged_and_stays_so_until_it_is_plugged_in(stage: Stage) -> None:
    a = stage.machine("a", 1, 2)
    a.start()
    with a.unplug(2):
        assert told(a, "links") == [{"name": "x2", "up": False}]
        a.crash()
        a.start()
        assert told(a, "links") == [{"name": "x2", "up": False}]
    assert told(a, "links") == [{"name": "x2", "up": True}]
    a.unplug(stage.vlans[0])
    a.plug(stage.vlans[0])
    a.plug(1)
    assert told(a, "links") == [{"name": "x1", "up": False}, {"name": "x1", "up": True}]
    a.unplug(1)
    stage.network.heal()
    assert told(a, "links")[-1] == {"name": "x1", "up": True}


def test_a_capture_goes_on_when_faults_are_healed(stage: Stage, output: OutputFolder) -> None:
    a = stage.machine("a", 1)
    a.start()
    with stage.network.capture("x.pcap"):
        stage.network.heal()
        assert filters(a) == ADDED
    assert filters(a) == REMOVED
    assert (output.path / "x.pcap").read_bytes() == PCAP_HEADER


def test_a_fault_that_qemu_refuses_is_not_in_force(stage: Stage) -> None:
    a, b = stage.machine("a", 1, start_command=("/bin/false",)), stage.machine("b", 1)
    b.start()
    listing = (b.state_dir / "cards").read_text()
    (b.state_dir / "cards").write_text(listing.replace("vlan1", "refuse"))
    with pytest.raises(MonitorError, match="b: QEMU's monitor command `object-add` failed"):
        stage.network.partition([a], [b])
    assert stage.plan() == {}
    left = [command for command, _ in told(b) if command.endswith(("-del", "-remove"))]
    assert left == ["object-del"] * 2 + ["chardev-remove"] * 3
    (b.state_dir / "cards").write_text(listing)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"loss": 1.1}, r"loss=1\.1 is not accepted: it must be a probability from 0 to 1"),
        ({"corrupt": -0.1}, r"corrupt=-0\.1 is not accepted"),
        ({"duplicate": float("nan")}, r"duplicate=nan is not accepted"),
        ({"reorder": "often"}, r"reorder='often' is not accepted"),
        ({"loss": True}, r"loss=True is not accepted"),
        ({"delay": -1}, r"delay=-1 is not accepted: it must be seconds from 0 to 3600"),
        ({"jitter": 1e9}, r"jitter=1000000000\.0 is not accepted"),
        ({"rate": 0}, r"rate=0 is not accepted: it must be bits per second, more than 0"),
        ({"rate": float("inf")}, r"rate=inf is not accepted"),
    ],
)
def test_an_impairment_out_of_range_is_refused(
    stage: Stage, values: dict[str, Any], expected: str
) -> None:
    a, b = stage.machine("a", 1), stage.machine("b", 1)
    with pytest.raises(NetworkFaultRefused, match=expected):
        stage.network.link(a, b).impair(**values)
    assert stage.plan() == {}


def test_a_link_needs_two_machines_with_a_network_in_common(stage: Stage) -> None:
    a, b = stage.machine("a", 1), stage.machine("b", 2)
    network = stage.network
    with pytest.raises(NetworkFaultRefused, match="a and b share no network: a is in 1, b is in 2"):
        network.link(a, b)
    with pytest.raises(NetworkFaultRefused, match="a link has two ends, and both of this one are"):
        network.link(a, a)
    direction: Any = "up"
    with pytest.raises(NetworkFaultRefused, match=r"direction=.up. is not accepted: .*both, for"):
        network.link(a, b, direction=direction)


def test_a_partition_needs_groups_that_differ(stage: Stage) -> None:
    a, b = stage.machine("a", 1), stage.machine("b", 1)
    for groups in ([], [[a, b]], [[a], []]):
        with pytest.raises(NetworkFaultRefused, match="has two groups of machines or more"):
            stage.network.partition(*groups)
    with pytest.raises(NetworkFaultRefused, match="a is in the partition more than once"):
        stage.network.partition([a, b], [a])


def test_the_name_of_a_machine_is_no_machine(stage: Stage) -> None:
    a, name = stage.machine("a", 1), "b"
    with pytest.raises(NetworkFaultRefused, match="expected a machine, got the text 'b'; give the"):
        stage.network.partition([a], [name])  # type: ignore[list-item]
    with pytest.raises(NetworkFaultRefused, match="expected a machine, got the text 'b'"):
        stage.network.link(a, name)  # type: ignore[arg-type]
    with pytest.raises(NetworkFaultRefused, match="has two groups of machines or more"):
        stage.network.partition(a, a)  # type: ignore[arg-type]


def test_machines_without_a_network_are_refused(stage: Stage) -> None:
    a, expected = stage.machine("a", 1), r"\w+ is in no network; give it one with `vlans`"
    for machine in (stage.machine("alone"), stage.container("box")):
        with pytest.raises(NetworkFaultRefused, match=expected):
            stage.network.partition([a], [machine])
        with pytest.raises(NetworkFaultRefused, match=expected):
            stage.network.link(a, machine)
        with pytest.raises(NetworkFaultRefused, match=expected):
            stage.network.capture("x.pcap", machine=machine)
        with pytest.raises(NetworkFaultRefused, match=expected):
            machine.unplug(1)


def test_a_network_that_a_machine_is_not_in_is_refused(stage: Stage) -> None:
    a = stage.machine("a", 1)
    for token in (a.unplug, a.plug):
        with pytest.raises(NetworkFaultRefused, match="a is not in network 2: a is in 1"):
            token(2)
    with pytest.raises(NetworkFaultRefused, match="a is not in network 2: a is in 1"):
        stage.network.capture("x.pcap", vlan=2, machine=a)


def test_captures_that_cannot_be_are_refused(stage: Stage, output: OutputFolder) -> None:
    stage.machine("a", 1)
    with pytest.raises(NetworkFaultRefused, match="no network 3 to capture; those there are: 1, 2"):
        stage.network.capture("x.pcap", vlan=3)
    with pytest.raises(CopyRefused, match=r'"\.\./x" is no name for a file'):
        stage.network.capture("../x")
    with pytest.raises(CopyRefused, match=r"log\.txt in the output folder is already taken"):
        stage.network.capture("log.txt")
    with (
        stage.network.capture("x.pcap"),
        pytest.raises(CopyRefused, match=r"x\.pcap is written by another capture"),
    ):
        stage.network.capture("x.pcap")
    with stage.network.capture("x.pcap"):
        pass
    (output.path / "x.pcap").unlink()
    assert not list(output.path.iterdir())


def test_what_begins_anew_has_no_faults_and_the_random_numbers_of_the_beginning(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    a, b = stage.machine("a", 1), stage.machine("b", 1)
    stage.network.seed(3)
    stage.network.faults.begin_anew()
    assert "healed" not in caplog.text  # there was nothing to end
    stage.network.link(a, b).cut()
    stage.network.faults.begin_anew()
    assert stage.plan() == {}
    assert caplog.text.count("healed") == 1


def test_a_seed_is_an_integer(stage: Stage) -> None:
    stage.machine("a", 1)
    stage.network.seed(3)
    seed: Any = "3"
    with pytest.raises(NetworkFaultRefused, match=r"network\.seed\('3'\) is not accepted"):
        stage.network.seed(seed)


SCRIPT = """\
import pathlib, signal
fault = network.link(machine1, two_2).cut()
children = " ".join(path.read_text() for path in pathlib.Path("/proc/self/task").glob("*/children"))
pids = [int(pid) for pid in children.split()
    if b"relay.frames" in pathlib.Path("/proc", pid, "cmdline").read_bytes()]
assert len(pids) == 1, pids
os.kill(pids[0], signal.SIGKILL)
machine1.succeed("sleep 30")
"""


def test_a_fault_process_that_dies_ends_the_test_at_once(driver_process: DriverProcess) -> None:
    result = driver_process.run(SCRIPT)
    assert result.returncode == 3, result.stderr
    assert "the fault process of network 1 stopped (killed by SIGKILL)" in result.stderr


def test_nothing_is_left_when_a_script_ends_with_faults_in_force(
    driver_process: DriverProcess,
) -> None:
    result = driver_process.run("start_all()\nnetwork.partition([machine1], [two_2])\n")
    assert result.returncode == 0, result.stderr
    assert "network: partition: machine1 | two-2" in result.stderr
    assert not list(driver_process.temporary.iterdir())


def test_a_seed_without_a_fault_is_kept_for_the_next_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = stage.machine("a", 1), stage.machine("b", 1)
    updates: list[NetworkPlan] = []
    with monkeypatch.context() as patched:
        patched.setattr(stage.faults, "_update", lambda: updates.append(stage.faults.plan()))
        for number in range(3):
            stage.network.seed(number)
        assert updates == []
        stage.network.link(a, b).cut()
        stage.network.seed(3)
    assert [plan.seed for plan in updates] == [(2, 3), (3, 4)]
