"""The types of the fields of events, and what each field means.

No event is made from these classes. `event_schema.py` reads the names of their fields, and
`rehearse schema events` prints them as a JSON Schema. The text below a field is its description.
"""

from typing import Literal

# pydantic makes schemas of this class alone before Python 3.12.
from typing_extensions import TypedDict


class Event(TypedDict):
    """What each event has, besides its kind."""

    time: float
    """When it happened, in seconds since 1970."""
    machine: str | None
    """The machine that the event is about; null if it is about none in particular."""


class SchemaEvent(Event):
    """The first event of a file."""

    kind: Literal["schema"]
    version: int
    """The version of this schema."""
    driver: str
    """The version of rehearse whose driver wrote the file."""


class TestEvent(Event):
    """A test begins. At the prompt, each run of the script begins with one."""

    kind: Literal["test"]
    name: str
    """The name of the test."""
    machines: list[str]
    """The names of the machines."""
    script: str
    """The path of the test script."""
    source: str
    """The text of the test script."""
    limit: int | None
    """How many seconds the test may take; null for no limit."""
    seed: str | None
    """What Python's `random` was seeded with."""
    load: bool
    """Whether a load runs beside the test (`--load`)."""


class BackendEvent(Event):
    """The driver has chosen what runs a machine whose `backend` is `"auto"`."""

    kind: Literal["backend"]
    backend: Literal["qemu", "nspawn"]
    reason: str
    """Why the driver chose it."""


class LogEvent(Event):
    """The driver, the script or a program writes a line."""

    kind: Literal["log"]
    level: Literal["debug", "info", "warning", "error", "critical"]
    stream: str | None
    """Where a program wrote the line: `stdout` or `stderr` of a command, or `qemu`."""
    text: str


class ConsoleEvent(Event):
    """A machine writes a line on its serial console."""

    kind: Literal["console"]
    text: str


class StepEvent(Event):
    """What identifies a step."""

    step: int
    """The number of the step."""
    within: int | None
    """The number of the step around it."""
    name: str
    """What the step does, for people."""
    subtest: bool
    """Whether the step is a case of the report."""
    phase: str | None
    """What its time counts to, such as `boot` or `wait`; null for a step of the script itself, such
    as a subtest."""
    case: str | None
    """The name of the case in the report."""


class StepBeginEvent(StepEvent):
    """A step begins."""

    kind: Literal["step-begin"]


class EndOfTest(TypedDict, total=False):
    """What the end of a test of pytest has besides."""

    outcome: Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky"]
    """How the test ended. `error`: its setup or teardown failed. `xfailed`: it failed as expected.
    `xpassed`: it passed although a failure was expected. `flaky`: it passed only when it was run
    again."""
    headline: str
    """Why the test failed or was skipped, in one line."""
    text: str
    """What pytest shows of the failure: the lines and the values of the assertion."""
    phases: dict[str, float]
    """Seconds of `setup`, `call`, `teardown` and others. `fixture NAME` is a fixture of a module,
    a class or the session, which several tests share."""
    properties: dict[str, str]
    """What the test recorded with pytest's `record_property`."""
    output: str
    """What the test wrote to stdout and stderr."""
    file: str
    """The file in which the test stands."""
    line: int | None
    """The line at which the test stands."""


class StepEndEvent(StepEvent, EndOfTest):
    """A step has ended."""

    kind: Literal["step-end"]
    seconds: float
    result: Literal["passed", "failed"]
    error: str | None
    """Why the step failed."""


class CommandEvent(Event):
    """A command has ended in a machine."""

    kind: Literal["command"]
    step: int | None
    """The number of the step that ran it."""
    command: str
    began: float
    """When it began, in seconds since 1970."""
    seconds: float
    status: int
    """The exit status."""
    signal: str | None
    """The name of the signal that ended it."""
    timed_out: bool
    truncated: bool
    """Whether the middle of its output is missing."""
    stdout: str
    """The last 16 KiB that it wrote to stdout."""
    stderr: str
    """The last 16 KiB that it wrote to stderr."""


class PictureEvent(Event):
    """The script takes a screenshot, or `wait_for_text` shows the picture in which it read."""

    kind: Literal["picture"]
    path: str
    """The file, relative to the output folder."""


class FrameEvent(Event):
    """The recording of a screen takes a picture."""

    kind: Literal["frame"]
    path: str
    """The file, relative to the output folder."""


class FailedLine(TypedDict):
    """A line of the test script through which an error came."""

    line: int
    function: str
    text: str
    values: dict[str, str]
    """What the names in the line stood for."""


class Waiting(TypedDict):
    """What was under way when the test failed."""

    thread: str | None
    """The thread; null for the main one."""
    at: list[str]
    """The steps or the lines, outermost first."""


class FailureEvent(Event):
    """The test has failed."""

    kind: Literal["failure"]
    error: str
    """The name of the exception."""
    message: str
    """Why, as the exception says it."""
    text: str
    """All failures in order if there are several, else empty."""
    where: list[FailedLine]
    """The lines of the script, outermost first."""
    waiting: list[Waiting]


class EvidenceEvent(Event):
    """The driver has collected a file after a failure."""

    kind: Literal["evidence"]
    name: str
    """The name of the file."""
    title: str
    """What the file shows, for people."""
    path: str
    """The file, relative to the output folder."""


class TroubleEvent(Event):
    """Something went wrong in a machine besides the expectations of the script."""

    kind: Literal["trouble"]
    trouble: str
    """The kind of trouble, as the option `failOn` names it."""
    text: str
    """The line that reports it."""
    unit: str | None
    """The unit of systemd that it is about; null if none is named."""
    process: str | None
    """The process that it is about; null if none is named."""
    expected: bool
    """Whether `expect_crash` covers it."""


class LongWait(TypedDict):
    """One of the longest waits of a test."""

    name: str
    """The name of the step."""
    seconds: float


class TimeSpentEvent(Event):
    """The test has ended: where its time went."""

    kind: Literal["time-spent"]
    seconds: dict[str, float]
    """Seconds of each phase. Besides the phases of steps there are `start` (of the driver),
    `script` (what the script does itself) and `clean_up`."""
    longest_waits: list[LongWait]


class VerdictEvent(Event):
    """The test has ended. At the prompt, each run has one, and the last one counts."""

    kind: Literal["verdict"]
    outcome: Literal[
        "passed",
        "failed",
        "could not be run",
        "ended with an error of the host",
        "timed out",
        "was interrupted",
        "was rehearsed, its script not run",
    ]
    exit_status: int
    """The exit status of the driver."""
    seconds: float
    headline: str
    """Why the test did not pass, in one line."""
    failure: str
    """The same at length."""
    failed_steps: list[int] | None
    """The numbers of the steps that the failure ended; null if they are not known."""
    not_started: list[str]
    """The machines that the script never started."""


AnyEvent = (
    SchemaEvent
    | TestEvent
    | BackendEvent
    | LogEvent
    | ConsoleEvent
    | StepBeginEvent
    | StepEndEvent
    | CommandEvent
    | PictureEvent
    | FrameEvent
    | FailureEvent
    | EvidenceEvent
    | TroubleEvent
    | TimeSpentEvent
    | VerdictEvent
)
