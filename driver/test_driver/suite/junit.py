"""The JUnit document of a suite: those of all reports as one, with the verdicts of the suite.

Reports are read one after the other, so that a thousand need no more memory than the largest. The
cases of a test that is flaky are told as Maven's Surefire tells them (`flakyFailure`), which CI
systems know: the case has passed, and has the failures of other runs in it.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from ..output import REPORT_FILE
from ..report.junit_document import valid
from ..steps import MAIN_CASE
from .model import Outcome, Run, Suite, SuiteTest

COUNTS = ("tests", "failures", "errors", "skipped")
NOT_RUN = "not run"
_BAD = ("failure", "error")


def write_junit(suite: Suite, path: Path) -> None:
    """Write the document of a suite. Raises OSError."""
    totals: Counter[str] = Counter()
    seconds = 0.0
    with tempfile.TemporaryFile(dir=path.parent) as body:
        for test in suite.tests:
            for element in _suites_of(test):
                totals.update({name: int(element.get(name, "0")) for name in COUNTS})
                seconds += float(element.get("time", "0"))
                ET.indent(element)
                body.write(ET.tostring(element, encoding="utf-8") + b"\n")
        body.seek(0)
        _write(path, _head(suite, totals, seconds), body)


def _write(path: Path, head: str, body: BinaryIO) -> None:
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(head.encode())
        shutil.copyfileobj(body, file)
        file.write(b"</testsuites>\n")
    temporary.replace(path)


def _head(suite: Suite, totals: Mapping[str, int], seconds: float) -> str:
    counts = "".join(f' {name}="{totals.get(name, 0)}"' for name in COUNTS)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<testsuites name={quoteattr(valid(suite.name))}{counts} time="{seconds:.3f}">\n'
    )


def _suites_of(test: SuiteTest) -> list[ET.Element]:
    """Return the elements of a test, with what the suite knows of it."""
    verdict = test.verdict
    run = _shown_run(test)
    suites = _read(run) if run is not None else []
    suites = suites or [ET.Element("testsuite", {"name": test.name})]
    names = [one.get("name", "") for one in suites]
    main = _main_case(suites, test, run)
    if verdict is None:
        _set_result(main, "skipped", f"{NOT_RUN}: {test.note}" if test.note else NOT_RUN)
    elif verdict.outcome is Outcome.ERROR:
        _set_result(main, "error", verdict.headline)
    elif verdict.outcome is Outcome.FAILED and not any(_is_bad(one) for one in _cases(suites)):
        _set_result(main, "failure", verdict.headline)
    _add_other_runs(suites, main, test, run)
    for element, name in zip(suites, names, strict=True):
        _rename(element, test.name, name, is_alone=len(suites) == 1)
        _count(element)
    _add_properties(suites[0], test)
    return suites


def _shown_run(test: SuiteTest) -> Run | None:
    """Return the run whose cases are shown: of a flaky test, the last one that passed."""
    if test.verdict is not None and test.verdict.outcome is Outcome.FLAKY:
        passed = [run for run in test.runs if run.outcome is Outcome.PASSED]
        return passed[-1] if passed else test.decisive_run
    return test.decisive_run


def _read(run: Run) -> list[ET.Element]:
    """Return the suites of a report; none if it has no document that can be read."""
    if not run.report:
        return []
    try:
        root = ET.parse(run.folder / REPORT_FILE).getroot()
    except (OSError, ET.ParseError):
        return []
    suites = [root] if root.tag == "testsuite" else [one for one in root if one.tag == "testsuite"]
    for one in suites:
        one.tail = None
    return suites


def _cases(suites: Sequence[ET.Element]) -> list[ET.Element]:
    return [case for suite in suites for case in suite.iter("testcase")]


def _is_bad(case: ET.Element) -> bool:
    return any(child.tag in _BAD for child in case)


def _main_case(suites: Sequence[ET.Element], test: SuiteTest, run: Run | None) -> ET.Element:
    """Return the case of the test as a whole; it is made if the document has none."""
    for case in _cases(suites):
        if case.get("name") == MAIN_CASE:
            return case
    attributes = {"name": MAIN_CASE, "classname": suites[-1].get("name", test.name)}
    attributes["time"] = f"{run.seconds if run else 0:.3f}"
    verdict = test.verdict
    is_passed = verdict is not None and verdict.outcome is Outcome.PASSED and not verdict.retried
    if is_passed and _cases(suites):
        return ET.Element("testcase", attributes)  # a report of others that needs no such case
    return ET.SubElement(suites[-1], "testcase", attributes)


def _set_result(case: ET.Element, tag: str, message: str) -> None:
    for child in [child for child in case if child.tag in (*_BAD, "skipped")]:
        case.remove(child)
    made = ET.Element(tag, {"message": valid(message)})
    if tag != "skipped":
        made.set("type", tag)
    made.text = valid(message)
    place = next(
        (index for index, child in enumerate(case) if child.tag != "properties"), len(case)
    )
    case.insert(place, made)


def _add_other_runs(
    suites: Sequence[ET.Element], main: ET.Element, test: SuiteTest, shown: Run | None
) -> None:
    """Tell of the runs that are not shown and did not pass, in the cases that are."""
    if test.verdict is None:
        return
    prefix = "rerun" if test.verdict.outcome in (Outcome.FAILED, Outcome.ERROR) else "flaky"
    by_name = {case.get("name", ""): case for case in reversed(_cases(suites))}
    for run in test.runs:
        if run is shown or run.outcome is Outcome.PASSED:
            continue
        if run.outcome is Outcome.ERROR:
            _add_result(main, f"{prefix}Error", run.headline, run.headline)
            continue
        bad = [case for case in _cases(_read(run)) if _is_bad(case)]
        for case in bad:
            result = next(child for child in case if child.tag in _BAD)
            name = case.get("name", "")
            message = result.get("message") or run.headline
            text = result.text or message
            target = by_name.get(name, main)
            _add_result(target, f"{prefix}Failure", message, text)
        if not bad:
            _add_result(main, f"{prefix}Failure", run.headline, run.headline)


def _add_result(case: ET.Element, tag: str, message: str, text: str) -> None:
    made = ET.SubElement(case, tag, {"message": valid(message), "type": tag})
    ET.SubElement(made, "stackTrace").text = valid(text)


def _rename(suite: ET.Element, test: str, name: str, *, is_alone: bool) -> None:
    """Make the names of a suite and its cases unlike those of other tests."""
    made = valid(test if is_alone else f"{test}.{name}")
    suite.set("name", made)
    for case in suite.iter("testcase"):
        own = case.get("classname", "")
        case.set("classname", made if own in ("", name) else valid(f"{test}.{own}"))


def _count(suite: ET.Element) -> None:
    cases = list(suite.iter("testcase"))
    tags = Counter(child.tag for case in cases for child in case)
    found = (len(cases), tags["failure"], tags["error"], tags["skipped"])
    for name, count in zip(COUNTS, found, strict=True):
        suite.set(name, str(count))
    suite.set("time", f"{_seconds(suite, cases):.3f}")


def _seconds(suite: ET.Element, cases: Sequence[ET.Element]) -> float:
    """Return the time of a suite: that of the script as a whole, else that of all cases."""
    main = [case for case in cases if case.get("name") == MAIN_CASE]
    total = 0.0
    for case in main or cases:
        try:
            total += max(0.0, float(case.get("time", "0")))
        except ValueError:
            continue
    return total


def _add_properties(suite: ET.Element, test: SuiteTest) -> None:
    told = {
        "suite: verdict": NOT_RUN if test.verdict is None else test.verdict.describe(),
        "suite: source": {"ran": "ran", "store": "from the store"}.get(test.source, ""),
        "suite: builder": test.builder,
        "suite: report": test.decisive_run.report if test.decisive_run else "",
    }
    properties = suite.find("properties")
    if properties is None:
        properties = ET.Element("properties")
        suite.insert(0, properties)
    for name, value in told.items():
        if value:
            ET.SubElement(properties, "property", {"name": name, "value": valid(value)})
