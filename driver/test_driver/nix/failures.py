"""Why a build failed, from what Nix says. Its exit status does not tell, so texts have to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

_STATUS = re.compile(r"failed with exit code (\d+)")
_SIGNAL = re.compile(r"failed due to signal (\d+)")
_REMOTE = re.compile(r"(?:build of|Cannot build) '[^']*' on '([^']*)' failed: (.*)", re.DOTALL)
_FULL = re.compile(r"No space left on device|database or disk is full|disk quota exceeded", re.I)
_TIME = re.compile(r"timed out after \d+ seconds")
_DEPENDENCY = re.compile(
    r"\d+ dependenc(?:y|ies) of derivation '[^']*' failed|dependency .* failed|"
    r"(?:build of|Cannot build) .*\n?.*\d+ dependenc(?:y|ies) failed",
)
_NO_MACHINE = re.compile(
    r"is required to build|Unable to start any build|required \(system, features\)|"
    r"Required system: |platform mismatch"
)
_LOST = re.compile(
    r"unexpected end-of-file|end of file|daemon disconnected|closed unexpectedly|broken pipe|"
    r"connection (?:refused|reset|closed|timed out)|cannot connect|failed to start SSH|"
    r"protocol mismatch|serialised integer|error: interrupted|SSH connection|is broken|"
    r"hook (?:died|failed|disconnected)|build hook",
    re.I,
)
# What a test wrote last follows here, where it may look like what Nix says.
_TAIL = re.compile(r"[Ll]ast \d+ log lines:")
# Exit statuses of the driver: wrong usage, and an error of the infrastructure.
_RUN_ERRORS = (2, 3)
SIGNAL_BASE = 128


class Reason(Enum):
    """What made a build fail."""

    STATUS = "exit status"
    SIGNAL = "signal"
    TIMED_OUT = "timed out"
    DISK_FULL = "no space"
    DEPENDENCY = "an input failed"
    NO_MACHINE = "no machine"
    LOST = "lost"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFailure:
    """Why a build failed: `status` is the exit status, or the number of a signal, if any."""

    reason: Reason
    status: int | None
    text: str


def failure_of(
    derivation: str, errors: Sequence[str], status: int, builder: str = ""
) -> BuildFailure:
    """Return why a derivation was not built.

    `errors` are the messages of one run of Nix, without colours, and `status` is its exit status.
    A failure on another machine, the `builder`, counts before what the local Nix makes of it, which
    is exit status 1. Where the other machine says nothing of it, the run there was lost.

    >>> said = ["builder for '/nix/store/x-web.drv' failed with exit code 3"]
    >>> failure_of("/nix/store/x-web.drv", said, 1).status
    3
    """
    if status < 0:
        text = f"`nix build` was killed by signal {-status}"
        return BuildFailure(reason=Reason.LOST, status=-status, text=text)
    errors = [_TAIL.split(error)[0].strip() for error in errors]
    own = [error for error in errors if derivation in error]
    everything = "\n".join(errors)
    if _FULL.search(everything):
        return BuildFailure(reason=Reason.DISK_FULL, status=None, text=_line(errors, _FULL))
    for error in own:
        if remote := _REMOTE.search(error):
            return _remote(remote.group(1), remote.group(2))
    for error in own:
        if (found := _ended(error)) is None:
            continue
        if builder:
            text = f"on {builder}: {_line(errors, _LOST)}"
            return BuildFailure(reason=Reason.LOST, status=None, text=text)
        return found
    if _DEPENDENCY.search(everything) and (found := _of_input(derivation, errors)) is not None:
        return found
    for reason, pattern in (
        (Reason.TIMED_OUT, _TIME),
        (Reason.DEPENDENCY, _DEPENDENCY),
        (Reason.NO_MACHINE, _NO_MACHINE),
        (Reason.LOST, _LOST),
    ):
        if pattern.search(everything):
            return BuildFailure(reason=reason, status=None, text=_line(errors, pattern))
    text = errors[-1] if errors else f"`nix build` exited with status {status} and said nothing"
    return BuildFailure(reason=Reason.OTHER, status=None, text=text.strip())


def _of_input(derivation: str, errors: Sequence[str]) -> BuildFailure | None:
    """Return how an input ended. That may be a run itself, such as one of a flaky test.

    So the driver's statuses for errors, and signals, are taken for those of the run.
    """
    ends = [end for error in errors if derivation not in error and (end := _ended(error))]
    if not ends:
        return None
    for end in ends:
        if end.reason is Reason.SIGNAL or end.status in _RUN_ERRORS:
            return end
    return BuildFailure(reason=Reason.DEPENDENCY, status=None, text=ends[0].text)


def _remote(builder: str, text: str) -> BuildFailure:
    """Return how a build ended on another machine. Without its own end, the machine was lost."""
    where = f"on {builder}: {text.strip()}"
    if (found := _ended(text)) is not None:
        return BuildFailure(reason=found.reason, status=found.status, text=where)
    timed_out = Reason.TIMED_OUT if _TIME.search(text) else Reason.LOST
    return BuildFailure(reason=timed_out, status=None, text=where)


def _ended(text: str) -> BuildFailure | None:
    """Return how the builder ended, as a message tells it, or None if it does not."""
    said = " ".join(text.split()).rstrip(";")
    if found := _STATUS.search(text):
        status = int(found.group(1))
        if status > SIGNAL_BASE:
            return BuildFailure(reason=Reason.SIGNAL, status=status - SIGNAL_BASE, text=said)
        return BuildFailure(reason=Reason.STATUS, status=status, text=said)
    if found := _SIGNAL.search(text):
        return BuildFailure(reason=Reason.SIGNAL, status=int(found.group(1)), text=said)
    return None


def _line(errors: Sequence[str], pattern: re.Pattern[str]) -> str:
    """Return the line that tells the reason, or the message if it is spread over lines."""
    for error in errors:
        for line in error.splitlines():
            if pattern.search(line):
                return line.strip()
        if pattern.search(error):
            return " ".join(error.split())
    return " ".join(errors[-1].split()) if errors else ""
