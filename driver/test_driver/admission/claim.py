"""What machines may use of their host."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..configuration import Configuration, MachineConfiguration, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one machine may use. The memory includes what its QEMU itself needs."""

    memory_mib: int
    cores: int
    boots: bool = False  # whether its processors are busy with a boot at first


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a driver asks for, by the names of machines."""

    machines: Mapping[str, Need] = field(default_factory=dict)

    @property
    def memory_mib(self) -> int:
        """The memory of all of them."""
        return sum(need.memory_mib for need in self.machines.values())

    @property
    def cores(self) -> int:
        """The processors of all of them."""
        return sum(need.cores for need in self.machines.values())

    @property
    def booting_cores(self) -> int:
        """The processors of those that boot."""
        return sum(need.cores for need in self.machines.values() if need.boots)

    def without(self, names: Collection[str]) -> "Claim":
        """Return the claim for the others."""
        return Claim(
            machines={name: need for name, need in self.machines.items() if name not in names}
        )

    def describe(self) -> str:
        """Return the memory of each machine, for people."""
        return ", ".join(f"{name}: {need.memory_mib} MiB" for name, need in self.machines.items())


def claim_of(configuration: Configuration, names: Collection[str] | None = None) -> Claim:
    """Return the claim for machines of a test, for all of them unless they are named.

    lib/shared/resources.nix adds up the same for `resources` of a test.
    """
    given = configuration.admission
    overhead = 0 if given is None else given.overhead_mib
    return Claim(
        machines={
            name: _need(machine, overhead)
            for name, machine in configuration.machines.items()
            if names is None or name in names
        }
    )


def _need(machine: MachineConfiguration, overhead_mib: int) -> Need:
    """Return the most that a machine may use, in whichever of its variants."""
    if machine.container:
        limits = machine.limits
        return Need(memory_mib=limits.memory_mib or 0, cores=limits.cores or 1)
    forms: list[MachineConfiguration | Variant] = [machine, *machine.variants]
    return Need(
        memory_mib=overhead_mib + max(form.memory_mib for form in forms),
        cores=max(form.cores for form in forms),
        boots=machine.warm_start is None,
    )
