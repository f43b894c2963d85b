"""The JUnit report: what a case says of a test, and that it is whole whenever it is read."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from test_driver.report.junit import NOT_ENDED, JunitReport
from test_driver.report.junit_case import Case
from test_driver.report.junit_document import JunitDocument
from test_driver.run.timings import TimeSpent
from test_driver.run.verdict import Outcome, Verdict
from test_driver.steps import Steps
from test_driver.test_result import TestResult

FAILURE = "def test():\n>   assert 1 == 2\nE   assert 1 == 2"
FAILED = Verdict(
    outcome=Outcome.FAILED, exit_status=1, headline="1 of 7 tests failed", failed_steps=frozenset()
)


def run(steps: Steps, name: str, result: TestResult, error: Exception | None = None) -> None:
    """Run a test as a step that ends with a result."""
    with pytest.raises(type(error)) if error else steps.step("around"):
        with steps.step(name, subtest=True) as step:
            step.result = result
            if error:
                raise error


def cases(path: Path) -> dict[str, ET.Element]:
    """Return the cases of a report by their names."""
    return {case.attrib["name"]: case for case in ET.parse(path).getroot().iter("testcase")}


def ended(report: JunitReport, verdict: Verdict = FAILED) -> dict[str, ET.Element]:
    """End a report, and return its cases."""
    report.end(seconds=1.0, verdict=verdict, spent=TimeSpent(seconds={}, longest_waits=[]))
    assert report.path is not None
    return cases(report.path)


def elements(case: ET.Element) -> dict[str, tuple[str, str]]:
    """Return what a case has besides properties: the message and the text of each element."""
    return {
        one.tag: (one.attrib.get("message", ""), one.text or "")
        for one in case
        if one.tag != "properties"
    }


@pytest.mark.parametrize(
    ("outcome", "expected", "counted"),
    [
        ("passed", {"system-out": ("", "said\n")}, None),
        (
            "failed",
            {"failure": ("assert 1 == 2", FAILURE), "system-out": ("", "said\n")},
            "failures",
        ),
        ("error", {"error": ("assert 1 == 2", FAILURE), "system-out": ("", "said\n")}, "errors"),
        (
            "skipped",
            {"skipped": ("assert 1 == 2", FAILURE), "system-out": ("", "said\n")},
            "skipped",
        ),
        (
            "xfailed",
            {"skipped": ("assert 1 == 2", FAILURE), "system-out": ("", "said\n")},
            "skipped",
        ),
        ("xpassed", {"system-out": ("", f"xpassed: {FAILURE}\nsaid\n")}, None),
        ("flaky", {"system-out": ("", f"flaky: {FAILURE}\nsaid\n")}, None),
    ],
)
def test_a_case_says_how_a_test_of_pytest_ended(
    outcome: str, expected: dict[str, tuple[str, str]], counted: str | None, tmp_path: Path
) -> None:
    report = JunitReport(suite="web", path=tmp_path / "r.xml")
    result = TestResult(
        outcome=outcome,
        headline="assert 1 == 2" if outcome != "passed" else "",
        text=FAILURE if outcome != "passed" else "",
        phases={"setup": 0.25, "fixture server": 1.5},
        properties={"ticket": "17"},
        output="said\n",
        file="tests/test_web.py",
        line=12,
    )
    run(Steps([report]), "tests/test_web.py::test_page[a b]", result)
    case = ended(report)["tests/test_web.py::test_page[a b]"]
    assert elements(case) == expected
    assert (case.attrib["file"], case.attrib["line"]) == ("tests/test_web.py", "12")
    told = {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}
    if outcome in ("xfailed", "xpassed", "flaky"):
        assert told.pop("outcome") == outcome
    assert told == {"seconds: setup": "0.250", "seconds: fixture server": "1.500", "ticket": "17"}
    assert report.path is not None
    root = ET.parse(report.path).getroot()
    for totals in (root, root[0]):
        counts = {name: int(totals.attrib[name]) for name in ("failures", "errors", "skipped")}
        counts["failures"] -= 1  # of the test as a whole
        assert counts == {name: int(name == counted) for name in counts}
        assert totals.attrib["tests"] == "2"


def test_the_result_of_a_test_decides_whatever_its_error(tmp_path: Path) -> None:
    report = JunitReport(suite="web", path=tmp_path / "r.xml")
    steps = Steps([report])
    run(steps, "xfailed", TestResult(outcome="xfailed", headline="known"), ValueError("x"))
    run(steps, "failed", TestResult(outcome="failed", headline="why"))
    run(steps, "mute", TestResult(outcome="failed"))
    with pytest.raises(ValueError, match="y"), steps.step("script", subtest=True):
        raise ValueError("y")
    found = ended(report)  # the test went on after each of these errors
    assert elements(found["xfailed"]) == {"skipped": ("known", "known")}
    assert elements(found["failed"]) == {"failure": ("why", "why")}
    assert elements(found["mute"]) == {"failure": ("failed", "")}
    assert list(elements(found["script"])) == ["system-out"]


def test_an_outcome_that_no_report_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="outcome 'broken' is not known; a test ends with one of"):
        TestResult(outcome="broken")


@pytest.mark.parametrize(
    "text",
    [
        "\udc80",
        "\x00\x1b[31m\x7f",
        "]]></failure>&amp;",
        "\ufffe\U0001fffe\ud800",
        "a\r\n\tb\x85ü🎭",
    ],
)
def test_a_text_that_no_xml_can_hold_spoils_no_report(text: str, tmp_path: Path) -> None:
    report = JunitReport(suite=f"s{text}", path=tmp_path / "r.xml")
    result = TestResult(
        outcome="failed",
        headline=text,
        text=text,
        output=text,
        file=text,
        phases={f"fixture {text}": 1.0},
        properties={text: text},
    )
    run(Steps([report]), f"test{text}", result)
    (case, _) = ended(report).values()
    assert case.find("failure") is not None
    assert {*elements(case)} == (
        {"failure", "system-out"} if case.find("system-out") is not None else {"failure"}
    )


def test_the_report_is_whole_after_each_test(tmp_path: Path) -> None:
    report = JunitReport(suite="web", path=tmp_path / "r.xml")
    report.begin()
    steps = Steps([report])
    for number in range(20):
        run(steps, f"test_{number}", TestResult(outcome="passed", output="x" * 100))
        found = cases(tmp_path / "r.xml")
        assert list(found) == [*(f"test_{each}" for each in range(number + 1)), "main"]
        assert elements(found["main"])["failure"][0] == NOT_ENDED
        assert [path.name for path in tmp_path.iterdir()] == ["r.xml"]


def test_a_report_that_is_long_to_write_is_behind_until_a_later_step(tmp_path: Path) -> None:
    report = JunitReport(suite="web", path=tmp_path / "r.xml")
    steps = Steps([report])
    run(steps, "large", TestResult(outcome="passed", output="x" * 30_000_000))
    run(steps, "late", TestResult(outcome="passed"))
    assert list(cases(tmp_path / "r.xml")) == ["large", "main"]
    deadline = time.monotonic() + 20
    while list(cases(tmp_path / "r.xml")) == ["large", "main"] and time.monotonic() < deadline:
        with steps.step("a command"):
            pass
    assert list(cases(tmp_path / "r.xml")) == ["large", "late", "main"]
    run(steps, "last", TestResult(outcome="passed"))
    assert list(ended(report)) == ["large", "late", "last", "main"]


def test_the_time_that_a_report_takes_grows_no_faster_than_its_tests(tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        report = JunitReport(suite="web", path=tmp_path / f"{count}.xml")
        steps = Steps([report])
        result = TestResult(outcome="failed", headline="why", text=FAILURE, phases={"call": 1.0})
        began = time.process_time()
        for number in range(count):
            with steps.step(f"test_{number}", subtest=True) as step:
                step.result = result
        took = time.process_time() - began
        assert len(ended(report)) == count + 1
        return took

    assert seconds(10_000) < 90 * seconds(1_000)  # written each time, it is some 250 times


WRITER = """
import sys
from pathlib import Path
from test_driver.report.junit import JunitReport
from test_driver.steps import Steps
from test_driver.test_result import TestResult

