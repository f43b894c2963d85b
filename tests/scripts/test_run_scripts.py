"""The scripts of runs: which are kept, which are run again, and what is made of several."""

from __future__ import annotations

import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "lib/shared"
SHELL = shutil.which("dash") or shutil.which("sh") or "sh"
EVENT = '{{"time": 1767225600.5, "kind": "verdict", "machine": null, "outcome": "{}"'
OUTCOMES = {"0": "passed", "1": "failed", "3": "ended with an error of the host", "4": "timed out"}
TODAY = datetime.now(UTC).date()
TOMORROW = str(TODAY + timedelta(days=1))
# The clock may pass midnight while the tests run.
LONG_AGO = str(TODAY - timedelta(days=2))

Done = subprocess.CompletedProcess[str]


class Builder:
    """Runs the scripts as a build does, with a driver whose exit status and verdict are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self._count = 0
        (folder / "configuration").write_text("{}")
        program = folder / "driver/bin/nixos-test-driver"
        program.parent.mkdir(parents=True)
        program.write_text(f"""#!{SHELL}
            if [ "$1" = --write-report ]; then exit 0; fi
            echo "$@" >>{folder}/started
            cp {folder}/events.jsonl "$out/" || true
            echo "the log" >"$out/log.txt"
            exit "$(cat {folder}/status)"
        """)
        program.chmod(0o755)

    def script(self, name: str, **variables: str) -> Done:
        """Run a script with an output that is not there yet."""
        self._count += 1
        self.out = self.folder / f"out-{self._count}"
        top = self.folder / f"top-{self._count}"
        top.mkdir()
        environment = {"PATH": os.environ["PATH"], "NIX_BUILD_TOP": str(top), "out": str(self.out)}
        return subprocess.run(
            [SHELL, "-eu", str(SHARED / name)],
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    def run(
        self, status: str, outcome: str | None = None, events: str = "", **variables: str
    ) -> Done:
        """Run a test whose driver ends with this status, and writes this verdict."""
        (self.folder / "status").write_text(status)
        if not events and (said := outcome or OUTCOMES.get(status)) is not None:
            events = f'{EVENT.format(said)}, "exit_status": {status}, "seconds": 1.0}}\n'
        (self.folder / "events.jsonl").write_text(events)
        return self.script(
            "run-test.sh",
            driver=str(self.folder / "driver"),
            testFiles=str(SHARED / "test-files.sh"),
            configurationPath=str(self.folder / "configuration"),
            checkFlags="",
            **variables,
        )

    def attempt(self, before: list[str], **variables: str) -> Done:
        """Run a test that would pass, after runs with these exit statuses; "-" was not needed."""
        previous = []
        for number, status in enumerate(before):
            run = self.folder / f"before-{number}"
            run.mkdir(exist_ok=True)
            if status == "-":
                (run / "not-needed").write_text("the test has passed\n")
            else:
                (run / "exit-status").write_text(f"{status}\n")
            previous.append(str(run))
        more = {"previous": " ".join(previous), "attempt": str(len(before) + 1)} if before else {}
        return self.run(
            "0",
            keepFailure="always",
            attemptRules=str(SHARED / "attempt.sh"),
            **more,
            **variables,
        )

    @property
    def has_run(self) -> bool:
        """Whether the driver was started."""
        return (self.folder / "started").exists()


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


@pytest.mark.parametrize("keep", ["", "1", "always"])
def test_a_run_that_passed_builds(builder: Builder, keep: str) -> None:
    assert builder.run("0", keepFailure=keep).returncode == 0
    assert (builder.out / "log.txt").read_text() == "the log\n"
    assert (builder.out / "exit-status").exists() is (keep != "")


@pytest.mark.parametrize("status", ["1", "4"])
def test_a_result_is_kept_for_the_report(builder: Builder, status: str) -> None:
    assert builder.run(status, keepFailure="1").returncode == 0
    assert (builder.out / "exit-status").read_text() == f"{status}\n"


@pytest.mark.parametrize("status", ["2", "3", "137"])
def test_what_is_no_result_is_not_kept_for_the_report(builder: Builder, status: str) -> None:
    done = builder.run(status, keepFailure="1")
    assert done.returncode == int(status)
    assert (
        f"exit status {status} is no result of the test, so that .report does not build either"
        in done.stderr
    )
    assert not builder.out.exists()


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "137"])
def test_a_suite_gets_every_run(builder: Builder, status: str) -> None:
    assert builder.run(status, keepFailure="always").returncode == 0
    assert (builder.out / "exit-status").read_text() == f"{status}\n"


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "143"])
def test_a_test_by_itself_builds_if_it_passes(builder: Builder, status: str) -> None:
    done = builder.run(status)
    assert done.returncode == int(status)
    assert (".report of this test builds in any case" in done.stderr) is (status in {"1", "4"})
    assert not builder.out.exists()


@pytest.mark.parametrize("keep", ["1", "always"])
def test_the_end_of_its_time_is_a_result_with_the_status_of_a_signal(
    builder: Builder, keep: str
) -> None:
    assert builder.run("143", "timed out", keepFailure=keep).returncode == 0
    assert (builder.out / "exit-status").read_text() == "4\n"
    assert builder.run("143", "timed out").returncode == 143


@pytest.mark.parametrize("status", ["1", "3"])
def test_a_verdict_that_says_otherwise_is_no_pass(builder: Builder, status: str) -> None:
    verdict = f'{EVENT.format("failed")}, "exit_status": {status}, "seconds": 1.0}}\n'
    done = builder.run("0", events=verdict, keepFailure="always")
    assert "exited with status 0 against the verdict above" in done.stderr
    assert (builder.out / "exit-status").read_text() == "1\n"


def test_a_repetition_hands_on_its_seed_and_its_load(builder: Builder) -> None:
    builder.run("0", repetition="3", seed="abc-3", load="1", flags="'--verbose'")
    started = (builder.folder / "started").read_text().split()
    assert started[-3:] == ["--verbose", "--seed=abc-3", "--load"]
    builder.run("0")
    last = (builder.folder / "started").read_text().splitlines()[-1]
    assert "--seed" not in last
    assert "--load" not in last


FLAKY = {"flakyUntil": TOMORROW, "flakyRetries": "2"}
NEEDED: list[tuple[str, dict[str, str]]] = [
    ("", {}),
    ("", FLAKY),
    ("3", {}),
    ("137", {}),
    ("3", FLAKY),
    ("1", FLAKY),
    ("4", FLAKY),
    ("1 1", FLAKY),
    ("1 4", FLAKY),
    # The error was run again, the failure was not yet.
    ("3 1", FLAKY),
    ("1 3", FLAKY),
    ("1 1 3", FLAKY),
    ("1 3 1", FLAKY),
    # Today is the last day.
    ("1", FLAKY | {"flakyUntil": str(TODAY)}),
]
NOT_NEEDED: list[tuple[str, dict[str, str], str]] = [
    ("0", {}, "the test has passed"),
    ("0", FLAKY, "the test has passed"),
    ("0 -", FLAKY, "the test has passed"),
    ("3 0", {}, "the test has passed"),
    ("1", {}, "the test has failed, and is not known to be flaky"),
    ("4", {}, "the test has failed, and is not known to be flaky"),
    ("3 1", {}, "the test has failed, and is not known to be flaky"),
    ("2", {}, "the driver refused the test (exit status 2)"),
    ("2", FLAKY, "the driver refused the test (exit status 2)"),
    ("3 3", {}, "the error of the infrastructure was there again (exit status 3)"),
    ("3 137", {}, "the error of the infrastructure was there again (exit status 137)"),
    ("3 1 3", FLAKY, "the error of the infrastructure was there again (exit status 3)"),
    ("1 1 1", FLAKY, "the test has failed 3 times (flaky.retries is 2)"),
    ("1 3 1 1", FLAKY, "the test has failed 3 times (flaky.retries is 2)"),
    (
        "1",
        FLAKY | {"flakyUntil": LONG_AGO},
        f"the test has failed, and flaky.until was {LONG_AGO}",
    ),
]


@pytest.mark.parametrize(("before", "given"), NEEDED)
def test_a_run_is_needed(builder: Builder, before: str, given: dict[str, str]) -> None:
    done = builder.attempt(before.split(), **given)
    assert done.returncode == 0, done.stderr
    assert builder.has_run
    assert (builder.out / "exit-status").read_text() == "0\n"
    number = len(before.split()) + 1
    assert (f"this is attempt {number} of the test\n" in done.stderr) is (number > 1)


@pytest.mark.parametrize(("before", "given", "reason"), NOT_NEEDED)
def test_a_run_is_not_needed(
    builder: Builder, before: str, given: dict[str, str], reason: str
) -> None:
    done = builder.attempt(before.split(), **given)
    assert done.returncode == 0
    assert not builder.has_run
    assert [file.name for file in builder.out.iterdir()] == ["not-needed"]
    assert (builder.out / "not-needed").read_text() == f"{reason}\n"
    assert f"no further run of the test is needed: {reason}\n" in done.stderr


def test_a_run_before_it_that_cannot_be_read_is_no_pass(builder: Builder) -> None:
    (builder.folder / "before-0").mkdir()
    builder.attempt(["0"])
    (builder.folder / "before-0/exit-status").unlink()
    done = builder.attempt([], previous=str(builder.folder / "before-0"))
    assert builder.has_run, done.stderr


def test_after_its_date_a_flaky_test_is_refused(builder: Builder) -> None:
    done = builder.attempt([], flakyUntil=LONG_AGO, flakyRetries="2")
    said = f"flaky.until of this test was {LONG_AGO}: make the test reliable, or set a later date"
    assert said in done.stderr
    assert not builder.has_run
    assert (builder.out / "exit-status").read_text() == "2\n"
    assert said in (builder.out / "log.txt").read_text()
    case = ET.parse(builder.out / "junit.xml").getroot().find("testsuite/testcase/error")
    assert case is not None
    assert said in case.attrib["message"]
    done = builder.run(
        "0",
        keepFailure="1",
        attemptRules=str(SHARED / "attempt.sh"),
        flakyUntil=LONG_AGO,
        flakyRetries="2",
    )
    assert done.returncode == 2
    assert not builder.has_run
    assert not builder.out.exists()


def judge(builder: Builder, statuses: str) -> tuple[Done, list[str]]:
    """Make the report of runs with these exit statuses; return what is said, and their paths."""
    runs = []
    for number, status in enumerate(statuses.split()):
        run = builder.folder / f"run-{number}"
        run.mkdir()
        if status == "-":
            (run / "not-needed").touch()
        else:
            (run / "exit-status").write_text(f"{status}\n")
            (run / "log.txt").write_text(f"run {number}\n")
            (run / "events.jsonl").write_text('{"time": 1767225600.5, "kind": "schema"}\n')
            (run / "evidence").mkdir()
        runs.append(str(run))
    given = {"runs": " ".join(runs), "reason": "it's $late", "until": TOMORROW}
    return builder.script("judge-attempts.sh", **given), runs


@pytest.mark.parametrize(
    ("statuses", "decides", "status", "said"),
    [
        ("0 - -", 0, "0", "passed 1 of 1 runs"),
        ("1 0 -", 1, "0", "passed 1 of 2 runs"),
        ("4 1 0", 2, "0", "passed 1 of 3 runs"),
        ("1 1 4", 2, "4", "passed 0 of 3 runs"),
        ("1 - -", 0, "1", "passed 0 of 1 runs"),
    ],
)
def test_the_report_of_a_flaky_test_is_the_run_that_decides(
    builder: Builder, statuses: str, decides: int, status: str, said: str
) -> None:
    done, runs = judge(builder, statuses)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"flaky: {said} (reason: it's $late; until {TOMORROW})\n"
    report = builder.out
    assert (report / "exit-status").read_text() == f"{status}\n"
    assert not (report / "exit-status").is_symlink()
    assert (report / "log.txt").readlink() == Path(runs[decides], "log.txt")
    assert (report / "evidence").readlink() == Path(runs[decides], "evidence")
    took_place = zip(statuses.split(), runs, strict=True)
    lines = [f"{status} {run}\n" for status, run in took_place if status != "-"]
    assert (report / "attempts").read_text() == "".join(lines)
    verdict = builder.script("check-report.sh", report=str(report), reportDerivation="/x.drv")
    assert verdict.returncode == int(status)
    assert "its runs, each with its exit status:\n" + "".join(lines) in verdict.stderr
    assert builder.out.exists() is (status == "0")


@pytest.mark.parametrize("status", ["", "x", "0 1", "-0"])
def test_a_status_that_is_none_is_no_pass(builder: Builder, status: str) -> None:
    run = builder.folder / "run"
    run.mkdir()
    (run / "exit-status").write_text(status)
    (run / "log.txt").touch()
    (run / "junit.xml").write_text(JUNIT.format(name="a"))
    builder.script("judge-attempts.sh", runs=str(run), reason="x", until=TOMORROW)
    reports = [builder.out, run]
    builder.script("collect-files.sh", runs=f"a {run}")
    assert (builder.out / "exit-status").read_text() == "3\n"
    for report in reports:
        done = builder.script("check-report.sh", report=str(report), reportDerivation="/x.drv")
        assert done.returncode == 3
        assert not builder.out.exists()


def test_runs_none_of_which_took_place_are_no_pass(builder: Builder) -> None:
    done, _ = judge(builder, "- -")
    assert done.returncode != 0


JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites>
<testsuite name="{name}"><testcase name="{name}.py::test_it"></testcase></testsuite>
</testsuites>
"""


