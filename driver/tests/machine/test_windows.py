"""The X server, the session and the windows of a machine."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from test_driver.errors import CommandFailed, WaitTimedOut
from test_driver.machine import QemuMachine

from .test_tty import with_programs

TREE = """\
xwininfo: Window id: 0x1e5 (the root window) (has no name)
     0x600007 "Mail \\"inbox\\"": ("mail" "Mail")  10x10+10+10  +10+10
        0x600008 (has no name): ()  1x1+0+0  +10+10
     0x400003 "xterm": ("xterm" "XTerm")  484x316+0+0  +0+0
"""


@pytest.fixture
def x_socket(machine: QemuMachine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the machine a place of its own for the socket of the X server."""
    machine.start()
    machine.connect()
    path = machine.state_dir / "X0"
    monkeypatch.setattr("test_driver.machine.desktop_state.X_SOCKET", str(path))
    return path


@pytest.fixture
def x_server(x_socket: Path) -> Iterator[None]:
    """Serve the socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(x_socket))
        server.listen(1)
        yield


def with_log(machine: QemuMachine, monkeypatch: pytest.MonkeyPatch, *lines: str) -> Path:
    """Give the machine a log of its desktop."""
    log = machine.state_dir / "desktop.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    monkeypatch.setattr(
        "test_driver.machine.desktop_state.LOGS", (f"{machine.state_dir}/none.log", str(log))
    )
    return log


def with_session(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch, kind: str, session: str = "c1"
) -> None:
    """Give the machine a session to wait for, and a logind that has one of a class."""
    file = machine.state_dir / "graphical-session"
    file.write_text("openbox alice\n")
    monkeypatch.setattr("test_driver.machine.desktop_state.DEBIAN_SESSION_FILE", str(file))
    answers = (
        f'case $1 in show-seat) echo {session};; show-session) [ "$2" = c1 ] && echo {kind};; esac'
    )
    with_programs(machine, loginctl=answers)


def test_titles_need_not_be_ascii(machine: QemuMachine) -> None:
    utf8 = r"""printf '0x1 "Stra\303\237e": ("a" "b")\n'"""
    other = """echo '0x1 " (failure in conversion)": ("a" "b")'"""
    with_programs(machine, xwininfo=f'if [ "$LC_ALL" = C.UTF-8 ]; then {utf8}; else {other}; fi')
    assert machine.get_window_names() == ["Straße"]
    machine.wait_for_window("^Straße$")


def test_window_names_are_those_of_the_tree(machine: QemuMachine) -> None:
    machine.connect()
    with_programs(machine, xwininfo=f"cat <<'E'\n{TREE}E")
    assert machine.get_window_names() == ['Mail \\"inbox\\"', "xterm"]
    machine.wait_for_window("in.ox")
    with pytest.raises(WaitTimedOut, match=r"(?s)timed out after .* a window named Firefox.*xterm"):
        machine.wait_for_window("Firefox", timeout=timedelta(seconds=0.3))


def test_window_names_need_an_x_server(machine: QemuMachine) -> None:
    with_programs(machine, xwininfo="echo no display >&2; exit 1")
    with pytest.raises(CommandFailed, match=r"(?s)xwininfo -root -tree` failed.*no display"):
        machine.get_window_names()


def test_a_desktop_without_windows_is_told_with_its_logs(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.connect()
    with_log(machine, monkeypatch, *(f"line {number}" for number in range(20)))
    with_programs(machine, xwininfo="head -n 1 <<'E'\n" + TREE + "E")
    with pytest.raises(WaitTimedOut) as caught:
        machine.wait_for_window("xterm", timeout=0.3)
    text = str(caught.value)
    assert "a window named xterm (last state: there is no window)" in text
    assert "desktop.log:\n      line 12\n" in text
    assert text.endswith("      line 19")


def test_a_title_in_a_log_is_no_window(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.connect()
    with_log(machine, monkeypatch, '     0x400003 "Firefox": ("firefox" "Firefox")')
    with_programs(machine, xwininfo=f"cat <<'E'\n{TREE}E")
    with pytest.raises(WaitTimedOut, match="a window named Firefox"):
        machine.wait_for_window("Firefox", timeout=0.3)


def test_x_is_waited_for(machine: QemuMachine, x_socket: Path) -> None:
    with pytest.raises(
        WaitTimedOut,
        match=r"the X server to take connections .last state: the X server does not run",
    ):
        machine.wait_for_x(timeout=0.2)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(x_socket))
        server.listen(1)
        machine.wait_for_x(timeout=20)


@pytest.mark.usefixtures("x_socket")
def test_a_desktop_without_an_x_server_is_told_with_its_logs(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_log(machine, monkeypatch, "(EE) no screens found")
    with pytest.raises(WaitTimedOut) as caught:
        machine.wait_for_x(timeout=0.3)
    assert "(last state: the X server does not run)\n  logs:\n" in str(caught.value)
    assert str(caught.value).endswith("(EE) no screens found")


@pytest.mark.usefixtures("x_server")
def test_a_session_is_waited_for(machine: QemuMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    with_session(machine, monkeypatch, "user")
    machine.wait_for_x(timeout=20)


@pytest.mark.usefixtures("x_server")
@pytest.mark.parametrize(("kind", "session"), [("greeter", "c1"), ("user", "")])
def test_a_session_that_has_not_begun_is_told(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch, kind: str, session: str
) -> None:
    with_log(machine, monkeypatch, "Failed to find session configuration openbox")
    with_session(machine, monkeypatch, kind, session)
    with pytest.raises(WaitTimedOut) as caught:
        machine.wait_for_x(timeout=0.3)
    text = str(caught.value)
    assert "the X server runs, but the session openbox of alice has not begun" in text
    assert text.endswith("Failed to find session configuration openbox")