report = JunitReport(suite="web", path=Path(sys.argv[1]))
report.begin()
steps = Steps([report])
number = 0
while True:
    number += 1
    with steps.step(f"test_{number}", subtest=True) as step:
        step.result = TestResult(outcome="failed", headline="why", text="x" * 20_000)
    if number == 1:
        print("begun", flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.11, 0.32, 0.5])
def test_a_report_is_whole_when_its_writer_is_killed(delay: float, tmp_path: Path) -> None:
    path = tmp_path / "r.xml"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        time.sleep(delay)  # a moment of its own for each
        writer.send_signal(signal.SIGKILL)
    names = list(cases(path))
    assert names == [*(f"test_{number}" for number in range(1, len(names))), "main"]
    assert len(names) > 1


def test_a_case_that_is_run_again_is_counted_once(tmp_path: Path) -> None:
    document = JunitDocument("web")
    for headline in ("bad", "worse", ""):
        document.put(Case(name="one", seconds=2.0, began=0.0, headline=headline))
        document.put(Case(name="two", seconds=1.0, began=0.0))
    main = Case(name="main", seconds=4.0, began=0.0)
    (tmp_path / "r.xml").write_bytes(b"".join(document.parts(main, {"a": "b"})))
    root = ET.parse(tmp_path / "r.xml").getroot()
    assert list(cases(tmp_path / "r.xml")) == ["one", "two", "main"]
    assert (root.attrib["tests"], root.attrib["failures"]) == ("3", "0")
    assert float(root.attrib["time"]) == 7.0
