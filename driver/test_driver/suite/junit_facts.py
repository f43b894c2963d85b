"""What a JUnit document tells of a run, read without keeping the document in memory."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from ..steps import MAIN_CASE

TROUBLE = "trouble: "
MOST_FAILED_CASES = 50
LONGEST_NAME = 300


@dataclass(kw_only=True)
class JunitFacts:
    """The counts of a document, its failed cases and, of a report of this driver, its trouble.

    `began` is seconds since 1970, None if the document does not say it.
    """

    cases: int = 0
    bad_cases: int = 0
    failed_cases: list[str] = field(default_factory=list)
    headline: str = ""
    troubles: dict[str, int] = field(default_factory=dict)
    began: float | None = None
    seconds: float = 0.0


def read_junit(path: Path) -> JunitFacts:
    """Read a document. Raises OSError if that fails, and ValueError if it is no JUnit document."""
    facts = JunitFacts()
    is_root = True
    with path.open("rb") as file:
        try:
            for event, element in ET.iterparse(file, ("start", "end")):
                if is_root and element.tag not in ("testsuites", "testsuite"):
                    raise ValueError(f"is no JUnit document: its root is <{element.tag[:60]}>")
                is_root = False
                if event == "end":
                    _take(facts, element)
        except ET.ParseError as error:
            raise ValueError(f"is no XML document: {error}") from error
    return facts


def _take(facts: JunitFacts, element: ET.Element) -> None:
    if element.tag == "testcase":
        _take_case(facts, element)
    elif element.tag == "property":
        name, value = element.get("name", ""), element.get("value", "")
        if name.startswith(TROUBLE) and value.isdecimal():
            facts.troubles[name.removeprefix(TROUBLE)] = int(value)
        return
    elif element.tag == "testsuite":
        began = _moment(element.get("timestamp", ""))
        if began is not None and (facts.began is None or began < facts.began):
            facts.began = began
    else:
        return
    element.clear()


def _take_case(facts: JunitFacts, case: ET.Element) -> None:
    facts.cases += 1
    facts.seconds += _number(case.get("time", ""))
    bad = next((one for one in case if one.tag in ("failure", "error")), None)
    if bad is None:
        return
    facts.bad_cases += 1
    name = case.get("name", "")
    said = bad.get("message") or (bad.text or "").strip()
    headline = said.split("\n")[0][:LONGEST_NAME]
    if name != MAIN_CASE and len(facts.failed_cases) < MOST_FAILED_CASES:
        facts.failed_cases.append(name[:LONGEST_NAME])
    if not facts.headline or name == MAIN_CASE:
        facts.headline = headline


def _moment(text: str) -> float | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.timestamp()


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0 <= number < 1e9 else 0.0
