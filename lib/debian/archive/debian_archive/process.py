"""Run other programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from .errors import AptFailed, AptMissing, NixFailed, PipFailed


def _run(
    command: Sequence[str], extra_environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    # The output is read by this program: it must not be translated.
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **(extra_environment or {})}
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def run_apt(command: Sequence[str], extra_environment: Mapping[str, str] | None = None) -> str:
    """Run an apt program and return what it printed. Raises `AptMissing` or `AptFailed`."""
    try:
        done = _run(command, extra_environment)
    except FileNotFoundError as error:
        raise AptMissing(f"'{command[0]}'") from error
    if done.returncode != 0:
        raise AptFailed(command, done.stderr or done.stdout)
    return done.stdout


def run_nix(command: Sequence[str]) -> str:
    """Run a nix program and return what it printed. Raises `NixFailed`."""
    try:
        done = _run(command)
    except OSError as error:
        raise NixFailed(command, str(error)) from error
    if done.returncode != 0:
        raise NixFailed(command, done.stderr or done.stdout)
    return done.stdout


def run_pip(command: Sequence[str], extra_environment: Mapping[str, str]) -> None:
    """Run pip. Raises `PipFailed`."""
    done = _run(command, extra_environment)
    if done.returncode != 0:
        raise PipFailed(command, done.stderr or done.stdout)
