"""A person's session: the prompt, the script in rehearsal, a folder of its own."""

import shutil
import stat
import tempfile
from pathlib import Path

from ..driver import Driver
from ..errors import ConfigurationError
from ..log import say
from ..output import CONSOLE_FOLDER
from ..report.session_report import SessionReport
from ..script.script_file import ScriptFile
from ..script.script_globals import script_names
from .console_panes import ConsolePanes
from .project import project_folder
from .prompt import run_prompt
from .prompt_tests import PromptTests
from .rehearsal import Rehearsal

WELCOME = """\
No machine was started yet. start_all() starts them all; each has a variable of its name.
test_script() runs the test script, run_tests() does so as a build would; rerun() goes on from where
it failed, after you have edited it; subtests() lists its parts, run_subtest("name") runs one.
  script    {script}
  consoles  {consoles}/<machine>.log, or machine.log(); console_panes() within tmux
machine.shell_interact() is a root shell. Leave with Ctrl-D."""
WELCOME_TO_TESTS = """\
No machine was started yet. pytest() runs the tests, and starts the machines that they use;
pytest("-k", "page") runs some. start_all() starts all. Each machine has a variable of its name.
  tests     {script}
  consoles  {consoles}/<machine>.log, or machine.log(); console_panes() within tmux
machine.shell_interact() is a root shell. Leave with Ctrl-D."""
QUESTION = "End the session and all its machines?"
SCRIPT_COPY = "test-script.py"


def session_folder(test: str) -> Path:
    """Make a folder for what a session leaves, so that two sessions never meet."""
    return Path(tempfile.mkdtemp(prefix=f"{test}-"))


def editable_script(file: ScriptFile, folder: Path) -> Path:
    """Return the script to edit: its source, itself if it is writable, or a copy of it.

    The source is relative to the project in which the session is started. Raises
    ConfigurationError if the script cannot be read.
    """
    if file.source is not None and (origin := project_folder(Path.cwd()) / file.source).exists():
        return origin
    script = file.path
    if script.is_dir():  # tests: pytest writes nothing there
        return script
    try:
        if script.stat().st_mode & stat.S_IWUSR:
            return script
        return Path(shutil.copyfile(script, folder / SCRIPT_COPY))
    except OSError as error:
        raise ConfigurationError(
            str(script), [f"cannot read the test script: {error.strerror}"]
        ) from error


def run_interactive(
    driver: Driver,
    script: Path,
    report: SessionReport,
    tests: Path | None,
    *,
    keep_state: bool,
    panes: bool,
) -> None:
    """Let a person drive the machines. `tests` are the files of pytest, in place of a script."""
    pytest = PromptTests(driver, report, tests).pytest
    if tests is None:
        names = Rehearsal(driver, script, report, keep_state=keep_state).prompt_names
        names["pytest"] = pytest
    else:
        names = {**script_names(driver), "pytest": pytest}
    consoles = report.folder / CONSOLE_FOLDER
    driver.serial_stdout_off()
    welcome = WELCOME if tests is None else WELCOME_TO_TESTS
    say(welcome.format(script=script, consoles=consoles))
    with ConsolePanes(driver, consoles) as beside:
        if panes:
            beside.console_panes()
        names["console_panes"] = beside.console_panes
        run_prompt(names, f"rehearse: {driver.name}", QUESTION)
    report.leave()
    say(f"the output of the session is in {report.folder}")
