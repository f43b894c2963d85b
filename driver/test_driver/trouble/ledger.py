"""What trouble was seen in the machines of a test, each once, and what of it was expected."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import TroubleSeen, TroubleUnknown
from ..log import MachineLog, plain
from .found import Found
from .journal import may_tell, read_output, read_spoken
from .kernel_log import KernelLine, KernelLog, is_speech, kernel_line
from .kinds import CORE_DUMP, FAILED_UNIT, OOM, SANITIZER

# Written into the kernel log before a snapshot (lib/shared/trim-memory.sh): trouble before
# that line belongs to no test.
SAVED = "rehearse: the machine is saved"
# The journal has another clock than the kernel's log. A machine is saved when it is long idle.
CLOCKS_DIFFER_SECONDS = 2.0
COMMAND = "command"
HOST = "host"
KILLED_BY_HOST = "the kernel has killed a process of the container for lack of memory"
LONGEST_TEXT = 500
# Of one kind in one machine, the log shows so many as they are seen; the report has all.
MOST_SAID = 20

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that went wrong in a machine."""

    machine: str
    kind: str
    text: str
    unit: str | None
    process: str | None
    expected: bool

    def describe(self) -> str:
        """Return it as a line."""
        about = ", ".join(part for part in (self.unit, self.process) if part)
        text = f"{self.machine}: {self.kind}: {self.text}"
        return text if not about or about in self.text else f"{text} ({about})"


class Boots(Protocol):
    """What knows how often a machine has begun to boot: its console."""

    boots: int


@dataclass(eq=False, slots=True)
class Expectation:
    """What a block of the script expects."""

    kind: str
    unit: str | None
    count: int = 0

    def covers(self, found: Found) -> bool:
        """Tell whether this is what is expected."""
        return found.kind == self.kind and (self.unit is None or self.unit in found.units)


@dataclass
class _Boot:
    """What was seen since a machine began to boot."""

    kernel: KernelLog = field(default_factory=KernelLog)
    seen: set[Key] = field(default_factory=set)
    listed: Counter[Key] = field(default_factory=Counter)
    told: dict[str, Counter[Key]] = field(default_factory=lambda: defaultdict(Counter))


class MachineTrouble:
    """The trouble of one machine. Several sources report it, in any thread."""

    def __init__(
        self, machine: str, add: Callable[[Trouble], None], boots: Boots, *, has_kernel: bool
    ) -> None:
        self.machine = machine
        self._has_kernel = has_kernel
        self._source = boots
        self.lines = MachineLog(machine)
        self._add_trouble = add
        self._lock = threading.RLock()
        self._boot = _Boot()
        self._boots = 0
        self._expectations: list[Expectation] = []
        self._is_warm = False
        self._warm_at: float | None = None
        self._kills_listed = 0  # since the first boot

    def began_warm(self) -> None:
        """Take note that this boot goes on from a saved one, whose trouble does not count."""
        with self._lock:
            self._notice_boot()
            self._is_warm, self._warm_at = True, None

    def console_line(self, line: str) -> None:
        """Take a line of the console."""
        with self._lock:
            self._notice_boot()
            stamped = kernel_line(line)
            if stamped is None:
                found = read_output(line)
            elif is_speech(stamped.message):
                found = read_spoken(stamped.message)
            elif self._has_kernel:
                self.kernel_line(stamped)
                return
            else:
                return
            if found is not None and not self._waits_for_unit(found):
                self._take(found, f"console: {found.speaker}")

    def kernel_line(self, line: KernelLine) -> None:
        """Take a line of the kernel's log, in its order, from the console or from the guest."""
        with self._lock:
            found = self._boot.kernel.read(line)
            if found is not None and self._is_new(("kernel", line.seconds, line.message)):
                if self._warm_at is None or line.seconds > self._warm_at:
                    self._take(found, "kernel")

    def kernel_lines(self, lines: Sequence[KernelLine]) -> None:
        """Take the whole log of the kernel, from its beginning."""
        with self._lock:
            self._notice_boot()
            for line in lines:
                if self._is_warm and line.message == SAVED:
                    self._warm_at = line.seconds
            reading, self._boot.kernel = self._boot.kernel, KernelLog()
            for line in lines:
                self.kernel_line(line)
            self._boot.kernel = reading

    def entry(self, found: Found, seconds: float) -> None:
        """Take an entry of the journal, of this many seconds after the boot."""
        with self._lock:
            self._notice_boot()
            warm = self._warm_at
            if warm is not None and seconds < warm - CLOCKS_DIFFER_SECONDS:
                return
            if self._is_new(("journal", seconds, found.text)):
                self._take(found, f"journal: {found.speaker}")

    def failed_unit(self, unit: str, result: str, seconds: float) -> None:
        """Take a unit that systemd lists as failed."""
        text = f"{unit}: Failed with result '{result}'."
        with self._lock:
            self._notice_boot()
            warm = self._warm_at
            if warm is not None and seconds < warm - CLOCKS_DIFFER_SECONDS:
                return
            if not self._boot.listed[(FAILED_UNIT, unit)]:
                self._take(Found(kind=FAILED_UNIT, text=text, units=(unit,)), "systemctl")

    def memory_kills(self, killed: int) -> None:
        """Take how many processes the host has killed for lack of memory, since the first boot.

        What the guest itself has told of is not listed twice.
        """
        with self._lock:
            self._notice_boot()
            for _ in range(killed - self._kills_listed):
                self._take(Found(kind=OOM, text=KILLED_BY_HOST), HOST)

    def output(self, data: bytes) -> None:
        """Take what a command has written to its stderr."""
        if not may_tell(data):
            return
        for line in data.decode(errors="replace").splitlines():
            if found := read_output(line):
                with self._lock:
                    self._notice_boot()
                    self._take(found, COMMAND)

    @contextmanager
    def expecting(self, expectation: Expectation) -> Iterator[None]:
        """Take what is seen in the body, and is of that kind, for expected."""
        with self._lock:
            self._expectations.append(expectation)
        try:
            yield
        finally:
            with self._lock:
                self._expectations.remove(expectation)

    def _notice_boot(self) -> None:
        """Begin anew if the machine has booted since."""
        if (boots := self._source.boots) != self._boots:
            self._boots, self._boot = boots, _Boot()
            self._is_warm, self._warm_at = False, None

    def _waits_for_unit(self, found: Found) -> bool:
        """Tell whether only the journal can say if this is expected: it knows the unit."""
        return not found.units and any(
            one.kind == found.kind and one.unit is not None for one in self._expectations
        )

    def _is_new(self, key: Key) -> bool:
        if key in self._boot.seen:
            return False
        self._boot.seen.add(key)
        return True

    def _take(self, found: Found, source: str) -> None:
        """List it, unless another source has told of it.

        Several sources report one incident: the kernel and systemd an OOM kill, the console and
        the journal have the same line. The n-th time that a source tells of something, it means the
        n-th that is listed.
        """
        keys = _keys(found)
        if source == COMMAND and found.kind != CORE_DUMP:
            keys = []  # no other source has what a command writes
        told = self._boot.told[source]
        is_known = False
        for key in keys:
            told[key] += 1
            is_known |= told[key] <= self._boot.listed[key]
        if is_known:
            return
        for key in keys:
            self._boot.listed[key] += 1
        self._kills_listed += found.kind == OOM
        expected = False
        for expectation in self._expectations:
            if expectation.covers(found):
                expectation.count += 1
                expected = True
        self._add_trouble(
            Trouble(
                machine=self.machine,
                kind=found.kind,
                text=plain(found.text)[:LONGEST_TEXT],
                unit=found.units[0] if found.units else None,
                process=found.process,
                expected=expected,
            )
        )


