"""Methods of a machine: kept as it is, to go on from there later."""

from pathlib import Path

from ..deadline import Deadline
from ..errors import HostError, MachineError
from ..public_names import Needs
from ..run.timings import Phase
from ..snapshot.migration import facts, save
from ..snapshot.state import CAPABILITIES, DEVICES, write_snapshot
from .method import method
from .qemu_core import QemuCore

STOP_SECONDS = 60.0


class SavingMethods(QemuCore):
    """Methods of a machine: snapshots for warm starts."""

    @method(phase=Phase.COMMAND, needs=Needs.GUEST)
    def save_machine(self, folder: str | Path) -> None:
        """Keep the machine as it is in a folder that does not exist yet, and switch it off.

        Other machines with the same devices can begin from there. This is how snapshots for
        `warmStart` are made; a test has no need of it. Raises MachineError if the machine was not
        started with its memory in a file (`memory_in_file` in its configuration).

        >>> machine.save_machine("/tmp/saved")
        """
        place = Path(folder)
        self.in_loop(_save(self, place))


async def _save(machine: QemuCore, place: Path) -> None:
    if (memory := machine.memory_file) is None:
        raise MachineError(
            machine.name,
            "cannot be saved: its memory is not in a file (`memory_in_file` in its configuration)",
        )
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise HostError(f"{machine.name}: cannot save to {place}: {error}") from error
    qemu = await machine.ensure_connected()
    accelerator = (await machine.context.acceleration()).accelerator
    shells = await qemu.commands.keep_shell_channels()
    await qemu.execute("stop", None, Deadline.after(STOP_SECONDS))
    known = await facts(qemu, accelerator)
    await save(qemu, place / DEVICES, CAPABILITIES)
    await qemu.quit()
    saved = write_snapshot(place, known, shells, memory, machine.state_dir)
    kept = sum(file.stat().st_blocks * 512 for file in place.rglob("*"))
    machine.lines.say(
        f"saved: {kept / 2**20:.0f} MiB for {saved.memory_bytes // 2**20} MiB of memory "
        f"and {len(saved.disks)} disks"
    )
