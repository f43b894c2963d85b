"""Networks and their switches."""

import os
import signal
import threading
from pathlib import Path

import pytest

from test_driver.errors import ProgramMissing, SwitchFailed
from test_driver.loop import LoopThread
from test_driver.network.vlan import Vlan

from ..conftest import ENVIRONMENT, MachineMaker, fake_switch


def ignore(error: SwitchFailed) -> None:
    """Do nothing about a failure."""


async def make(folder: Path) -> Vlan:
    """Make a network in the loop's thread."""
    return Vlan(1, folder / "v1")


def test_a_switch_is_ready_when_its_socket_is_there_and_stops_when_asked(
    loop: LoopThread, tmp_path: Path
) -> None:
    vlan = loop.run(make(tmp_path))
    loop.run(vlan.start(str(fake_switch(tmp_path)), ENVIRONMENT, ignore))
    assert (tmp_path / "v1" / "ctl").exists()
    loop.run(vlan.stop())
    loop.run(vlan.stop())


def test_a_switch_that_does_not_start_is_told_with_its_output(
    loop: LoopThread, tmp_path: Path
) -> None:
    vlan = loop.run(make(tmp_path))
    environment = {**ENVIRONMENT, "HOME": "/break"}
    expected = r"the switch of network 1 did not start \(exit status 1\)\n  output:\n    fake: no"
    with pytest.raises(SwitchFailed, match=expected):
        loop.run(vlan.start(str(fake_switch(tmp_path)), environment, ignore))


def test_a_switch_without_socket_is_given_up(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.network.vlan.START_SECONDS", 0.2)
    program = tmp_path / "mute"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    vlan = loop.run(make(tmp_path))
    with pytest.raises(SwitchFailed, match=r"did not open its socket within 0\.2 s"):
        loop.run(vlan.start(str(program), ENVIRONMENT, ignore))


def test_a_switch_that_is_missing_is_named(loop: LoopThread, tmp_path: Path) -> None:
    vlan = loop.run(make(tmp_path))
    with pytest.raises(ProgramMissing, match=r"cannot start the switch of network 1: .*No"):
        loop.run(vlan.start("/no/such", ENVIRONMENT, ignore))


def test_a_switch_that_dies_later_is_told_once(loop: LoopThread, tmp_path: Path) -> None:
    failures: list[SwitchFailed] = []
    told = threading.Event()

    def note(error: SwitchFailed) -> None:
        failures.append(error)
        told.set()

    vlan = loop.run(make(tmp_path))
    loop.run(vlan.start(str(fake_switch(tmp_path)), ENVIRONMENT, note))
    os.kill(vlan._process.pid, signal.SIGKILL)
    assert told.wait(10)
    loop.run(vlan.stop())
    assert [str(error) for error in failures] == [
        "the switch of network 1 stopped (killed by SIGKILL)"
    ]


def test_a_machine_hears_of_a_network_that_broke_before_it_started(
    make_machine: MachineMaker, loop: LoopThread, tmp_path: Path
) -> None:
    machine = make_machine(vlans=(1,))
    vlans = machine.context.vlans
    assert isinstance(vlans, dict)
    vlans[1] = loop.run(make(tmp_path))
    machine.switch_failed(SwitchFailed(1, "stopped", ""))
    with pytest.raises(SwitchFailed, match="the switch of network 1 stopped"):
        machine.succeed("sleep 30")
