"""Which of several shells for one pair of ports goes on: that of the last connection."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.errors import ShellLost
from test_driver.guest import shell_channel
from test_driver.machine import QemuMachine

from .test_shell_channel import channels

TEXT = Path(shell_channel.__file__).with_suffix(".bash").read_text()
FUNCTIONS = "".join(re.findall(r"^channel_(?:number|open)\(\) \{\n.*?^\}.*?\n", TEXT, re.M | re.S))
# It holds a file as a shell holds a port, and has a child that does so, too, as `cat` does.
HOLDER = 'exec 5<"$PORT"; sleep 100 <&5 & wait'
# What opens the port: only one process can, as with a device.
OPENER = f"""\
{FUNCTIONS}
sleep() {{ command sleep 0.001; }}
is_free() {{ # as with a device, one process has it
  local one
  for one in /proc/[0-9]*/fd/*; do [[ ! $one -ef $device ]] || return 1; done
}}
channel_open "$1"
echo opened
"""


@pytest.fixture
def port(tmp_path: Path) -> Path:
    """A file that stands for a port."""
    path = tmp_path / "port"
    path.touch()
    return path


@pytest.fixture
def hold(port: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A shell of the connection 200, which has the port."""
    command = ["bash", "-c", HOLDER, "bash", "out", "err", "channel-200-abc"]
    environment = {**os.environ, "PORT": str(port)}
    holder = subprocess.Popen(command, env=environment, start_new_session=True)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not _holds(holder.pid, port):
        time.sleep(0.01)
    yield holder
    with contextlib.suppress(ProcessLookupError):
        os.killpg(holder.pid, signal.SIGKILL)
    holder.wait()


def _holds(pid: int, port: Path) -> bool:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return bool(children) and Path(f"/proc/{children[0]}/fd/0").resolve() == port


def opened(port: Path, greeting: str) -> bool:
    """Tell whether a shell with this greeting gets the port."""
    text = OPENER
    for part, other in (
        ("device=/dev/virtio-ports/$1", f"device={port}"),
        ('exec {channel_opened}<>"$device"', "is_free"),
    ):
        assert part in text
        text = text.replace(part, other)
    command = ["bash", "-c", text, "bash", "out", "err", greeting]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout == "opened\n"


@pytest.mark.parametrize("greeting", ["channel-201-def", "channel-1000-def"])
def test_a_later_shell_takes_the_port_of_an_earlier_one(
    hold: subprocess.Popen[bytes], port: Path, greeting: str
) -> None:
    assert opened(port, greeting)
    assert hold.wait(10) == -9


@pytest.mark.parametrize("greeting", ["channel-199-def", "channel-99-def"])
def test_an_earlier_shell_leaves_the_port_to_a_later_one(
    hold: subprocess.Popen[bytes], port: Path, greeting: str
) -> None:
    assert not opened(port, greeting)
    assert hold.poll() is None
    assert _holds(hold.pid, port)


def test_a_shell_whose_ports_another_one_has_taken_is_lost(machine: QemuMachine) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)

    async def open_ports() -> set[str]:
        return set(channel.names)  # another shell has them

    async def kill() -> None:
        runner = machine.reach_guest().commands
        await runner._shell.exec(["bash", "-c", f"kill -KILL {channel.process}"])
        for _ in range(200):
            runner.check_shell_channels(open_ports)
            await asyncio.sleep(0.05)
            if not channel.is_open:
                return

    killer = threading.Timer(0.5, lambda: machine.in_loop(kill()))
    killer.start()
    with pytest.raises(ShellLost, match="killed by signal 9"):
        machine.succeed("sleep 30", timeout=20)
    killer.join()
