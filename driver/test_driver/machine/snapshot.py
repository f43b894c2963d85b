"""Checkpoints, to return to: methods of a machine, and those of the driver for all machines."""

import abc
import asyncio
import itertools
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from ..backend.boot import boot
from ..backend.qemu.instance import QemuInstance
from ..deadline import NEVER, Deadline
from ..errors import AgentError, CheckpointError, MachineError
from ..public_names import script_global
from ..run.timings import Phase
from ..snapshot.checkpoints import (
    CAPABILITIES,
    STATE,
    Checkpoint,
    RestoredBoot,
    copy_disks,
    disks_in,
    disks_of,
)
from ..snapshot.mapped_memory import detach_memory
from ..snapshot.migration import has_plain_memory, save
from ..steps import Steps
from ..trouble.survey import ask_all
from .core import MachineCore
from .method import method
from .power import ENDS
from .qemu_core import QemuCore

COMMAND_SECONDS = 60.0
_numbers = itertools.count(1)


class SnapshotMethods(QemuCore):
    """Methods of a machine: checkpoints."""

    @cached_property
    def checkpoints(self) -> dict[str, Checkpoint]:
        """The checkpoints that there are, by their names."""
        return {}

    @method(phase=Phase.CHECKPOINT, title="making the checkpoint {name}")
    def checkpoint(self, name: str) -> None:
        """Keep the machine as it is, memory and disks, under a name, and let it go on.

        A machine that runs is waited for until it takes commands; one that is off is kept as off.
        Checkpoints end with the test. Raises CheckpointError if there is one of this name, or if
        there is no room for it.

        >>> machine.checkpoint("installed")
        """
        make([self], name)

    @method(phase=Phase.CHECKPOINT, title="restoring the checkpoint {name}")
    def restore(self, name: str) -> None:
        """Make the machine what it was at a checkpoint. Its clock is right, and its random numbers
        new.

        The checkpoint stays, and can be restored again. Connections with other machines may break:
        use `restore_all` for machines that talk to each other. Raises CheckpointError if there is
        no checkpoint of this name.

        >>> machine.restore("installed")
        """
        restore([self], name)

    @method(phase=Phase.COMMAND)
    @contextmanager
    def rollback(self) -> Iterator[None]:
        """Undo what a block has done to the machine, at its end. Blocks may be nested.

        After an error the machine is left as it is, so that it can be looked at.

        >>> with machine.rollback():
        ...     machine.succeed("rm -rf /var/lib/service")
        """
        with rolled_back([self]):
            yield


class AllSnapshotMethods(abc.ABC):
    """The methods of the driver: checkpoints of all machines."""

    steps: Steps

    @property
    @abc.abstractmethod
    def everyone(self) -> Sequence[MachineCore]:
        """All machines."""

    @script_global
    def checkpoint_all(self, name: str) -> None:
        """Keep all machines as they are at one moment, and let them go on.

        Each machine has the checkpoint under this name, as if `machine.checkpoint` had made it.

        >>> checkpoint_all("cluster is up")
        """
        spend = self.steps.timings.spend(Phase.CHECKPOINT)
        with spend, self.steps.step(f"making the checkpoint {name} of all machines"):
            make(self.everyone, name)

    @script_global
    def restore_all(self, name: str) -> None:
        """Make all machines what they were at a checkpoint, and let them go on together.

        What they have sent each other since then does not arrive.

        >>> restore_all("cluster is up")
        """
        spend = self.steps.timings.spend(Phase.CHECKPOINT)
        with spend, self.steps.step(f"restoring the checkpoint {name} of all machines"):
            restore(self.everyone, name)

    @script_global
    @contextmanager
    def rollback(self) -> Iterator[None]:
        """Undo what a block has done to all machines, at its end. Blocks may be nested.

        After an error the machines are left as they are, so that they can be looked at.

        >>> with rollback():
        ...     server.crash()
        """
        with rolled_back(self.everyone):
            yield


