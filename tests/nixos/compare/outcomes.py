"""Outcomes of many tests: asked for in batches, printed, counted, written."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from .derivations import Difference
from .judge import DIFFERS, FAILS, SAME, THEIRS_FAILS, Outcome, causes, judge
from .tree import EvaluationFailed

# Returns what is said of each name, such as a test's facts. Raises EvaluationFailed.
Ask = Callable[[list[str]], dict[str, object]]


def compare(
    theirs: Ask, ours: Ask, names: list[str], *, jobs: int, batch: int
) -> Iterator[Outcome]:
    """Evaluate tests under both frameworks, `batch` at a time, and yield what became of each.

    Outcomes come as soon as they are known, in any order.
    """

    def compare_some(some: list[str]) -> list[Outcome]:
        expected = answers(theirs, some)
        evaluated = [name for name in some if not isinstance(expected[name], EvaluationFailed)]
        found = answers(ours, evaluated)
        return [judge(name, expected[name], found.get(name)) for name in some]

    batches = [names[start : start + batch] for start in range(0, len(names), batch)]
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for done in as_completed([pool.submit(compare_some, some) for some in batches]):
                yield from done.result()
        finally:
            # Whoever interrupts waits for what runs, and for nothing that has not begun.
            pool.shutdown(cancel_futures=True)


def answers(ask: Ask, names: list[str]) -> dict[str, object]:
    """Return what is said of each name, or the error: one bad name spoils its whole batch."""
    try:
        return ask(names) if names else {}
    except EvaluationFailed as error:
        if len(names) == 1:
            return {names[0]: error}
    middle = len(names) // 2
    return answers(ask, names[:middle]) | answers(ask, names[middle:])


def say(line: str) -> None:
    """Write a line for the person who waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def earlier(file: Path, names: list[str]) -> list[Outcome]:
    """Return the outcomes of some tests that a report has. An unfinished last line is removed."""
    if not file.exists():
        return []
    lines = [line for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    file.write_text("".join(lines))
    return [outcome for outcome in map(_from_json, lines) if outcome.name in names]


def add(outcome: Outcome, file: Path | None) -> None:
    """Write an outcome to a report, if there is one: a line of JSON, which is `scripts.py`'s."""
    if file is not None:
        with file.open("a") as report:
            report.write(json.dumps(outcome.as_json()) + "\n")


def _from_json(line: str) -> Outcome:
    values = json.loads(line)
    values["differences"] = [
        Difference(**{**one, "removed": tuple(one["removed"]), "added": tuple(one["added"])})
        for one in values["differences"]
    ]
    return Outcome(**values)


def summary(outcomes: list[Outcome]) -> int:
    """Print causes and counts, and return the exit status."""
    for count, cause in causes(outcomes):
        say(f"{count:5} {cause}")
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    plain = sum(1 for one in outcomes if one.verdict == SAME and not one.documented)
    say(
        f"{len(outcomes)} tests, {len(outcomes) - verdicts[THEIRS_FAILS]} evaluate under nixpkgs' "
        f"own framework: {verdicts[SAME]} the same here ({plain} without any difference, "
        f"{verdicts[SAME] - plain} with documented ones), {verdicts[DIFFERS]} differ, "
        f"{verdicts[FAILS]} fail"
    )
    return 0 if verdicts[DIFFERS] == verdicts[FAILS] == 0 else 1


def positive(text: str) -> int:
    """Read an argument that is a number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a number from 1 on")
    return int(text)
