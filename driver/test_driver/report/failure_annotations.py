"""Annotations of GitHub Actions: one for each test of pytest that has failed, at its line."""

import os
from contextlib import suppress
from pathlib import Path

from ..steps import Step
from ..test_result import TestResult
from .github_actions import annotation, command

# GitHub cuts what is longer than 64 KiB.
MOST_CHARACTERS = 16_000


class FailureAnnotations:
    """Listens to steps. Keeps the annotations in a file, and says them if they are `shown`.

    Files of tests are relative to `folder`, which is the folder of the tests in the project.
    """

    def __init__(self, file: Path, *, shown: bool, folder: str = "") -> None:
        self._file = file
        self._shown = shown
        self._folder = folder

    def step_started(self, step: Step) -> None:
        """Nothing is known yet."""

    def step_finished(self, step: Step) -> None:
        """Make an annotation of a failure."""
        if step.result is None or not step.result.failed:
            return
        file = os.path.join(self._folder, step.result.file or step.name.partition("::")[0])
        title = f"{step.case} {_ENDS[step.result.outcome]}"
        line = annotation(file, step.result.line, title, _message(step.result))
        with suppress(OSError), self._file.open("a", errors="replace") as kept:
            kept.write(f"{line}\n")  # a full disk is told of by the events
        if self._shown:
            command(line)


_ENDS = {"failed": "failed", "error": "ended with an error in its setup or teardown"}


def _message(result: TestResult) -> str:
    parts = [part for part in (result.headline, result.text[-MOST_CHARACTERS:]) if part]
    return "\n\n".join(dict.fromkeys(parts)) or result.outcome
