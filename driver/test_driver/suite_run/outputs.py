"""The files that a person asks for."""

from collections.abc import Sequence

from ..suite.model import Suite
from ..suite.timings import History
from ..suite.write import write_suite
from .wanted import Wanted


def write_outputs(suite: Suite, wanted: Wanted, history: History) -> Sequence[str]:
    """Write what `--html` asks for, and return the files. Raises HostError."""
    written = []
    if wanted.html is not None:
        write_suite(suite, wanted.html, copy_reports=True, history=history)
        written.append(str(wanted.html / "index.html"))
    return written
