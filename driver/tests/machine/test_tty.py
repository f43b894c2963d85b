"""Terminals, windows, unix sockets, and other things that are asked of the guest."""

import shutil
import socket
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from test_driver.errors import MachineError, UnitNotInState, WaitTimedOut
from test_driver.guest.unix_sockets import connect_command
from test_driver.machine import QemuMachine

from .test_waits import with_systemd


def with_programs(machine: QemuMachine, **programs: str) -> None:
    """Give a machine programs, which are shell scripts."""
    machine.start()
    folder = machine.state_dir / "bin"
    folder.mkdir(exist_ok=True)
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


def with_tty(machine: QemuMachine, *rows: str) -> None:
    """Give a machine a terminal of 20 columns."""
    memory = machine.state_dir / "memory"
    with_programs(
        machine,
        stty="echo 25 20",
        fold=f'[ "$3" = /dev/vcs1 ] && exec /usr/bin/fold $1 $2 {memory}',
    )
    memory.write_text("".join(row.ljust(20) for row in rows))


def test_the_text_of_a_terminal_has_lines(machine: QemuMachine) -> None:
    with_tty(machine, "Debian", "", "  login: ")
    rows = ["Debian", "", "  login: "]
    assert machine.get_tty_text("1") == "\n".join(row.ljust(20) for row in rows)


def test_a_terminal_is_waited_for(machine: QemuMachine) -> None:
    with_tty(machine, "Debian")
    threading.Timer(0.4, with_tty, (machine, "Debian", "login:")).start()
    machine.wait_until_tty_matches("1", "^login:", timeout=20)


def test_a_terminal_that_does_not_match_is_reported(machine: QemuMachine) -> None:
    with_tty(machine, "Debian", "login:")
    machine.connect()
    expected = r"waiting for ^Password on tty1\n  the terminal shows:\n    Debian\n    login:"
    with pytest.raises(WaitTimedOut, match=expected.replace("^", r"\^")):
        machine.wait_until_tty_matches("1", "^Password", timeout=0.3)


def test_a_terminal_is_dumped_into_the_log(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with_tty(machine, "Debian", "login:")
    machine.dump_tty_contents("1")
    assert "tty1 shows:\nDebian\nlogin:" in caplog.text


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["stream", "dgram"])
def test_a_unix_socket_is_waited_for(machine: QemuMachine, kind: socket.SocketKind) -> None:
    machine.start()
    path = f"{machine.state_dir}/so cket"
    is_datagram = kind == socket.SOCK_DGRAM
    machine.connect()
    with pytest.raises(WaitTimedOut, match=r"waiting for unix socket /.* to be open"):
        machine.wait_for_open_unix_socket(path, is_datagram, timeout=0.2)
    with socket.socket(socket.AF_UNIX, kind) as server:
        server.bind(path)
        if not is_datagram:
            server.listen(1)
        machine.wait_for_open_unix_socket(path, is_datagram, timeout=20)


@pytest.mark.parametrize("search_path", ["/usr/bin:/bin", "/nowhere"], ids=["perl", "no perl"])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["stream", "dgram"])
def test_a_unix_socket_is_seen_with_and_without_perl(
    tmp_path: Path, kind: socket.SocketKind, search_path: str
) -> None:
    path = f"{tmp_path}/so cket"
    bash = shutil.which("bash")
    assert bash is not None

    def status(*, is_datagram: bool) -> int:
        command = [bash, "-c", connect_command(path, is_datagram=is_datagram)]
        return subprocess.run(command, env={"PATH": search_path}, check=False).returncode

    is_datagram = kind == socket.SOCK_DGRAM
    with socket.socket(socket.AF_UNIX, kind) as server:
        assert status(is_datagram=is_datagram) != 0
        server.bind(path)
        if not is_datagram:
            assert status(is_datagram=False) != 0
            server.listen(1)
        assert status(is_datagram=is_datagram) == 0
        assert status(is_datagram=not is_datagram) != 0


def test_a_property_of_a_unit(machine: QemuMachine) -> None:
    with_systemd(machine, "Restart=no")
    assert machine.get_unit_property("web", "Restart") == "no"
    with pytest.raises(MachineError, match='machine1: unit "web" has no property "Nonsense"'):
        machine.get_unit_property("web", "Nonsense")


def test_a_unit_must_be_in_a_state(machine: QemuMachine) -> None:
    with_systemd(machine, "ActiveState=inactive")
    machine.require_unit_state("web", "inactive")
    with pytest.raises(UnitNotInState, match='unit "web" is inactive, but must be active'):
        machine.require_unit_state("web")


def test_jobs_are_started_and_stopped(machine: QemuMachine) -> None:
    with_systemd(machine, "")
    assert machine.start_job("web") == (0, "systemctl start web\n")
    assert machine.stop_job("web") == (0, "systemctl stop web\n")


def test_time_passes_in_the_machine(machine: QemuMachine) -> None:
    with_programs(machine, sleep='echo "slept $*" >> slept')
    machine.sleep(2)
    machine.sleep(duration=timedelta(milliseconds=1500))
    with pytest.raises(TypeError, match="sleep: give either `secs` or `duration`"):
        machine.sleep()
    with pytest.raises(TypeError, match="sleep: give either `secs` or `duration`"):
        machine.sleep(1, duration=2)


def test_a_line_is_logged_like_one_of_the_console(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    machine.log_serial("here")
    assert [getattr(record, "console", False) for record in caplog.records] == [True]


def test_the_root_is_switched_when_the_initial_ram_disk_is_gone(machine: QemuMachine) -> None:
    with_systemd(machine, "LoadState=loaded ActiveState=active SubState=active")
    machine.switch_root(timeout=20)


def test_older_names_say_what_to_write(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with_systemd(machine, "LoadState=loaded ActiveState=active SubState=running")
    machine.wait_for_job("web")
    assert "wait_for_job is deprecated: write wait_for_unit" in caplog.text
    (machine.state_dir / "file").write_text("here")
    machine.copy_from_vm(f"{machine.state_dir}/file")
    assert "copy_from_vm is deprecated: write copy_from_machine" in caplog.text
    assert (machine.context.output.path / "file").read_text() == "here"
