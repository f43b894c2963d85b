"""Runs from report folders: what is read, and that nothing that is wrong is taken for a pass."""

import json
from pathlib import Path

import pytest

from test_driver.suite.model import Outcome, Run
from test_driver.suite.report_folder import read_attempts, read_run

from ..conftest import DriverProcess
from ..support.large_events import BEGAN, write_large_events
from ..support.report_folders import change_verdict, write_junit, write_report


def check_error(run: Run, *said: str) -> None:
    """Check that a run is an error, and what its headline says."""
    assert run.outcome is Outcome.ERROR
    for text in said:
        assert text in run.headline, run.headline


def test_a_run_of_the_driver_is_read(driver_process: DriverProcess) -> None:
    script = "with subtest('good'): pass\nwith subtest('bad'):\n    machine1.succeed('false')\n"
    driver_process.run(script)
    run = read_run(driver_process.output)
    assert (run.outcome, run.exit_status) == (Outcome.FAILED, 1)
    assert run.headline.startswith("CommandFailed: machine1: command `false` failed")
    assert (run.cases, run.failed_cases) == (3, ("bad",))
    assert run.machines == ("machine1", "two-2")
    assert run.began is not None
    assert run.began > 1_700_000_000
    assert {"start", "boot", "command", "clean_up"} <= run.phases.keys()
    assert sum(run.phases.values()) == pytest.approx(run.seconds, abs=0.5)
    assert (run.page, run.problem) == ("report.html", "")


def test_a_run_that_passed_is_read(tmp_path: Path) -> None:
    phases = {"boot": 4.0, "admission": 2.0}
    folder = write_report(tmp_path / "r", phases=phases, troubles={"oom": 2}, seed="abc-3")
    assert read_run(folder) == Run(
        folder=folder,
        outcome=Outcome.PASSED,
        exit_status=0,
        began=BEGAN,
        seconds=6.5,
        waited=2.0,
        phases=phases,
        cases=1,
        troubles={"oom": 2},
        machines=("web",),
        seed="abc-3",
        page="report.html",
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(1, Outcome.FAILED), (2, Outcome.ERROR), (3, Outcome.ERROR), (4, Outcome.FAILED)],
)
@pytest.mark.parametrize("kept", [True, False])
def test_the_exit_status_tells_failures_from_errors(
    tmp_path: Path, status: int, outcome: Outcome, kept: bool
) -> None:
    run = read_run(write_report(tmp_path / "r", status, "it is closed", kept=kept))
    assert (run.outcome, run.exit_status, run.headline) == (outcome, status, "it is closed")
    assert run.problem == ""


def test_a_driver_that_was_killed_is_an_error(tmp_path: Path) -> None:
    folder = write_report(tmp_path / "r", 1, "the script ended its own interpreter: SIGKILL")
    (folder / "exit-status").write_text("137\n")
    check_error(read_run(folder), "the script ended its own interpreter: SIGKILL")
    (folder / "events.jsonl").unlink()
    (folder / "junit.xml").unlink()
    check_error(read_run(folder), "exit status 137")


def test_of_a_very_long_test_only_both_ends_are_read(tmp_path: Path) -> None:
    write_large_events(tmp_path, machines=2, lines=20_000)
    run = read_run(tmp_path)
    assert run.outcome is Outcome.FAILED
    assert "command `work 19` failed" in run.headline
    assert run.machines == ("node1", "node2")


def test_a_long_text_of_a_failure_is_no_obstacle(tmp_path: Path) -> None:
    folder = write_report(tmp_path / "r", 1, "why")
    change_verdict(folder, failure="x" * 3_000_000)
    run = read_run(folder)
    assert (run.outcome, run.headline) == (Outcome.FAILED, "why")
    assert run.phases["boot"] == 4.0


def test_a_foreign_report_has_a_status_or_cases(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "exit-status").write_text("0\n")
    assert read_run(alone).outcome is Outcome.PASSED
    (alone / "exit-status").write_text("7\n")
    run = read_run(alone)
    assert (run.outcome, run.headline) == (Outcome.FAILED, "exit status 7")
    cases = tmp_path / "cases"
    write_junit(cases, "foreign", [("a", ""), ("b", "1 != 2")], seconds=2)
    run = read_run(cases)
    assert (run.outcome, run.headline, run.failed_cases) == (Outcome.FAILED, "1 != 2", ("b",))
    assert (run.began, run.seconds, run.page) == (1_800_000_000, 4.0, "junit.xml")
    write_junit(cases, "foreign", [("a", "")])
    assert read_run(cases).outcome is Outcome.PASSED
    write_junit(cases, "foreign", [])
    check_error(read_run(cases), "junit.xml has no test, and there is no exit-status")


