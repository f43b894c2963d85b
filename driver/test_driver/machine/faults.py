"""Methods of a machine: too little processor time or memory, bad disks, a power cut."""

from ..backend.attachment import Attachment
from ..backend.qemu.cpu_limit import CpuLimit
from ..backend.qemu.disks import attached_disks
from ..backend.qemu.instance import QemuInstance
from ..deadline import Deadline
from ..errors import FaultRefused, MachineError, MonitorError
from ..faults.active_fault import ActiveFault
from ..faults.machine_faults import MachineFault, in_range, running
from ..faults.power_cut import cut_power
from ..poll import OF_HOST, poll
from ..run.timings import Phase
from .core import MachineCore
from .disks import Disk
from .method import method
from .power import PowerMethods
from .qemu_core import QemuCore

CPU = "limit_cpu"
MEMORY = "limit_memory"
COMMAND_SECONDS = 60.0
SMALLEST_SHARE = 0.01
BALLOON = "test-driver-balloon"
# How long a guest may take to load a driver and to give its memory, and to take it back.
BALLOON_SECONDS = 60.0
# A balloon has pages, and a guest keeps some.
SLACK_MIB = 1


class CpuShares(Attachment):
    """The limits to the processor time of one run of a machine: the strictest is in force."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.limit: CpuLimit | None = None

    @property
    def stops_process(self) -> bool:
        """Whether QEMU is stopped whenever it has had its share."""
        return self.limit is not None

    def apply(self, pid: int) -> None:
        """Put the strictest limit in force on a process, or none."""
        self.end()
        self.limit = CpuLimit(pid, min(self.shares)) if self.shares else None

    def end(self) -> None:
        """Limit the process no longer."""
        if self.limit is not None:
            self.limit.end()
            self.limit = None


class Balloon(Attachment):
    """The limits in MiB to the memory of one run of a machine, and whether it has a balloon."""

    def __init__(self) -> None:
        self.limits: list[int] = []
        self.plugged = False


class FaultMethods(PowerMethods, QemuCore):
    """Methods of a machine: faults of its hardware."""

    @method(phase=Phase.COMMAND)
    def limit_cpu(self, share: float) -> ActiveFault:
        """Let the machine have no more than a share of one of the host's processors from now on.

        It counts what QEMU uses, whatever the number of the machine's own processors. Of several
        limits the strictest holds. Under a small share all methods are slow. As a context manager,
        the result undoes it. Raises FaultRefused if the machine is off, or the share is not from
        0.01 to 1.

        >>> with machine.limit_cpu(0.2):
        ...     machine.succeed("true")
        """
        qemu = running(self, "limit_cpu()")
        in_range(self, "share", share, SMALLEST_SHARE, 1)

        limit = qemu.attachments.get(CpuShares)

        async def apply() -> None:
            limit.apply(qemu.process.pid)

        limit.shares.append(share)

        def undo() -> None:
            limit.shares.remove(share)
            self.in_loop(apply())

        self.in_loop(apply())
        return MachineFault(self, qemu, f"it has {share:g} of a processor", undo, subject=CPU)

    @method(phase=Phase.COMMAND)
    def limit_memory(self, mebibytes: int) -> ActiveFault:
        """Let the guest have no more than that much of the machine's memory from now on.

        The rest is taken from it by a balloon, for which it needs the driver `virtio_balloon`. The
        method returns when it has given the memory; a guest that needs it kills processes, or
        panics.
        Of several limits the strictest holds. As a context manager, the result gives the memory
        back.

        Raises FaultRefused if the machine is off, if it never had more memory, or if the guest does
        not give it within 60 s.

        >>> with machine.limit_memory(128):
        ...     machine.succeed("true")
        """
        qemu = running(self, "limit_memory()")
        in_range(self, "limit_memory() in MiB", mebibytes, 1, self.memory_mib - 1)
        limits = qemu.attachments.get(Balloon).limits

        def undo() -> None:
            limits.remove(mebibytes)
            self.in_loop(_apply_memory(self, qemu))

        limits.append(mebibytes)
        try:
            self.in_loop(_apply_memory(self, qemu))
        except FaultRefused:
            undo()
            raise
        what = f"it has {mebibytes} MiB of its memory"
        return MachineFault(self, qemu, what, undo, subject=MEMORY, bars_snapshot=True)

    @method(phase=Phase.COMMAND)
    def disk(self, which: int | str) -> Disk:
        """Return a disk that the machine can write to, to provoke faults of it.

        0 is the first one, the root, then come those of `emptyDiskImages`; or its name, which is
        its serial number, or QEMU's name for it where it has none. Raises FaultRefused, with the
        disks that there are, if there is no such disk; and if the machine is off and was never
        asked before.

        >>> with machine.disk(0).fail(reads=False):
        ...     machine.fail("echo data >/var/lib/file; sync /var/lib/file")
        """
        if (qemu := self.qemu) is not None and qemu.alive():
            self.known_disks = self.in_loop(attached_disks(qemu))
        known = self.known_disks
        if not known:
            running(self, "disk()")
        for number, found in enumerate(known):
            if which == found.name or (which == number and not isinstance(which, bool)):
                return Disk(self, found)
        there = ", ".join(f"{number} ({found.name})" for number, found in enumerate(known))
        raise FaultRefused(
            self.name, f"it has no disk {which!r}; those it has are {there or 'none'}"
        )

    @method(phase=Phase.COMMAND)
    def power_cut(self) -> None:
        """Cut the machine's power: it is off at once, and what its guest had not flushed is gone.

        What was flushed is there when it is started again. Before the guest's first own flush, that
        is what was on the disks when QEMU was started, or when the machine was restored. A pause,
        or what keeps the machine as it is, flushes as well. Nothing happens if the machine is off.

        Raises FaultRefused if the machine does not log its writes, which costs time and room: set
        `powerCuts = true` in a Debian node, or `virtualisation.powerCuts` in a NixOS one.

        >>> machine.power_cut()
        >>> machine.start()
        """
        if not self.configuration.power_cuts:
            raise FaultRefused(
                self.name,
                "its power cannot be cut, because what its guest writes is not logged; set "
                "`powerCuts = true` in the Debian node, or `virtualisation.powerCuts = true` in "
                "the NixOS one",
            )
        if (qemu := self.qemu) is None or not qemu.alive():
            self.crash()
            return
        cut_power(self, qemu)


async def _apply_memory(machine: MachineCore, qemu: QemuInstance) -> None:
    balloon = qemu.attachments.get(Balloon)
    limits = balloon.limits
    wanted = min([machine.memory_mib, *limits])
    deadline = Deadline.after(BALLOON_SECONDS)
    if not balloon.plugged:
        # Plugged in when it is wanted, so that no boot has to find it.
        options = {"driver": "virtio-balloon-pci", "id": BALLOON}
        await qemu.execute("device_add", options, deadline)
        balloon.plugged = True
    await qemu.execute("balloon", {"value": wanted * 2**20}, deadline)
    left = await _wait_for_memory(qemu, wanted, deadline)
    if left is not None:
        raise FaultRefused(
            machine.name,
            f"the guest was told to have {wanted} MiB, and has {left} MiB after "
            f"{BALLOON_SECONDS:g} s: it lacks the driver virtio_balloon, or cannot do without",
        )
    if not limits:
        await _unplug(machine, qemu, deadline)


async def _wait_for_memory(qemu: QemuInstance, wanted: int, deadline: Deadline) -> int | None:
    """Wait until a guest has as much memory as it was told to. Return what it has otherwise."""
    has = 0

    async def has_wanted() -> bool | None:
        nonlocal has
        answer = await qemu.execute("query-balloon", None, Deadline.after(COMMAND_SECONDS))
        has = int(answer["actual"]) // 2**20
        return abs(has - wanted) <= SLACK_MIB or None

    return None if await poll(has_wanted, OF_HOST, deadline) else has


async def _unplug(machine: MachineCore, qemu: QemuInstance, deadline: Deadline) -> None:
    """Take the balloon out again: a machine with one cannot be restored into one without."""
    await qemu.execute("device_del", {"id": BALLOON}, Deadline.after(COMMAND_SECONDS))

    async def is_out() -> bool | None:
        try:
            await qemu.execute("query-balloon", None, Deadline.after(COMMAND_SECONDS))
        except MonitorError:
            return True
        return None

    if not await poll(is_out, OF_HOST, deadline):
        raise MachineError(
            machine.name,
            "the guest has its memory back, but keeps the balloon's device",
        )
    qemu.attachments.get(Balloon).plugged = False
