"""The command line."""

import argparse
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from .configuration import Configuration, load_configuration
from .driver import Driver
from .errors import ConfigurationError, ScriptSyntaxError
from .interruption import Interruption
from .log import LEVELS, LogOutput
from .output import LOG_FILE, REPORT_FILE, OutputFolder
from .prompt import run_prompt
from .report import JunitReport
from .script import Script
from .steps import StepLog, Steps
from .verdict import PASSED, Verdict, judge

logger = logging.getLogger(__name__)

CONFIGURATION_STATUS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the driver, and return its exit status.

    0: the test passed; 1: it failed; 2: the command line or the configuration is wrong; 3: a fault
    of the host; 4: the whole test took too long; 128 + number: a signal.
    """
    options = _parser().parse_args(arguments)
    output = LogOutput(sys.stderr, LEVELS[options.log_level])
    try:
        status = _run(options, output)
    except ConfigurationError as error:
        logger.error("%s", error)
        status = CONFIGURATION_STATUS
    finally:
        output.close()
    _leave_no_thread(status)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nixos-test-driver",
        description="Boot the machines of a test in QEMU and run its script against them.",
    )
    parser.add_argument(
        "-c", "--config", type=Path, required=True, metavar="PATH", help="JSON configuration"
    )
    parser.add_argument(
        "--test-script", type=Path, metavar="PATH", help="script to run instead of the configured"
    )
    parser.add_argument(
        "-o",
        "--output_directory",
        "--output-directory",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where logs, reports and copied files go (default: the current folder)",
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
        "--log-level",
        choices=sorted(LEVELS),
        default=_default_level(),
        help="what the log shows at least (default: info, or the environment's logLevel)",
    )
    parser.add_argument(
        "--junit-xml",
        type=Path,
        default=Path(REPORT_FILE),
        metavar="PATH",
        help=f"the JUnit report, relative to the output folder (default: {REPORT_FILE})",
    )
    return parser


def _default_level() -> str:
    level = os.environ.get("logLevel", "info")
    return level if level in LEVELS else "info"


def _run(options: argparse.Namespace, log: LogOutput) -> int:
    configuration = load_configuration(options.config)
    folder = _open_output(options.output_directory, log)
    report = JunitReport(configuration.name)
    steps = Steps([StepLog(), report])
    started = time.monotonic()
    verdict = _execute(options, configuration, folder, steps)
    seconds = time.monotonic() - started
    if not options.interactive:
        try:
            report.write(
                folder.path / options.junit_xml,
                seconds=seconds,
                headline=verdict.headline,
                failure=verdict.failure,
            )
        except OSError as error:
            logger.error("cannot write the report: %s", error)
    if options.interactive and verdict == PASSED:
        return verdict.exit_status  # a person left the prompt: nothing was judged
    level = logging.INFO if verdict.exit_status == 0 else logging.ERROR
    logger.log(
        level,
        "test %s %s, in %.2f seconds",
        configuration.name,
        verdict.outcome.value,
        seconds,
        extra={"always": True, "header": verdict.exit_status == 0},
    )
    return verdict.exit_status


def _open_output(path: Path, log: LogOutput) -> OutputFolder:
    try:
        path.mkdir(parents=True, exist_ok=True)
        log.write_to(path / LOG_FILE)
    except OSError as error:
        raise ConfigurationError(
            str(path), [f"cannot be used as the output folder: {error.strerror}"]
        ) from error
    return OutputFolder(path)


def _execute(
    options: argparse.Namespace,
    configuration: Configuration,
    folder: OutputFolder,
    steps: Steps,
) -> Verdict:
    """Run the test or the prompt; log why it failed before cleaning up; clean up."""
    path = Path(options.test_script or configuration.test_script)
    limit = None if options.interactive else float(configuration.global_timeout_seconds)
    interruption = Interruption(steps, limit)
    script: Script | None = None
    with ExitStack() as stack:
        stack.callback(interruption.close)
        try:
            with interruption:
                script = Script(path)
                driver = stack.enter_context(
                    Driver(
                        configuration,
                        script,
                        folder,
                        steps,
                        keep_state=options.keep_machine_state,
                    )
                )
                if options.interactive:
                    run_prompt(driver)
                else:
                    driver.run_tests()
            return PASSED
        except BaseException as error:
            failure = _failure_text(error, script)
            logger.error("%s", failure)
            logger.debug("where the driver was:", exc_info=error)
            return judge(error, failure)


def _failure_text(error: BaseException, script: Script | None) -> str:
    if isinstance(error, ScriptSyntaxError):
        return f"the test script has a syntax error:\n{error}"
    if script is None:
        return str(error)
    text = script.describe(error)
    return f"the test script failed:\n{text}" if script.is_in(error) else text


def _leave_no_thread(status: int) -> None:
    """End the process although the script left a thread behind that would keep it alive."""
    left = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    if left:
        sys.stderr.flush()
        os._exit(status)
