"""One run of a test: Nix builds its report, and the report is read."""

import asyncio
import re
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from ..nix.build import build
from ..nix.failures import BuildFailure, Reason
from ..nix.internal_json import BuildEnded, BuildLine, BuildStarted, Doing, Event
from ..nix.reach import store_title
from ..run.exit_status import ExitStatus
from ..suite.model import Outcome, Run, Source
from ..suite.report_folder import read_attempts
from .places import Place
from .watcher import Watcher
from .work import Work, WorkEnd

# Nothing has been written there: a build that fails leaves no folder.
NO_FOLDER = Path()
LAST_LINES = 8
# Of the last lines of a log, one of this form tells more than the very last.
_DERIVATION = re.compile(r"/nix/store/[\w.+?=-]+\.drv")
_TELLING = re.compile(r"[A-Z]\w*Error\b|\berror:")
_RETRIED = (Reason.LOST, Reason.SIGNAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What all runs share. `folder` is where the flake's reference is relative to.

    `links` is the folder of links that keep reports from the garbage collector, or None.
    """

    folder: Path
    options: tuple[str, ...]
    watcher: Watcher
    links: Path | None = None


async def run_work(work: Work, place: Place, context: Context) -> WorkEnd:
    """Build the report of a run, and read it. Raises ConfigurationError if there is no Nix."""
    context.watcher.started(work)
    began = time.time()
    follower = _Follower(work, context.watcher)
    end = await build(
        [f"{work.report.derivation}^*"],
        options=(*context.options, *place.options),
        folder=context.folder,
        link=_link(work, context),
        on_event=follower.read,
    )
    builder = end.built.get(work.report.derivation, "")
    if end.status != 0:
        failure = end.failure(work.report.derivation)
        return _failed(work, failure, builder or place.machine.name, follower, began)
    source: Source = "ran" if work.report.derivation in end.built else "store"
    runs = await asyncio.to_thread(read_attempts, [Path(work.report.output)])
    return WorkEnd(work=work, runs=_or_none_read(work, runs), source=source, builder=builder)


async def stored_end(work: Work) -> WorkEnd:
    """Read the report of a run that is in the store."""
    runs = await asyncio.to_thread(read_attempts, [Path(work.report.output)])
    return WorkEnd(work=work, runs=_or_none_read(work, runs), source="store")


def _or_none_read(work: Work, runs: list[Run]) -> tuple[Run, ...]:
    """Return the runs; where a report has none, an error: such a test has not passed."""
    if runs:
        return tuple(runs)
    problem = f"the report {work.report.output} tells of no run"
    folder = Path(work.report.output)
    return (Run(folder=folder, outcome=Outcome.ERROR, headline=problem, problem=problem),)


def error_end(work: Work, text: str) -> WorkEnd:
    """Return the end of a run that could not take place."""
    run = Run(folder=NO_FOLDER, outcome=Outcome.ERROR, headline=text, problem=text)
    return WorkEnd(work=work, runs=(run,), source="")


def _link(work: Work, context: Context) -> Path | None:
    if context.links is None:
        return None
    return context.links / f"{work.test.name.replace('/', '_')}-{work.number}"


class _Follower:
    """Tells a watcher what the build of a run is at, and keeps the last lines of its log."""

    def __init__(self, work: Work, watcher: Watcher) -> None:
        self._work = work
        self._watcher = watcher
        self.last: deque[str] = deque(maxlen=LAST_LINES)

    def telling_line(self) -> str:
        """Return the last line that names an error, or the last one."""
        return next((line for line in reversed(self.last) if _TELLING.search(line)), self.last[-1])

    def read(self, event: Event) -> None:
        """Take an event of Nix."""
        match event:
            case BuildStarted() if event.derivation == self._work.report.derivation:
                self._watcher.builds_on(self._work, event.builder)
            case BuildStarted():
                self._watcher.at(self._work, f"building {title_of(event.derivation)}")
            case BuildLine():
                if event.text.strip():
                    self.last.append(event.text.strip())
                    self._watcher.at(self._work, event.text.strip())
            case Doing():
                self._watcher.at(self._work, event.text)
            case BuildEnded():
                pass


def title_of(derivation: str) -> str:
    """Return the name of a derivation, for people.

    >>> title_of("/nix/store/abc-image.drv")
    'image'
    """
    return derivation.rpartition("/")[2].partition("-")[2].removesuffix(".drv")


def _failed(
    work: Work, failure: BuildFailure, builder: str, follower: _Follower, began: float
) -> WorkEnd:
    status = _status(failure)
    run = Run(
        folder=NO_FOLDER,
        outcome=Outcome.ERROR,
        exit_status=status,
        began=began,
        seconds=time.time() - began,
        headline=_headline(work, failure, builder, follower),
        problem="" if status == ExitStatus.HOST_FAULT else failure.text or failure.reason.value,
    )
    return WorkEnd(
        work=work,
        runs=(run,),
        source="ran",
        builder=builder,
        is_lost=failure.reason is Reason.LOST,
        may_retry=status == ExitStatus.HOST_FAULT,
    )


def _status(failure: BuildFailure) -> int | None:
    """Return the driver's exit status: a run that was lost is an error of the infrastructure."""
    if failure.reason in _RETRIED:
        return ExitStatus.HOST_FAULT
    return failure.status if failure.reason is Reason.STATUS else None


def _headline(work: Work, failure: BuildFailure, builder: str, follower: _Follower) -> str:
    where = f" on {store_title(builder)}" if builder else ""
    said = f"; its log: {follower.telling_line()}" if follower.last else ""
    failed = _DERIVATION.search(failure.text)
    log = f"; `nix log {failed.group() if failed else work.report.derivation}` shows it"
    match failure.reason:
        case Reason.STATUS if failure.status == ExitStatus.HOST_FAULT:
            return f"error of the infrastructure (exit status 3){where}{said}{log}"
        case Reason.STATUS if failure.status == ExitStatus.REFUSED:
            return f"wrong usage (exit status 2){where}{said}{log}"
        case Reason.STATUS:
            return (
                f"the run exited with status {failure.status}{where} and left no report{said}{log}"
            )
        case Reason.SIGNAL:
            return f"the run was killed by signal {failure.status}{where}{said}"
        case Reason.LOST:
            text = failure.text.removeprefix(f"on {builder}: ")
            return f"lost{where}: {text}"
        case Reason.DISK_FULL:
            return f"no room on the disk{where}: {failure.text}; `nix store gc` makes room"
        case Reason.DEPENDENCY:
            return f"an input of the test failed to build: {failure.text}"
        case Reason.TIMED_OUT:
            return f"timed out{where} by a setting of Nix: {failure.text}"
        case Reason.NO_MACHINE:
            return f"no machine can build it: {failure.text}"
        case Reason.OTHER:
            return f"Nix did not build it{where}: {failure.text}"
