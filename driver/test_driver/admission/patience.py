"""How long a driver waits for what may never come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .room import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds. The first wait of a driver has no end while other tests run."""

    look: float = 0.25
    tell: float = 60.0
    # For memory that no other test has claimed: other programs have it, and may keep it.
    without_others: float = 60.0
    # For drivers that came earlier and do not move on, because they were stopped.
    turn: float = 600.0
    # For more memory, of a driver that has some: others may wait for what it has.
    later: float = 120.0


class Waiting:
    """Judges looks at the host, one after the other."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._began = clock()
        self._lone_since: float | None = None
        self._turn_since = self._began
        self._before = -1
        self._fitted = False
        self.gave_up = False  # whether the machines start although there is no room

    def admits(self, room: Room) -> bool:
        """Tell whether the machines start after this look.

        While other tests run, there must be room at two looks in a row: a machine that was just
        killed, to be started again, has given its memory back for an instant.
        """
        now = self._clock()
        if room.before != self._before:
            self._before, self._turn_since = room.before, now
        if room.before and now - self._turn_since >= self._patience.turn:
            room = replace(room, before=0)
        if room.before or room.others.count:
            self._lone_since = None
        elif self._lone_since is None:
            self._lone_since = now
        fitted, self._fitted = self._fitted, room.fits
        if room.fits:
            return fitted or room.others.count == 0
        lone = self._lone_since is not None and not room.over_quota
        self.gave_up = lone and now - (self._lone_since or 0.0) >= self._patience.without_others
        return self.gave_up

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return self._clock() - self._began
