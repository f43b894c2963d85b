"""What drivers and the daemon of the token socket say to one another: a JSON object a line."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

VERSION = 1
SOCKET = Path("/run/rehearse/admission.socket")
LONGEST_LINE = 65536
LARGEST = 2**40
# How an answer ends a request, or not.
GRANTED, WAITING, REFUSED, ERROR = "granted", "waiting", "refused", "error"
ANSWERS = (GRANTED, WAITING, REFUSED, ERROR)


class BadMessage(ValueError):
    """A line that is no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a driver asks for, beside what it holds already. `held` tells that it runs already."""

    memory_mib: int
    cores: int
    name: str = ""
    held: bool = False

    def line(self) -> bytes:
        """Return the line."""
        return _line({"version": VERSION, **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the daemon says to a request: `answer` is one of `ANSWERS`.

    The numbers are of the whole quota, and of what is free of it; `before` is how many requests
    are granted first.
    """

    answer: str
    reason: str = ""
    free_memory_mib: int = 0
    memory_mib: int = 0
    free_cores: int = 0
    cores: int = 0
    before: int = 0

    def line(self) -> bytes:
        """Return the line."""
        return _line({"version": VERSION, **asdict(self)})


def read_request(line: bytes) -> Request:
    """Return the request of a line. Raises BadMessage, which says what is wrong and what is meant.

    >>> read_request(b'{"version": 1, "memory_mib": 512, "cores": 1}').memory_mib
    512
    """
    found = _object(line)
    return Request(
        memory_mib=_whole(found, "memory_mib"),
        cores=_whole(found, "cores"),
        name=_text(found, "name"),
        held=found.get("held") is True,
    )


def read_answer(line: bytes) -> Answer:
    """Return the answer of a line. Raises BadMessage."""
    found = _object(line)
    if found.get("answer") not in ANSWERS:
        raise BadMessage(f"answer: expected one of {', '.join(ANSWERS)}, got {_shown(found)}")
    numbers = ("free_memory_mib", "memory_mib", "free_cores", "cores", "before")
    return Answer(
        answer=str(found["answer"]),
        reason=_text(found, "reason"),
        **{name: _whole(found, name, least=-LARGEST) for name in numbers if name in found},
    )


def _line(message: dict[str, object]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _object(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"expected a JSON object a line, got {line[:80]!r}: {error}") from error
    if not isinstance(found, dict):
        raise BadMessage(f"expected a JSON object a line, got {line[:80]!r}")
    if (version := found.get("version")) != VERSION or isinstance(version, bool):
        raise BadMessage(f"version: expected {VERSION}, got {json.dumps(version)[:80]}")
    return found


def _whole(found: dict[str, object], name: str, least: int = 0) -> int:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise BadMessage(
            f"{name}: expected a whole number from {least}, got {json.dumps(value)[:80]}"
        )
    return value


def _text(found: dict[str, object], name: str) -> str:
    value = found.get(name, "")
    if not isinstance(value, str):
        raise BadMessage(f"{name}: expected a text, got {json.dumps(value)[:80]}")
    return value[:1000]


def _shown(found: dict[str, object]) -> str:
    return json.dumps(found.get("answer"))[:80]
