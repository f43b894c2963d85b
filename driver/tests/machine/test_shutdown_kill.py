"""Commands that the guest's own shutdown kills, beside those that die for another reason."""

import pytest

from test_driver.errors import AgentLost, KilledByShutdown, MachineExited
from test_driver.machine import QemuMachine


def with_manager(machine: QemuMachine, text: str) -> None:
    """Give a machine a systemd that answers questions for its state by a script."""
    machine.start()
    program = machine.state_dir / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncd {machine.state_dir}\n{text}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("name", ["HUP", "TERM", "KILL"])
def test_a_command_that_a_shutdown_killed_has_not_failed(machine: QemuMachine, name: str) -> None:
    with_manager(machine, "echo stopping; exit 1")
    with pytest.raises(KilledByShutdown, match=r"machine1: the guest is going down, which killed"):
        machine.fail(f"kill -{name} $$; sleep 9")


def test_a_question_that_the_shutdown_kills_is_an_answer(machine: QemuMachine) -> None:
    with_manager(machine, "kill -TERM $$")
    with pytest.raises(AgentLost, match="going down"):
        machine.fail("kill -TERM $$; sleep 9")


def test_a_machine_that_is_gone_when_it_is_asked_is_told_as_such(machine: QemuMachine) -> None:
    with_manager(machine, "true")
    assert machine.qemu is not None
    (machine.state_dir / "bin" / "systemctl").write_text(
        f"#!/bin/sh\nkill -KILL {machine.qemu.process.pid}; sleep 9\n"
    )
    with pytest.raises(MachineExited, match="killed by SIGKILL"):
        machine.fail("kill -TERM $$; sleep 9")


@pytest.mark.parametrize("state", ["running", "degraded", "maintenance", "starting", "offline"])
def test_a_command_that_a_signal_ends_has_failed(machine: QemuMachine, state: str) -> None:
    with_manager(machine, f"echo {state}; exit 1")
    assert machine.fail("echo begun; kill -TERM $$; sleep 9") == "begun\n"
    assert machine.wait_until_fails("echo begun; kill -TERM $$; sleep 9") == "begun\n"


def test_other_failures_ask_nothing(machine: QemuMachine) -> None:
    with_manager(machine, "touch asked; echo stopping")
    machine.fail("false")
    machine.wait_until_fails("exit 3")
    assert not (machine.state_dir / "asked").exists()


def test_a_wait_for_a_failure_goes_on_behind_a_shutdown(machine: QemuMachine) -> None:
    with_manager(machine, "[ -e up ] && echo running || { touch up; echo stopping; }")
    up = machine.state_dir / "up"
    command = f"[ ! -e {up} ] || {{ echo new; exit 3; }}; kill -TERM $$; sleep 9"
    assert machine.wait_until_fails(command, timeout=30) == "new\n"
