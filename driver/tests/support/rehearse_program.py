"""Run the program `rehearse` as a process."""

import json
import os
import subprocess
import sys
from typing import Any

from .fake_flake import CHECKS, FakeFlake
from .interruptible import interruptible


def rehearse_environment(flake: FakeFlake) -> dict[str, str]:
    """Return the environment in which the programs of Nix are fake."""
    path = os.pathsep.join(one for one in sys.path if one)
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **flake.environment}


def command_line(*arguments: str) -> list[str]:
    """Return the command line of the program."""
    return [sys.executable, "-B", "-m", "test_driver.program.main", *arguments]


def rehearse(flake: FakeFlake, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        command_line(*arguments),
        cwd=flake.folder,
        env=rehearse_environment(flake),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def start_rehearse(flake: FakeFlake, *arguments: str) -> subprocess.Popen[str]:
    """Start the program, which a test interrupts."""
    return subprocess.Popen(
        command_line(*arguments),
        cwd=flake.folder,
        env=rehearse_environment(flake),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,
    )


def rehearse_test(flake: FakeFlake, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `rehearse test` on all tests of a fake flake."""
    return rehearse(flake, "test", f".#{CHECKS}", *arguments)


def events_of(output: str) -> list[dict[str, Any]]:
    """Return the lines of `--json`."""
    return [json.loads(line) for line in output.splitlines()]