def test_the_files_of_a_split_test_are_one_run(tmp_path: Path) -> None:
    folder = tmp_path / "split"
    folder.mkdir()
    one = write_report(tmp_path / "one", began=BEGAN + 5, troubles={"oom": 1})
    other = write_report(tmp_path / "other", 1, "it is closed", troubles={"oom": 1})
    (folder / "test_one.py").symlink_to(one)
    (folder / "test_other.py").symlink_to(other)
    run = read_run(folder)
    assert (run.outcome, run.headline) == (Outcome.FAILED, "test_other.py: it is closed")
    assert (run.began, run.seconds, run.phases["boot"]) == (BEGAN, 13.0, 8.0)
    assert run.troubles == {"oom": 2}
    assert run.page == "test_other.py/report.html"
    (folder / "exit-status").write_text("0\n")
    check_error(read_run(folder), "exit-status says 0, but test_other.py is said to have: ")


def test_a_pass_that_the_events_deny_is_an_error(tmp_path: Path) -> None:
    folder = write_report(tmp_path / "r")
    change_verdict(folder, outcome="failed", exit_status=1)
    check_error(read_run(folder), "contradicts itself", 'the verdict in events.jsonl is "failed"')
    change_verdict(folder, outcome="was rehearsed, its script not run", exit_status=0)
    check_error(read_run(folder), "was rehearsed")
    change_verdict(folder, outcome="passed", exit_status=0)
    assert read_run(folder).outcome is Outcome.PASSED
    (folder / "exit-status").unlink()
    change_verdict(folder, exit_status=None)
    check_error(read_run(folder), "contradicts itself")


def test_a_pass_without_a_verdict_is_an_error(tmp_path: Path) -> None:
    folder = write_report(tmp_path / "r")
    events = folder / "events.jsonl"
    lines = events.read_text().splitlines(keepends=True)
    events.write_text("".join(lines[:-1]) + lines[-1][:40])
    check_error(read_run(folder), "events.jsonl has no verdict: the driver was killed before")
    (folder / "exit-status").unlink()
    check_error(read_run(folder), "the driver was killed before the test ended")
    (folder / "exit-status").write_text("1\n")
    run = read_run(folder)
    assert (run.outcome, run.exit_status) == (Outcome.FAILED, 1)
    events.write_text("")
    check_error(read_run(folder), "events.jsonl has no events")


def test_a_pass_with_failed_cases_is_an_error(tmp_path: Path) -> None:
    folder = write_report(tmp_path / "r", cases={"a": "1 != 2"})
    check_error(read_run(folder), "junit.xml has 1 failed case: 1 != 2")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    check_error(read_run(tmp_path / "gone"), f"the report {tmp_path}/gone does not exist")
    (tmp_path / "empty").mkdir()
    check_error(read_run(tmp_path / "empty"), "has none of the files events.jsonl, junit.xml and")
    (tmp_path / "file").touch()
    check_error(read_run(tmp_path / "file"), "is no folder")
    folder = write_report(tmp_path / "r")
    for text in ("", "no\n", "-1\n", "256\n", "²\n"):
        (folder / "exit-status").write_text(text)
        check_error(read_run(folder), "expected an exit status from 0 to 255, got")
    (folder / "exit-status").write_text("0\n")
    junit = folder / "junit.xml"
    junit.write_text("<testsuites>")
    check_error(read_run(folder), "junit.xml is no XML document: ")
    junit.write_text("<html/>")
    check_error(read_run(folder), "junit.xml is no JUnit document: its root is <html>")
    junit.unlink()
    assert read_run(folder).outcome is Outcome.PASSED
    events = folder / "events.jsonl"
    newer = {"time": 1, "kind": "schema", "machine": None, "version": 99}
    events.write_text(json.dumps(newer) + "\n" + events.read_text())
    check_error(read_run(folder), "the events have schema 99, and this driver reads schemas up to")
    events.unlink()
    events.symlink_to("/dev/null")
    check_error(read_run(folder), "events.jsonl is no file")


def test_attempts_that_were_not_needed_are_no_runs(tmp_path: Path) -> None:
    ran = write_report(tmp_path / "ran")
    unneeded = tmp_path / "unneeded"
    unneeded.mkdir()
    (unneeded / "not-needed").touch()
    assert [run.folder for run in read_attempts([ran, unneeded])] == [ran]
    assert read_attempts([unneeded]) == []


def test_a_list_of_attempts_stands_for_their_runs(tmp_path: Path) -> None:
    first = write_report(tmp_path / "first", 1, "it is closed")
    second = write_report(tmp_path / "second")
    chain = tmp_path / "chain"
    chain.mkdir()
    (chain / "exit-status").write_text("0\n")
    listed = chain / "attempts"
    listed.write_text(f"1 {first}\n0 {second}\n")
    runs = read_attempts([chain])
    assert [(run.folder, run.outcome) for run in runs] == [
        (first, Outcome.FAILED),
        (second, Outcome.PASSED),
    ]
    listed.write_text(f"0 {first}\n")
    check_error(read_attempts([chain])[0], "says exit status 0, but the run says 1")
    listed.write_text("nonsense\n")
    check_error(read_attempts([chain])[0], "expected `STATUS FOLDER` in a line, got 'nonsense'")
    listed.write_text("")
    check_error(read_attempts([chain])[0], "attempts is empty: no run took place")
