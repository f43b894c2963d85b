"""The lines that `rehearse test --json` writes: their types, and what each field means."""

from collections.abc import Sequence
from typing import Literal

# pydantic makes schemas of this class alone before Python 3.12.
from typing_extensions import TypedDict

from ..suite.model import Source
from ..suite.results_json import OutcomeName

VERSION = 1


class Event(TypedDict):
    """What each line has."""

    time: float
    """When it was written, in seconds since 1970."""


class MessageEvent(Event):
    """What concerns the whole, for people."""

    event: Literal["message"]
    text: str


class PreparingEvent(Event):
    """What the command does before tests run."""

    event: Literal["preparing"]
    text: str


class SelectedEvent(Event):
    """Which tests are selected."""

    event: Literal["selected"]
    tests: Sequence[str]
    others: Sequence[str]
    """Attributes that are no tests, because they have no `report`."""


class RunEvent(Event):
    """What is about one run of a test."""

    test: str
    """The name of the test."""
    run: int
    """The number of the repetition, from 1; 0 if the test is not repeated."""


class StartedEvent(RunEvent):
    """A run is given to Nix."""

    event: Literal["started"]
    attempt: int
    """2 if an error of the infrastructure ended the first run, else 1."""


class BuildingEvent(RunEvent):
    """Nix has begun with a run."""

    event: Literal["building"]
    builder: str
    """The address of the builder; empty for this host."""


class AtEvent(RunEvent):
    """What a run is at."""

    event: Literal["at"]
    text: str


class EndedEvent(RunEvent):
    """A run has ended."""

    event: Literal["ended"]
    outcome: OutcomeName
    exit_status: int | None
    """The exit status of the driver."""
    began: float | None
    """When the run began, in seconds since 1970."""
    seconds: float
    source: Source
    """Whether the test ran, or its result came from the store."""
    builder: str
    """The address of the builder; empty for this host."""
    report: str | None
    """The folder of the report."""
    headline: str
    """Why the run did not pass, in one line."""


class FinishedTest(TypedDict):
    """What a test came to."""

    name: str
    outcome: OutcomeName | None
    """Null if the test was not run."""
    passed: int
    """How many of its runs passed."""
    runs: int
    """How many runs count."""
    source: Source
    builder: str
    report: str | None
    headline: str


class FinishedEvent(Event):
    """The last line: what the whole came to."""

    event: Literal["finished"]
    exit_status: int
    """The exit status of the command."""
    summary: str
    passed: int
    """How many tests passed; the other outcomes likewise."""
    failed: int
    flaky: int
    error: int
    not_run: int
    seconds: float | None
    files: Sequence[str]
    """The files that were written."""
    tests: Sequence[FinishedTest]


AnyEvent = (
    MessageEvent
    | PreparingEvent
    | SelectedEvent
    | StartedEvent
    | BuildingEvent
    | AtEvent
    | EndedEvent
    | FinishedEvent
)
