"""Methods of a machine: a pause."""

import threading

from ..backend.standstill import RESUME
from ..errors import FaultRefused, HostError
from ..faults.active_fault import ActiveFault, heal
from ..faults.machine_faults import PAUSE, MachineFault, running_machine
from ..run.timings import Phase
from .core import MachineCore
from .method import method


class PauseMethods(MachineCore):
    """Methods of a machine: a pause."""

    @method(phase=Phase.COMMAND)
    def pause(self) -> ActiveFault:
        """Let the machine stand still from now on; as a context manager, until the block ends.

        The clock of a machine in QEMU stands still, too, and is behind afterwards; that of a
        container goes on. What needs the guest raises GuestPaused at once meanwhile, unless it
        waits in another thread than the one that has made the pause. What it had written to its
        disks counts as flushed (see `power_cut`). Raises FaultRefused if the machine is off, and
        for a container also where the computer has no cgroups of version 2.

        >>> with leader.pause():
        ...     follower.wait_until_succeeds("am-i-the-leader")
        """
        run = running_machine(self, "a pause")
        first = not self.faults.of(PAUSE)

        async def stop(thread: threading.Thread) -> None:
            await run.stand_still(True)
            run.standstill.begin("paused", RESUME, thread)

        async def go_on() -> None:
            await run.stand_still(False)
            run.standstill.end()

        def undo() -> None:
            if not self.faults.of(PAUSE):
                self.in_loop(go_on())

        if first:
            try:
                self.in_loop(stop(threading.current_thread()))
            except HostError as error:
                raise FaultRefused(self.name, f"a pause is impossible: {error}") from error
        return MachineFault(self, run, "it stands still", undo, subject=PAUSE, bars_snapshot=True)

    @method(phase=Phase.COMMAND)
    def resume(self) -> None:
        """Let the machine go on after `pause`. Nothing happens if it does not stand still.

        >>> machine.pause()
        >>> machine.resume()
        """
        heal(self.faults.of(PAUSE))
