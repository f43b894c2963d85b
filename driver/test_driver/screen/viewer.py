"""A window with a machine's screen, of a VNC viewer that the person has."""

import asyncio
import logging
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..errors import HostError
from ..process import Process

logger = logging.getLogger(__name__)

# Viewers that take the path of a unix socket. Several programs are called vncviewer: TigerVNC's
# says so in its help.
VIEWERS = {"xtigervncviewer": "", "gvncviewer": "", "vncviewer": "unix socket"}
ASK_SECONDS = 10.0


def find_viewer() -> str | None:
    """Return the program on PATH that shows a screen, if there is one."""
    for name, mark in VIEWERS.items():
        if (program := shutil.which(name)) is not None and mark in _help(program):
            return program
    return None


async def show_screen(machine: str, command: Sequence[str], folder: Path) -> None:
    """Run a viewer until its window is closed. Cancelled, it ends the viewer. It never raises."""
    if not command:
        return
    viewer = Process(f"viewer of {machine}")
    try:
        viewer.start(command, cwd=folder, environment=os.environ)
        if await asyncio.shield(viewer.exited) != 0:
            logger.warning("%s: the screen cannot be shown: %s", machine, viewer.output())
    except HostError as error:
        logger.warning("%s: %s", machine, error)
    finally:
        await viewer.stop()


def _help(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--help"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.lower()
