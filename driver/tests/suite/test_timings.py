"""The history of a suite: read, merged, written, and what is refused."""

import json
import re
from pathlib import Path

import pytest

from test_driver.errors import ConfigurationError, HostError
from test_driver.suite.model import Outcome, Run, Suite, SuiteTest
from test_driver.suite.timings import (
    Flakiness,
    History,
    load_history,
    merge,
    save_history,
    united,
    update_history,
)

from ..support.schemas import check_document


def run(began: float, seconds: float = 5.0, outcome: Outcome = Outcome.PASSED) -> Run:
    """Return a run that waited one second."""
    folder = Path(f"/nix/store/{began}")
    return Run(folder=folder, outcome=outcome, began=began, seconds=seconds, waited=1.0)


def suite(*runs: Run) -> Suite:
    """Return a suite of one test."""
    return Suite(name="all", tests=(SuiteTest(name="web", runs=runs),))


def test_a_history_that_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "timings.json"
    history = merge(History(), suite(run(2), run(1, outcome=Outcome.FAILED)))
    save_history(history, path)
    check_document("timings", json.loads(path.read_text()))
    assert load_history(path) == history
    assert [one.began for one in history.runs("web")] == [1, 2]
    assert [entry.name for entry in path.parent.iterdir()] == ["timings.json"]
    last = history.last("web")
    assert last is not None
    assert (last.outcome, last.report) == (Outcome.PASSED, "/nix/store/2")


def test_a_history_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    history = load_history(tmp_path / "none.json")
    assert history == History()
    assert history.last("web") is None
    assert history.expected_seconds("web") is None
    assert history.flakiness("web") is None


def test_the_last_50_runs_are_kept_and_none_twice(tmp_path: Path) -> None:
    history = merge(History(), suite(*(run(began) for began in range(60))))
    assert [one.began for one in history.runs("web")] == list(range(10, 60))
    assert merge(history, suite(run(59))) == history
    one, other = (merge(History(), suite(run(began), run(9))) for began in (3, 4))
    assert [past.began for past in united([one, other]).runs("web")] == [3, 4, 9]


def test_the_expected_seconds_are_those_of_runs_that_passed() -> None:
    failed = run(4, 100, Outcome.FAILED)
    history = merge(History(), suite(run(1, 5), run(2, 6), run(3, 9), failed))
    assert history.expected_seconds("web") == 5.0  # without the second that it waited
    assert merge(History(), suite(failed)).expected_seconds("web") == 99.0


def test_flakiness_counts_runs_that_passed_and_failed() -> None:
    runs = [run(1), run(2, outcome=Outcome.FAILED), run(3), run(4, outcome=Outcome.ERROR)]
    found = merge(History(), suite(*runs)).flakiness("web")
    assert found == Flakiness(passed=2, failed=1)
    assert found.runs == 3
    assert merge(History(), suite(run(1))).flakiness("web") is None


def test_two_programs_that_add_runs_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "timings.json"
    update_history(path, suite(run(1)))
    assert len(update_history(path, suite(run(2))).runs("web")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"version": 2, "tests": {}}', "has timings of version 2, and this program reads version"),
        ('{"tests": {}}', "has timings of version null, and this program reads version 1: use"),
        ("[]", "has timings of version null"),
        ('{"version": true, "tests": {}}', "has timings of version true"),
        ('{"version": 1', "is not JSON: .*; remove the file, or give another one"),
        ('{"version": 1}', "tests: is missing; expected"),
        (
            '{"version": 1, "tests": {"web": {"runs": [{"began": 1, "seconds": 1, '
            '"outcome": "lost"}]}}}',
            r'tests.web.runs\[0\].outcome: expected "passed" or "failed" or "error", got "lost"',
        ),
        (
            '{"version": 1, "tests": {"web": {"runs": [{"began": 1, "seconds": -1, '
            '"outcome": "passed"}]}}}',
            r"tests.web.runs\[0\].seconds: expected a value greater than or equal to 0, got -1",
        ),
    ],
)
def test_a_file_that_is_no_history_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "timings.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=f"^{re.escape(str(path))}: {message}"):
        load_history(path)


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"{tmp_path}: cannot be read: Is a directory"):
        load_history(tmp_path)
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "timings.json"
    for write in (lambda: save_history(History(), path), lambda: update_history(path, suite())):
        with pytest.raises(HostError, match=f"cannot write the timings {path}: "):
            write()


def test_the_file_is_as_documented(tmp_path: Path) -> None:
    path = tmp_path / "timings.json"
    save_history(merge(History(), suite(run(1.5))), path)
    past = {"began": 1.5, "seconds": 5.0, "waited": 1.0, "outcome": "passed"}
    runs = [{**past, "report": "/nix/store/1.5"}]
    assert json.loads(path.read_text()) == {"version": 1, "tests": {"web": {"runs": runs}}}
