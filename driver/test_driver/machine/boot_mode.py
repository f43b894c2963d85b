"""A boot that ends in emergency or rescue mode, after which nothing comes that is waited for."""

import json
from dataclasses import dataclass

from ..backend.base import Backend
from ..deadline import Deadline
from ..errors import BootEnded
from .guest_work import ask
from .unit_state import blocks

CHECK_SECONDS = 5.0
SHORTEST_SECONDS = 0.5  # a wait that is about to end does not need to be ended
JOURNAL_LINES = 20
# A shell tells without a process: the service that offers the prompt has a control group.
IN_MAINTENANCE = (
    "for mode in emergency rescue; do "
    "for groups in /sys/fs/cgroup /sys/fs/cgroup/systemd; do "
    'if test -d "$groups/system.slice/$mode.service"; then exit 0; fi; done; done; exit 1'
)
# Before systemd-journald runs, systemd writes to the kernel log only, without UNIT and JOB_RESULT.
# A line of dashes stands between the parts of the answer.
QUESTION = f"""\
systemctl --no-pager show --property=Id,ActiveState,ActiveEnterTimestampMonotonic,OnFailureOf \
  emergency.target rescue.target sysinit.target
echo ---
cat /proc/cmdline
systemctl get-default || :
echo ---
systemctl --no-pager --plain --no-legend --full list-units --failed || :
echo ---
journalctl --boot --quiet --no-pager --output=json --lines={JOURNAL_LINES} \
  JOB_RESULT=failed JOB_RESULT=timeout JOB_RESULT=dependency JOB_RESULT=assert \
  + _TRANSPORT=kernel SYSLOG_IDENTIFIER=systemd PRIORITY=3 PRIORITY=4 || :
"""
ASKED_FOR = {"emergency", "rescue", "single", "s", "S", "1", "-b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BootResult:
    """How a boot ended: in which mode, the units that failed, and what the journal says of them."""

    mode: str
    failed: tuple[str, ...]
    journal: str


def boot_result(answer: str) -> BootResult | None:
    """Read the answer to QUESTION. `None` if the boot goes on, or the mode was asked for."""
    shown, command_line, units, journal = (answer.split("---\n") + [""] * 3)[:4]
    targets = {block.get("Id", ""): block for block in blocks(shown)}
    modes = [
        mode
        for mode in ("emergency", "rescue")
        if targets.get(f"{mode}.target", {}).get("ActiveState") == "active"
    ]
    if not modes or _asked_for(command_line):
        return None
    failed = [line.split()[0] for line in units.splitlines() if line.split()]
    # After that, the mode is where the script has led the guest, unless a failure did.
    was_booted = targets.get("sysinit.target", {}).get("ActiveEnterTimestampMonotonic", "0") != "0"
    led_there = targets[f"{modes[0]}.target"].get("OnFailureOf", "").split()
    if was_booted and not set(led_there) & set(failed):
        return None
    messages = []
    for entry in _entries(journal):
        unit = str(entry.get("UNIT", ""))
        if unit and unit not in failed:
            failed.append(unit)
        messages.append(str(entry.get("MESSAGE", "")))
    return BootResult(mode=modes[0], failed=tuple(failed), journal="\n".join(messages))


def _asked_for(text: str) -> bool:
    command_line, _, default = text.partition("\n")
    tokens = command_line.split()
    targets = [token.removeprefix("systemd.unit=") for token in tokens if "systemd.unit=" in token]
    named = {target.removesuffix(".target") for target in (*targets, default.strip())}
    return bool(ASKED_FOR & set(tokens)) or bool({"emergency", "rescue"} & named)


def _entries(journal: str) -> list[dict[str, object]]:
    found = []
    for line in journal.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


class BootWatch:
    """Looks now and then, for a wait, whether the boot has ended in emergency or rescue mode."""

    def __init__(self, qemu: Backend) -> None:
        self._qemu = qemu
        self._next = Deadline.after(0)

    async def check(self, deadline: Deadline) -> None:
        """Look, if it is time. Raises BootEnded."""
        if not self._next.expired() or deadline.remaining() < SHORTEST_SECONDS:
            return
        self._next = Deadline.after(CHECK_SECONDS)
        answer = await ask(self._qemu, IN_MAINTENANCE, deadline)
        if answer is not None and answer.status == 0:
            await raise_if_ended(self._qemu, deadline)


async def raise_if_ended(qemu: Backend, deadline: Deadline) -> None:
    """Raise BootEnded if the boot has ended in a mode that the test did not ask for."""
    answer = await ask(qemu, QUESTION, deadline)
    if answer is not None and (result := boot_result(answer.stdout)):
        raise BootEnded(qemu.machine, result.mode, result.failed, result.journal)
