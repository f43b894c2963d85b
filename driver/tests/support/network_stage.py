"""Networks with real switches, and machines whose QEMU, or whose container, is a fake."""

import contextlib
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from test_driver.errors import SwitchFailed
from test_driver.loop import LoopThread
from test_driver.machine import BaseMachine, NspawnMachine, QemuMachine
from test_driver.network.active_faults import NetworkFaults
from test_driver.network.faults import Network
from test_driver.network.vde import LONGEST_FRAME_BYTES
from test_driver.network.vlan import Vlan

from .fake_taps import ANSWER_SECONDS

CARDS = "x{0}: index=0,type=nic,model=virtio-net-pci\n \\ vlan{0}: index=0,type=vde,sock={1},fd=9\n"
SOON = 0.1  # seconds in which a frame that passes arrives
FAKE_CONTAINER = (sys.executable, str(Path(__file__).parent / "fake_container.py"))


class Inside:
    """The end of a fake container's card that is in the container."""

    def __init__(self, machine: BaseMachine, vlan: int) -> None:
        self._tap = machine.state_dir / f"eth{vlan}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"{self._tap}.in")

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        self._socket.sendto(frame, str(self._tap))

    def take(self, seconds: float = ANSWER_SECONDS) -> bytes | None:
        """Return the next frame that the card receives; `None` if there is none for so long."""
        self._socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            return self._socket.recv(LONGEST_FRAME_BYTES)
        return None

    def carriers(self) -> list[str]:
        """Return what was done to the carrier of the card."""
        file = self._tap.with_suffix(".carrier")
        return file.read_text().split() if file.exists() else []

    def close(self) -> None:
        """Close it."""
        self._socket.close()


class Stage:
    """Machines, the networks they are in, and what is in force."""

    def __init__(
        self,
        loop: LoopThread,
        make: Callable[..., BaseMachine],
        folder: Path,
        environment: dict[str, str],
    ) -> None:
        self.environment = environment
        self.failures: list[SwitchFailed] = []
        self.folder = folder
        self.machines: list[BaseMachine] = []
        self.insides: list[Inside] = []
        self._make = make
        self.vlans = loop.run(self._make_vlans())
        self.loop = loop

    async def _make_vlans(self) -> list[Vlan]:
        vlans = [Vlan(number, self.folder / f"v{number}") for number in (1, 2)]
        for vlan in vlans:
            await vlan.start(None, self.environment, self.failures.append)
        return vlans

    def machine(self, name: str, *vlans: int, **configured: object) -> QemuMachine:
        """Make a machine in networks."""
        machine = self._make(name, vlans=vlans, **configured)
        assert isinstance(machine, QemuMachine)
        self._add(machine, vlans)
        by_number = {vlan.number: vlan for vlan in self.vlans}
        text = "".join(CARDS.format(number, by_number[number].folder) for number in vlans)
        (machine.state_dir / "cards").write_text(text)
        return machine

    def container(
        self, name: str, *vlans: int, start_command: Sequence[str] = FAKE_CONTAINER
    ) -> NspawnMachine:
        """Make a container in networks."""
        machine = self._make(name, vlans=vlans, container=True, start_command=start_command)
        assert isinstance(machine, NspawnMachine)
        self._add(machine, vlans)
        return machine

    def inside(self, machine: NspawnMachine, vlan: int = 1) -> Inside:
        """Return the inner end of the card of a container in a network."""
        self.insides.append(found := Inside(machine, vlan))
        return found

    def _add(self, machine: BaseMachine, vlans: tuple[int, ...]) -> None:
        if not self.machines:
            self.faults = NetworkFaults(
                loop=self.loop,
                meanwhile=machine.context.conditions,
                machines=lambda: self.machines,
                vlans=lambda: self.vlans,
                on_failure=self.failures.append,
            )
            self.network = Network(self.faults, machine.context.output)
        self.machines.append(machine)
        by_number = {vlan.number: vlan for vlan in self.vlans}
        machine.context = replace(machine.context, faults=self.faults, vlans=by_number)
        machine.state_dir.mkdir(parents=True)

    def close(self) -> None:
        """Stop the machines and the networks."""
        for machine in self.machines:
            machine.release()
        if self.machines:
            self.loop.run(self.faults.stop())
        for vlan in self.vlans:
            self.loop.run(vlan.stop())
        for inside in self.insides:
            inside.close()

    def plan(self) -> dict[int, dict[tuple[str, str], Any]]:
        """Return what is in force on the links of each network."""
        links = self.faults.plan().links
        return {vlan: dict(links[vlan]) for vlan in links}


def three(stage: Stage) -> tuple[list[NspawnMachine], list[Inside]]:
    """Return three containers that run in one network, and the inner ends of their cards."""
    machines = [stage.container(name, 1) for name in "abc"]
    insides = [stage.inside(machine) for machine in machines]
    for machine in machines:
        machine.succeed("true")
    return machines, insides


def hears(inside: Inside, sent: bytes) -> None:
    """Assert that this is the next frame that a card receives."""
    assert inside.take() == sent


def hear_nothing(*insides: Inside) -> None:
    """Assert that no card receives a frame."""
    for inside in insides:
        assert inside.take(SOON) is None
