"""Stands in for systemd-nspawn and for the container that it runs.

Its first process is a child, as that of a real container, and writes what the console shows to the
standard output. Commands run as in the fake QEMU, whose agent it has.
"""

import asyncio
import os
import re
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # it runs as a program of its own

from tests.support.fake_qemu import FakeQemu

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


def main() -> None:
    """Run a container, and end as it does."""
    if os.environ["SHARED_DIR"] == "":
        sys.exit("fake: no shared folder")
    if "--break" in sys.argv:
        sys.exit("Need to be root.")
    bind = re.search(r"--bind=([^:]+):/run/test-driver-channel", " ".join(sys.argv))
    if bind is None:
        sys.exit(f"fake: no folder for the agent's socket in {sys.argv}")
    if (child := os.fork()) == 0:
        machine = FakeContainer({"agent": f"{bind[1]}/agent"}, exit_at_reboot=False)
        asyncio.run(machine.run())
        if machine.rebooted:
            sys.exit(REBOOTED_STATUS)
        return
    if "--slow-end" in sys.argv:  # as that of a namespace with many processes
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        time.sleep(0.5)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