class TroubleLedger:
    """The trouble of all machines of a test. `fail_on` has the kinds that must not be."""

    def __init__(self, fail_on: Sequence[str] = ()) -> None:
        self.fail_on = tuple(fail_on)
        self._all: list[Trouble] = []
        self._said: Counter[tuple[str, str]] = Counter()
        self._unanswered: dict[tuple[str, int], str] = {}
        self._judged = 0  # so many of the first are judged already
        self._lock = threading.Lock()

    def of(self, machine: str, boots: Boots, is_container: bool = False) -> MachineTrouble:
        """Return a new account of a machine."""
        return MachineTrouble(machine, self._add, boots, has_kernel=not is_container)

    @property
    def all(self) -> tuple[Trouble, ...]:
        """What was seen until now, in the order in which it was seen."""
        with self._lock:
            return tuple(self._all)

    @property
    def fatal(self) -> tuple[Trouble, ...]:
        """What was seen, not expected, must not be, and is not judged yet."""
        found = self.all[self._judged :]
        return tuple(one for one in found if one.kind in self.fail_on and not one.expected)

    @contextmanager
    def judged(self, ask: Callable[[], None]) -> Iterator[None]:
        """Run the script in the body. If that ends well, ask the machines, and judge.

        Raises what `judge` raises.
        """
        try:
            yield
        except SystemExit as end:
            if not end.code:
                ask()
                self.judge()
            raise
        ask()
        self.judge()

    def judge(self) -> None:
        """Raise TroubleSeen if there is something that must not be.

        Raises TroubleUnknown if there is nothing, but a machine could not be asked: that is no
        reason to pass.
        """
        if fatal := self.fatal:
            raise TroubleSeen(fatal[0].machine, [one.describe() for one in fatal])
        for (machine, _), reason in self._unanswered.items() if self.fail_on else ():
            raise TroubleUnknown(machine, reason)

    def judge_apart(self) -> None:
        """Judge what was seen since the last judgement, which no later one repeats.

        Raises what `judge` raises.
        """
        try:
            self.judge()
        finally:
            self._judged = len(self.all)
            self._unanswered.clear()

    def unanswered(self, machine: str, boots: int, reason: str) -> None:
        """Take note that a machine could not be asked about a boot."""
        self._unanswered[machine, boots] = reason

    def answered(self, machine: str, boots: int) -> None:
        """Take note that a machine has answered about a boot, perhaps after it had not."""
        self._unanswered.pop((machine, boots), None)

    def _add(self, trouble: Trouble) -> None:
        with self._lock:
            self._all.append(trouble)
            self._said[trouble.machine, trouble.kind] += 1
            said = self._said[trouble.machine, trouble.kind]
        lines = MachineLog(trouble.machine)
        if said <= MOST_SAID:
            seen = "expected trouble" if trouble.expected else "trouble"
            lines.say(f"{seen} seen: {trouble.describe().removeprefix(f'{trouble.machine}: ')}")
        lines.record(
            "trouble",
            trouble=trouble.kind,
            text=trouble.text,
            unit=trouble.unit,
            process=trouble.process,
            expected=trouble.expected,
        )


def _keys(found: Found) -> list[Key]:
    """Return by what an incident is known when another source tells of it."""
    if found.kind in (OOM, FAILED_UNIT):
        return [(found.kind, unit) for unit in found.units]
    if found.kind == CORE_DUMP:
        processes: list[Key] = [] if found.pid is None else [(CORE_DUMP, found.pid)]
        return [*((CORE_DUMP, unit) for unit in found.units[:1]), *processes]
    return [(SANITIZER, found.text)] if found.kind == SANITIZER else []
