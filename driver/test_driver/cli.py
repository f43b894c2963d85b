"""The command line."""

import argparse
import gc
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from .admission.settings import add_admission_options
from .configuration import Configuration, load_configuration
from .errors import ConfigurationError, ScriptSyntaxError
from .log import LEVELS, say
from .output import EVENTS_FILE, HTML_FILE, REPORT_FILE
from .report.event_schema import NewerSchemaError
from .report.github_actions import in_github_actions
from .report.html_report import write_html_report
from .report.log_output import LogOutput, uncaptured_stderr
from .run.execution import run
from .run.exit_status import ExitStatus
from .script.script_file import add_script_options, script_file
from .trouble.kinds import expected_kinds, kinds
from .version import add_version_option

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the driver, and return its exit status.

    0: the test passed; 1: it failed; 2: the command line or the configuration is wrong; 3: an error
    of the host; 4: the whole test took too long; 128 + number: a signal.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.config is None and options.write_report is None:
        parser.error("the following arguments are required: -c/--config")
    if options.console_panes and not options.interactive:
        parser.error("--console-panes is for the prompt: it needs --interactive")
    output = LogOutput(
        sys.stderr if options.tests is None else uncaptured_stderr(),
        LEVELS[options.log_level],
        verbose=options.verbose,
        workflow=options.github_actions,
    )
    try:
        status = _without_machines(options)
        if status is None:
            status = run(options, output)
    except ConfigurationError as error:
        logger.error("%s", error)
        status = ExitStatus.REFUSED
    finally:
        output.close()
    _leave(status, at_once=options.check_only)
    return status


