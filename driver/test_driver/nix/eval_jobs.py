"""Evaluate the tests of a set in parallel with nix-eval-jobs, where that is on PATH."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..package import PACKAGE_FOLDER
from .internal_json import plain_text
from .program import FEATURES, run_nix
from .reference import FlakeValue

PROGRAM = "nix-eval-jobs"
JOBS = PACKAGE_FOLDER / "nix" / "jobs.nix"


async def jobs_of(
    value: FlakeValue, function: str, options: Sequence[str], folder: Path
) -> dict[str, Any] | None:
    """Return what a function of tests.nix lists of each attribute of a set, or why it cannot.

    An entry is a document, or a text that says why the attribute cannot be evaluated. None means
    that the program is not there, cannot do it, or found no set: `nix eval` does it then.
    """
    if shutil.which(PROGRAM) is None:
        return None
    command = [
        PROGRAM,
        *FEATURES,
        *options,
        *("--workers", str(os.cpu_count() or 1)),
        *("--flake", value.installable),
        *("--select", f"({JOBS.read_text(encoding='utf-8')}) ({function})"),
        *("--apply", "job: job.listed"),
    ]
    done = await run_nix(command, folder=folder)
    if done.status != 0:
        return None
    try:
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        return dict(map(_entry, entries)) or None
    except (ValueError, KeyError, TypeError):
        return None


def _entry(job: dict[str, Any]) -> tuple[str, Any]:
    """Return the name of an attribute, and what is known of it. Raises KeyError, TypeError."""
    (name,) = job["attrPath"]
    if error := job.get("error"):
        return str(name), plain_text(str(error))
    document = job["extraValue"]
    return str(name), {"tests": list(document["tests"]), "others": list(document["others"])}
