"""How a test ended."""

import errno
from dataclasses import dataclass
from enum import Enum

from .errors import (
    ConfigurationError,
    GlobalTimeout,
    GuestStopped,
    HostError,
    Interrupted,
    MachineExited,
    MonitorBroken,
    OutputLost,
    QemuSuspended,
    SeveralErrors,
    StartRefused,
)

SIGNAL_STATUS = 128
# What an OSError says when the host, not the test, is at fault.
HOST_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


class Outcome(Enum):
    """What can be said of a test in two words."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "could not be run"
    BROKEN = "was ended by a fault of the host"
    TIMED_OUT = "timed out"
    INTERRUPTED = "was interrupted"
    REHEARSED = "was rehearsed, its script not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome, the exit status that tells it, and the reason, at length and in a line.

    `place` is the line of the script that has failed.
    """

    outcome: Outcome
    exit_status: int
    failure: str = ""
    headline: str = ""
    place: str = ""


PASSED = Verdict(outcome=Outcome.PASSED, exit_status=0)
REHEARSED = Verdict(outcome=Outcome.REHEARSED, exit_status=0)


def judge(error: BaseException, failure: str, place: str = "") -> Verdict:
    """Return the verdict on a test that ended with an error."""
    outcome, status = _classify(error)
    headline = f"{type(error).__name__}: {error}".split("\n")[0]
    return Verdict(
        outcome=outcome, exit_status=status, failure=failure, headline=headline, place=place
    )


def _classify(error: BaseException) -> tuple[Outcome, int]:
    match error:
        case GlobalTimeout():
            return Outcome.TIMED_OUT, 4
        case Interrupted():
            return Outcome.INTERRUPTED, SIGNAL_STATUS + error.number
        case ConfigurationError() | StartRefused():
            return Outcome.NOT_RUN, 2
        case SeveralErrors():
            return max((_classify(one) for one in error.errors), key=lambda pair: pair[1])
        case HostError() | OutputLost() | QemuSuspended() | MonitorBroken() | GuestStopped():
            return Outcome.BROKEN, 3
        case MachineExited() if error.by_host:
            return Outcome.BROKEN, 3
        case OSError() if error.errno in HOST_ERRNOS:
            return Outcome.BROKEN, 3
        case _:
            return Outcome.FAILED, 1
