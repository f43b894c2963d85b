"""The check of a script before its run, in a process of its own: what checks types stays large."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import ScriptRefused
from ..package import PACKAGE, PACKAGE_FOLDER

PASSED = 0


@contextmanager
def checked_beforehand(options: argparse.Namespace) -> Iterator[Callable[[], None]]:
    """Check the script as `--check-only` does, while the block does something else.

    The block gets what waits for the end of that, and raises ScriptRefused, with all problems.
    """
    if not options.check:
        yield lambda: None
        return
    with subprocess.Popen(
        _command(options),
        env={**os.environ, "PYTHONPATH": _python_path()},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:

        def finish() -> None:
            _, problems = process.communicate()
            if process.returncode != PASSED:
                raise ScriptRefused(problems.decode(errors="replace").strip())

        try:
            yield finish
        finally:
            process.kill()  # nobody waits for it any more, unless it has ended


def _command(options: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", PACKAGE, "--check-only", "--config", str(options.config)]
    if options.test_script is not None:
        command += ["--test-script", str(options.test_script)]
    command += ["--skip-lint"] if options.skip_lint else []
    command += ["--skip-type-check"] if options.skip_type_check else []
    return command


def _python_path() -> str:
    # The driver may have been started from its folder, without being installed.
    paths = [str(PACKAGE_FOLDER.parent), os.environ.get("PYTHONPATH", "")]
    return ":".join(path for path in paths if path)
