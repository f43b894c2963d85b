"""Methods of a container: too little processor time or memory."""

from ..backend.attachment import Attachment
from ..backend.nspawn.instance import NspawnInstance
from ..errors import FaultRefused, HostError
from ..faults.active_fault import ActiveFault
from ..faults.machine_faults import MachineFault, in_range, running_machine
from ..run.timings import Phase
from .core import MachineCore
from .method import method

CPU, MEMORY = "limit_cpu", "limit_memory"
SMALLEST_SHARE = 0.01
LARGEST_MIB = 2**24


class Limits(Attachment):
    """The limits to one run of a container, as long as they last: the strictest are in force."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.mebibytes: list[int] = []


class ContainerLimitMethods(MachineCore):
    """Methods of a container: limits."""

    @method(phase=Phase.COMMAND)
    def limit_cpu(self, share: float) -> ActiveFault:
        """Let the container have no more than a share of one of the host's processors from now on.

        Of several limits the strictest holds, the option `cores` of the container among them. As a
        context manager, the result undoes it. Raises FaultRefused if the container is off, if the
        share is not from 0.01 to 1, or where cgroups of version 2 have no controller `cpu`.

        >>> with machine.limit_cpu(0.2):
        ...     machine.succeed("true")
        """
        run = _container(self, "limit_cpu()")
        in_range(self, "share", share, SMALLEST_SHARE, 1)
        limits = run.attachments.get(Limits)

        async def apply() -> None:
            cores = self.configuration.limits.cores
            given = [] if cores is None else [float(cores)]
            run.cgroup.limit_cpu(min([*limits.shares, *given], default=None))

        def undo() -> None:
            limits.shares.remove(share)
            self.in_loop(apply())

        limits.shares.append(share)
        try:
            self.in_loop(apply())
        except HostError as error:
            limits.shares.remove(share)
            raise FaultRefused(self.name, f"limit_cpu() is impossible: {error}") from error
        return MachineFault(self, run, f"it has {share:g} of a processor", undo, subject=CPU)

    @method(phase=Phase.COMMAND)
    def limit_memory(self, mebibytes: int) -> ActiveFault:
        """Let the processes of the container have no more than that much memory from now on.

        If they need more, the kernel kills some of them, which is trouble of the kind `oom`. Of
        several limits the strictest holds, the option `memorySize` of the container among them. As
        a context manager, the result undoes it. Raises FaultRefused if the container is off, or
        where cgroups of version 2 have no controller `memory`.

        >>> with machine.limit_memory(128):
        ...     machine.succeed("true")
        """
        run = _container(self, "limit_memory()")
        in_range(self, "limit_memory() in MiB", mebibytes, 1, LARGEST_MIB)
        limits = run.attachments.get(Limits)

        async def apply() -> None:
            given = self.configuration.limits.memory_mib
            values = [*limits.mebibytes, *([] if given is None else [given])]
            run.cgroup.limit_memory(min(values, default=None))

        def undo() -> None:
            limits.mebibytes.remove(mebibytes)
            self.in_loop(apply())

        limits.mebibytes.append(mebibytes)
        try:
            self.in_loop(apply())
        except HostError as error:
            limits.mebibytes.remove(mebibytes)
            raise FaultRefused(self.name, f"limit_memory() is impossible: {error}") from error
        what = f"it has {mebibytes} MiB of memory"
        return MachineFault(self, run, what, undo, subject=MEMORY)


def _container(machine: MachineCore, what: str) -> NspawnInstance:
    run = running_machine(machine, what)
    assert isinstance(run, NspawnInstance)
    return run
