"""The exit statuses of the driver: the one place where they stand."""

from enum import IntEnum

_SIGNAL = 128


class ExitStatus(IntEnum):
    """How the driver tells a build how the test has ended."""

    PASSED = 0
    """The test passed."""
    FAILED = 1
    """The test failed: an expectation of its script does not hold, or the script has an error."""
    REFUSED = 2
    """The command line or the configuration is wrong, or QEMU refuses its own command line."""
    HOST_FAULT = 3
    """An error of the host ended the test: it says nothing about the machines."""
    TIMED_OUT = 4
    """The test took longer than its `globalTimeout`."""

    @staticmethod
    def of_signal(number: int) -> int:
        """Return the status of a driver that a signal has ended: as shells give it.

        >>> ExitStatus.of_signal(15)
        143
        """
        return _SIGNAL + number
