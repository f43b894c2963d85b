"""The state of a machine out of one QEMU, and into another."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qemu.qmp import ExecuteError

from ..backend.qemu.instance import QemuInstance
from ..deadline import Deadline
from ..errors import HostError, MachineError, MachineExited, MonitorError
from ..poll import AT_ONCE, poll
from .state import BACKEND, StateUnusable

MIGRATION_SECONDS = 300.0
COMMAND_SECONDS = 60.0
# What QEMU says of the host, not of the state.
HOST_LACKS = re.compile(r"Cannot allocate memory|No space left on device|Too many open files")
KNOWN = ("mapped-ram", "multifd", "x-ignore-shared")


async def facts(qemu: QemuInstance, accelerator: str) -> dict[str, str]:
    """Return what a snapshot depends on, from a QEMU that runs or waits for one."""
    version = await _do(qemu, "query-version")
    cpus = await _do(qemu, "query-cpus-fast")
    number = version["qemu"]
    release = f"{number['major']}.{number['minor']}.{number['micro']}"
    return {
        "qemu": f"{release} {version['package']}".strip(),
        "machine_type": str(await _do(qemu, "qom-get", path="/machine", property="type")),
        "processor": str(await _do(qemu, "qom-get", path=cpus[0]["qom-path"], property="type")),
        "accelerator": accelerator,
    }


async def has_plain_memory(qemu: QemuInstance) -> bool:
    """Tell whether a machine has its memory in one piece, under the name that QEMU gives it."""
    devices = await _do(qemu, "query-memdev")
    return [device.get("id") for device in devices] == [BACKEND]


async def save(qemu: QemuInstance, file: Path, capabilities: Sequence[str]) -> None:
    """Write the state of a machine that stands still to a file. Raises MachineError."""
    await _prepare(qemu, capabilities)
    # To a file, as fast as it goes: what QEMU limits itself to is meant for networks.
    await _do(qemu, "migrate-set-parameters", **{"max-bandwidth": 0})
    await _do(qemu, "migrate", uri=f"file:{file}")
    if reason := await _outcome(qemu):
        raise MachineError(qemu.machine, f"its state cannot be written to {file}: {reason}")


async def load(qemu: QemuInstance, file: Path, capabilities: Sequence[str]) -> None:
    """Give a QEMU that waits for it the state in a file.

    Raises StateUnusable if QEMU refuses the state: by an answer or an exit. A QEMU that
    is killed, has no memory, or does not answer is an error of its own: a DriverError.
    """
    qemu.exit_expected = True  # that it exits with an error is no unexpected end
    try:
        await _prepare(qemu, capabilities)
        # Not told to its neighbours under an address that it has not yet.
        await _do(qemu, "migrate-set-parameters", **{"announce-rounds": 0})
        await _do(qemu, "migrate-incoming", uri=f"file:{file}", **{"exit-on-error": False})
        reason = await _outcome(qemu)
    except MonitorError as error:
        if isinstance(error.__cause__, ExecuteError):
            raise StateUnusable(str(error)) from error
        raise
    except MachineExited as error:
        if error.status <= 0 or HOST_LACKS.search(str(error)):
            raise
        raise StateUnusable(f"QEMU has exited: {error}") from error
    finally:
        qemu.exit_expected = not qemu.alive()
    if HOST_LACKS.search(reason):
        raise HostError(f"{qemu.machine}: its state cannot be loaded: {reason}")
    if reason:
        raise StateUnusable(f"QEMU cannot load it: {reason}")


async def _prepare(qemu: QemuInstance, capabilities: Sequence[str]) -> None:
    # The others are turned off: a machine that came from a state may be saved in another way.
    wanted = [{"capability": name, "state": name in capabilities} for name in KNOWN]
    await _do(qemu, "migrate-set-capabilities", capabilities=wanted)


async def _outcome(qemu: QemuInstance) -> str:
    """Wait for the end of a migration, and return why it failed; nothing if it did not."""
    last: object = None

    async def ended() -> str | None:
        nonlocal last
        answer = await _do(qemu, "query-migrate")
        match last := answer.get("status"):
            case "completed":
                return ""
            case "failed" | "cancelled":
                return str(answer.get("error-desc", "it does not say why"))
        return None

    reason = await poll(ended, AT_ONCE, Deadline.after(MIGRATION_SECONDS))
    if reason is None:
        raise HostError(
            f"{qemu.machine}: timed out after {MIGRATION_SECONDS:g} s waiting for QEMU to "
            f"write or load its state (last state: {last})"
        )
    return reason


async def _do(qemu: QemuInstance, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
    return await qemu.execute(command, arguments, Deadline.after(COMMAND_SECONDS))
