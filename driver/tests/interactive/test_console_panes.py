"""Consoles beside the prompt, in panes of a tmux that only writes down what it is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import DriverProcess, Terminals
from .test_rehearsal import begin, leave, say

FAKE_TMUX = """\
#!{python}
import json, sys
from pathlib import Path
told = Path({told!r})
with told.open("a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
made = told.read_text().count('["split-window')
if sys.argv[1] == "list-panes":
    print("%0", "%2", sep="\\n")  # the first of the machines' panes was closed
elif sys.argv[1] == "split-window" and made > {room}:
    sys.exit("no space for new pane")
elif sys.argv[1] == "split-window":
    print("%" + str(made))
"""


def fake_tmux(folder: Path, monkeypatch: pytest.MonkeyPatch, *, room: int = 9) -> Path:
    """Be in tmux, which has room for so many panes; return the file of what it was told."""
    told = folder / "told"
    program = folder / "bin/tmux"
    program.parent.mkdir()
    program.write_text(FAKE_TMUX.format(python=sys.executable, told=str(told), room=room))
    program.chmod(0o755)
    path = f"{program.parent}:/usr/local/bin:/usr/bin:/bin"
    for name, value in {"TMUX": "/tmp/tmux/0", "TMUX_PANE": "%0", "PATH": path}.items():
        monkeypatch.setenv(name, value)
    return told


def read(told: Path) -> list[list[str]]:
    """Return what tmux was told."""
    return [json.loads(line) for line in told.read_text().splitlines()]


def test_each_console_has_a_pane_until_the_end(
    driver_process: DriverProcess,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = fake_tmux(tmp_path, monkeypatch)
    session = begin(driver_process, terminals, "", "--console-panes")
    first, second = (tokens for tokens in read(told) if tokens[0] == "split-window")
    assert first[1:5] == ["-h", "-t", "%0", "-d"]
    assert second[1:5] == ["-v", "-t", "%1", "-d"]
    assert second[-5:] == [";", "select-layout", "-E", "-t", "%1"]
    say(session, "machine1.start(); machine1.wait_for_console_text('login:')")
    with subprocess.Popen(first[first.index("sh") :], stdout=subprocess.PIPE, text=True) as pane:
        assert pane.stdout is not None
        assert pane.stdout.readline() == "the console of machine1\n"
        assert pane.stdout.readline().startswith("Linux version 6.12")
        pane.kill()
    say(session, "console_panes()")
    again = read(told)[-1]
    assert again[:4] == ["split-window", "-v", "-t", "%2"]
    assert again[again.index("sh", 9) + 1] == "machine1"
    leave(session)
    assert read(told)[-2:] == [["kill-pane", "-t", "%2"], ["kill-pane", "-t", "%3"]]


def test_consoles_without_a_pane_are_named(
    driver_process: DriverProcess,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_tmux(tmp_path, monkeypatch, room=1)
    session = begin(driver_process, terminals)
    way = rf"tail -n \+1 -F {driver_process.output}/console"
    reason = "tmux makes no pane: no space for new pane; consoles can be followed elsewhere with"
    say(session, "console_panes()", reason, rf"{way}/two-2.log")
    leave(session)


def test_without_tmux_the_commands_to_follow_consoles_are_shown(
    driver_process: DriverProcess, terminals: Terminals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    session = begin(driver_process, terminals)
    way = rf"tail -n \+1 -F {driver_process.output}/console"
    reason = r"the prompt is not in tmux \(TMUX is not set\); consoles can be followed elsewhere"
    say(session, "console_panes()", reason, rf"{way}/machine1.log", rf"{way}/two-2.log")
    leave(session)


def test_panes_are_for_the_prompt(driver_process: DriverProcess) -> None:
    result = driver_process.run("", "--console-panes")
    assert result.returncode == 2
    assert "--console-panes is for the prompt: it needs --interactive" in result.stderr
