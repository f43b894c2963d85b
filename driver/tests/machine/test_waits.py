"""Waiting for console text, ports, files and units."""

import socket
import threading
from pathlib import Path

import pytest

from test_driver.errors import CommandFailed, UnitFailed, WaitTimedOut
from test_driver.machine import QemuMachine

SYSTEMCTL = """\
#!/bin/sh
# Stands in for systemctl: each question takes the next line of a file of states.
case "$*" in
  *show*)
    head -n 1 states | tr ' ' '\\n'
    [ "$(wc -l < states)" -le 1 ] || sed -i 1d states ;;
  *) echo "systemctl $*" ;;
esac
"""
JOURNALCTL = """\
#!/bin/sh
case "$*" in
  *JOB_RESULT=done*) cat finished 2>/dev/null ;;
  *) echo "the journal of $*" ;;
esac
"""


def with_systemd(machine: QemuMachine, *states: str, finished: str = "") -> None:
    """Start a machine, and give it a systemd that goes through these states."""
    machine.start()
    put_systemd(machine.state_dir, *states, finished=finished)


def put_systemd(folder: Path, *states: str, finished: str = "") -> None:
    """Put a systemd that goes through these states into the folder of a machine."""
    (folder / "bin").mkdir()
    for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
        text = text.replace(" states", f" {folder}/states").replace(
            "finished", f"{folder}/finished"
        )
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    (folder / "states").write_text("".join(f"{state}\n" for state in states))
    (folder / "finished").write_text(finished)


def test_console_text_of_the_boot_is_found_without_its_colours(machine: QemuMachine) -> None:
    machine.wait_for_console_text("^Booting colourfully$")


def test_a_line_without_its_newline_is_found(machine: QemuMachine) -> None:
    machine.wait_for_console_text("login: ")


def test_console_text_that_never_comes_is_reported_with_the_last_lines(
    machine: QemuMachine,
) -> None:
    machine.start()
    with pytest.raises(WaitTimedOut, match=r"(?s)after 0\.3 s waiting for nonsense on .*login:"):
        machine.wait_for_console_text("nonsense", timeout=0.3)


def test_get_console_log_returns_the_text_of_this_boot(machine: QemuMachine) -> None:
    machine.wait_for_console_text("login")
    machine.crash()
    machine.wait_for_console_text("login")
    assert machine.get_console_log().count("Linux version") == 1


def test_wait_for_file_waits_for_it(machine: QemuMachine, tmp_path: Path) -> None:
    threading.Timer(0.3, (tmp_path / "file").touch).start()
    machine.wait_for_file(f"{tmp_path}/file", timeout=20)
    with pytest.raises(WaitTimedOut, match='waiting for file "/no/such" to exist'):
        machine.wait_for_file("/no/such", timeout=0.2)


def test_ports_are_seen_open_and_closed(machine: QemuMachine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        machine.wait_for_open_port(port, addr="127.0.0.1")
        with pytest.raises(
            WaitTimedOut, match=f"TCP port {port} on 127.0.0.1 to be closed"
        ) as open_:
            machine.wait_for_closed_port(port, addr="127.0.0.1", timeout=0.2)
        assert "a connection was made" in str(open_.value)
    machine.wait_for_closed_port(port, addr="127.0.0.1")
    with pytest.raises(WaitTimedOut, match=f"TCP port {port} on 127.0.0.1 to be open") as closed:
        machine.wait_for_open_port(port, "127.0.0.1", timeout=0.2)
    assert "a connection was made" not in str(closed.value)


def test_an_inactive_unit_is_waited_for(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    with_systemd(
        machine,
        "LoadState=not-found ActiveState=inactive SubState=dead",
        "LoadState=not-found ActiveState=inactive SubState=dead",
        "LoadState=loaded ActiveState=activating SubState=start",
        "LoadState=loaded ActiveState=active SubState=running",
    )
    machine.wait_for_unit("web")
    assert caplog.messages.count("there is no unit web; waiting for one") == 1


def test_a_failed_unit_ends_the_wait_with_its_journal(machine: QemuMachine) -> None:
    with_systemd(machine, "LoadState=loaded ActiveState=failed SubState=failed Result=exit-code")
    expected = (
        r'machine1: unit "web" has failed \(failed/failed, result exit-code\)\n'
        r"  journal:\n    the journal of .*--unit=web"
    )
    with pytest.raises(UnitFailed, match=expected):
        machine.wait_for_unit("web")


def test_a_unit_that_does_not_start_is_reported_with_state_and_journal(
    machine: QemuMachine,
) -> None:
    with_systemd(machine, "LoadState=not-found ActiveState=inactive SubState=dead")
    machine.connect()
    expected = r"(?s)for unit web \(last state: inactive/dead, not-found\).*the journal of"
    with pytest.raises(WaitTimedOut, match=expected):
        machine.wait_for_unit("web", timeout=0.3)


def test_a_oneshot_that_has_done_its_work_counts_as_reached(machine: QemuMachine) -> None:
    state = (
        "ActiveState=inactive SubState=dead Type=oneshot Result=success RemainAfterExit=no "
        "ExecMainCode=1 ExecMainExitTimestampMonotonic=7 ConditionResult=yes "
        "InactiveExitTimestampMonotonic=5 InactiveEnterTimestampMonotonic=8"
    )
    with_systemd(machine, state)
    machine.wait_for_unit("web")


def test_a_oneshot_that_has_not_run_is_waited_for(machine: QemuMachine) -> None:
    with_systemd(machine, "ActiveState=inactive SubState=dead Type=oneshot Result=success")
    with pytest.raises(WaitTimedOut, match="inactive/dead"):
        machine.wait_for_unit("web", timeout=0.3)


def test_systemctl_passes_its_arguments(machine: QemuMachine) -> None:
    with_systemd(machine, "")
    assert machine.systemctl("is-enabled web") == (0, "systemctl is-enabled web\n")


def test_get_unit_info_returns_the_properties(machine: QemuMachine) -> None:
    with_systemd(machine, "Id=web.service ExecStart=a=b")
    assert machine.get_unit_info("web") == {"Id": "web.service", "ExecStart": "a=b"}


def test_get_unit_info_reports_that_systemctl_failed(machine: QemuMachine) -> None:
    with_systemd(machine, "")
    (machine.state_dir / "bin/systemctl").write_text("#!/bin/sh\necho no bus >&2; exit 1\n")
    with pytest.raises(CommandFailed, match=r"(?s)show -- web` failed \(exit status 1\).*no bus"):
        machine.get_unit_info("web")
