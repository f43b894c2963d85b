"""The Python prompt: of the interactive driver, and of a run that has stopped for a person."""

import code
import importlib.util
import logging
import sys
from pathlib import Path

from .project import history_file

logger = logging.getLogger(__name__)


def run_prompt(names: dict[str, object], title: str) -> None:
    """Let a person type what a script would say, until Ctrl-D and a yes.

    Raises Halted if something else ends it.
    """
    # Without a terminal, lines are read as they come.
    if not sys.stdin.isatty() or importlib.util.find_spec("ptpython") is None:
        _run_plain(names)
        return
    # Imported here: nobody else should wait for it.
    from .prompt_screen import PromptScreen

    PromptScreen(names, title, _history()).run()


def _run_plain(names: dict[str, object]) -> None:
    try:
        code.InteractiveConsole(names).interact(banner="", exitmsg="")
    except SystemExit:
        return


def _history() -> str | None:
    try:
        return str(history_file(Path.cwd()))
    except OSError as error:
        logger.info("no history is kept: %s", error)
        return None
