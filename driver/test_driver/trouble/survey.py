"""Ask guests what trouble they know of: once, all at the same time, within a bound."""

import asyncio
import json
import math
import shlex
from collections.abc import Iterable
from importlib import resources
from typing import TYPE_CHECKING

from ..deadline import NEVER, Deadline
from ..errors import DriverError
from ..process_state import STOPPED_STATE, process_state
from .journal import FIELDS, PATTERN, read_entry
from .kernel_log import kernel_line
from .ledger import MachineTrouble

if TYPE_CHECKING:
    from ..backend.base import Backend
    from ..machine.core import MachineCore

# A guest that is too busy to answer is passed over, unless the test depends on the answer.
SECONDS = 3.0
PATIENT_SECONDS = 30.0
MONITOR_SECONDS = 1.0
SECTION = "\x1e"


async def ask_all(machines: Iterable["MachineCore"], seconds: float = math.inf) -> None:
    """Ask all machines that run and take commands, for no longer than so many seconds.

    Those that do not answer are named in the log.
    """
    await asyncio.gather(*(_ask_politely(machine, seconds) for machine in machines))


async def ask(machine: "MachineCore", qemu: "Backend", seconds: float, *, thorough: bool) -> bool:
    """Ask one machine; thoroughly, if the test depends on the answer.

    Return False if the machine has begun another boot meanwhile: the answer is dropped then. Raises
    MachineError, also if it has not answered in time.
    """
    # What it says is about the boot that it began in.
    boots = machine.console.boots
    command = survey_command(has_kernel=not machine.configuration.container, thorough=thorough)
    work = qemu.commands.capture(command, NEVER)
    try:
        async with asyncio.timeout(seconds):  # at once: a command that is killed may take its time
            result = await qemu.liveness.run(work, NEVER)
    except TimeoutError as error:
        raise qemu.agent.silent(seconds, "asking what trouble there was") from error
    if machine.console.boots != boots:
        return False
    take_answer(machine.trouble, result.stdout)
    machine.trouble.memory_kills(qemu.memory_kills())
    return True


def survey_command(*, has_kernel: bool, thorough: bool) -> str:
    """Return the command that a guest is asked with."""
    script = resources.files(__package__).joinpath("survey.bash").read_text(encoding="utf-8")
    values = {
        "survey_thorough": "1" if thorough else "",
        "survey_kernel": "1" if has_kernel else "",
        "survey_pattern": PATTERN,
        "survey_fields": ",".join(FIELDS),
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()) + script


def take_answer(trouble: MachineTrouble, answer: str) -> None:
    """Take note of what a guest has answered."""
    sections = {
        title: text
        for title, _, text in (part.partition("\n") for part in answer.split(SECTION)[1:])
    }
    lines = (kernel_line(line) for line in sections.get("kernel", "").splitlines())
    trouble.kernel_lines([line for line in lines if line is not None])
    for line in sections.get("journal", "").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and (found := read_entry(entry)) is not None:
            trouble.entry(found, _microseconds(entry.get("__MONOTONIC_TIMESTAMP")))
    for block in sections.get("units", "").split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in unit:
            seconds = _microseconds(unit.get("InactiveEnterTimestampMonotonic"))
            trouble.failed_unit(unit["Id"], unit.get("Result", "unknown"), seconds)


async def _ask_politely(machine: "MachineCore", most: float) -> None:
    """Ask a machine if that makes sense; say so if there is no answer."""
    qemu = machine.backend
    fails = bool(machine.context.troubles.fail_on)
    if qemu is None or not qemu.alive() or qemu.liveness.error():
        return
    if not fails and not qemu.takes_commands:
        return
    seconds = min(most, PATIENT_SECONDS if fails else SECONDS)
    ledger, boots = machine.context.troubles, machine.console.boots
    try:
        if not await _runs(qemu):
            why = "it stands still"
        else:
            await _wait_for_guest(qemu, seconds)
            if await ask(machine, qemu, seconds, thorough=fails):
                ledger.answered(machine.name, boots)
                return
            why = "it has begun another boot"
    except DriverError as error:
        why = str(error).splitlines()[0]
    machine.lines.warning("not asked what trouble there was: %s; its console was read", why)
    ledger.unanswered(machine.name, boots, why)


async def _wait_for_guest(qemu: "Backend", seconds: float) -> None:
    """Wait for a guest that has not taken commands yet: the script may not have used any."""
    try:
        async with asyncio.timeout(seconds):
            await qemu.liveness.run(qemu.wait_for_guest(), NEVER)
    except TimeoutError as error:
        raise qemu.agent.silent(seconds, "asking what trouble there was") from error


async def _runs(qemu: "Backend") -> bool:
    """Tell whether the machine is on its way, as far as the host knows."""
    if process_state(qemu.process.pid) == STOPPED_STATE:
        return False
    return await qemu.guest_runs(Deadline.after(MONITOR_SECONDS))


def _microseconds(text: object) -> float:
    return int(text) / 1e6 if isinstance(text, str) and text.isdigit() else 0.0
