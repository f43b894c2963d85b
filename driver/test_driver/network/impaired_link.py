"""One direction between two machines of a network, and what becomes of the frames on it.

Part of the program in `relay/frames.py`, which starts in a moment because it imports little.
"""

from collections import deque
from random import Random

# What is done to the frames: the fields of Impairment (impairment_values.py) but for `cut`.
Rules = dict[str, float]

ETHERNET_HEADER = 14
# A frame that others are to overtake waits no longer than this for one that does.
OVERTAKEN_SECONDS = 0.1
# A line that is slower than what is sent on it holds frames for so long, and loses the rest.
BACKLOG_SECONDS = 1.0
LONGEST_QUEUE_BYTES = 64 * 2**20


class ImpairedLink:
    """Decides on frames, and holds back those that are to arrive later.

    Each frame takes the same number of random numbers whatever the rules are, so that the fate of
    a frame depends on the seed, on its number, and on nothing else. Frames keep their order unless
    `reorder` says otherwise.
    """

    def __init__(self, name: str) -> None:
        self.rules: Rules = {}
        self._name = name
        self._random = Random()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._queued_bytes = 0
        self._overtaken: tuple[float, list[bytes]] | None = None
        self._line_free = 0.0
        self._latest = 0.0

    def seed(self, seed: int) -> None:
        """Begin the random numbers of a seed, which are the link's own."""
        self._random.seed(f"{seed} {self._name}")

    def take(self, frame: bytes, now: float) -> None:
        """Decide on a frame. Those that are not lost come out of `due`."""
        loss, duplicate, reorder, corrupt, lateness, place = (
            self._random.random() for _ in range(6)
        )
        rules = self.rules
        if loss < rules["loss"] or self._queued_bytes > LONGEST_QUEUE_BYTES:
            return
        if (moment := self._moment(len(frame), lateness, now)) is None:
            return
        if corrupt < rules["corrupt"]:
            frame = with_flipped_bit(frame, place)
        frames = [frame, frame] if duplicate < rules["duplicate"] else [frame]
        if reorder < rules["reorder"] and self._overtaken is None:
            self._overtaken = (moment + OVERTAKEN_SECONDS, frames)
            return
        self._append(moment, frames)
        if self._overtaken is not None:
            self._append(moment, self._overtaken[1])
            self._overtaken = None

    def due(self, now: float) -> list[bytes]:
        """Return the frames that arrive until now."""
        if self._overtaken is not None and self._overtaken[0] <= now:
            self._append(*self._overtaken)
            self._overtaken = None
        frames = []
        while self._queue and self._queue[0][0] <= now:
            frames.append(self._queue.popleft()[1])
            self._queued_bytes -= len(frames[-1])
        return frames

    def next_moment(self) -> float | None:
        """Return when the next frame is due, or `None` if there is none."""
        moments = [self._queue[0][0]] if self._queue else []
        if self._overtaken is not None:
            moments.append(self._overtaken[0])
        return min(moments, default=None)

    def release(self) -> list[bytes]:
        """Return at once, in their order, the frames that were held back."""
        self._line_free = self._latest = 0.0
        if self._overtaken is not None:
            self._append(*self._overtaken)
            self._overtaken = None
        frames = [frame for _, frame in self._queue]
        self._queue.clear()
        self._queued_bytes = 0
        return frames

    def _moment(self, size: int, lateness: float, now: float) -> float | None:
        """Return when a frame arrives; `None` if the line is too slow for it."""
        rules = self.rules
        moment = now
        if rate := rules["rate"]:
            begin = max(now, self._line_free)
            if begin - now > BACKLOG_SECONDS:
                return None
            moment = self._line_free = begin + size * 8 / rate
        moment += rules["delay"] + rules["jitter"] * lateness
        self._latest = max(moment, self._latest)
        return self._latest

    def _append(self, moment: float, frames: list[bytes]) -> None:
        for frame in frames:
            self._queue.append((moment, frame))
            self._queued_bytes += len(frame)


def with_flipped_bit(frame: bytes, place: float) -> bytes:
    """Return a frame with one wrong bit, behind the header: it still goes to whom it is for."""
    bits = (len(frame) - ETHERNET_HEADER) * 8
    if bits <= 0:
        return frame
    number = ETHERNET_HEADER * 8 + int(place * bits)
    changed = bytearray(frame)
    changed[number // 8] ^= 1 << number % 8
    return bytes(changed)
