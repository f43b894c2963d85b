"""The exit statuses of the driver: the one place where they stand."""

from enum import IntEnum

_SIGNAL = 128


class ExitStatus(IntEnum):
    """How the driver tells a build how the test has ended."""

    PASSED = 0
    FAILED = 1
    REFUSED = 2  # the command line or the configuration is wrong, or QEMU refuses its own
    HOST_FAULT = 3
    TIMED_OUT = 4

    @staticmethod
    def of_signal(number: int) -> int:
        """Return the status of a driver that a signal has ended: as shells give it.

        >>> ExitStatus.of_signal(15)
        143
        """
        return _SIGNAL + number
