"""What is looked at when a test has run out of time, while its machines still run."""

import asyncio
import logging
import sys
import threading
import traceback
from pathlib import Path

from .deadline import Deadline
from .driver import Driver
from .errors import CopyRefused, DriverError, indented
from .machine import Machine
from .output import OutputFolder
from .script import Script

logger = logging.getLogger(__name__)

SCREENSHOT_SECONDS = 5.0


def look_around(driver: Driver, script: Script | None, folder: OutputFolder) -> None:
    """Log what each thread was waiting for and the ends of the consoles; keep the screens."""
    logger.error("%s", "when the time was over:" + _threads(driver, script))
    for machine in driver.machines:
        if machine.qemu is not None:
            machine.lines.error("%s", _state(driver, machine))
    driver.look(*(_keep_screen(machine, folder) for machine in driver.machines))


def _threads(driver: Driver, script: Script | None) -> str:
    """Describe the script's other threads: the main one has its traceback already."""
    frames = sys._current_frames()
    text = ""
    for thread in threading.enumerate():
        if thread is threading.main_thread() or thread.ident not in frames:
            continue
        shown = [
            f"{summary.filename}, line {summary.lineno}, in {summary.name}: {summary.line}"
            for summary in traceback.extract_stack(frames[thread.ident])
            if script is not None and summary.filename == str(script.path)
        ]
        if path := driver.steps.path(thread.ident):
            shown.append(f"in the step: {path}")
        if shown:
            text += indented(f"thread {thread.name}", "\n".join(shown))
    return text or " no other thread of the script was at work"


def _state(driver: Driver, machine: Machine) -> str:
    qemu = machine.qemu
    if qemu is None or not qemu.alive():
        state = "it is off"
    elif not qemu.agent.connected:
        state = "it runs, and its guest agent is not connected"
    else:
        state = "it runs, and its guest agent is connected"
    return state + indented("end of the console", machine.console.last_lines())


async def _keep_screen(machine: Machine, folder: OutputFolder) -> None:
    """Take a picture, if the machine answers in time."""
    qemu = machine.qemu
    if qemu is None or not qemu.alive():
        return
    name = f"timeout-{machine.name}.png"
    try:
        path: Path = folder.place(machine.name, "", name)
        folder.claim(machine.name, path)
        arguments = {"filename": str(path), "format": "png"}
        await qemu.execute("screendump", arguments, Deadline.after(SCREENSHOT_SECONDS))
    except (CopyRefused, DriverError, asyncio.CancelledError) as error:
        machine.lines.info("no screenshot: %s", error)
    else:
        machine.lines.error("%s", f"its screen is in {name}")
