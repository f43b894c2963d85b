"""The check of a script before its run, in a process of its own: what checks types stays large."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from .errors import ScriptRefused

PASSED = 0


def check_beforehand(options: argparse.Namespace) -> None:
    """Check the script as `--check-only` does. Raises ScriptRefused, with all problems."""
    command = [sys.executable, "-m", __package__, "--check-only", "--config", str(options.config)]
    if options.test_script is not None:
        command += ["--test-script", str(options.test_script)]
    command += ["--skip-lint"] if options.skip_lint else []
    command += ["--skip-type-check"] if options.skip_type_check else []
    # The driver may have been started from its folder, without being installed.
    paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    result = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": ":".join(path for path in paths if path)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if result.returncode != PASSED:
        raise ScriptRefused(result.stderr.decode(errors="replace").strip())
