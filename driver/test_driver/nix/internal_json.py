"""The structured log of Nix: `--log-format internal-json`.

Each line that begins with `@nix ` is a JSON object. Activities begin and end, and have results,
such as a line that a builder writes. Numbers of types are those of Nix' `logging.hh`.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

PREFIX = "@nix "
COPY_PATH = 100
BUILD = 105
SUBSTITUTE = 108
LINE = 101
PHASE = 104
ERROR_LEVEL = 0
NOTICE_LEVEL = 2
# Up to this level, an activity is worth showing to a person.
TALKATIVE_LEVEL = 4
# Colours, other sequences for terminals, and control characters.
_CODES = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStarted:
    """Nix builds a derivation. `builder` is the store of another machine, or empty."""

    derivation: str
    builder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEnded:
    """A build has ended. Whether it failed is in the messages."""

    derivation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLine:
    """A build has written a line."""

    derivation: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Nix does something else that takes time, such as copying a path to a builder."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Nix, or a program that it runs, says something. Level 0 is an error, 1 a warning."""

    level: int
    text: str


Event = BuildStarted | BuildEnded | BuildLine | Doing | Said


def plain_text(text: str) -> str:
    """Return a text without colours and control characters. Newlines and tabs stay.

    >>> plain_text("\\x1b[31;1merror:\\x1b[0m no")
    'error: no'
    """
    return _CODES.sub("", text)


@dataclass(slots=True)
class _Build:
    derivation: str
    within: int  # how many activities are about it: that of a remote store is inside of ours


@dataclass(slots=True)
class StructuredLog:
    """Reads the lines of one run of Nix, in order.

    >>> log = StructuredLog()
    >>> log.read('@nix {"action": "msg", "level": 0, "msg": "no"}')
    Said(level=0, text='no')
    """

    _derivations: dict[int, str] = field(default_factory=dict)
    _builds: dict[str, _Build] = field(default_factory=dict)

    def read(self, line: str) -> Event | None:
        """Return what a line tells, or None if it is about nothing that matters here.

        A line of another form, such as one of ssh, is something said.
        """
        if not line.startswith(PREFIX):
            return Said(level=NOTICE_LEVEL, text=plain_text(line)) if line.strip() else None
        try:
            record = json.loads(line[len(PREFIX) :])
        except ValueError:
            return Said(level=NOTICE_LEVEL, text=plain_text(line))
        if not isinstance(record, dict):
            return None
        match record.get("action"):
            case "start":
                return self._start(record)
            case "stop":
                return self._stop(record)
            case "result":
                return self._result(record)
            case "msg":
                text = plain_text(str(record.get("raw_msg") or record.get("msg") or ""))
                return Said(level=_number(record.get("level")), text=text)
        return None

    def _start(self, record: dict[str, Any]) -> Event | None:
        fields = _fields(record)
        if record.get("type") == BUILD and fields and isinstance(fields[0], str):
            derivation = fields[0]
            self._derivations[_number(record.get("id"))] = derivation
            if known := self._builds.get(derivation):
                known.within += 1
                return None
            self._builds[derivation] = _Build(derivation, 1)
            builder = fields[1] if len(fields) > 1 and isinstance(fields[1], str) else ""
            return BuildStarted(derivation=derivation, builder=builder)
        text = plain_text(str(record.get("text") or ""))
        if text and _number(record.get("level")) <= TALKATIVE_LEVEL:
            return Doing(text=text)
        return None

    def _stop(self, record: dict[str, Any]) -> Event | None:
        derivation = self._derivations.pop(_number(record.get("id")), None)
        if derivation is None or (build := self._builds.get(derivation)) is None:
            return None
        build.within -= 1
        if build.within:
            return None
        del self._builds[derivation]
        return BuildEnded(derivation=derivation)

    def _result(self, record: dict[str, Any]) -> Event | None:
        derivation = self._derivations.get(_number(record.get("id")))
        fields = _fields(record)
        if derivation is None or not fields or record.get("type") not in (LINE, PHASE):
            return None
        text = plain_text(str(fields[0]))
        if record.get("type") == PHASE:
            text = f"phase {text}"
        return BuildLine(derivation=derivation, text=text)


def _fields(record: dict[str, Any]) -> list[Any]:
    fields = record.get("fields")
    return fields if isinstance(fields, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1
