"""What resolving asks of the index of a suite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from .stanza import Stanza


class Index(Protocol):
    """The index of one suite: `AptRoot`, or a fake of it."""

    @property
    def suite(self) -> str:
        """Name the suite."""

    def unknown(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Return those names that the suite does not have, each with names that are near it."""

    def essential(self) -> list[str]:
        """Return the names of the packages that every system has."""

    def closure(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return name and version of the packages and all they depend on.

        Raises `AptFailed` when they cannot be had together.
        """

    def show(self, packages: Sequence[str]) -> list[Stanza]:
        """Return the stanzas of packages, given as `name` or `name=version`."""


OpenIndex = Callable[[str, str], AbstractContextManager[Index]]
"""Opens the index of a suite: takes the mirror and the suite."""
