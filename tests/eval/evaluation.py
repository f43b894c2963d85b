"""Evaluate expressions over `lib/debian` with a store of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

SOURCE = Path(os.environ.get("REHEARSE_SOURCE", Path(__file__).parents[2]))


def _run(expression: str) -> subprocess.CompletedProcess[str]:
    scope = (
        f"let debian = import {SOURCE}/lib/debian {{ }}; inherit (debian) runTest; in {expression}"
    )
    store = Path(os.environ["HOME"]) / "eval-store"
    return subprocess.run(
        [
            "nix-instantiate",
            "--eval",
            "--strict",
            "--read-write-mode",
            "--json",
            "--store",
            str(store),
            "--expr",
            scope,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def evaluate(expression: str) -> object:
    """Return the value of an expression in which `debian` and `runTest` are known."""
    done = _run(expression)
    assert done.returncode == 0, done.stderr
    value: object = json.loads(done.stdout)
    return value


def refusal(expression: str) -> str:
    """Return what Nix says of an expression that must be refused."""
    done = _run(expression)
    assert done.returncode != 0, f"accepted: {done.stdout}"
    return done.stderr
