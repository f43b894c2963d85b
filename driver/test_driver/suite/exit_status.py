"""The exit statuses of a suite: the one place where they stand."""

from enum import IntEnum

from .model import Outcome, Suite


class SuiteStatus(IntEnum):
    """How the command, and the file `exit-status` of a suite, tell how the suite ended.

    A signal gives 128 and its number, as with the driver.
    """

    PASSED = 0
    """All tests passed."""
    FAILED = 1
    """A test failed."""
    USAGE = 2
    """The command line, or a file given there, cannot be used."""
    ERROR = 3
    """No test failed, but there were errors, or tests that were not run, or no test at all."""
    FLAKY = 5
    """Tests are flaky, and nothing else is wrong."""


def suite_status(suite: Suite) -> SuiteStatus:
    """Return the exit status of a suite. One without tests has not passed."""
    if suite.with_outcome(Outcome.FAILED):
        return SuiteStatus.FAILED
    if suite.with_outcome(Outcome.ERROR) or suite.with_outcome(None) or not suite.tests:
        return SuiteStatus.ERROR
    return SuiteStatus.FLAKY if suite.with_outcome(Outcome.FLAKY) else SuiteStatus.PASSED
