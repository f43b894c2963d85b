"""The document that `rehearse show --json` writes: its types, and what each field means."""

from collections.abc import Mapping, Sequence
from typing import Any

# pydantic makes schemas of this class alone before Python 3.12.
from typing_extensions import TypedDict

from ..suite.results_json import OutcomeName

VERSION = 1


class LastRun(TypedDict):
    """The last run of a test."""

    began: float
    """When it began, in seconds since 1970."""
    seconds: float
    """How long it took, with the time that it waited for the host."""
    waited: float
    """How many of the seconds it waited for the host."""
    outcome: OutcomeName
    report: str
    """The folder of its report; empty if it left none."""


class ShownTest(TypedDict):
    """One test of the flake."""

    name: str
    attribute: str
    """What `nix build` takes."""
    resources: Mapping[str, Any] | None
    """What its machines need: `memory` and `disk` in MiB, `cores`, `machines`."""
    flaky: Mapping[str, Any] | None
    """The option `flaky` of the test: `reason`, `until`, `retries`."""
    error: str
    """Why the test cannot be evaluated; empty if it can be."""
    expected_seconds: float | None
    """How long it takes by its history, without the time that it waits for the host."""
    last: LastRun | None
    passed: int | None
    """How many of its runs passed; null unless it has passed and failed."""
    runs: int | None
    """How many runs there were; null unless it has passed and failed."""


class ShownTests(TypedDict):
    """The tests of a flake."""

    version: int
    tests: Sequence[ShownTest]
    others: Sequence[str]
    """Attributes that are no tests, because they have no `report`."""
