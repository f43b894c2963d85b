"""The check of a script while it runs, in a process of its own: what checks types stays large.

Checking types takes longer than all else that a driver does before the first machine starts, and
most scripts are good: so machines boot meanwhile.
"""

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import ScriptRefused
from ..package import PACKAGE, PACKAGE_FOLDER

PASSED = 0


@contextmanager
def checked_meanwhile(
    options: argparse.Namespace, refuse: Callable[[ScriptRefused], None]
) -> Iterator[Callable[[], None]]:
    """Check the script as `--check-only` does, while the block does something else.

    As soon as there are problems, `refuse` gets all of them, in another thread. The block gets what
    waits for the end of the check, and raises ScriptRefused.
    """
    if not options.check:
        yield lambda: None
        return
    found: list[ScriptRefused] = []
    given_up = threading.Event()

    def watch() -> None:
        _, problems = process.communicate()
        if process.returncode != PASSED and not given_up.is_set():
            found.append(ScriptRefused(problems.decode(errors="replace").strip()))
            refuse(found[0])

    def finish() -> None:
        watching.join()
        if found:
            raise found[0]

    with subprocess.Popen(
        _command(options),
        env={**os.environ, "PYTHONPATH": _python_path()},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        watching = threading.Thread(target=watch, name="the check of the script", daemon=True)
        watching.start()
        try:
            yield finish
        finally:
            given_up.set()
            process.kill()  # nobody waits for it any more, unless it has ended
            watching.join()


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
