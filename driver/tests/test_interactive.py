"""The interactive driver, driven by a terminal as a person would."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from .conftest import DriverProcess

KEYS = {"escape": "\x1d", "end": "\x04", "interrupt": "\x03"}
SCRIPT = """\
import json
counted = 0

def count():
    global counted
    counted += 1
    return counted

start_all()
with subtest("one"):
    machine1.succeed("echo one >>seen")
    count()

with subtest("two"):
    machine1.succeed("echo two >>seen")
    assert count() == 3, "still wrong"

with subtest("three"):
    machine1.succeed("echo three >>seen")
"""

Session = pexpect.spawn
Start = Callable[..., Session]


@pytest.fixture
def start(driver_process: DriverProcess, tmp_path: Path) -> Iterator[Start]:
    """Start sessions at terminals of their own."""
    sessions: list[Session] = []

    def start(script: str = SCRIPT, *arguments: str) -> Session:
        command = driver_process.command(script, "--interactive", *arguments)
        environment = {**driver_process.environment(), "XDG_STATE_HOME": str(tmp_path / "state")}
        environment["TERM"] = "xterm"
        session = pexpect.spawn(
            command[0],
            command[1:],
            env=environment,
            dimensions=(50, 150),
            encoding="utf-8",
            timeout=20,
            cwd=tmp_path,
        )
        if "PEXPECT_LOG" in os.environ:
            session.logfile_read = sys.stdout
        sessions.append(session)
        session.expect("Leave with Ctrl-D")
        session.expect(">>>")
        return session

    yield start
    for session in sessions:
        session.close(force=True)


def test_x(start: Start) -> None:
    session = start()
    session.send("machine1.wait_for_op")
    session.expect("wait_for_open_port")
    session.send(KEYS["interrupt"])
    session.sendline("test_script()")
    session.expect("still wrong", timeout=20)
    session.sendline("1+1")
    session.expect("2")
    session.sendline("machine1.shell_interact()")
    session.expect("guest#")
    session.sendline("tty; stty size; echo $((40+2))")
    session.expect("50 150")
    session.expect("42")
    session.sendline("exit")
    session.sendline("print('back')")
    session.expect("back")
    session.send(KEYS["end"])
    session.expect("End the session")
    session.send("y")
    session.expect(pexpect.EOF)
