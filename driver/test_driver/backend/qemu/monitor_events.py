"""The events of QEMU's monitor, kept for those who wait for them."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

KEPT_EVENTS = 10_000

Event = Mapping[str, Any]


class MonitorEvents:
    """The last events of one QEMU, with a position up to which they were consumed.

    All methods belong to the thread of the loop.
    """

    def __init__(self) -> None:
        self.consumed = 0
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._end = 0
        self._more = asyncio.Event()

    def add(self, event: Event) -> None:
        """Keep an event."""
        self._events.append(event)
        self._end += 1
        self._more.set()

    def since(self, position: int) -> list[tuple[int, Event]]:
        """Return the events from a position on, each with the position that follows it."""
        first = self._end - len(self._events)
        return [
            (number + 1, event)
            for number, event in enumerate(self._events, first)
            if number >= position
        ]

    @property
    def end(self) -> int:
        """The position after the last event."""
        return self._end

    async def beyond(self, position: int) -> None:
        """Wait for an event at or after a position."""
        while self._end <= position:
            self._more.clear()
            await self._more.wait()