def driver_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the driver with their defaults, for what runs it by itself."""
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nixos-test-driver",
        description="Boot the machines of a test in QEMU and run its script against them.",
    )
    add_version_option(parser)
    parser.add_argument(
        "-c", "--config", type=Path, metavar="PATH", help="JSON configuration (needed for a run)"
    )
    add_script_options(parser)
    parser.add_argument(
        "-o",
        "--output_directory",
        "--output-directory",
        type=Path,
        metavar="DIR",
        help="where logs, reports and copied files go (default: the current folder; "
        "at the prompt, a new folder for each session)",
    )
    parser.add_argument(
        "-K",
        "--keep-machine-state",
        "--keep-vm-state",
        action="store_true",
        help="begin with the disks of the last run, and keep them",
    )
    parser.add_argument(
        "-I",
        "--interactive",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="give a Python prompt instead of running the script",
    )
    parser.add_argument(
        "--console-panes",
        action="store_true",
        help="at the prompt, show the console of each machine in a pane of tmux",
    )
    _add_output(parser)
    add_admission_options(parser)
    _add_verdict(parser)
    _add_repetition(parser)
    _add_debug_hook(parser)
    _add_checks(parser)
    return parser


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--log-level",
        choices=sorted(LEVELS),
        default=_default_level(),
        help="what the log shows at least (default: info, or the environment's logLevel)",
    )
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="show the consoles of the machines, too, and the end of every step; log.txt has both",
    )
    parser.add_argument(
        "--github-actions",
        action=argparse.BooleanOptionalAction,
        default=in_github_actions(),
        help="make groups and annotations of a workflow (default: in GitHub Actions)",
    )
    parser.add_argument(
        "--junit-xml",
        type=Path,
        default=Path(REPORT_FILE),
        metavar="PATH",
        help=f"the JUnit report, relative to the output folder (default: {REPORT_FILE})",
    )
    parser.add_argument(
        "--write-report",
        type=Path,
        metavar="DIR",
        help=f"make {HTML_FILE} anew from the {EVENTS_FILE} in DIR, and start nothing: also of a "
        "driver that was killed",
    )


def _add_verdict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fail-on",
        action="append",
        choices=list(kinds()),
        metavar="KIND",
        help="fail the test if a machine has had trouble of this kind, instead of the kinds that "
        f"the configuration names; may be repeated: {expected_kinds()}",
    )


def _add_repetition(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed",
        metavar="TEXT",
        help="seed Python's `random` with this text before the test begins; the log, the events "
        "and the report name it",
    )
    parser.add_argument(
        "--load",
        action="store_true",
        help="while the test runs, keep each processor busy with a process, and the disk with "
        "another one",
    )


def _add_debug_hook(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--debug-hook-attach",
        metavar="COMMAND",
        help="stop at breakpoint() and after a failure, and tell a person to run COMMAND to enter",
    )
    parser.add_argument(
        "--debug-hook-timeout",
        type=_seconds,
        default=3600.0,
        metavar="SECONDS",
        help="how long such a stop lasts at most (default: 3600)",
    )


def _seconds(text: str) -> float:
    """Return a positive number. Raises ValueError, whose name argparse puts into its message."""
    if (number := float(text)) > 0:
        return number
    raise ValueError


def _add_checks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check-only",
        action="store_true",
        help="check the script's syntax, names and types, and start nothing",
    )
    parser.add_argument(
        "--check", action="store_true", help="check the same during the run, which fails if it must"
    )
    parser.add_argument("--skip-lint", action="store_true", help="check no names")
    parser.add_argument("--skip-type-check", action="store_true", help="check no types")
    parser.add_argument(
        "--write-stubs",
        type=Path,
        metavar="DIR",
        help="write the types of the script's names there, for an editor, and start nothing",
    )


def _without_machines(options: argparse.Namespace) -> int | None:
    """Do what needs no machines; give `None` if a run is wanted."""
    if options.write_report is not None:
        return _write_report(options.write_report)
    if not options.check_only and options.write_stubs is None:
        return None
    # Imported here: a run shall not wait for it.
    from .extensions.load import load_extensions
    from .script.check import check_script
    from .script.stubs import write_stubs

    configuration = load_configuration(options.config)
    extensions = load_extensions(configuration)
    extensions.check()
    if options.write_stubs is not None:
        write_stubs(options.write_stubs, configuration, extensions)
    if not options.check_only:
        return 0
    if options.tests is not None:
        return _check_tests(options, configuration)
    path = script_file(options, configuration).path
    gc.disable()  # what a check makes stays until its end: to look through it takes a third more
    try:
        problems = check_script(
            path,
            configuration,
            extensions,
            lint=not options.skip_lint,
            types=not options.skip_type_check,
        )
    except ScriptSyntaxError as error:
        logger.error("the test script has a syntax error:\n%s", error)
        return ExitStatus.FAILED
    for problem in problems:
        say(problem)
    if problems:
        logger.error(
            "the test script has %d problems (skipLint and skipTypeCheck turn these checks off)",
            len(problems),
        )
    return ExitStatus.FAILED if problems else ExitStatus.PASSED


def _check_tests(options: argparse.Namespace, configuration: Configuration) -> int:
    """Collect tests of pytest, and say what is wrong with them."""
    from .pytest_plugin.in_build import check_tests

    problems = check_tests(options.tests, options.pytest_argument, configuration)
    for problem in problems:
        say(problem)
    return ExitStatus.FAILED if problems else ExitStatus.PASSED


def _write_report(folder: Path) -> int:
    try:
        say(f"the report is {write_html_report(folder)}")
    except OSError as error:
        where = Path(error.filename or HTML_FILE).name
        reason = f"{where}: {error.strerror}; give the output folder of a test"
        raise ConfigurationError(str(folder), [f"no report can be made: {reason}"]) from error
    except NewerSchemaError as error:
        reason = f"{EVENTS_FILE}: {error}"
        raise ConfigurationError(str(folder), [f"no report can be made: {reason}"]) from error
    return 0


def _default_level() -> str:
    level = os.environ.get("logLevel", "info")
    return level if level in LEVELS else "info"


def _leave(status: int, *, at_once: bool) -> None:
    """End the process although the script left a thread behind that would keep it alive.

    At once: without taking apart what a check of types leaves, which takes as long as the check.
    """
    left = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    if left or at_once:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
