"""Trouble in what programs write: to the journal, to the console, to the stderr of commands."""

import re
from collections.abc import Mapping
from typing import Any

from .found import Found
from .kinds import CORE_DUMP, FAILED_UNIT, OOM, SANITIZER, compiled

# Of an entry, the journal is asked for these.
FIELDS = (
    "MESSAGE",
    "SYSLOG_IDENTIFIER",
    "_COMM",
    "_PID",
    "_SYSTEMD_UNIT",
    "_SYSTEMD_USER_UNIT",
    "COREDUMP_UNIT",
    "COREDUMP_USER_UNIT",
    "_TRANSPORT",
    "_BOOT_ID",
)
# What each entry that tells of trouble has one of, for grep and for journalctl.
PATTERN = (
    "Failed with result '|process exited, code=dumped|dumped core|terminated abnormally"
    "|core dumped|killed by the OOM killer|systemd-oomd killed|Sanitizer: |: runtime error: "
)
_HINTS = PATTERN.split("|")
_HINT_BYTES = [hint.encode() for hint in _HINTS]

_NAME = r"(?P<unit>[^\s:]+(?::[^\s:]+)*)"
_MANAGER = compiled(
    (FAILED_UNIT, rf"{_NAME}: Failed with result '[^']*'\."),
    (CORE_DUMP, rf"{_NAME}: \w+(?:[ -]\w+)* process exited, code=dumped, status="),
    # What it says of a slice, it says of a unit in it, too.
    (OOM, rf"{_NAME}(?<!\.slice): A process of this unit has been killed by the OOM killer\."),
    (OOM, rf"{_NAME}: systemd-oomd killed \d+ process"),
)
_COREDUMP = re.compile(
    r"Process (?P<pid>\d+) \((?P<comm>.*?)\) of user \d+ (?:dumped core|terminated abnormally)"
)
# A shell says it of its children; what it says first is its own name and the line.
_SHELL = re.compile(
    r"(?:^|[:\s])(?P<pid>\d+ +)?(?:Segmentation fault|Aborted|Bus error|Illegal instruction"
    r"|Floating[ -]point exception|Trace/breakpoint trap|Quit|Bad system call"
    r"|(?:CPU time|File size) limit exceeded)\s*\(core dumped\)(?:\s|$)"
)
# The first line of a report; those that follow say the same at more length.
_SANITIZER = re.compile(
    r"==\d+==\s?(?:ERROR|WARNING): \w*Sanitizer: |(?:WARNING|FATAL): ThreadSanitizer: "
    r"|\S+:\d+(?::\d+)?: runtime error: "
)
_SPOKEN = re.compile(r"(?P<name>[\w@.:+\\-]+)\[(?P<pid>\d+)\]: (?P<message>.*)")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def may_tell(text: str | bytes) -> bool:
    """Tell whether a text can have trouble in it: a cheap look before the expensive ones."""
    if isinstance(text, bytes):
        return any(hint in text for hint in _HINT_BYTES)
    return any(hint in text for hint in _HINTS)


def read_output(line: str) -> Found | None:
    """Return the trouble in a line that a program has written."""
    if not may_tell(line):
        return None
    line = _COLOURS.sub("", line).strip()
    if match := _SANITIZER.search(line):
        return Found(kind=SANITIZER, text=line[match.start() :])
    if match := _SHELL.search(line):
        pid = int(match["pid"]) if match["pid"] else None
        return Found(kind=CORE_DUMP, text=line, pid=pid)
    return None


def read_spoken(message: str) -> Found | None:
    """Return the trouble in a line that journald writes to the console: `name[pid]: text`."""
    if not may_tell(message) or (spoken := _SPOKEN.match(message)) is None:
        return None
    return _read(spoken["name"], int(spoken["pid"]), spoken["message"], ())


def read_entry(entry: Mapping[str, Any]) -> Found | None:
    """Return the trouble in an entry of the journal, as `journalctl --output=json` gives it."""
    if entry.get("_TRANSPORT") == "kernel":
        return None
    message = _text(entry.get("MESSAGE"))
    if not may_tell(message):
        return None
    name = _text(entry.get("SYSLOG_IDENTIFIER")) or _text(entry.get("_COMM"))
    prefix = "COREDUMP" if name == "systemd-coredump" else "_SYSTEMD"
    units = (_text(entry.get(f"{prefix}_USER_UNIT")), _text(entry.get(f"{prefix}_UNIT")))
    pid = _text(entry.get("_PID"))
    number = int(pid) if pid.isdigit() else None
    return _read(name, number, message, tuple(unit for unit in units if unit))


def _read(speaker: str, pid: int | None, message: str, units: tuple[str, ...]) -> Found | None:
    if speaker == "systemd":
        for kind, rule in _MANAGER:
            if match := rule.match(message):
                units = (match["unit"],)
                return Found(kind=kind, text=message, units=units, speaker=speaker)
        return None
    if speaker == "systemd-coredump":
        if match := _COREDUMP.match(message):
            text = message.split("\n")[0]
            process = f"{match['comm']}[{match['pid']}]"
            number = int(match["pid"])
            return Found(
                kind=CORE_DUMP,
                text=text,
                units=units,
                process=process,
                pid=number,
                speaker=speaker,
            )
        return None
    for line in message.split("\n"):
        if found := read_output(line):
            who = speaker if pid is None else f"{speaker}[{pid}]"
            return Found(kind=found.kind, text=found.text, units=units, process=who, pid=found.pid)
    return None


def _text(value: object) -> str:
    """Return a field, which is a list of bytes if it has characters that cannot be printed."""
    if isinstance(value, list) and all(isinstance(byte, int) for byte in value):
        return bytes(byte & 0xFF for byte in value).decode(errors="replace")
    return value if isinstance(value, str) else ""
