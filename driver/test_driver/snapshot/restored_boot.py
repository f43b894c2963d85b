"""Start a machine where a checkpoint was made."""

from collections.abc import Sequence

from ..backend.boot import PreLaunchHook, run_hooks
from ..backend.qemu.bootable import QemuBootable
from ..backend.qemu.instance import QemuInstance
from ..configuration import Identity
from ..errors import CheckpointError
from .checkpoints import CAPABILITIES, Checkpoint
from .identity import take_identity
from .migration import load
from .state import StateUnusable

SET_CLOCK = 'date -s "@$1"'


class RestoredBoot:
    """Starts QEMU with the state of a checkpoint. The guest stands still then."""

    title = ""
    begins_boot = False
    loads_snapshot = False

    def __init__(self, machine: QemuBootable, kept: Checkpoint) -> None:
        self._machine = machine
        self._kept = kept

    async def prepare(self) -> QemuInstance:
        """Return a QEMU that waits for the state."""
        before = self._machine.qemu
        return await self._machine.new_instance(
            allow_reboot=before is not None and before.allow_reboot,
            root_console=self._kept.root_console,
            extra=self._kept.qemu_arguments(),
        )

    async def begin(self, backend: QemuInstance, hooks: Sequence[PreLaunchHook]) -> None:
        """Start QEMU and load the state. Raises CheckpointError if that cannot be."""
        machine, kept = self._machine, self._kept
        try:
            await backend.start()
            await backend.commands.reach_guest(kept.shells)
            await load(backend, kept.state, CAPABILITIES)
            await run_hooks(machine, backend, hooks, resume=False)
        except (OSError, StateUnusable) as error:
            await backend.quit()
            raise CheckpointError(machine.name, f"it cannot be restored: {error}") from error
        except BaseException:
            await backend.quit()
            raise
        take_identity(backend, SET_CLOCK, kept.shells, Identity())
