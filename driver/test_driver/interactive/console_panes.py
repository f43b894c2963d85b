"""Consoles of machines beside the prompt: panes of tmux that follow their files."""

import logging
import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from ..driver import Driver

logger = logging.getLogger(__name__)

TMUX_SECONDS = 10.0
FOLLOW = ("tail", "-n", "+1", "-F")
HEADED = f'printf "the console of %s\\n" "$1"; exec {shlex.join(FOLLOW)} "$2"'


class ConsolePanes:
    """Opens panes in the window of tmux that the prompt is in, and closes them in the end."""

    def __init__(self, driver: Driver, folder: Path) -> None:
        self._driver = driver
        self._folder = folder
        self._panes: dict[str, str] = {}

    def __enter__(self) -> "ConsolePanes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for pane in self._panes.values():
            _tmux("kill-pane", "-t", pane)  # the person may have closed it

    def console_panes(self) -> None:
        """Show the console of each machine in a pane beside the prompt, if that is in tmux.

        What a machine has written before is in its pane, too. Ctrl-C there closes it, and calling
        this again opens what is missing. Without tmux, it says how consoles can be followed.

        >>> console_panes()
        """
        files = self._files()
        if not os.environ.get("TMUX"):
            self._tell("the prompt is not in tmux (TMUX is not set)", files.values())
            return
        there = _tmux("list-panes", "-s", "-F", "#{pane_id}").stdout.split()
        self._panes = {name: pane for name, pane in self._panes.items() if pane in there}
        missing = {name: file for name, file in files.items() if name not in self._panes}
        while missing:
            name = next(iter(missing))
            made = self._open(name, missing[name])
            if made.returncode != 0:
                self._tell(f"tmux makes no pane: {made.stderr.strip()}", missing.values())
                return
            self._panes[name] = made.stdout.strip()
            del missing[name]

    def _open(self, name: str, file: Path) -> "subprocess.CompletedProcess[str]":
        """Split the prompt's pane for the first machine, and the last machine's for others."""
        follow = ("-d", "-P", "-F", "#{pane_id}", "sh", "-c", HEADED, "sh", name, str(file))
        if not self._panes:
            return _tmux("split-window", "-h", "-t", os.environ.get("TMUX_PANE", ""), *follow)
        last = list(self._panes.values())[-1]
        # The same height for all of them, or the third would find no room.
        evenly = (";", "select-layout", "-E", "-t", last)
        return _tmux("split-window", "-v", "-t", last, *follow, *evenly)

    def _files(self) -> dict[str, Path]:
        names = [machine.name for machine in self._driver.everyone]
        return {name: self._folder / f"{name}.log" for name in names}

    def _tell(self, reason: str, files: Iterable[Path]) -> None:
        ways = "".join(f"\n    {shlex.join([*FOLLOW, str(file)])}" for file in files)
        logger.warning("%s", f"{reason}; consoles can be followed elsewhere with{ways}")


def _tmux(*tokens: str) -> "subprocess.CompletedProcess[str]":
    """Ask tmux for something. That it is not there is told as an answer."""
    try:
        return subprocess.run(
            ["tmux", *tokens], capture_output=True, text=True, timeout=TMUX_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(tokens, 1, stdout="", stderr=str(error))
