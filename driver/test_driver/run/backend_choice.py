"""The choice between QEMU and a container, for machines that can be both."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..backend.qemu.acceleration import Acceleration
from ..configuration import Configuration, MachineConfiguration
from ..log import MachineLog, say

QEMU, CONTAINER = "qemu", "nspawn"
# For people.
TITLES = {QEMU: "QEMU with KVM", CONTAINER: "a container of systemd-nspawn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendChoice:
    """What runs a machine in this run of the test, and why."""

    machine: str
    backend: str
    reason: str

    def describe(self) -> str:
        """Return the choice for people, without the machine."""
        return f"{TITLES[self.backend]}, because {self.reason}"

    def tell(self) -> None:
        """Write it to the log and to the events."""
        say(f"backend of {self.machine}: {self.describe()}")
        MachineLog(self.machine).record("backend", backend=self.backend, reason=self.reason)


def has_choice(machines: Mapping[str, MachineConfiguration]) -> bool:
    """Tell whether there is anything to choose."""
    return any(machine.as_container is not None for machine in machines.values())


def with_backends(
    configuration: Configuration, acceleration: Acceleration
) -> tuple[Configuration, tuple[BackendChoice, ...]]:
    """Return the configuration with each machine as it runs here, and what was chosen.

    A machine that can be both runs in QEMU where KVM works, and else as a container.
    """
    backend = QEMU if acceleration.accelerator == "kvm" else CONTAINER
    machines, choices = {}, []
    for name, machine in configuration.machines.items():
        machines[name] = machine
        if machine.as_container is not None:
            choices.append(BackendChoice(machine=name, backend=backend, reason=acceleration.reason))
            machines[name] = as_qemu(machine) if backend == QEMU else as_container(machine)
    return configuration.model_copy(update={"machines": machines}), tuple(choices)


def as_qemu(machine: MachineConfiguration) -> MachineConfiguration:
    """Return the machine as one that is never a container."""
    return machine.model_copy(update={"as_container": None})


def as_container(machine: MachineConfiguration) -> MachineConfiguration:
    """Return the machine as a container."""
    if machine.as_container is None:
        raise ValueError("the machine cannot be a container")
    form = machine.as_container
    return machine.model_copy(update={**dict(form), "as_container": None, "container": True})
