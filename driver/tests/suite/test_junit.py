"""The JUnit document of a suite: what CI is told of each verdict."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from test_driver.suite.junit import write_junit
from test_driver.suite.model import Flaky, Outcome, Suite, SuiteTest, Verdict
from test_driver.suite.report_folder import read_attempts
from test_driver.suite.verdict import judge

from ..support.report_folders import write_junit as write_document
from ..support.report_folders import write_report
from .test_write import suite_test


def merged(folder: Path, *tests: SuiteTest) -> ET.Element:
    """Return the root of the document of a suite."""
    path = folder / "merged.xml"
    write_junit(Suite(name="all & more", tests=tests), path)
    return ET.parse(path).getroot()


def counts(element: ET.Element) -> tuple[int, ...]:
    """Return how many tests, failures, errors and skipped tests an element tells of."""
    return tuple(int(element.attrib[name]) for name in ("tests", "failures", "errors", "skipped"))


def results(root: ET.Element) -> dict[str, list[str]]:
    """Return what stands in each case, by `SUITE NAME`."""
    return {
        f"{case.get('classname')} {case.get('name')}": [
            f"{child.tag}: {child.get('message')}" for child in case if child.tag != "properties"
        ]
        for case in root.iter("testcase")
    }


def test_the_documents_of_all_reports_are_one(tmp_path: Path) -> None:
    good = write_report(tmp_path / "good", cases={"starts": ""})
    bad = write_report(tmp_path / "bad", 1, "1 != 2", cases={"adds": "1 != 2"})
    root = merged(tmp_path, suite_test("one", good, source="store"), suite_test("two", bad))
    assert (root.tag, root.get("name")) == ("testsuites", "all & more")
    assert counts(root) == (4, 2, 0, 0)
    assert [counts(one) for one in root] == [(2, 0, 0, 0), (2, 2, 0, 0)]
    assert float(root.attrib["time"]) == 13.0
    assert results(root) == {
        "one starts": [],
        "one main": [],
        "two adds": ["failure: 1 != 2"],
        "two main": ["failure: 1 != 2"],
    }
    told = {one.get("name"): one.get("value") for one in root[0].iter("property")}
    assert told["suite: verdict"] == "passed"
    assert told["suite: source"] == "from the store"
    assert told["suite: report"] == str(good)


def test_a_flaky_test_has_passed_and_tells_of_its_failures(tmp_path: Path) -> None:
    bad = write_report(tmp_path / "bad", 1, "1 != 2", cases={"adds": "1 != 2", "gone": "no"})
    good = write_report(tmp_path / "good", cases={"adds": ""})
    root = merged(tmp_path, suite_test("web", bad, good, good))
    assert counts(root) == (2, 0, 0, 0)
    assert results(root) == {
        "web adds": ["flakyFailure: 1 != 2"],
        "web main": ["flakyFailure: no", "flakyFailure: 1 != 2"],
    }
    trace = root.find(".//flakyFailure/stackTrace")
    assert trace is not None
    assert trace.text == "adds"


def test_an_error_is_no_failure_of_the_script(tmp_path: Path) -> None:
    lost = write_report(tmp_path / "lost", 3, "HostError: no memory", cases={"starts": ""})
    root = merged(tmp_path, suite_test("web", lost), suite_test("gone", tmp_path / "none"))
    assert counts(root) == (3, 0, 2, 0)
    assert results(root)["web main"] == ["error: HostError: no memory"]
    assert results(root)["gone main"] == [f"error: the report {tmp_path}/none does not exist"]


def test_an_error_that_was_made_good_is_told(tmp_path: Path) -> None:
    lost = write_report(tmp_path / "lost", 3, "HostError: no memory")
    good = write_report(tmp_path / "good")
    root = merged(tmp_path, suite_test("web", lost, good))
    assert counts(root) == (1, 0, 0, 0)
    assert results(root)["web main"] == ["flakyError: HostError: no memory"]


def test_a_failure_is_never_lost(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    write_document(foreign, "theirs", [("a", "")])
    (foreign / "exit-status").write_text("7\n")
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "exit-status").write_text("1\n")
    again = write_report(tmp_path / "again", 1, "1 != 2")
    root = merged(
        tmp_path,
        suite_test("foreign", foreign),
        suite_test("alone", alone),
        suite_test("twice", again, write_report(tmp_path / "more", 1, "3 != 4")),
    )
    assert counts(root) == (4, 3, 0, 0)
    assert results(root) == {
        "foreign a": [],
        "foreign main": ["failure: exit status 7"],
        "alone main": ["failure: exit status 1"],
        "twice main": ["failure: 3 != 4", "rerunFailure: 1 != 2"],
    }


def test_a_test_that_is_flaky_for_too_long_is_an_error_although_it_passed(tmp_path: Path) -> None:
    runs = tuple(read_attempts([write_report(tmp_path / "good")]))
    flaky = Flaky(reason="slow disk", until="2020-01-01")
    test = SuiteTest(name="web", runs=runs, verdict=judge(runs, flaky), flaky=flaky)
    (said,) = results(merged(tmp_path, test))["web main"]
    assert said.startswith("error: tolerated as flaky only until 2020-01-01 (slow disk)")


def test_a_test_that_was_not_run_is_skipped(tmp_path: Path) -> None:
    root = merged(tmp_path, SuiteTest(name="web", note="interrupted"))
    assert counts(root) == (1, 0, 0, 1)
    assert results(root) == {"web main": ["skipped: not run: interrupted"]}


def test_the_suites_of_a_split_test_keep_their_names(tmp_path: Path) -> None:
    split = tmp_path / "split"
    split.mkdir()
    texts = []
    for name in ("a", "b"):
        part = write_report(tmp_path / name, name=name)
        (split / name).symlink_to(part)
        lines = (part / "junit.xml").read_text().splitlines()
        texts += lines[2:-1]
    (split / "junit.xml").write_text("\n".join(["<testsuites>", *texts, "</testsuites>"]))
    (split / "exit-status").write_text("0\n")
    root = merged(tmp_path, suite_test("web", split))
    assert [one.get("name") for one in root] == ["web.a", "web.b"]
    assert results(root) == {"web.a main": [], "web.b main": []}


def test_names_that_xml_cannot_hold_are_no_obstacle(tmp_path: Path) -> None:
    test: Any = SuiteTest(
        name="\x00<\ud800>&",
        verdict=Verdict(outcome=Outcome.ERROR, headline="\x1b[31m]]>"),
    )
    root = merged(tmp_path, test)
    assert root[0].get("name") == "<?>&"
    assert results(root) == {"<?>& main": ["error: [31m]]>"]}
