"""Trouble in the messages of a Linux kernel, from 4.19 to 7.

A kernel message is matched from its beginning: what a program of the guest has said about a BUG is
none of the kernel's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .found import Found
from .kinds import OOM, OOPS, STALL, WARNING, compiled

# What each line that tells of trouble has one of: a cheap look before the expensive ones.
HINTS = (
    "BUG",
    "WARNING: ",
    "[#",
    "UBSAN: ",
    "KASAN: ",
    "Unable to handle kernel",
    "PANIC: double fault",
    "detected",
    "blocked ",
    "hard LOCKUP",
    "ut of memory",
    "oom-kill:",
    "---[ end trace",
)
# The lines of one oops follow one another within that.
ONE_OOPS_LINES = 60
ONE_OOPS_SECONDS = 2.0

_STAMP = re.compile(r"(?:<\d+>)?\[ *(?P<seconds>\d+\.\d{6})\](?: ?\[ *[TC]\d+\])? ")
_SYSLOG = re.compile(r"(?:\S+ )?kernel: ")
_PROCESS = r"(?P<comm>.+?):(?P<pid>\d+)"
_RULES = compiled(
    (STALL, rf"(?:NMI |watchdog: )*BUG: soft lockup - CPU#\d+ stuck for \d+s! \[{_PROCESS}\]"),
    (STALL, r"(?:NMI |watchdog: )*BUG: workqueue lockup - pool"),
    (STALL, r"(?:NMI |watchdog: |CPU ?\d+:? )*(?:Watchdog|self-)\s?detected hard LOCKUP\b"),
    (STALL, r"(?:rcu: )*INFO: \w+ (?:self-)?detected (?:expedited )?stalls? on\b"),
    (STALL, rf"INFO: task {_PROCESS} blocked (?:\S+ )*for more than (?P<hung>\d+) seconds"),
    (OOPS, r"BUG: (?!soft lockup|workqueue lockup)\S"),
    (OOPS, r"\[ BUG: .+ \]"),
    (OOPS, r"kernel BUG at \S+!"),
    (OOPS, r"UBSAN: \S.* in \S"),
    (OOPS, r"Unable to handle kernel [^:]*(?:at virtual address|memory)"),
    (OOPS, r"(?:traps: )?PANIC: double fault"),
    (WARNING, r"WARNING: CPU: \d+ PID: (?P<pid>\d+) at "),
    (WARNING, r"WARNING: \S+:\d+ at [^\s,]+(?:, CPU#\d+: (?P<comm>.+)/(?P<pid>\d+))?"),
    (
        WARNING,
        r"WARNING: (?:possible (?:circular|recursive|irq lock|\S+ lock)|inconsistent lock state"
        r"|suspicious RCU usage|bad (?:unlock balance|contention)|held lock freed"
        r"|lock held when returning|[Nn]ested lock was not taken"
        r"|\S+-safe -> \S+-unsafe lock order)",
    ),
    (
        OOM,
        r"(?:Memory cgroup out of memory|Out of memory)(?: \(\w+\))?: "
        r"Kill(?:ed)? process (?P<pid>\d+) \((?P<comm>.*?)\)",
    ),
)
# The kernel dies on these: first lines for some faults, and second ones for others.
_DEATH = re.compile(
    r"(?:\S.*: )?[0-9a-f]{4,16} (?:ilc:\d )?\[#\d+\](?:\s|$)"
    r"|(?:Oops|Internal error)\b.*\[#\d+\]|(?:Oops|Kernel BUG) ?\[#\d+\]"
    r"|KASAN: [\w-]+ in range \["
)
_VICTIM = re.compile(r"oom-kill:.*\btask_memcg=(?P<group>[^,]*),task=.*,pid=(?P<pid>\d+)")
_END = re.compile(r"---\[ end trace ")
_UNIT = re.compile(r"[^/]+\.(?:service|scope|slice|socket|mount|swap)$")
# journald writes to the console as the kernel does, but says who speaks.
_SPEAKER = re.compile(r"(?P<name>[\w@.:+\\-]+)\[\d+\]: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelLine:
    """A line with the kernel's time."""

    seconds: float
    message: str


def kernel_line(line: str) -> KernelLine | None:
    """Return a line of the console or of `dmesg` that has a time; `None` if it has none.

    A time may come late in a line of the console, where something has left a line unfinished.
    """
    if (stamp := _STAMP.search(line)) is None:
        return None
    return KernelLine(seconds=float(stamp["seconds"]), message=line[stamp.end() :].rstrip())


def is_speech(message: str) -> bool:
    """Tell whether a message with a time is one of a program that journald has passed on."""
    return _SPEAKER.match(message) is not None


def units_of(group: str) -> tuple[str, ...]:
    """Return the units in the path of a control group, the innermost first; slices are none."""
    parts = [part for part in reversed(group.split("/")) if _UNIT.match(part)]
    return tuple(part for part in parts if not part.endswith(".slice")) or tuple(parts[:1])


class KernelLog:
    """Reads the lines of one kernel in their order."""

    def __init__(self) -> None:
        self._units: dict[int, tuple[str, ...]] = {}
        self._hung: dict[str, int] = {}
        self._oops_at: float | None = None
        self._lines_since = 0

    def read(self, line: KernelLine) -> Found | None:
        """Return the trouble in a line, if it is the first line of it."""
        self._lines_since += 1
        message = line.message
        if not any(hint in message for hint in HINTS) or is_speech(message):
            return None
        message = _SYSLOG.sub("", message, count=1) if "kernel: " in message else message
        if victim := _VICTIM.match(message):
            self._units[int(victim["pid"])] = units_of(victim["group"])
            return None
        if _END.match(message):
            self._oops_at = None
            return None
        for kind, rule in _RULES:
            if match := rule.match(message):
                if self._hangs_on(match.groupdict()):
                    return None
                return self._found(kind, message, match, line.seconds)
        if _DEATH.match(message) and not self._is_in_oops(line.seconds):
            return self._found(OOPS, message, None, line.seconds)
        return None

    def _found(self, kind: str, message: str, match: re.Match[str] | None, seconds: float) -> Found:
        if kind == OOPS:
            self._oops_at, self._lines_since = seconds, 0
        named = match.groupdict() if match is not None else {}
        pid = int(named["pid"]) if named.get("pid") else None
        units = self._units.pop(pid, ()) if kind == OOM and pid is not None else ()
        comm = named.get("comm")
        process = f"{comm}[{pid}]" if comm else f"PID {pid}" if pid is not None else None
        return Found(kind=kind, text=message, units=units, process=process, pid=pid)

    def _hangs_on(self, named: Mapping[str, str | None]) -> bool:
        """Tell whether the line repeats, with a longer time, that a task hangs."""
        pid, seconds = named.get("pid"), named.get("hung")
        if pid is None or seconds is None:
            return False
        before, self._hung[pid] = self._hung.get(pid, 0), int(seconds)
        return 0 < before < int(seconds)

    def _is_in_oops(self, seconds: float) -> bool:
        at = self._oops_at
        recent = at is not None and 0 <= seconds - at <= ONE_OOPS_SECONDS
        return recent and self._lines_since <= ONE_OOPS_LINES
