"""Loggers that scripts for nixpkgs' driver make, which write a file."""

import atexit
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from .log import plain
from .loggers import Attributes, LeveledLogger

MAIN_CASE = "main"


class XMLLogger(LeveledLogger):
    """Writes an XML file: a `line` for each message, in a `nest` for each heading.

    >>> logger = XMLLogger("log.xml")
    >>> logger.close()
    """

    def __init__(self, outfile: str | Path) -> None:
        super().__init__()
        self._file = Path(outfile).open("wb")
        self._xml = XMLGenerator(self._file, encoding="utf-8")
        self._lock = threading.Lock()  # serial consoles have threads of their own
        self._xml.startDocument()
        self._xml.startElement("logfile", AttributesImpl({}))

    def log(self, message: str, attributes: Attributes = None) -> None:
        """Write a line with its attributes."""
        self._element("line", message, attributes or {})

    def log_serial(self, message: str, machine: str) -> None:
        """Write a line of a serial console, unless that is switched off."""
        if self._serial:
            self._element("line", message, {"machine": machine, "type": "serial"})

    @contextmanager
    def nested(self, message: str, attributes: Attributes = None) -> Iterator[None]:
        """Write what happens inside as an element."""
        with self._lock:
            self._xml.startElement("nest", AttributesImpl({}))
        self._element("head", message, attributes or {})
        began = time.monotonic()
        try:
            yield
        finally:
            self.log(f"(finished: {message}, in {time.monotonic() - began:.2f} seconds)")
            with self._lock:
                self._xml.endElement("nest")

    def close(self) -> None:
        """Write the end of the file."""
        with self._lock:
            self._xml.endElement("logfile")
            self._xml.endDocument()
            self._file.close()

    def _element(self, name: str, text: str, attributes: Mapping[str, str]) -> None:
        with self._lock:
            self._xml.startElement(name, AttributesImpl(dict(attributes)))
            self._xml.characters(plain(text))
            self._xml.endElement(name)


@dataclass(kw_only=True)
class _Case:
    """What is known of a subtest."""

    output: str = ""
    errors: str = ""
    failed: bool = False
    seconds: float = 0.0


class JunitXMLLogger(LeveledLogger):
    """Writes a JUnit report with a case for each subtest when the program ends.

    >>> logger = JunitXMLLogger("report.xml")
    """

    def __init__(self, outfile: str | Path) -> None:
        super().__init__()
        self.outfile = Path(outfile)
        self._suite = _Case()
        self._cases: dict[str, _Case] = {}
        self._current: list[_Case] = []
        atexit.register(self.close)

    def log(self, message: str, attributes: Attributes = None) -> None:
        """Write a line into the output of the subtest."""
        for case in self._told():
            case.output += f"{plain(message)}\n"

    def error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line, and fail the subtest."""
        for case in self._told():
            case.errors += f"{plain(message)}\n"
            case.failed = True

    def log_test_error(self, message: str, attributes: Attributes = None) -> None:
        """Write a line, and fail the subtest."""
        self.error(message)

    @contextmanager
    def subtest(self, name: str, attributes: Attributes = None) -> Iterator[None]:
        """Make a case of what happens inside."""
        case = self._cases.setdefault(name, _Case())
        self._current.append(case)
        began = time.monotonic()
        try:
            yield
        finally:
            case.seconds += time.monotonic() - began
            self._current.pop()

    @contextmanager
    def nested(self, message: str, attributes: Attributes = None) -> Iterator[None]:
        """Write a line for the heading alone."""
        self.log(message)
        yield

    def close(self) -> None:
        """Write the report."""
        atexit.unregister(self.close)
        cases = self._cases or {MAIN_CASE: _Case(failed=self._suite.failed)}
        suite = ElementTree.Element(
            "testsuite",
            name="NixOS integration test",
            tests=str(len(cases)),
            failures=str(sum(case.failed for case in cases.values())),
        )
        for name, case in cases.items():
            element = ElementTree.SubElement(
                suite, "testcase", name=plain(name), time=f"{case.seconds:.6f}"
            )
            if case.failed:
                ElementTree.SubElement(element, "failure", message="test case failed")
            _add_output(element, case)
        _add_output(suite, self._suite)
        root = ElementTree.Element("testsuites")
        root.append(suite)
        ElementTree.ElementTree(root).write(self.outfile, encoding="utf-8", xml_declaration=True)

    def _told(self) -> list[_Case]:
        return [self._suite, *self._current[-1:]]


def _add_output(element: ElementTree.Element, case: _Case) -> None:
    for name, text in (("system-out", case.output), ("system-err", case.errors)):
        if text:
            ElementTree.SubElement(element, name).text = text
