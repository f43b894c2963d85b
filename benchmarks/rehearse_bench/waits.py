"""How long after an event a wait for it returns.

The guest notes on its own clock when the event happened. That clock is compared with the host's.
"""

import shlex
import time

from .stage import Machine

COMPARISONS = 15
# With what perl-base has: clock_gettime(CLOCK_MONOTONIC) is a system call.
CLOCK = (
    "sub now { my $t = pack('q2'); syscall(228, 1, $t);"
    " my ($s, $n) = unpack('q2', $t); $s + $n / 1e9 }"
)
NOW = f"perl -e {shlex.quote(f'{CLOCK} printf qq(%.6f), now()')}"
# Run in the background in the guest: something happens after a while, and the time is noted.
LATER = f"""cat >/tmp/later.pl <<'END'
use Socket;
{CLOCK}
my ($kind, $what, $note) = @ARGV;
select(undef, undef, undef, 1.0 + rand());
if ($kind eq 'file') {{
    open(EVENT, '>', $what) or die;
}} else {{
    socket(EVENT, PF_INET, SOCK_STREAM, 0) or die;
    bind(EVENT, sockaddr_in($what, INADDR_ANY)) or die;
    listen(EVENT, 5) or die;
}}
my $happened = now();
open(NOTE, '>', $note) or die;
printf NOTE "%.6f", $happened;
close(NOTE);
sleep(20);
END
"""


class Clock:
    """What has to be added to a machine's clock to have the host's."""

    def __init__(self, machine: Machine) -> None:
        best = (float("inf"), 0.0)
        for _ in range(COMPARISONS):
            before = time.monotonic()
            there = float(machine.succeed(NOW))
            after = time.monotonic()
            best = min(best, (after - before, (before + after) / 2 - there))
        self.uncertainty, self._offset = best[0] / 2, best[1]

    def here(self, there: float) -> float:
        """Return the host's time for a time of the machine."""
        return there + self._offset


def file_seen(machine: Machine, number: int) -> float:
    """Wait for a file."""
    clock = Clock(machine)
    path = f"/tmp/event-{number}"
    _later(machine, "file", path, number)
    machine.wait_for_file(path)
    seen = time.monotonic()
    return seen - clock.here(_noted(machine, number))


def port_seen(machine: Machine, number: int) -> float:
    """Wait for a port."""
    clock = Clock(machine)
    port = 7000 + number
    _later(machine, "port", str(port), number)
    machine.wait_for_open_port(port)
    seen = time.monotonic()
    return seen - clock.here(_noted(machine, number))


def unit_seen(machine: Machine, number: int) -> float:
    """Wait for a unit that takes a while to start."""
    clock = Clock(machine)
    unit = f"event-{number}.service"
    machine.succeed(
        f"systemd-run --no-block --unit={unit} --property=Type=oneshot --remain-after-exit "
        f"sleep 1.{number % 10}"
    )
    machine.wait_for_unit(unit)
    seen = time.monotonic()
    entered = machine.succeed(f"systemctl show --value -p ActiveEnterTimestampMonotonic {unit}")
    return seen - clock.here(int(entered) / 1_000_000)


def _later(machine: Machine, kind: str, what: str, number: int) -> None:
    machine.succeed(
        f"{LATER}perl /tmp/later.pl {kind} {what} /tmp/note-{number} </dev/null >/dev/null 2>&1 &"
    )


def _noted(machine: Machine, number: int) -> float:
    return float(
        machine.succeed(
            f"until [ -s /tmp/note-{number} ]; do sleep 0.05; done; cat /tmp/note-{number}"
        )
    )


KINDS = {"file": file_seen, "port": port_seen, "unit": unit_seen}
