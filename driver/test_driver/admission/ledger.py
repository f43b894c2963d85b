"""The ledger: what the drivers of a host have claimed, what is not in use, what boots, who waits.

Builds see nothing of one another but the store. So each driver locks ranges of one file of the
store (`file_locks.py`): the number of a range's bytes is a number of MiB, or of processors. What a
driver has written goes with it. Nothing is ever written to the file.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .file_locks import LockFile, Range

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# The bits of a place, from the highest: which boot of which host, what the range says, the slot of
# the driver, and the number. Two hosts that share a store by a network do not count each other.
_BOOT_BITS, _KIND_BITS, _SLOT_BITS, _SIZE_BITS = 20, 2, 17, 24
_CLAIMED, _OUTSTANDING, _QUEUE, _BOOTING = range(4)
MOST_MIB = 2**_SIZE_BITS - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What the other drivers of this host hold."""

    count: int = 0
    claimed_mib: int = 0
    outstanding_mib: int = 0  # of what is claimed, what their machines do not use yet
    booting_cores: int = 0  # processors of machines that boot, or will soon


class Ledger:
    """The entries of one driver, and a view of those of all others. Raises OSError."""

    def __init__(self, path: Path, boot_id: str | None = None) -> None:
        self._file = LockFile(path)
        boot = BOOT_ID.read_text() if boot_id is None else boot_id
        self._boot = zlib.crc32(boot.encode()) % 2**_BOOT_BITS
        self._slot: int | None = None
        self._claimed = 0
        self._outstanding = 0
        self._booting = 0
        self._ticket: int | None = None

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up all entries."""
        self._file.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other driver look and write in the meantime."""
        with self._file.alone():
            yield

    def others(self) -> Others:
        """Return what the other drivers hold."""
        claims = self._file.others(self._all(_CLAIMED))
        return Others(
            count=len(claims),
            claimed_mib=sum(one.length for one in claims),
            outstanding_mib=self._sum(_OUTSTANDING),
            booting_cores=self._sum(_BOOTING),
        )

    def claim(self, more_mib: int) -> None:
        """Write that this driver has so much more, and uses none of it yet."""
        if self._slot is None:
            self._slot = self._free_slot()
        # An entry of no memory would not be one: it has a MiB.
        self._claimed = self._set(_CLAIMED, self._claimed, max(self._claimed + more_mib, 1))
        self.keep(self._outstanding + more_mib)

    def keep(self, outstanding_mib: int) -> None:
        """Write how much of what this driver has claimed its machines do not use yet."""
        self._outstanding = self._set(_OUTSTANDING, self._outstanding, outstanding_mib)

    def boot(self, cores: int) -> None:
        """Write how many processors of this driver's machines boot, or will soon."""
        self._booting = self._set(_BOOTING, self._booting, cores)

    @property
    def booting_cores(self) -> int:
        """What `boot` was given last."""
        return self._booting

    @property
    def outstanding_mib(self) -> int:
        """What `keep` was given last."""
        return self._outstanding

    def join_queue(self) -> None:
        """Wait behind all drivers that wait already."""
        if self._ticket is None:
            waiting = self._file.others(self._all(_QUEUE))
            self._ticket = max((one.end for one in waiting), default=self._all(_QUEUE).start)
            self._file.lock(Range(start=self._ticket, length=1))

    def leave_queue(self) -> None:
        """Wait no longer."""
        if self._ticket is not None:
            self._file.unlock(Range(start=self._ticket, length=1))
            self._ticket = None

    def before(self) -> int:
        """Return how many drivers wait before this one: all that do, if it is not in the queue."""
        whole = self._all(_QUEUE)
        end = whole.end if self._ticket is None else self._ticket
        return len(self._file.others(Range(start=whole.start, length=end - whole.start)))

    def _free_slot(self) -> int:
        taken = self._file.others(self._all(_CLAIMED))
        used = {one.start >> _SIZE_BITS & 2**_SLOT_BITS - 1 for one in taken}
        return next(slot for slot in range(2**_SLOT_BITS) if slot not in used)

    def _sum(self, kind: int) -> int:
        return sum(one.length for one in self._file.others(self._all(kind)))

    def _all(self, kind: int) -> Range:
        """Return where all entries of a kind stand."""
        bits = _SLOT_BITS + _SIZE_BITS
        return Range(start=(self._boot << _KIND_BITS | kind) << bits, length=2**bits)

    def _set(self, kind: int, old: int, new: int) -> int:
        """Make an entry so long, and return that."""
        new = min(max(new, 0), MOST_MIB)
        assert self._slot is not None, "nothing was claimed"
        start = self._all(kind).start + (self._slot << _SIZE_BITS)
        if new > old:
            self._file.lock(Range(start=start + old, length=new - old))
        elif new < old:
            self._file.unlock(Range(start=start + new, length=old - new))
        return new
