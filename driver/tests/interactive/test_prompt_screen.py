"""The screens of machines, as the person at the prompt sees them."""

import time
from pathlib import Path

import pytest

from ..conftest import At, DriverProcess, Terminals
from ..test_process import wait_for_death
from .test_rehearsal import begin, leave, say


@pytest.mark.parametrize(
    ("kinds", "expected"), [("none gtk", "-display gtk "), ("none dbus", "-vnc unix:")]
)
def test_a_graphical_machine_is_seen(
    driver_process: DriverProcess,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kinds: str,
    expected: str,
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    qemu = tmp_path / "qemu"
    qemu.write_text(f"#!/bin/sh\n[ $2 = help ] && echo {kinds}\n")
    qemu.chmod(0o755)
    document = driver_process.document
    document["acceleration"]["qemu"] = str(qemu)
    document["machines"]["machine1"] = {**document["machines"]["machine1"], "graphics": True}
    session = begin(driver_process, terminals)
    runs = r"machine1: QEMU runs \(process (\d+)\)"
    pid = int(say(session, "machine1.start()", runs))
    command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    environment = Path(f"/proc/{pid}/environ").read_text().split("\0")
    assert expected in command
    assert ("DISPLAY=:7" in environment) == ("gtk" in kinds)
    say(session, "two_2.start()", r"two-2: QEMU runs")
    leave(session)


VIEWER = """\
#!/bin/sh
case $1 in
  --help) echo "usage: vncviewer [{kind}]" >&2; exit 1 ;;
  *) echo "$$ $1" >{told}; {then} ;;
esac
"""


def graphical_session(
    process: DriverProcess, terminals: Terminals, folder: Path, kind: str, then: str
) -> At:
    """Begin a session with a screen to see, a display, and a vncviewer of some kind."""
    viewer = folder / "bin/vncviewer"
    viewer.parent.mkdir()
    viewer.write_text(VIEWER.format(kind=kind, told=folder / "told", then=then))
    viewer.chmod(0o755)
    machines = process.document["machines"]
    machines["machine1"] = {**machines["machine1"], "graphics": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", ":7")
        patch.setenv("PATH", f"{viewer.parent}:/bin")
        return begin(process, terminals, "")


def test_a_viewer_shows_a_screen_that_qemu_cannot(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    then = "exec sleep 300"
    session = graphical_session(driver_process, terminals, tmp_path, "unix socket", then)
    seen = rf"screen: VNC at unix:(\S+), in a window of {tmp_path}/bin/vncviewer"
    address = say(session, "machine1.start()", seen)
    pid, shown = wait_for_text(tmp_path / "told").split()
    assert shown == address
    say(session, "machine1.crash()")
    wait_for_death(int(pid))
    leave(session)


def test_a_viewer_that_ends_tells_why(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    then = "echo no display; exit 1"
    session = graphical_session(driver_process, terminals, tmp_path, "unix socket", then)
    told = "machine1: the screen cannot be shown: no display"
    say(session, "machine1.start(); machine1.succeed('sleep 1')", told)
    leave(session)


def test_a_viewer_that_knows_no_unix_sockets_is_not_asked(
    driver_process: DriverProcess, terminals: Terminals, tmp_path: Path
) -> None:
    session = graphical_session(driver_process, terminals, tmp_path, "host:port", "exit 1")
    seen = r"screen: VNC at unix:(\S+), seen with TigerVNC's: vncviewer (\S+)\r"
    addresses = say(session, "machine1.start()", seen)
    assert addresses[: len(addresses) // 2] == addresses[len(addresses) // 2 :]
    assert not (tmp_path / "told").exists()
    leave(session)


def wait_for_text(file: Path) -> str:
    """Wait until something was written into a file, and return it."""
    for _ in range(200):
        if file.exists() and (text := file.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{file} is empty")


def test_nobody_sees_the_screens_of_a_run(driver_process: DriverProcess) -> None:
    document = driver_process.document
    document["machines"]["machine1"] = {**document["machines"]["machine1"], "graphics": True}
    script = (
        "machine1.start()\n"
        "command = open(f'/proc/{machine1.qemu.process.pid}/cmdline').read().split('\\0')\n"
        "assert '-vnc' not in command\n"
        "assert command.count('-display') == 1\n"
    )
    assert driver_process.run(script).returncode == 0
