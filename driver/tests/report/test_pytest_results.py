"""What terminal, events, GitHub Actions and the report tell of tests of pytest.

The script stands in for the plugin: it makes a step for each test, and sets its result.
"""

import argparse
import io
import logging
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest

from test_driver.report.event_schema import COMMON, FIELDS, TEST_FIELDS
from test_driver.report.event_types import EndOfTest
from test_driver.report.failure_annotations import MOST_CHARACTERS, FailureAnnotations
from test_driver.report.html_data import read_report_data
from test_driver.report.html_report import write_html_report
from test_driver.report.html_tests import MOST_OPEN, TEXT_CHARACTERS
from test_driver.report.junit_case import Case
from test_driver.report.log_output import LogOutput
from test_driver.report.outcome_counts import outcome_counts
from test_driver.report.summary import LONGEST_LINE, MOST_SUBTESTS, summary
from test_driver.run.verdict import PASSED
from test_driver.script.script_file import tests_folder as folder_of_tests
from test_driver.steps import StepLog, Steps
from test_driver.test_result import OUTCOMES, TestResult

from ..conftest import DriverProcess
from ..support.large_events import Writer, end_of_test
from ..support.schemas import check_document
from .test_events import events_of
from .test_html_report import HOSTILE, data_of

SCRIPT = """
from test_driver.test_result import TestResult

def test(name, outcome, **details):
    with driver.steps.step(f"tests/test_web.py::{name}", subtest=True) as step:
        with driver.steps.step("call"):
            machine1.succeed(f"echo {name}")
        step.result = TestResult(outcome=outcome, file="tests/test_web.py", line=7, **details)

phases = {"fixture server": 3.0, "setup": 0.25, "call": 1.5, "teardown": 0.125, "restore": 0.5}
test("good", "passed", phases=phases, output="it said\\n", properties={"ticket": "a<b"})
test("bad", "failed", headline="assert 41 == 42", text=">   assert x == 42\\nE   assert 41 == 42")
test("skips", "skipped", headline="no KVM", text="no KVM")
test("known", "xfailed", headline="issue 3", text="E   assert 1 == 2")
test("late", "flaky", headline="too slow", text="E   assert 3 < 2")
test("hurt", "error", headline="no server", text="E   no server")
with subtest("a part"):
    pass
"""


def test_events_have_what_a_test_came_to(driver_process: DriverProcess) -> None:
    assert driver_process.run(SCRIPT).returncode == 0
    ends = [event for event in events_of(driver_process) if event["kind"] == "step-end"]
    tests = {event["name"].partition("::")[2]: event for event in ends if "outcome" in event}
    assert list(tests) == ["good", "bad", "skips", "known", "late", "hurt"]
    for event in ends:
        more = TEST_FIELDS if event in tests.values() else ()
        assert tuple(event) == (*COMMON, *FIELDS["step-end"], *more)
        check_document("events", event)
    good, bad = tests["good"], tests["bad"]
    assert (good["result"], good["error"], good["outcome"]) == ("passed", None, "passed")
    assert good["phases"]["fixture server"] == 3.0
    assert (good["output"], good["properties"]) == ("it said\n", {"ticket": "a<b"})
    assert (bad["result"], bad["error"]) == ("failed", "assert 41 == 42")
    assert (bad["text"], bad["line"]) == (">   assert x == 42\nE   assert 41 == 42", 7)
    assert tests["hurt"]["result"] == "failed"
    assert {tests[name]["result"] for name in ("skips", "known", "late")} == {"passed"}


def test_the_schema_has_the_outcomes_of_a_test() -> None:
    assert get_args(EndOfTest.__annotations__["outcome"]) == OUTCOMES


def test_the_terminal_tells_each_test_and_counts_them(driver_process: DriverProcess) -> None:
    said = driver_process.run(SCRIPT).stderr
    lines = [re.sub(r"\d+\.\d\d s", "N s", line) for line in said.splitlines()]
    assert "(passed: tests/test_web.py::good, in N seconds)" in lines
    at = lines.index("(failed: tests/test_web.py::bad, in N seconds: assert 41 == 42)")
    assert lines[at + 1 : at + 3] == [">   assert x == 42", "E   assert 41 == 42"]
    assert "(skipped: tests/test_web.py::skips, in N seconds: no KVM)" in lines
    assert "E   assert 1 == 2" not in lines  # it was expected
    counts = "1 passed, 1 failed, 1 error, 1 skipped, 1 xfailed, 1 flaky"
    assert lines[-6:] == [
        f"tests: {counts}",
        "  failed  tests/test_web.py::bad (N s): assert 41 == 42",
        "  error  tests/test_web.py::hurt (N s): no server",
        "  flaky  tests/test_web.py::late (N s): too slow",
        "subtests: 1 passed, 0 failed",
        f"test unit passed: {counts}, in N seconds",
    ]


