"""The Python prompt of the interactive driver."""

import code
import importlib.util
import logging

from .driver import Driver
from .script_names import script_names

logger = logging.getLogger(__name__)

HISTORY_FILE = ".nixos-test-history"
WELCOME = """\
No machine was started yet. start_all() starts them all, test_script() runs the test script,
run_tests() does so as a build would. Each machine has a variable of its name. Leave with Ctrl-D."""


def run_prompt(driver: Driver) -> None:
    """Let a person type what a script would say."""
    names = script_names(driver)
    logger.info("%s", WELCOME, extra={"always": True})
    if importlib.util.find_spec("ptpython") is None:
        code.interact(banner="", local=names, exitmsg="")
        return
    # Imported here: nobody else should wait for it.
    from ptpython.repl import embed

    embed(globals=names, locals=names, history_filename=HISTORY_FILE, title="rehearse")
