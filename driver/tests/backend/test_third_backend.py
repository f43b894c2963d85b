"""A back end that the driver does not know: a folder, and a line in machine/kinds.py."""

import os
import signal
import time
from pathlib import Path

import pytest

from test_driver.configuration import MachineConfiguration
from test_driver.errors import (
    CommandFailed,
    ConfigurationError,
    MachineExited,
    MonitorError,
    WaitTimedOut,
)
from test_driver.machine import NspawnMachine, QemuMachine
from test_driver.machine.kinds import KINDS, machine_of

from ..conftest import AnyMachineMaker
from ..support.local_backend import HostMachine


@pytest.fixture
def host(make_any_machine: AnyMachineMaker, monkeypatch: pytest.MonkeyPatch) -> HostMachine:
    monkeypatch.setitem(KINDS, "host", HostMachine)
    machine = make_any_machine("here", backend="host")
    assert isinstance(machine, HostMachine)
    assert not isinstance(machine, QemuMachine | NspawnMachine)
    return machine


def test_commands(host: HostMachine) -> None:
    assert host.succeed("echo one", "echo two; echo aside >&2") == "one\ntwo\n"
    assert host.fail("echo out; exit 3") == "out\n"
    assert host.execute("exit 7") == (7, "")
    result = host.run("echo err >&2; kill -9 $$")
    assert (result.status, result.stderr) == (-9, "err\n")
    with pytest.raises(CommandFailed, match="command `false` failed"):
        host.succeed("false")
    assert host.execute("sleep 20", timeout=0.3) == (124, "")


def test_waits(host: HostMachine, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    host.succeed(f"(sleep 0.3; touch {flag}) >/dev/null 2>&1 &")
    host.wait_for_file(str(flag), timeout=20)
    assert host.wait_until_succeeds(f"test -e {flag} && echo there") == "there\n"
    with pytest.raises(WaitTimedOut, match=r"timed out after 0\.3 s waiting for"):
        host.wait_for_file("/nowhere", timeout=0.3)
    host.wait_for_console_text("nothing boots", timeout=20)


def test_power(host: HostMachine) -> None:
    assert not host.is_up()
    host.start()
    assert host.is_up()
    assert "nothing boots here" in host.get_console_log()
    host.crash()
    assert not host.is_up()
    host.succeed("true")
    assert host.booted


def test_its_end_ends_a_call_with_the_reason(host: HostMachine) -> None:
    host.start()
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(MachineExited, match="here: the host has exited"):
        host.wait_until_succeeds("false", timeout=60)
    assert time.monotonic() - started < 50


def test_what_it_does_not_have_is_refused(host: HostMachine) -> None:
    with pytest.raises(MonitorError, match="this back end has no monitor"):
        host.screenshot("screen")
    assert not hasattr(host, "send_monitor_command")


def test_a_back_end_that_does_not_exist_is_refused_with_those_that_do(
    host: HostMachine,
) -> None:
    part = {"start_command": ("x",), "vlans": (), "memory_mib": 1, "cores": 1, "backend": "xen"}
    configuration = MachineConfiguration.model_validate(part)
    with pytest.raises(ConfigurationError) as caught:
        machine_of("a", configuration, host.context, index=9, console_file=None)
    assert str(caught.value) == (
        "machines.a.backend: no back end 'xen'; those there are: qemu, nspawn, host"
    )
