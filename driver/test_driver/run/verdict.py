"""How a test ended."""

import errno
from dataclasses import dataclass
from enum import Enum

from ..errors import (
    ConfigurationError,
    GlobalTimeout,
    GuestStopped,
    Halted,
    HostError,
    Interrupted,
    MachineExited,
    MonitorBroken,
    OutputLost,
    QemuSuspended,
    StartRefused,
)
from ..exception_chain import Chain, Link, chain_of, links_of
from ..failure_text import headline
from ..script.exit import says_success
from .exit_status import ExitStatus

# What an OSError says when the host, not the test, is at fault.
HOST_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


class Outcome(Enum):
    """How a test ended, in short."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "could not be run"
    ERROR = "ended with an error of the host"
    TIMED_OUT = "timed out"
    INTERRUPTED = "was interrupted"
    REHEARSED = "was rehearsed, its script not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome, the exit status that tells it, and the reason, at length and in a line.

    `place` is the line of the script that has failed. `failed_steps` are the numbers of the steps
    that the failure came through: other errors of steps were caught by the script. `None` means
    that this is not known. `not_started` names machines that the script has never started.
    """

    outcome: Outcome
    exit_status: int
    failure: str = ""
    headline: str = ""
    place: str = ""
    failed_steps: frozenset[int] | None = None
    not_started: tuple[str, ...] = ()


PASSED = Verdict(outcome=Outcome.PASSED, exit_status=ExitStatus.PASSED, failed_steps=frozenset())
REHEARSED = Verdict(outcome=Outcome.REHEARSED, exit_status=ExitStatus.PASSED)


def judge(error: BaseException, failure: str, place: str = "") -> Verdict:
    """Return the verdict on a test that ended with an error.

    The first failure decides, whatever a clean-up has raised after it; of a group, the worst of its
    members; and in any case what ended the script from outside.
    """
    first = decisive(chain_of(error))
    outcome, status = _classify(first)
    return Verdict(
        outcome=outcome,
        exit_status=status,
        failure=failure,
        headline=headline(first),
        place=place,
    )


def decisive(chain: Chain) -> BaseException:
    """Return the exception of a chain that decides how the test has ended."""
    for link in links_of(chain):
        if isinstance(link.error, Halted):
            return link.error
    # The host's failure counts also where a library, or `from None`, gave it another name.
    for link in chain:
        error = _worst(link)
        if link.leads or _classify(error)[1] != ExitStatus.FAILED:
            return error
    return _worst(chain[-1])


def _worst(link: Link) -> BaseException:
    """Return the exception of a link, or that member of a group which decides about it."""
    if not link.members:
        return link.error
    members = (decisive(member) for member in link.members)
    return max(members, key=lambda one: (_classify(one)[1], not says_success(one)))


def _classify(error: BaseException) -> tuple[Outcome, int]:
    match error:
        case GlobalTimeout():
            return Outcome.TIMED_OUT, ExitStatus.TIMED_OUT
        case Interrupted():
            return Outcome.INTERRUPTED, ExitStatus.of_signal(error.number)
        case ConfigurationError() | StartRefused():
            return Outcome.NOT_RUN, ExitStatus.REFUSED
        case HostError() | OutputLost() | QemuSuspended() | MonitorBroken() | GuestStopped():
            return Outcome.ERROR, ExitStatus.HOST_FAULT
        case MachineExited() if error.by_host:
            return Outcome.ERROR, ExitStatus.HOST_FAULT
        case OSError() if error.errno in HOST_ERRNOS:
            return Outcome.ERROR, ExitStatus.HOST_FAULT
        case _:
            return Outcome.FAILED, ExitStatus.FAILED
