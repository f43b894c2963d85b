"""What a machine does first when its state was loaded: clock, name, addresses."""

import asyncio
import base64
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..backend.qemu.instance import QemuInstance
from ..configuration import Identity
from ..deadline import NEVER
from ..error_text import indented, tail
from ..errors import DriverError, MachineError
from ..given_up import drop_result
from ..guest.command import NO_COMMAND_STATUS
from ..guest.identity_steps import identity_command
from ..guest.output_buffer import OUTPUT_LIMIT_BYTES, Capture
from ..poll import AT_ONCE, poll

IDENTITY_SECONDS = 60.0


def take_identity(
    qemu: QemuInstance, script: str, shells: Mapping[str, int], identity: Identity | None
) -> None:
    """Let a guest set its clock and take an identity before any other command.

    A helper that it was saved with does that. Where there is none, or no identity that it could
    take, a script does: on a shell that the machine was saved with, or else through the agent.
    """
    qemu.identity = taking = asyncio.ensure_future(_take(qemu, script, shells, identity))
    # Whoever waits for the guest is told how it failed; it is no fault that nobody does.
    drop_result(taking)


def tell_failure(qemu: QemuInstance, tell: Callable[[DriverError], None]) -> None:
    """Report a guest that could not take its clock and identity, also if no call waits for it."""

    def done(taking: "asyncio.Task[None]") -> None:
        if taking.cancelled() or qemu.exit_expected or not qemu.alive():
            return
        if isinstance(error := taking.exception(), DriverError):
            tell(error)

    if qemu.identity is not None:
        qemu.identity.add_done_callback(done)


async def _take(
    qemu: QemuInstance, script: str, shells: Mapping[str, int], identity: Identity | None
) -> None:
    try:
        async with asyncio.timeout(IDENTITY_SECONDS):
            command = "" if identity is None else identity_command(identity)
            end = await qemu.commands.resume_shell_channels(shells, command)
            status, output = end.status, end.left
            if identity is None or status == NO_COMMAND_STATUS:
                status, output = await _run_script(qemu, script)
    except TimeoutError as error:
        raise qemu.agent.silent(IDENTITY_SECONDS, "setting the clock and the identity") from error
    if status != 0:
        raise MachineError(
            qemu.machine,
            "what sets its clock and identity failed after its state was loaded"
            + indented("output", tail(output)),
        )


async def _run_script(qemu: QemuInstance, script: str) -> tuple[int, str]:
    said = Capture(OUTPUT_LIMIT_BYTES)
    status = await qemu.commands.on_shell_channel(f"set -- {_arguments()}\n{script}", said)
    if status is None:
        return await _run_by_agent(qemu, script)
    return status, said.take().decode(errors="replace")


def _arguments() -> str:
    """Return the time, and a machine id."""
    return f"{time.time():.3f} {secrets.token_hex(16)}"


async def _run_by_agent(qemu: QemuInstance, script: str) -> tuple[int, str]:
    """Run a script with sh through the agent: nothing else of the guest is needed."""
    await qemu.agent.connect()
    call, now = qemu.agent.call, NEVER
    request = {
        "path": "/bin/sh",
        "arg": ["-c", script, "sh", *_arguments().split()],
        "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin"],
        "capture-output": "merged",
    }
    pid = (await call("guest-exec", request, now))["pid"]
    answer: dict[str, Any] = {}

    async def ended() -> bool | None:
        answer.update(await call("guest-exec-status", {"pid": pid}, now))
        return answer["exited"] or None

    await poll(ended, AT_ONCE)
    with contextlib.suppress(ValueError):  # what is not base64 is no help either
        output = base64.b64decode(answer.get("out-data", "")).decode(errors="replace")
        return int(answer.get("exitcode", 1)), output
    return int(answer.get("exitcode", 1)), ""
