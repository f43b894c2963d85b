"""The files that a person asks for: page and JUnit."""

from collections.abc import Sequence

from ..errors import HostError
from ..suite.junit import write_junit
from ..suite.model import Suite
from ..suite.timings import History
from ..suite.write import write_suite
from .wanted import Wanted


def write_outputs(suite: Suite, wanted: Wanted, history: History) -> Sequence[str]:
    """Write what `--html` and `--junit` ask for, and return the files. Raises HostError."""
    written = []
    if wanted.junit is not None:
        try:
            wanted.junit.parent.mkdir(parents=True, exist_ok=True)
            write_junit(suite, wanted.junit)
        except OSError as error:
            reason = error.strerror or error
            raise HostError(f"cannot write the JUnit report {wanted.junit}: {reason}") from error
        written.append(str(wanted.junit))
    if wanted.html is not None:
        write_suite(suite, wanted.html, copy_reports=True, history=history)
        written.append(str(wanted.html / "index.html"))
    return written
