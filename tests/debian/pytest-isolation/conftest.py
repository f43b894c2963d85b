"""What tests leave behind, and how another one would see it."""

import random
import time

import pytest
from test_driver.machine import QemuMachine
from test_driver.network.faults import Network

SEED = 15
# What leaves a trace in the server, and what says so. It starts few processes: many tests run it.
COMMANDS = {
    "file": "echo x >/root/trace",
    "process": "setsid sleep 1000 >/dev/null 2>&1 </dev/null &",
    "disk": "fallocate -l $(df --output=avail -B1 / | tail -n 1) /root/large || true",
    "unit": "systemctl stop kept.service",
    "mount": "mount -t tmpfs none /mnt",
    "sysctl": "sysctl -q -w kernel.panic=77",
}
SEEN = """
[ ! -e /root/trace ] || echo file
! grep -qsx sleep /proc/[0-9]*/comm || echo process
[ "$(stat -f -c %a /)" -gt 1000 ] || echo disk
read -r _ </sys/fs/cgroup/system.slice/kept.service/cgroup.procs || echo unit
! grep -q ' /mnt ' /proc/mounts || echo mount
[ "$(</proc/sys/kernel/panic)" != 77 ] || echo sysctl
echo $EPOCHSECONDS
"""


class Traces:
    """Leaves traces in two machines and the network between them, and looks for all kinds."""

    kinds = (*COMMANDS, "clock", "network", "off")
    looks = 0

    def __init__(self, server: QemuMachine, client: QemuMachine, network: Network) -> None:
        self.server, self.client, self.network = server, client, network

    def leave(self, kind: str) -> None:
        if kind in COMMANDS:
            self.server.succeed(COMMANDS[kind])
        elif kind == "clock":
            self.server.succeed("date -s '+1 hour'")
        elif kind == "network":
            self.network.partition([self.server], [self.client])
        elif kind == "off":
            self.client.crash()

    def seen(self) -> list[str]:
        """Return the kinds of traces that there are."""
        *found, seconds = self.server.succeed(SEEN).split()
        if abs(int(seconds) - time.time()) > 600:
            found.append("clock")
        if not self.client.booted:
            found.append("off")
        elif list(self.network.faults) or not self._pings():
            found.append("network")
        return found

    def _pings(self) -> bool:
        """Ping in one test of four: what one has not ended on the network, the next one sees."""
        Traces.looks += 1
        return Traces.looks % 4 != 0 or self.server.execute("ping -c 1 -W 1 client")[0] == 0


@pytest.fixture
def traces(server: QemuMachine, client: QemuMachine, network: Network) -> Traces:
    return Traces(server, client, network)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of test_traces.py in a random order."""
    shuffled = [item for item in items if item.path.name == "test_traces.py"]
    others = [item for item in items if item not in shuffled]
    random.Random(SEED).shuffle(shuffled)
    items[:] = [*shuffled, *others]