def test_the_terminal_tells_of_tests_that_passed_in_one_line(
    driver_process: DriverProcess,
) -> None:
    said = driver_process.run(SCRIPT[: SCRIPT.index('test("bad"')]).stderr
    assert "tests: " not in said
    assert re.search(r"\ntest unit passed: 1 passed, in \d+\.\d\d seconds\n$", said)


@pytest.mark.parametrize(
    ("outcomes", "text"),
    [
        ([], ""),
        (["passed"] * 12 + ["skipped"], "12 passed, 1 skipped"),
        (["error", "failed", "error"], "1 failed, 2 errors"),
        (["xpassed", "flaky", "xfailed", "xfailed"], "2 xfailed, 1 xpassed, 1 flaky"),
        (["error"], "1 error"),
    ],
)
def test_outcomes_are_counted(outcomes: list[str], text: str) -> None:
    assert outcome_counts(outcomes) == text


def test_a_summary_of_many_tests_is_short() -> None:
    result = TestResult(outcome="failed", headline="y" * 500)
    case = Case(name="n" * 90, seconds=1.0, began=0.0, headline="y" * 500, result=result)
    lines = summary([case] * 10_000, PASSED, Path("/out")).splitlines()
    assert lines[0] == "tests: 10000 failed"
    assert len(lines) == MOST_SUBTESTS + 2
    assert lines[-1] == f"  and {10_000 - MOST_SUBTESTS} more failed"
    assert max(map(len, lines)) == LONGEST_LINE


def test_a_failed_test_is_an_annotation_at_its_line(driver_process: DriverProcess) -> None:
    said = driver_process.run(SCRIPT, "--github-actions").stderr
    errors = [line for line in said.splitlines() if line.startswith("::error ")]
    place = "::error file=tests/test_web.py,line=7,title=tests/test_web.py%3A%3A"
    assert errors == [
        f"{place}bad failed::assert 41 == 42%0A%0A>   assert x == 42%0AE   assert 41 == 42",
        f"{place}hurt ended with an error in its setup or teardown::no server%0A%0AE   no server",
    ]
    kept = driver_process.output / "github-actions.txt"
    assert kept.read_text().splitlines() == errors
    driver_process.run(SCRIPT + "raise ValueError('at the end')\n")
    last = kept.read_text().splitlines()
    assert last[:2] == errors
    assert last[2].endswith("title=test unit failed::at the end")


def test_annotations_survive_strange_and_long_texts(tmp_path: Path) -> None:
    annotations = FailureAnnotations(tmp_path / "a.txt", shown=False)
    steps = Steps([annotations])
    for text in ("\udc80%\n::error", "x" * 100_000, ""):
        with steps.step("tests/test_a.py::test_b[c]", subtest=True) as step:
            step.result = TestResult(outcome="failed", text=text)
    first, long, mute = (tmp_path / "a.txt").read_text().splitlines()
    title = "title=tests/test_a.py%3A%3Atest_b[c]"
    assert first == f"::error file=tests/test_a.py,{title} failed::?%25%0A::error"
    assert len(long) < MOST_CHARACTERS + 200
    assert mute == f"::error file=tests/test_a.py,{title} (3) failed::failed"
    FailureAnnotations(tmp_path / "no" / "a.txt", shown=False).step_finished(step)


@pytest.mark.parametrize(
    ("tests", "source", "file"),
    [
        ("web", "checks/web", "checks/web/test_a.py"),
        ("web", None, "{folder}/web/test_a.py"),
        ("web/test_a.py", "checks/one.py", "checks/test_a.py"),
        ("web/test_a.py", "one.py", "test_a.py"),
        (None, None, "test_a.py"),
    ],
)
def test_an_annotation_has_the_file_of_the_project(
    tests: str | None, source: str | None, file: str, tmp_path: Path
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "test_a.py").touch()
    path = None if tests is None else tmp_path / tests
    folder = folder_of_tests(argparse.Namespace(tests=path, tests_source=source))
    annotations = FailureAnnotations(tmp_path / "a.txt", shown=False, folder=folder)
    with Steps([annotations]).step("test_a.py::test_b", subtest=True) as step:
        step.result = TestResult(outcome="failed", headline="no", file="test_a.py", line=3)
    expected = f"::error file={file.format(folder=tmp_path)},line=3,title="
    assert (tmp_path / "a.txt").read_text().startswith(expected)


def test_the_terminal_has_no_control_characters_of_a_test() -> None:
    stream = io.StringIO()
    log = LogOutput(stream, logging.INFO)
    with Steps([StepLog()]).step("test", subtest=True) as step:
        step.result = TestResult(outcome="failed", headline="\x1b[2J", text="a\x1b[2J\nb")
    log.close()
    assert "\x1b" not in stream.getvalue()
    assert "a[2J\nb\n" in stream.getvalue()


