"""The files of pytest in the place of a test script."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..script.script import Script
from ..script.traceback import FailedLine
from .testbed import Stop

if TYPE_CHECKING:
    from ..report.sinks import Records


class TestFiles(Script):
    """A folder of test files, or one file, which pytest runs in the driver's process.

    The driver sets `records` and `stop` before the run. `stop` lets a person in after
    the failure of a test.
    """

    __test__ = False  # pytest shall not take it for a test
    title = "run the tests"
    noun = "the tests"

    def __init__(self, path: Path, arguments: Sequence[str] = ()) -> None:
        if not path.exists():
            raise ConfigurationError(str(path), ["there are no tests: no such file or folder"])
        self.path = path.absolute()
        self.source = "network."  # what faults of networks need is made ready while machines boot
        self.arguments = tuple(arguments)
        self.records: Records | None = None
        self.stop: Stop | None = None
        self.on_end: Callable[[BaseException | None], None] = lambda error: None
        self._code = compile("", str(path), "exec")

    def run(self, names: Mapping[str, object]) -> None:
        """Run the tests. Raises TestsFailed, or what has ended them."""
        from ..driver import Driver
        from .in_build import run_tests

        self.provide(names)
        driver = names["driver"]
        assert isinstance(driver, Driver)
        assert self.records is not None
        try:
            run_tests(self.path, self.arguments, driver, self.records, self.stop)
        except BaseException as error:
            self.on_end(error)
            raise
        self.on_end(None)

    def lines(self, error: BaseException) -> list[FailedLine]:
        """Return no lines: pytest has shown those of each test."""
        return []