@contextmanager
def rolled_back(machines: Sequence[MachineCore]) -> Iterator[None]:
    """Undo what a block has done to machines."""
    name = f"rollback {next(_numbers)}"
    make(machines, name)
    try:
        yield
        restore(machines, name)
    finally:
        forget(machines, name)


def keep(driver: AllSnapshotMethods, name: str) -> None:
    """Make a checkpoint of all machines, as a script does it."""
    driver.checkpoint_all(name)


def forget(machines: Iterable[MachineCore], name: str) -> None:
    """Delete the checkpoints of this name. Nothing happens to a machine that has none."""
    for machine in _in_qemu(machines):
        if found := machine.checkpoints.pop(name, None):
            found.discard()


def missing(machines: Iterable[MachineCore], name: str) -> str:
    """Say which machine has no checkpoint of this name, and which it has; "" if all have it."""
    for machine in _in_qemu(machines):
        if name not in machine.checkpoints:
            return (
                f"the checkpoint {name!r}, which {machine.name} does not have; those it has: "
                f"{_names(machine)}. Make it with checkpoint_all({name!r})"
            )
    return ""


def _names(machine: SnapshotMethods) -> str:
    return ", ".join(map(repr, machine.checkpoints)) or "none"


def _in_qemu(machines: Iterable[MachineCore]) -> list[SnapshotMethods]:
    """Return the machines that can have checkpoints: all but containers."""
    return [machine for machine in machines if isinstance(machine, SnapshotMethods)]


def _without_containers(machines: Sequence[MachineCore]) -> list[SnapshotMethods]:
    """Return the machines in QEMU. Raises CheckpointError if a container runs, or if all are such.

    A container that is off has no memory to keep, and its files stay as they are.
    """
    for machine in machines:
        if not isinstance(machine, SnapshotMethods) and _is_on(machine):
            reason = (
                "a container that runs has no checkpoints, because the driver cannot keep its "
                "memory: use its checkpoint_files() and restore_files(), or switch it off with "
                "shutdown() before"
            )
            raise CheckpointError(machine.name, reason)
    found = _in_qemu(machines)
    if machines and not found:
        raise CheckpointError(machines[0].name, "a container has no checkpoints")
    return found


def make(every: Sequence[MachineCore], name: str) -> None:
    """Make a checkpoint of machines, at one moment."""
    if not (machines := _without_containers(every)):
        return
    for machine in machines:
        if (qemu := machine.qemu) is not None and (error := qemu.loss()) is not None:
            raise error
        if name in machine.checkpoints:
            raise CheckpointError(
                machine.name, f"there is a checkpoint {name!r} already; give this one another name"
            )
        for fault in machine.faults:
            if fault.bars_snapshot and fault.in_force:
                reason = f"it cannot be kept while there is a fault: {fault.what}; end that before"
                raise CheckpointError(machine.name, reason)
        if _is_on(machine) and machine.reach_guest().agent.is_root_shell:
            reason = (
                "a guest that runs without the guest agent cannot be kept: shut it down before, or "
                "let it have the agent (services.qemuGuest.enable)"
            )
            raise CheckpointError(machine.name, reason)
    with machines[0].context.steps.timings.spend(Phase.CHECKPOINT), ExitStack() as stack:
        # A drift is in the guest's memory, and a fault does not come back with a checkpoint.
        for machine in machines:
            stack.enter_context(machine.clock.without_drift())
        machines[0].in_loop(_make(machines, name))


def restore(every: Sequence[MachineCore], name: str, *, ask: bool = True) -> None:
    """Make machines what they were at a checkpoint, at one moment; `ask` about trouble before."""
    if not (machines := _without_containers(every)):
        return
    for machine in machines:
        if name not in machine.checkpoints:
            raise CheckpointError(
                machine.name, f"there is no checkpoint {name!r}; those there are: {_names(machine)}"
            )
    with machines[0].context.steps.timings.spend(Phase.CHECKPOINT):
        if ask and machines[0].context.troubles.fail_on:  # else it would only cost time
            machines[0].in_loop(ask_all(machines))
        machines[0].in_loop(_restore(machines, name))


