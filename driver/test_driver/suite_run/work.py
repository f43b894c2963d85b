"""What there is to do: runs of tests, and how each of them ended."""

from dataclasses import dataclass

from ..nix.derivations import Derivation
from ..nix.evaluate import FoundTest, Report
from ..suite.model import Run, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """One run of a test. `number` is that of a repetition, or 0.

    `expected_seconds` is how long it takes by its history, None if that is not known.
    `derivation` is None if its report is in the store. `attempt` is 2 when an error of the
    infrastructure has ended the first one.
    """

    test: FoundTest
    report: Report
    number: int = 0
    expected_seconds: float | None = None
    derivation: Derivation | None = None
    attempt: int = 1

    @property
    def title(self) -> str:
        """What people read."""
        return f"{self.test.name} (run {self.number})" if self.number else self.test.name


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEnd:
    """How a piece of work ended. `builder` is the store of another machine, or empty.

    `is_lost` tells that its builder, or what runs there, has gone. `may_retry` tells that an error
    of the infrastructure ended it.
    """

    work: Work
    runs: tuple[Run, ...]
    source: Source
    builder: str = ""
    is_lost: bool = False
    may_retry: bool = False
