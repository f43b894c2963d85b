"""A machine without a guest agent: its console for a root shell, and what scripts do with it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.backend.qemu import root_console
from test_driver.errors import AgentLost, AgentSilent, CheckpointError, CommandFailed, GuestSilent
from test_driver.guest import agent_shell
from test_driver.machine import QemuMachine
from test_driver.report.diagnostics import describe_state

from ...conftest import MachineMaker

NO_AGENT = ("--no-agent", "--root-shell")


@pytest.fixture(params=["start", "silence"])
def bare(
    request: pytest.FixtureRequest,
    make_machine: MachineMaker,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> QemuMachine:
    """A machine that evaluation knows to have no agent, or that turns out to have none."""
    monkeypatch.setattr(agent_shell, "SPOOLS", (f"{tmp_path}/spool",))
    monkeypatch.setattr(root_console, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(root_console, "LEAST_SILENCE_SECONDS", 0.1)
    return make_machine(
        "machine1", *NO_AGENT, guest_agent=None if request.param == "silence" else False
    )


def test_commands_copies_and_spawned_commands_go_through_the_root_shell(bare: QemuMachine) -> None:
    assert bare.succeed("echo out; echo err >&2") == "out\n"
    assert bare.execute("exit 3")[0] == 3
    with pytest.raises(CommandFailed, match="exit status 4"):
        bare.succeed("exit 4")
    assert bare.execute("sleep 20", timeout=0.5)[0] == 124
    with bare.spawn("read -r line; echo $line") as handle:
        handle.stdin.write("there\n")
        assert handle.wait(20).stdout == "there\n"
    bare.execute("echo there >~/alone", check_output=False)
    assert bare.qemu is not None
    assert describe_state(bare.qemu).endswith("takes commands through its root shell on hvc0")


def test_files_are_copied_both_ways(bare: QemuMachine) -> None:
    folder = bare.context.shared_folder
    (folder / "source").write_bytes(bytes(range(256)) * 3000)
    bare.copy_from_host(str(folder / "source"), f"{folder}/copy")
    assert (folder / "copy").read_bytes() == bytes(range(256)) * 3000
    bare.copy_from_machine(f"{folder}/copy", "back")
    assert (bare.context.output.path / "back" / "copy").stat().st_size == 768000


def test_a_reboot_and_a_shutdown_go_through_the_root_shell(bare: QemuMachine) -> None:
    bare.start(allow_reboot=True)
    assert bare.succeed("echo on") == "on\n"
    bare.reboot(timeout=20)
    assert bare.succeed("echo on again") == "on again\n"
    bare.shutdown(timeout=20)
    assert not bare.is_up()


def test_a_command_that_the_end_of_the_shell_ends_says_so(bare: QemuMachine) -> None:
    with pytest.raises(AgentLost, match="the root shell on hvc0 is gone: "):
        bare.succeed("kill -9 $PPID; sleep 20")


def test_a_checkpoint_is_refused_with_the_reason(bare: QemuMachine) -> None:
    bare.succeed("true")
    with pytest.raises(CheckpointError, match=r"without the guest agent cannot be kept.*qemuGuest"):
        bare.checkpoint("x")


def test_a_guest_with_neither_is_told_of_and_names_both_ways(
    make_machine: MachineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.machine.core.BOOT_SECONDS", 0.5)
    machine = make_machine("machine1", "--no-agent", guest_agent=False)
    with pytest.raises(GuestSilent, match=r"neither the guest agent nor a root shell on hvc0 answ"):
        machine.succeed("true")


def test_a_machine_with_an_agent_gets_no_console(machine: QemuMachine) -> None:
    machine.succeed("true")
    assert machine.qemu is not None
    assert not machine.qemu.root_console.is_there
    assert "root-console" not in json.dumps(machine.qemu.command)


def test_a_machine_that_is_to_be_saved_never_gets_a_console(
    make_machine: MachineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_console, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(root_console, "LEAST_SILENCE_SECONDS", 0.1)
    monkeypatch.setattr("test_driver.machine.core.BOOT_SECONDS", 1.0)
    machine = make_machine("machine1", *NO_AGENT, memory_in_file=True, guest_agent=False)
    with pytest.raises(AgentSilent, match=r"the guest agent did not answer within 1 s"):
        machine.succeed("true")
    assert machine.qemu is not None
    assert not machine.qemu.root_console.is_there


def test_a_console_that_was_plugged_in_is_there_when_a_checkpoint_is_restored(
    make_machine: MachineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_console, "SILENCE_SECONDS", 0.0)
    monkeypatch.setattr(root_console, "LEAST_SILENCE_SECONDS", 0.0)
    machine = make_machine(guest_agent=None)
    machine.succeed("true")
    plug: Callable[[], object] = machine.qemu.root_console._plug_in  # type: ignore[union-attr]
    machine.in_loop(plug())  # type: ignore[arg-type]
    machine.checkpoint("x")
    machine.restore("x")
    assert machine.qemu is not None
    assert machine.qemu.root_console.is_there
    assert "virtconsole" in json.dumps(machine.qemu.command)
    assert machine.succeed("echo on") == "on\n"
