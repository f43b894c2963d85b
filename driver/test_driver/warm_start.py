"""Start a machine from a saved one, and make it itself: clock, name, addresses."""

import asyncio
import base64
import contextlib
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from .captured_output import Capture
from .configuration import WarmStart
from .deadline import Deadline
from .error_text import indented, tail
from .errors import DriverError, MachineError
from .guest_command import OUTPUT_LIMIT_BYTES
from .migration import facts, load
from .qemu import Qemu
from .saved_state import (
    CAPABILITIES,
    DEVICES,
    MEMORY,
    SavedMachine,
    StateUnusable,
    copy_overlays,
    memory_arguments,
    read_saved_machine,
    remove_disks,
)

PRELUDE_SECONDS = 60.0
RESUME_SECONDS = 60.0
POLL_SECONDS = 0.002


def begins_anew(machine_folder: Path) -> bool:
    """Tell whether a machine has no disk yet: one that has goes on from that."""
    return not any(machine_folder.glob("*.qcow2"))


class WarmStarter:
    """Starts one machine from a saved state."""

    def __init__(self, warm: WarmStart, machine_folder: Path, accelerator: str) -> None:
        self._folder = Path(warm.folder)
        self._script = warm.script
        self._machine_folder = machine_folder
        self._accelerator = accelerator

    def prepare(self) -> SavedMachine:
        """Check the saved state and take its disks. Raises StateUnusable."""
        saved = read_saved_machine(self._folder)
        if difference := saved.difference({"accelerator": self._accelerator}):
            raise StateUnusable(difference)
        copy_overlays(self._folder, saved, self._machine_folder)
        return saved

    def arguments(self, saved: SavedMachine) -> list[str]:
        """Return what QEMU needs to wait for the state."""
        memory = memory_arguments(self._folder / MEMORY, saved.memory_bytes, shared=False)
        return ["-incoming", "defer", *memory]

    async def resume(self, qemu: Qemu, saved: SavedMachine) -> None:
        """Start QEMU, load the state, let it go on. Raises StateUnusable; QEMU has ended then."""
        try:
            await qemu.start()
            await qemu.commands.reach_guest(saved.shells)
            if difference := saved.difference(await facts(qemu, self._accelerator)):
                raise StateUnusable(difference)
            await load(qemu, self._folder / DEVICES, CAPABILITIES)
            run_prelude(qemu, self._script, saved.shells)
            await qemu.execute("cont", None, Deadline.after(RESUME_SECONDS))
        except (OSError, StateUnusable, DriverError) as error:
            await qemu.quit()
            remove_disks(self._machine_folder)
            raise StateUnusable(str(error)) from error


def run_prelude(qemu: Qemu, script: str, shells: Mapping[str, int]) -> None:
    """Let a script run in the guest before any other command.

    It runs on a shell that the machine was saved with, or through the agent if there is none.
    """
    qemu.prelude = prelude = asyncio.ensure_future(_prelude(qemu, script, shells))
    # Whoever waits for the guest is told how it failed; it is no fault that nobody does.
    prelude.add_done_callback(lambda task: task.cancelled() or task.exception())


async def _prelude(qemu: Qemu, script: str, shells: Mapping[str, int]) -> None:
    try:
        async with asyncio.timeout(PRELUDE_SECONDS):
            await qemu.commands.resume_lanes(shells)
            said = Capture(OUTPUT_LIMIT_BYTES)
            status = await qemu.commands.on_lane(f"set -- {_arguments()}\n{script}", said)
            output = said.take().decode(errors="replace")
            if status is None:
                status, output = await _run_by_agent(qemu, script)
    except TimeoutError as error:
        raise qemu.agent.silent(PRELUDE_SECONDS, "setting the clock and the identity") from error
    if status != 0:
        raise MachineError(
            qemu.machine,
            "what sets its clock and identity failed after its state was loaded"
            + indented("output", tail(output)),
        )


def _arguments() -> str:
    """Return the time, and a machine id."""
    return f"{time.time():.3f} {secrets.token_hex(16)}"


async def _run_by_agent(qemu: Qemu, script: str) -> tuple[int, str]:
    """Run a script with sh through the agent: nothing else of the guest is needed."""
    await qemu.agent.connect()
    call, now = qemu.agent.call, Deadline.after(None)
    request = {
        "path": "/bin/sh",
        "arg": ["-c", script, "sh", *_arguments().split()],
        "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin"],
        "capture-output": "merged",
    }
    pid = (await call("guest-exec", request, now))["pid"]
    while not (answer := await call("guest-exec-status", {"pid": pid}, now))["exited"]:
        await asyncio.sleep(POLL_SECONDS)
    with contextlib.suppress(ValueError):  # what is not base64 is no help either
        output = base64.b64decode(answer.get("out-data", "")).decode(errors="replace")
        return int(answer.get("exitcode", 1)), output
    return int(answer.get("exitcode", 1)), ""
