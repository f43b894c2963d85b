"""The text of a JUnit report, to which cases are added as they end.

The text of a case is made once. So to write the document again costs what it takes to write its
bytes, however many cases it has.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from .junit_case import Case

CAUGHT = "failed, caught by the script"
_LAST_OF_PLANES = "".join(f"{chr(0x10000 * n - 2)}{chr(0x10000 * n - 1)}" for n in range(1, 18))
# What no XML document can hold, and what some readers of XML refuse.
_ILLEGAL = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufddf{_LAST_OF_PLANES}]"
)


class JunitDocument:
    """The cases that have ended, and their text. Names of cases are unique."""

    def __init__(self, suite: str) -> None:
        self._suite = suite
        self._cases: dict[str, Case] = {}
        self._texts: dict[str, bytes] = {}
        self._counts: Counter[str] = Counter()
        self._seconds = 0.0

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases, in the order in which they were added."""
        return tuple(self._cases.values())

    def put(self, case: Case) -> None:
        """Add a case; it takes the place of one that has the same name."""
        if (other := self._cases.get(case.name)) is not None:
            self._counts.subtract(_counted(other))
            self._seconds -= other.seconds
        self._cases[case.name] = case
        self._texts[case.name] = _case_text(case, self._suite)
        self._counts.update(_counted(case))
        self._seconds += case.seconds

    def parts(self, main: Case, properties: Mapping[str, str]) -> Iterable[bytes]:
        """Return the parts of the document. `main` is the case of the test as a whole."""
        counts = self._counts + Counter(_counted(main))
        totals = {name: str(counts[name]) for name in ("tests", "failures", "errors", "skipped")}
        totals |= {"disabled": "0", "time": f"{self._seconds + main.seconds:.6f}"}
        suite = {"name": self._suite, **totals, "timestamp": _timestamp(main.began)}
        head = [
            '<?xml version="1.0" encoding="utf-8"?>\n',
            f"<testsuites{_attributes(totals)}>\n<testsuite{_attributes(suite)}>\n",
            "" if not properties else _element_text(_properties(properties)),
        ]
        tail = [_case_text(main, self._suite), b"</testsuite>\n</testsuites>\n"]
        return ["".join(head).encode(), *self._texts.values(), *tail]


def _case_text(case: Case, suite: str) -> bytes:
    # Imported here because it takes longer than the command line's own errors should wait.
    from junit_xml import TestCase, TestSuite

    about = case.result
    made = TestCase(
        valid(case.name),
        classname=valid(suite),
        elapsed_sec=case.seconds,
        timestamp=_timestamp(case.began),
        stdout=valid(_output(case)) or None,
        file=valid(about.file) if about else None,
        line=about.line if about else None,
    )
    message, text = valid(case.headline) or case.outcome, valid(case.failure)
    if case.outcome == "error":
        made.add_error_info(message=message, output=text)
    elif case.failed:
        made.add_failure_info(message=message, output=text)
    elif case.skipped:
        made.add_skipped_info(message=message, output=text)
    element = TestSuite(suite, [made]).build_xml_doc().find("testcase")
    if case.properties:
        element.insert(0, _properties(case.properties))
    return _element_text(element).encode()


def _counted(case: Case) -> list[str]:
    """Return what a case counts as in the document."""
    if case.outcome == "error":
        return ["tests", "errors"]
    if case.failed:
        return ["tests", "failures"]
    return ["tests", "skipped"] if case.skipped else ["tests"]


def _output(case: Case) -> str:
    """Return what stands in `system-out`.

    That is what a test has written, and an error which is no failure for CI: one that the script
    caught, or one of a test that has passed when it was run again.
    """
    if case.caught:
        return f"{CAUGHT}: {case.failure}"
    if case.outcome in ("flaky", "xpassed") and case.failure:
        return "\n".join(text for text in (f"{case.outcome}: {case.failure}", case.output) if text)
    return case.output


def _properties(properties: Mapping[str, str]) -> ET.Element:
    made = ET.Element("properties")
    for name, value in properties.items():
        ET.SubElement(made, "property", {"name": valid(name), "value": valid(value)})
    return made


def _element_text(element: ET.Element) -> str:
    ET.indent(element)
    return ET.tostring(element, encoding="unicode") + "\n"


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(valid(text))}" for name, text in attributes.items())


def _timestamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def valid(text: str) -> str:
    """Return a text that XML can hold: a lone surrogate becomes `?`, control characters go."""
    return _ILLEGAL.sub("", text.encode("utf-8", "replace").decode())
