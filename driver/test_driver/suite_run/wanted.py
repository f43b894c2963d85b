"""What a person wants of `rehearse test`."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from ..nix.evaluate import Repeat
from .shards import Shard

# How many runs of each test `--until-fail` begins at a time, where no number is given.
ROUND_RUNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The arguments of the command. Files and folders are relative to the current folder."""

    reference: str
    expression: str = ""
    repeat: int | None = None
    until_fail: bool = False
    load: bool = False
    seed: str = ""
    retry_failed: bool = False
    shard: Shard | None = None
    html: Path | None = None
    junit: Path | None = None
    timings: Path | None = None
    max_jobs: int | None = None
    builders: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    impure: bool = False

    @property
    def repeats(self) -> bool:
        """Whether tests are run as repetitions, which are never in the store already."""
        return self.repeat is not None or self.until_fail or self.load

    @property
    def endless(self) -> bool:
        """Whether there are further rounds until a test fails."""
        return self.until_fail and self.repeat is None

    def repetition(self) -> Repeat | None:
        """Return how tests are repeated, with a new seed unless one is given."""
        if not self.repeats:
            return None
        runs = self.repeat or (ROUND_RUNS if self.until_fail else 1)
        return Repeat(runs=runs, seed=self.seed or new_seed(), load=self.load)

    @property
    def evaluation_options(self) -> tuple[str, ...]:
        """The options of Nix for an evaluation."""
        return (*self._settings(), *(["--impure"] if self.impure else []))

    @property
    def store_options(self) -> tuple[str, ...]:
        """The options of Nix for what only looks into the store."""
        return self._settings()

    @property
    def build_options(self) -> tuple[str, ...]:
        """The options of Nix for builds and for its settings."""
        jobs = [] if self.max_jobs is None else ["--max-jobs", str(self.max_jobs)]
        builders = [] if self.builders is None else ["--builders", self.builders]
        return (*self._settings(), *jobs, *builders)

    def _settings(self) -> tuple[str, ...]:
        return tuple(one for name, value in self.options for one in ("--option", name, value))


def new_seed() -> str:
    """Return a seed that no run has had."""
    return secrets.token_hex(4)
