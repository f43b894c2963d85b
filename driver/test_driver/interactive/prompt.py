"""The Python prompt: of the interactive driver, and of a run that has stopped for a person."""

import code
import contextlib
import importlib.util
import logging
import sys
from pathlib import Path
from types import CodeType

from ..errors import Halted
from .project import history_file

logger = logging.getLogger(__name__)


def run_prompt(names: dict[str, object], title: str, question: str) -> None:
    """Let a person type what a script would say, until Ctrl-D and a yes to the question.

    Raises Halted if something else ends it.
    """
    # Without a terminal, lines are read as they come.
    if not sys.stdin.isatty() or importlib.util.find_spec("ptpython") is None:
        _run_plain(names)
        return
    # Imported here: nobody else should wait for it.
    from .prompt_screen import show_prompt

    show_prompt(names, title, question, _history())


class _PlainConsole(code.InteractiveConsole):
    """A prompt for whatever standard input is, if it is no terminal."""

    def __init__(self, names: dict[str, object]) -> None:
        super().__init__(names)
        self._names = names

    def runcode(self, code: CodeType) -> None:
        """Run what was typed. What ends the whole driver is not for the prompt."""
        try:
            exec(code, self._names)
        except (SystemExit, Halted):
            raise
        except BaseException:  # noqa: BLE001 - whatever was typed may raise
            self.showtraceback()


def _run_plain(names: dict[str, object]) -> None:
    with contextlib.suppress(SystemExit):
        _PlainConsole(names).interact(banner="", exitmsg="")


def _history() -> str | None:
    try:
        return str(history_file(Path.cwd()))
    except OSError as error:
        logger.info("the history of the prompt is not saved: %s", error)
        return None
