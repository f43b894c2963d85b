"""The clock of a machine's guest, and what can be wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ..backend.attachment import Attachment
from ..errors import FaultRefused
from ..faults.active_fault import ActiveFault
from ..faults.machine_faults import PAUSE, MachineFault, in_range, running
from ..public_names import public
from .commands import run_command
from .core import MachineCore

DRIFT = "drift"
# What adjtimex(2) takes: a tenth faster or slower.
MOST_PPM = 100_000
PPM_OF_A_TICK = 100
TICK = 10_000
SECOND = 10**9
# A century and more: beyond, kernels and file systems have their own ideas.
MOST_SECONDS = 5 * 10**9
# $1 is how many nanoseconds later it is to be. Under emulation each program takes its time.
SHIFT = """
now=$(date +%s%N)
new=$((now + $1))
date --set="@$((new / 1000000000)).$(printf %09d $((new % 1000000000)))" >/dev/null
"""
# $1 is the time in nanoseconds; tells how much later it is now.
SET = """
now=$(date +%s%N)
date --set="@$(($1 / 1000000000)).$(printf %09d $(($1 % 1000000000)))" >/dev/null
echo $(($1 - now))
"""
# $1 is the length of a tick in microseconds, $2 what is left, in ppm times 65536. The structure of
# adjtimex(2) has modes (frequency and tick) and 25 more numbers; machines have it by two numbers.
SET_PACE = """
command -v perl >/dev/null || exit 77
perl -e '
    my %number = (x86_64 => 159, aarch64 => 171);
    chomp(my $machine = `uname -m`);
    my $timex = pack("L x4 q q x8 x8 x4 x4 x8 x8 x8 x16 q x200", 0x4002, 0, $ARGV[1], $ARGV[0]);
    exit(syscall($number{$machine}, $timex) < 0);
' "$1" "$2"
"""


class Drifts(Attachment):
    """The drifts in ppm that are in force in one run of a machine, by boot."""

    def __init__(self) -> None:
        self._by_resets: dict[int, list[float]] = {}

    def of_boot(self, resets: int) -> list[float]:
        """Return those of a boot, which so many resets came before."""
        return self._by_resets.setdefault(resets, [])


class Clock:
    """The clock of the guest, by which its programs go. The battery's clock stays as it is.

    What is set ends when the guest is restarted or restored: it has the right time then.
    """

    def __init__(self, machine: MachineCore) -> None:
        self._machine = machine

    @public
    def set(self, when: datetime | float) -> ActiveFault:
        """Set the clock, to a date (UTC unless it says otherwise) or to seconds since 1970.

        As a context manager, the result turns it back by as much at the end of the block. It is
        right to some hundredths of a second. Raises FaultRefused if the machine is off, or the
        guest refuses.

        >>> from datetime import datetime
        ...
        >>> with machine.clock.set(datetime(2038, 1, 19, 3, 14, 0)):
        ...     machine.succeed("sleep 10")
        """
        if isinstance(when, datetime):
            when = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        in_range(self._machine, "the time in seconds since 1970", when, 0, MOST_SECONDS)
        shift = int(self._run("clock.set()", SET, int(when * SECOND)))
        return self._shifted(shift, f"its clock was set to {datetime.fromtimestamp(when, UTC)}")

    @public
    def offset(self, seconds: float) -> ActiveFault:
        """Turn the clock on by some seconds, or back by negative ones.

        As a context manager, the result turns it back at the end of the block. It is right to some
        hundredths of a second. Raises FaultRefused if the machine is off.

        >>> with machine.clock.offset(-3600):
        ...     machine.succeed("date")
        """
        in_range(self._machine, "the offset in seconds", seconds, -MOST_SECONDS, MOST_SECONDS)
        self._run("clock.offset()", SHIFT, int(seconds * SECOND))
        return self._shifted(int(seconds * SECOND), f"its clock was turned on by {seconds:g} s")

    @public
    def drift(self, ppm: float) -> ActiveFault:
        """Let the clock be too fast from now on, by millionths, or too slow by negative ones.

        Several drifts add up. As a context manager, the result lets it go on at its right pace; the
        time that was won or lost stays. The guest needs perl. Raises FaultRefused if it has none,
        if the machine is off, or if the sum is not from -100,000 to 100,000.

        >>> with machine.clock.drift(500):
        ...     machine.sleep(60)
        """
        machine = self._machine
        qemu = running(machine, "clock.drift()")
        drifts = qemu.attachments.get(Drifts).of_boot(qemu.resets)
        in_range(machine, "the drift in ppm", sum([ppm, *drifts]), -MOST_PPM, MOST_PPM)
        self._set_pace(sum([ppm, *drifts]))
        drifts.append(ppm)

        def undo() -> None:
            drifts.remove(ppm)
            self._set_pace(sum(drifts))

        what = f"its clock drifts by {ppm:g} ppm"
        return MachineFault(machine, qemu, what, undo, ends_with_boot=True)

    @contextmanager
    def without_drift(self) -> Iterator[None]:
        """Let the clock go at its right pace in a block, if drifts are in force."""
        qemu = self._machine.backend
        alive = qemu is not None and qemu.alive()
        drifts = qemu.attachments.get(Drifts).of_boot(qemu.resets) if qemu and alive else []
        if not drifts:
            yield
            return
        self._set_pace(0)
        try:
            yield
        finally:
            self._set_pace(sum(drifts))

    def _shifted(self, shift: int, what: str) -> ActiveFault:
        qemu = running(self._machine, "the clock")
        return MachineFault(
            self._machine, qemu, what, lambda: self._shift_back(shift), ends_with_boot=True
        )

    def _shift_back(self, shift: int) -> None:
        self._run("the end of a wrong clock", SHIFT, -shift)

    def _set_pace(self, ppm: float) -> None:
        ticks = round(ppm / PPM_OF_A_TICK)
        rest = round((ppm - ticks * PPM_OF_A_TICK) * 65536)
        self._run("clock.drift()", SET_PACE, TICK + ticks, rest)

    def _run(self, what: str, script: str, *arguments: int) -> str:
        """Run a script in the guest, which must take commands, and return what it says."""
        machine = self._machine
        running(machine, what)
        if machine.faults.of(PAUSE):
            raise FaultRefused(machine.name, f"{what} needs a guest that runs; use resume() before")
        tokens = " ".join(str(argument) for argument in arguments)
        result = run_command(machine, f"set -- {tokens}\n{script}", "default")
        if result.status == 77:
            raise FaultRefused(machine.name, f"{what} needs perl in the guest")
        if result.status != 0:
            raise FaultRefused(
                machine.name,
                f"{what}: the guest refused ({result.status}): {result.stderr.strip()}",
            )
        return result.stdout