class Boxes(HTMLParser):
    """The sections of tests in a report: the attributes and the text of each."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self._inside = False
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a section."""
        if tag == "details":
            self.found.append((dict(attrs), ""))
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self._inside = self._inside and tag != "details"

    def handle_data(self, data: str) -> None:
        """Keep its text."""
        if self._inside:
            attributes, text = self.found[-1]
            self.found[-1] = (attributes, text + data)


def test_the_report_has_a_section_for_each_test(driver_process: DriverProcess) -> None:
    driver_process.run(SCRIPT)
    page = driver_process.output / "report.html"
    boxes = Boxes(page).found
    assert [(one["class"], "open" in one) for one, _ in boxes] == [
        ("test passed", False),
        ("test failed", True),
        ("test skipped", False),
        ("test xfailed", False),
        ("test flaky", False),
        ("test failed", True),
    ]
    good, bad = boxes[0][1], boxes[1][1]
    said = "filetests/test_web.py, line 7setup0.25 scall1.50 steardown0.12 srestore0.50 s"
    assert f"{said}fixture server3.00 sticketa<bOutputit said" in good
    assert "assert 41 == 42" in bad
    assert "Failure>   assert x == 42\nE   assert 41 == 42" in bad
    assert "Why it was skippedno KVM" in boxes[2][1]
    assert "Expected failureE   assert 1 == 2" in boxes[3][1]
    assert "Failures before it passedE   assert 3 < 2" in boxes[4][1]
    text = page.read_text()
    assert "<p class=facts>1 passed, 1 failed, 1 error, 1 skipped, 1 xfailed, 1 flaky</p>" in text
    assert "<li>server <b>3.00 s</b>, set up for tests/test_web.py::good</li>" in text
    subtests = re.findall(r"<tr class=\w+><td>(\w+)</td><td>([^<]*)</td>", text)
    assert subtests == [("passed", "a part")]
    # What the page's script adds: commands by their steps, and lines of the log by their time.
    data = data_of(page)
    steps = {step["number"]: step for step in data["steps"]}
    within = {number: step["within"] for number, step in steps.items()}
    (command,) = [one for one in data["commands"] if one["command"] == "echo bad"]
    around = command["step"]
    while not steps[around].get("is_test"):
        around = within[around]
    assert steps[around]["name"] == "tests/test_web.py::bad"
    assert str(around) == boxes[1][0]["data-step"]
    assert steps[around]["number"] in data["log"]["steps"]
    assert "tests" not in data


def test_a_report_of_ten_thousand_tests_has_limits(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.write("test", name="many", machines=[], script="s", source="", limit=1)
    for number in range(10_000):
        result = TestResult(outcome="failed", headline="why", text="x" * 5_000 + "the end")
        end_of_test(writer, writer.begin(f"test_{number}", None, None, subtest=True), result)
    writer.close()
    page = write_html_report(tmp_path)
    boxes = Boxes(page).found
    assert len(boxes) == 10_000
    assert sum("open" in attributes for attributes, _ in boxes) == MOST_OPEN
    assert all(text.endswith("the end") for _, text in boxes)
    assert "characters left out; events.jsonl has all" in boxes[0][1]
    assert page.stat().st_size < 3 * TEXT_CHARACTERS


def test_a_test_that_means_harm_slips_nothing_into_the_report(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.write("test", name="x", machines=[], script="s", source="", limit=1)
    for outcome in OUTCOMES:
        step = writer.begin(HOSTILE, None, None, subtest=True)
        result = TestResult(
            outcome=outcome,
            headline=HOSTILE,
            text=HOSTILE,
            output="\ud800",
            file=HOSTILE,
            phases={HOSTILE: 1.0, f"fixture {HOSTILE}": 2.0},
            properties={HOSTILE: HOSTILE},
        )
        end_of_test(writer, step, result)
    writer.close()
    text = write_html_report(tmp_path).read_text()
    assert text.count("<script") == 2
    assert "<img" not in text.partition("<script")[0]
    assert len(Boxes(tmp_path / "report.html").found) == len(OUTCOMES)


def test_a_test_that_went_on_after_an_error_is_no_caught_error(
    driver_process: DriverProcess,
) -> None:
    script = SCRIPT + (
        "try:\n"
        "    with driver.steps.step('test_x', subtest=True) as step:\n"
        "        step.result = TestResult(outcome='failed', headline='why')\n"
        "        raise ValueError('why')\n"
        "except ValueError:\n"
        "    pass\n"
    )
    said = driver_process.run(script).stderr
    assert "  failed  test_x (" in said
    assert "caught by the script" not in said
    assert read_report_data(driver_process.output).tests[-1]["outcome"] == "failed"
