"""One driver waits until its host has room for its machines, and tells others what it claims."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType

from ..errors import AdmissionTimedOut, HostTooSmall
from ..log import say
from .boots import Boots, most_booting
from .claim import Claim
from .host_memory import HostMemory, read_host_memory, resident_mib
from .ledger import Ledger, Others
from .patience import Patience, Waiting
from .room import Room, room_for
from .settings import AdmissionSettings
from .tokens import TokensHeld

logger = logging.getLogger(__name__)

WATCH_SECONDS = 0.5
# A smaller change of what machines use is not written down.
SMALL_MIB = 8


class Admission:
    """Claims memory for machines, and holds it until it is closed.

    All processes with the same `ledger` file see one another's claims.
    """

    def __init__(
        self,
        settings: AdmissionSettings,
        ledger: Path,
        name: str = "",
        *,
        step: Callable[[], AbstractContextManager[object]] = nullcontext,
        patience: Patience | None = None,
        host: Callable[[], HostMemory] = read_host_memory,
        resident: Callable[[int], float] = resident_mib,
        most_booting: Callable[[], int] = lambda: most_booting(emulated=True),
    ) -> None:
        self._settings = settings
        self._path = ledger
        self._step = step
        self._patience = patience or Patience()
        self._host = host
        self._resident = resident
        self._most_booting = most_booting
        self._boots_at_most: int | None = None
        self._boots = Boots()
        self._held = Claim()
        self._ledger: Ledger | None = None
        self._tokens = TokensHeld(settings.token_socket, name)

    def __enter__(self) -> "Admission":
        if not self._settings.waits:
            return self
        try:
            self._ledger = Ledger(self._path)
        except OSError as error:
            logger.warning(
                "this test does not see what other tests on this host claim: %s: %s",
                self._path,
                error.strerror or error,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tokens.close()
        if self._ledger is not None:
            self._ledger.close()
        self._ledger = None

    def admit(self, claim: Claim, tell: Callable[[str], object] = say) -> None:
        """Wait until machines may start, and claim what they may use, unless that is claimed.

        The first claim of a driver waits as long as other tests have what it needs. Later ones go
        before the first ones of other drivers, and end after two minutes. `tell` gets lines about
        a wait. Raises HostTooSmall at once if the host never has so much, and AdmissionTimedOut.
        """
        more = claim.without(self._held.machines)
        if not self._settings.waits or not more.machines:
            return
        # To find this out may take long: not while the ledger is locked, nor if nothing boots.
        if more.booting_cores and self._boots_at_most is None:
            self._boots_at_most = self._most_booting()
        whole = Claim(machines={**self._held.machines, **more.machines})
        self._check_possible(whole)
        limited = bool(self._held.machines)
        wait = _Wait(tell, self._step, self._patience, more, limited=limited)
        with wait:
            for why in self._tokens.ask(more.memory_mib, more.cores):
                wait.goes_on(f"memory: {why}")
            self._wait_for_room(more, wait)
        self._held = whole

    async def watch(
        self, running: Callable[[], Mapping[str, int]], up: Callable[[], Collection[str]]
    ) -> None:
        """Tell other drivers what machines do not use yet, and which boot, for ever.

        `running` gives the processes of the machines that are on, and `up` those of them whose
        guests take commands.
        """
        while True:
            self.look(running(), up())
            await asyncio.sleep(WATCH_SECONDS)

    def look(self, running: Mapping[str, int], up: Collection[str] = ()) -> None:
        """Look once at what machines use, which of them boot, and at the token socket."""
        self._tokens.check()
        if self._ledger is None or not self._held.machines:
            return
        unused = 0.0
        for name, need in self._held.machines.items():
            used = self._resident(running[name]) if name in running else 0.0
            unused += max(need.memory_mib - used, 0.0)
        if abs(unused - self._ledger.outstanding_mib) >= SMALL_MIB:
            self._ledger.keep(round(unused))
        if (booting := self._boots.cores(running, up)) != self._ledger.booting_cores:
            self._ledger.boot(booting)

    def _check_possible(self, whole: Claim) -> None:
        total = self._host().total_mib
        quota = self._settings.quota_mib
        where = "this host has"
        if quota is not None and quota <= total:
            total, where = quota, "`--host-memory` gives all tests"
        if whole.memory_mib > total:
            raise HostTooSmall(
                f"the machines may use {whole.memory_mib} MiB of memory ({whole.describe()}), and "
                f"{where} {total:.0f} MiB: give the machines less memory, run the test on a "
                "larger host, or let the driver not wait: "
                '`extraDriverArgs = [ "--admission=off" ];`'
            )

    def _wait_for_room(self, more: Claim, wait: "_Wait") -> None:
        if self._claimed(more, wait, first=True):
            return
        ledger = self._ledger
        try:
            if ledger is not None and not wait.limited:
                with ledger.alone():
                    ledger.join_queue()
            while not self._claimed(more, wait):
                time.sleep(self._patience.look)
        finally:
            if ledger is not None:
                ledger.leave_queue()

    def _claimed(self, more: Claim, wait: "_Wait", *, first: bool = False) -> bool:
        """Look at the host. If there is room, claim it before others look."""
        ledger = self._ledger
        with nullcontext() if ledger is None else ledger.alone():
            room = self._room(more, queued=not wait.limited)
            admitted = room.fits if first else wait.looks.admits(room)
            if admitted and ledger is not None:
                ledger.claim(more.memory_mib)
                self._boots.expect(more)
                ledger.boot(self._boots.cores((), ()))
        if not admitted:
            # With room, a second look decides: what was waited for stays what it was.
            wait.goes_on(wait.why if room.fits else room.describe())
        elif wait.looks.gave_up:
            wait.say(
                f"no longer waiting for {room.describe()}; no other test has it, and this "
                "one goes on: if its machines use what they may, the host will swap, or end some"
            )
        return admitted

    def _room(self, more: Claim, *, queued: bool) -> Room:
        ledger = self._ledger
        others = Others() if ledger is None else ledger.others()
        # Further machines of a test start at once: others may wait for what it holds.
        waits = bool(others.booting_cores and queued)
        return room_for(
            more.memory_mib,
            self._host(),
            others,
            boot_cores=more.booting_cores,
            most_booting=self._boots_at_most if waits else None,
            before=ledger.before() if ledger is not None and queued else 0,
            quota_mib=self._settings.quota_mib,
            own_mib=self._held.memory_mib,
            own_outstanding_mib=0 if ledger is None else ledger.outstanding_mib,
        )


class _Wait:
    """Says that a driver waits, at once and then once a minute; ends a wait that has a limit."""

    def __init__(
        self,
        say: Callable[[str], object],
        step: Callable[[], AbstractContextManager[object]],
        patience: Patience,
        claim: Claim,
        *,
        limited: bool,
    ) -> None:
        self.say = say
        self.limited = limited
        self.looks = Waiting(patience)
        self._new_step = step
        self._patience = patience
        self._claim = claim
        self._told: float | None = None
        self._step: AbstractContextManager[object] | None = None
        self._what: list[str] = []
        self.why = ""  # there is no room, as `goes_on` was told last

    def __enter__(self) -> "_Wait":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._step is None:
            return
        self._step.__exit__(kind, error, traceback)
        if error is None:
            what = " and ".join(self._what)
            self.say(f"waited for {what} for {self.looks.seconds:.1f} s; the machines start")

    def goes_on(self, why: str) -> None:
        """Take note that there is no room yet. Raises AdmissionTimedOut.

        `why` begins with what is waited for, and a colon.
        """
        self.why = why
        what, _, reason = why.partition(": ")
        if what not in self._what:
            self._what.append(what)
        seconds = self.looks.seconds
        if self._step is None:
            self._step = self._new_step()
            self._step.__enter__()
        if self._told is None or seconds - self._told >= self._patience.tell:
            self._told = seconds
            self.say(f"waiting for {why}")
        if self.limited and seconds >= self._patience.later:
            raise AdmissionTimedOut(", ".join(self._claim.machines), seconds, reason)
