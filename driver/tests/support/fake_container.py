"""Stands in for a container's start script, for systemd-nspawn and for the container that it runs.

Its first process is a child, as that of a real container, and writes what the console shows to the
standard output. Commands run as in the fake QEMU, whose agent it has. Its network cards are sockets
in its folder, `eth1` for network 1; with `--no-cards` there are none, as with start scripts that
join the switches in another way. With `--greet`, the guest sends a frame on each card as soon as
it boots.
"""

import asyncio
import os
import re
import selectors
import signal
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # it runs as a program of its own

from test_driver.network.taps import CONTROL_VARIABLE, Cards
from test_driver.network.vde import Member
from tests.support.fake_qemu import FakeQemu
from tests.support.fake_taps import PathTap
from tests.support.relay_bench import frame

GREETING = frame("g", 77)

REBOOTED_STATUS = 133  # as of systemd-nspawn


class FakeContainer(FakeQemu):
    """The container: an agent on a socket in a folder of the host, and no monitor."""

    rebooted = False

    async def run(self) -> None:
        """Run until the guest powers off, or is killed."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR2, self.ended.set)
        loop.add_signal_handler(signal.SIGQUIT, self.turn_deaf)
        loop.add_signal_handler(signal.SIGRTMIN + 4, self.power_off)
        loop.add_signal_handler(signal.SIGINT, self.reboot)
        server = await asyncio.start_unix_server(self.serve_agent, self.sockets["agent"])
        self.write("Welcome to the fake container!\n")
        await self.ended.wait()
        server.close()

    def write(self, text: str) -> None:
        """Write to the console."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def power_off(self, reason: str = "") -> None:
        """End."""
        self.ended.set()

    def reboot(self) -> None:
        """End, to be started again."""
        self.rebooted = True
        self.ended.set()


def folders() -> dict[str, str]:
    """Return the folders of the switches, by the names of the cards."""
    prefix = "QEMU_VDE_SOCKET_"
    return {
        f"eth{name.removeprefix(prefix)}": folder
        for name, folder in os.environ.items()
        if name.startswith(prefix)
    }


def be_cards(ready: int) -> None:
    """Be the program of the cards, and write to a descriptor when the guest may boot."""
    cards = Cards(selectors.DefaultSelector(), lambda: _tell(ready))
    for name, folder in folders().items():
        tap = PathTap(Path(name).absolute())
        cards.add(name, folder, tap, Member(folder, f"{name}-{os.getpid()}"))
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.connect(os.environ[CONTROL_VARIABLE])
    cards.obey(control)
    cards.run()


def _tell(descriptor: int) -> None:
    os.write(descriptor, b"ready\n")


def be_guest(agent: str, ready: int) -> None:
    """Wait for the cards, and be the guest."""
    if not os.read(ready, 100):
        sys.exit("cannot make its network cards (see above)")
    if "--greet" in sys.argv:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as card:
            for name in folders():
                card.sendto(GREETING, name)
    machine = FakeContainer({"agent": agent}, exit_at_reboot=False)
    asyncio.run(machine.run())
    if machine.rebooted:
        sys.exit(REBOOTED_STATUS)


def main() -> None:
    """Run a container, and end as it does."""
    if os.environ["SHARED_DIR"] == "":
        sys.exit("fake: no shared folder")
    if "--break" in sys.argv:
        sys.exit("Need to be root.")
    bind = re.search(r"--bind=([^:]+):/run/test-driver-channel", " ".join(sys.argv))
    if bind is None:
        sys.exit(f"fake: no folder for the agent's socket in {sys.argv}")
    reading, writing = os.pipe()
    if "--no-cards" in sys.argv:
        _tell(writing)
    elif os.fork() == 0:
        be_cards(writing)
        return
    if (child := os.fork()) == 0:
        os.close(writing)
        be_guest(f"{bind[1]}/agent", reading)
        return
    os.close(writing)
    if "--slow-end" in sys.argv:  # as that of a namespace with many processes
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        time.sleep(0.5)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