def collect(builder: Builder, files: dict[str, str]) -> Done:
    """Collect the runs of files, each with the exit statuses of its attempts."""
    lines = []
    for name, statuses in files.items():
        outputs = []
        for number, status in enumerate(statuses.split()):
            run = builder.folder / f"{name}-{number}"
            run.mkdir()
            outputs.append(str(run))
            if status == "-":
                (run / "not-needed").touch()
            else:
                (run / "exit-status").write_text(f"{status}\n")
                (run / "junit.xml").write_text(JUNIT.format(name=f"{name}-{number}"))
        lines.append(" ".join([name, *outputs]))
    return builder.script("collect-files.sh", runs="\n".join(lines))


@pytest.mark.parametrize(
    ("files", "runs", "status"),
    [
        ({"a": "1 0", "b": "0 -"}, {"a": 1, "b": 0}, "0"),
        ({"a": "3 3", "b": "0 -"}, {"a": 1, "b": 0}, "3"),
        ({"a": "3 3", "b": "1 1"}, {"a": 1, "b": 1}, "1"),
        ({"a": "2 -", "b": "3 137"}, {"a": 0, "b": 1}, "137"),
        ({"a": "2 -", "b": "3 0"}, {"a": 0, "b": 1}, "2"),
        ({"a": "3 1 - -", "b": "1 3 1 0"}, {"a": 1, "b": 3}, "1"),
    ],
)
def test_the_last_run_of_each_file_counts(
    builder: Builder, files: dict[str, str], runs: dict[str, int], status: str
) -> None:
    done = collect(builder, files)
    assert done.returncode == 0, done.stderr
    assert (builder.out / "exit-status").read_text() == f"{status}\n"
    for name, number in runs.items():
        assert (builder.out / name).readlink() == builder.folder / f"{name}-{number}"
        assert f'"{name}-{number}.py::test_it"' in (builder.out / "junit.xml").read_text()


def test_files_none_of_which_was_run_again_are_no_further_run(builder: Builder) -> None:
    done = collect(builder, {"a": "0 -", "b": "1 - -"})
    assert done.returncode == 0
    assert [file.name for file in builder.out.iterdir()] == ["not-needed"]
    assert "no file of the test needs another run" in done.stdout


def test_a_file_whose_driver_refused_it_has_no_cases(builder: Builder) -> None:
    (builder.folder / "a-0").mkdir()
    (builder.folder / "a-0/exit-status").write_text("2\n")
    done = builder.script("collect-files.sh", runs=f"a {builder.folder}/a-0")
    assert done.returncode == 0, done.stderr
    assert (builder.out / "exit-status").read_text() == "2\n"
