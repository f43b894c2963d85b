"""Who is told what happens while tests run."""

from collections.abc import Sequence
from typing import Protocol

from ..suite.model import Suite
from .work import Work, WorkEnd


class Watcher(Protocol):
    """Shows a person, or tells a program, how the tests get on."""

    def say(self, text: str) -> None:
        """Tell something about the whole, such as a builder that cannot be reached."""

    def preparing(self, text: str) -> None:
        """Tell what is at hand before tests run; the next such text replaces it."""

    def selected(self, names: Sequence[str], others: Sequence[str]) -> None:
        """Tell which tests are selected, and what was found that is no test."""

    def started(self, work: Work) -> None:
        """Tell that a run is given to Nix."""

    def builds_on(self, work: Work, builder: str) -> None:
        """Tell that Nix has begun with it, on another machine if `builder` is not empty."""

    def at(self, work: Work, text: str) -> None:
        """Tell what a run is at: a line that it has written, or what Nix does for it."""

    def ended(self, end: WorkEnd) -> None:
        """Tell that a run has ended, or was found in the store."""

    def finished(self, suite: Suite, files: Sequence[str], status: int) -> None:
        """Tell what the whole came to, which files were written, and the exit status."""

    def close(self) -> None:
        """Leave a clean terminal."""