async def _make(machines: Sequence[SnapshotMethods], name: str) -> None:
    running = [machine.qemu for machine in machines if _is_on(machine) and machine.qemu]
    shells = dict(
        zip(running, await asyncio.gather(*map(_keep_shell_channels, running)), strict=True)
    )
    try:
        # All stand still before the first is kept: what they have sent each other until then is
        # delivered when they go on, and lost for those that are restored. Networks lose packets.
        await _tell(running, "stop")
        results = await asyncio.gather(
            *(_keep(machine, shells) for machine in machines), return_exceptions=True
        )
    finally:
        await _tell([qemu for qemu in running if qemu.alive()], "cont")
    made = [result for result in results if isinstance(result, Checkpoint)]
    for result in results:
        if isinstance(result, BaseException):
            for kept in made:
                kept.discard()
            raise result
    for machine, kept in zip(machines, made, strict=True):
        machine.checkpoints[name] = kept


async def _keep_shell_channels(qemu: QemuInstance) -> dict[str, int]:
    try:
        return await qemu.liveness.run(qemu.commands.keep_shell_channels(), NEVER)
    except AgentError:  # it is restored without
        return {}


async def _keep(
    machine: SnapshotMethods, shells: Mapping[QemuInstance, dict[str, int]]
) -> Checkpoint:
    folder = folder_beside(machine.state_dir)
    qemu = machine.qemu if _is_on(machine) else None
    memory = None
    try:
        folder.mkdir(parents=True)
        if qemu is None:
            disks = disks_in(machine.state_dir)
        else:
            await save(qemu, folder / STATE, CAPABILITIES)
            if await has_plain_memory(qemu):
                memory = detach_memory(folder / STATE)
            blocks = await qemu.execute("query-block", None, Deadline.after(COMMAND_SECONDS))
            disks = disks_of(blocks, machine.state_dir)
        copies = await asyncio.to_thread(copy_disks, disks, folder)
    except (OSError, MachineError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, ENDS):
            raise
        reason = f"it cannot be kept in {folder}: {error}"
        raise CheckpointError(machine.name, reason) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    kept = {} if qemu is None else shells[qemu]
    return Checkpoint(
        folder=folder,
        configuration=machine.configuration,
        running=qemu is not None,
        disks=copies,
        shells=kept,
        memory=memory,
        corrupted=machine.corrupted,
        root_console=qemu is not None and qemu.root_console.is_there,
    )


async def _restore(machines: Sequence[SnapshotMethods], name: str) -> None:
    # All are off before the first is on: nothing that they sent each other later can arrive.
    await asyncio.gather(*(machine.end() for machine in machines))
    loading = (_load(machine, machine.checkpoints[name]) for machine in machines)
    results = await asyncio.gather(*loading, return_exceptions=True)
    running = [result for result in results if isinstance(result, QemuInstance)]
    for result in results:
        if isinstance(result, BaseException):
            await asyncio.gather(*(qemu.quit() for qemu in running))
            raise result
    await _tell(running, "cont")
    await asyncio.gather(*(qemu.liveness.run(qemu.wait_for_guest(), NEVER) for qemu in running))


async def _load(machine: SnapshotMethods, kept: Checkpoint) -> QemuInstance | None:
    machine.configuration = kept.configuration
    machine.corrupted = kept.corrupted
    try:
        await asyncio.to_thread(kept.restore_disks, machine.state_dir)
    except OSError as error:
        reason = f"its disks cannot be put back: {error}"
        raise CheckpointError(machine.name, reason) from error
    if not kept.running:
        return None
    async with machine.starting:
        return await boot(machine, RestoredBoot(machine, kept), machine.context.pre_launch_hooks)


def folder_beside(machine_folder: Path) -> Path:
    return machine_folder.with_name(f"{machine_folder.name}-checkpoint{next(_numbers)}")


def _is_on(machine: MachineCore) -> bool:
    return machine.backend is not None and machine.backend.alive()


async def _tell(machines: Sequence[QemuInstance], command: str) -> None:
    deadline = Deadline.after(COMMAND_SECONDS)
    await asyncio.gather(*(qemu.execute(command, None, deadline) for qemu in machines))
