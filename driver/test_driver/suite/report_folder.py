"""What a report folder tells of a run: read from its small parts, and never trusted blindly.

A run passed only if all that the folder says agrees that it passed. A folder that cannot be read,
or that contradicts itself, is an error that names what is wrong.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..output import EVENTS_FILE, HTML_FILE, LOG_FILE, REPORT_FILE
from ..report.event_schema import NewerSchemaError
from ..report.html_data import KILLED
from ..run.exit_status import ExitStatus
from ..run.verdict import Outcome as DriverOutcome
from .event_ends import EventEnds, read_event_ends
from .junit_facts import JunitFacts, read_junit
from .model import Outcome, Run

STATUS_FILE = "exit-status"
ATTEMPTS_FILE = "attempts"
NOT_NEEDED_FILE = "not-needed"
PAGES = (HTML_FILE, "index.html", LOG_FILE, REPORT_FILE)
LONGEST_HEADLINE = 1000
SIGNALS = 128  # what an exit status has that a signal stands for, before its number
_ERRORS = (ExitStatus.REFUSED, ExitStatus.HOST_FAULT)


def read_attempts(paths: Iterable[Path]) -> list[Run]:
    """Return the runs of a test from its report folders, in the order given.

    A folder with the file `not-needed` is no run. One with the file `attempts` stands for all runs
    that are listed there, a line `STATUS FOLDER` for each.
    """
    runs: list[Run] = []
    for path in paths:
        if (path / NOT_NEEDED_FILE).exists():
            continue
        listed = path / ATTEMPTS_FILE
        runs += _listed_runs(listed) if listed.is_file() else [read_run(path)]
    return runs


def read_run(folder: Path) -> Run:
    """Return the run that a folder is the report of. It never raises: what is wrong is an error."""
    try:
        return _read(folder)
    except _Unreadable as error:
        return _unreadable(folder, str(error))


class _Unreadable(Exception):
    """A folder, or a file in it, cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the files of a folder say, None for those that are not there."""

    status: int | None
    events: EventEnds | None
    junit: JunitFacts | None
    parts: Sequence[tuple[str, Run]] = ()


def _listed_runs(path: Path) -> list[Run]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        return [_unreadable(path.parent, f"{ATTEMPTS_FILE} cannot be read: {error.strerror}")]
    runs = []
    for line in lines:
        status, _, folder = line.partition(" ")
        if not status.isdecimal() or not folder.startswith("/"):
            problem = f"{ATTEMPTS_FILE}: expected `STATUS FOLDER` in a line, got {line[:200]!r}"
            runs.append(_unreadable(path.parent, problem))
            continue
        run = read_run(Path(folder))
        if not run.problem and run.exit_status != int(status):
            problem = f"{path} says exit status {status}, but the run says {run.exit_status}"
            run = _contradictory(run, problem)
        runs.append(run)
    return runs or [_unreadable(path.parent, f"{ATTEMPTS_FILE} is empty: no run took place")]


def _read(folder: Path) -> Run:
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise _Unreadable(f"the report {folder} {what}")
    events = _read_events(folder)
    facts = _Facts(
        status=_read_status(folder),
        events=events,
        junit=_read_junit(folder),
        parts=() if events else _parts(folder),
    )
    if facts.status is None and not (facts.events or facts.junit or facts.parts):
        raise _Unreadable(
            f"the report {folder} has none of the files {EVENTS_FILE}, {REPORT_FILE} and "
            f"{STATUS_FILE}: is it the report of a test?"
        )
    run = _described(folder, facts)
    problem = _contradiction(run, facts)
    return _contradictory(run, problem) if problem else run


def _read_status(folder: Path) -> int | None:
    path = folder / STATUS_FILE
    try:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _Unreadable(f"{path} cannot be read: {error.strerror}") from error
    if not text.isdecimal() or not text.isascii() or int(text[:9]) > 255:
        raise _Unreadable(f"{path}: expected an exit status from 0 to 255, got {text[:60]!r}")
    return int(text)


def _read_events(folder: Path) -> EventEnds | None:
    path = folder / EVENTS_FILE
    try:
        return read_event_ends(path) if path.exists() else None
    except NewerSchemaError as error:
        raise _Unreadable(f"{path}: {error}") from error
    except OSError as error:
        raise _Unreadable(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _Unreadable(f"{path} {error}") from error


def _read_junit(folder: Path) -> JunitFacts | None:
    path = folder / REPORT_FILE
    try:
        return read_junit(path) if path.exists() else None
    except OSError as error:
        raise _Unreadable(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _Unreadable(f"{path} {error}") from error


def _parts(folder: Path) -> list[tuple[str, Run]]:
    """Return the runs of the files of a test that ran each of its files by itself."""
    return [
        (entry.name, read_run(entry))
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and (entry / EVENTS_FILE).exists()
    ]


def _described(folder: Path, facts: _Facts) -> Run:
    outcome, status, headline = _result(facts)
    run = Run(
        folder=folder,
        outcome=outcome,
        exit_status=status,
        headline="" if outcome is Outcome.PASSED else headline[:LONGEST_HEADLINE],
        page=next((name for name in PAGES if (folder / name).is_file()), ""),
    )
    if facts.events is not None:
        run = replace(run, **_of_events(facts.events))
    elif facts.parts:
        run = replace(run, **_of_parts([part for _, part in facts.parts]))
        # The first part that did not pass is what a person wants to read.
        name, part = min(facts.parts, key=lambda one: one[1].outcome is Outcome.PASSED)
        page = f"{name}/{part.page}" if part.page else run.page
        run = replace(run, page=page, parts=dict(facts.parts))
    if (junit := facts.junit) is None:
        return run
    if facts.events is None and not facts.parts:
        run = replace(run, began=junit.began, seconds=junit.seconds)
    return replace(
        run,
        cases=junit.cases,
        failed_cases=tuple(junit.failed_cases),
        troubles=run.troubles or junit.troubles,
    )


def _result(facts: _Facts) -> tuple[Outcome, int | None, str]:
    """Return how the run ended, its exit status, and why; the worst that the files say."""
    events, junit = facts.events, facts.junit
    verdict = events.verdict if events else None
    said = verdict.get("exit_status") if verdict else None
    status = facts.status if facts.status is not None else said
    if not isinstance(status, int) or isinstance(status, bool):
        status = None
    headline = _headline(facts)
    if events is not None and verdict is None and facts.status is None:
        return Outcome.ERROR, None, KILLED
    if status is not None:
        return _outcome_of(status), status, headline or f"exit status {status}"
    if facts.parts:
        runs = [run for _, run in facts.parts]
        outcome = next(
            (one for one in Outcome if any(run.outcome is one for run in runs)), Outcome.ERROR
        )
        return outcome, None, headline
    if junit is not None and junit.bad_cases:
        return Outcome.FAILED, None, headline
    if junit is not None and junit.cases:
        return Outcome.PASSED, None, ""
    return Outcome.ERROR, None, f"{REPORT_FILE} has no test, and there is no {STATUS_FILE}"


def _headline(facts: _Facts) -> str:
    verdict = facts.events.verdict if facts.events else None
    if verdict is not None and verdict.get("headline"):
        return str(verdict["headline"])
    for name, run in facts.parts:
        if run.outcome is not Outcome.PASSED:
            return f"{name}: {run.headline}"
    if facts.events is not None and verdict is None:
        return KILLED
    return facts.junit.headline if facts.junit else ""


def _outcome_of(status: int) -> Outcome:
    """Return the outcome for an exit status; a driver that a signal has ended is an error."""
    if status == ExitStatus.PASSED:
        return Outcome.PASSED
    return Outcome.ERROR if status in _ERRORS or status > SIGNALS else Outcome.FAILED


def _of_events(events: EventEnds) -> dict[str, Any]:
    verdict: Mapping[str, Any] = events.verdict or {}
    spent = events.time_spent.get("seconds")
    phases = {
        str(name): float(seconds)
        for name, seconds in (spent.items() if isinstance(spent, dict) else ())
        if isinstance(seconds, int | float)
    }
    seconds = verdict.get("seconds")
    if not isinstance(seconds, int | float):
        seconds = max(0.0, (events.ended or 0.0) - (events.began or 0.0))
    machines = events.test.get("machines")
    seed = events.test.get("seed")
    return {
        "began": events.began,
        "seconds": float(seconds),
        "waited": phases.get("admission", 0.0),
        "phases": phases,
        "machines": tuple(map(str, machines)) if isinstance(machines, list) else (),
        "seed": "" if seed is None else str(seed),
    }


def _of_parts(runs: Sequence[Run]) -> dict[str, Any]:
    phases: Counter[str] = Counter()
    troubles: Counter[str] = Counter()
    for run in runs:
        phases.update(run.phases)
        troubles.update(run.troubles)
    return {
        "began": min((run.began for run in runs if run.began is not None), default=None),
        "seconds": sum(run.seconds for run in runs),
        "waited": sum(run.waited for run in runs),
        "phases": dict(phases),
        "troubles": dict(troubles),
        "machines": tuple(dict.fromkeys(name for run in runs for name in run.machines)),
    }


def _contradiction(run: Run, facts: _Facts) -> str:
    """Return what speaks against a run that is said to have passed; nothing if all agrees."""
    if run.outcome is not Outcome.PASSED:
        return ""
    if (events := facts.events) is not None:
        if events.verdict is None:
            return f"{STATUS_FILE} says 0, but {EVENTS_FILE} has no verdict: {KILLED}"
        said = events.verdict.get("outcome"), events.verdict.get("exit_status")
        if said != (DriverOutcome.PASSED.value, ExitStatus.PASSED):
            shown = json.dumps(said[0])[:200]
            return f"the run is said to have passed, but the verdict in {EVENTS_FILE} is {shown}"
    for name, part in facts.parts:
        if part.outcome is not Outcome.PASSED:
            return f"{STATUS_FILE} says 0, but {name} is said to have: {part.headline}"
    if facts.junit is not None and facts.junit.bad_cases:
        count = facts.junit.bad_cases
        return (
            f"the run is said to have passed, but {REPORT_FILE} has {count} failed "
            f"case{'s' if count > 1 else ''}: {facts.junit.headline}"
        )
    return ""


def _contradictory(run: Run, problem: str) -> Run:
    problem = f"the report {run.folder} contradicts itself: {problem}"
    return replace(run, outcome=Outcome.ERROR, headline=problem[:LONGEST_HEADLINE], problem=problem)


def _unreadable(folder: Path, problem: str) -> Run:
    headline = problem[:LONGEST_HEADLINE]
    return Run(folder=folder, outcome=Outcome.ERROR, headline=headline, problem=problem)
