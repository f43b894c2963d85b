"""Who holds how much of a quota of memory and processors, and who waits for more."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tokens:
    """An amount of both."""

    memory_mib: int = 0
    cores: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(memory_mib=self.memory_mib + other.memory_mib, cores=self.cores + other.cores)

    def __sub__(self, other: "Tokens") -> "Tokens":
        return Tokens(memory_mib=self.memory_mib - other.memory_mib, cores=self.cores - other.cores)

    def within(self, other: "Tokens") -> bool:
        """Tell whether there is no more of either than in another amount."""
        return self.memory_mib <= other.memory_mib and self.cores <= other.cores


class NeverGranted(ValueError):
    """More was asked for than there will ever be."""


@dataclass(kw_only=True, eq=False)
class Holder:
    """A driver: what it holds, and what it waits for."""

    name: str = ""
    holds: Tokens = field(default_factory=Tokens)
    wants: Tokens | None = None


class TokenBook:
    """Grants requests whole or not at all, in the order in which they came.

    Those of holders that hold something already come before all others: nobody else could give them
    what they wait for, and what they hold is of no use meanwhile.
    """

    def __init__(self, quota: Tokens) -> None:
        self.quota = quota
        self.holders: list[Holder] = []
        self._queue: list[Holder] = []

    @property
    def free(self) -> Tokens:
        """What nobody holds. Less than nothing, where drivers ran before this book was begun."""
        left = self.quota
        for holder in self.holders:
            left -= holder.holds
        return left

    def join(self, name: str = "") -> Holder:
        """Add a driver, which holds nothing."""
        holder = Holder(name=name)
        self.holders.append(holder)
        return holder

    def leave(self, holder: Holder) -> list[Holder]:
        """Take back all that a driver holds. Return those whose requests are granted by that."""
        self.holders.remove(holder)
        if holder in self._queue:
            self._queue.remove(holder)
        return self._grant()

    def ask(self, holder: Holder, more: Tokens) -> list[Holder]:
        """Ask for more. Return those whose requests are granted now, which may be this one.

        More processors than there are count as all of them. Raises NeverGranted, and ValueError if
        the holder waits already.
        """
        if holder.wants is not None:
            raise ValueError("the request before this one is not granted yet")
        left = self.quota - holder.holds
        if more.memory_mib > left.memory_mib:
            held = holder.holds.memory_mib
            beside = f" beside the {held} MiB that it holds" if held else ""
            raise NeverGranted(
                f"{more.memory_mib} MiB of memory{beside} can never be granted: "
                f"the quota is {self.quota.memory_mib} MiB"
            )
        cores = min(more.cores, max(left.cores, 0))
        holder.wants = Tokens(memory_mib=more.memory_mib, cores=cores)
        self._queue.append(holder)
        return self._grant()

    def take(self, holder: Holder, more: Tokens) -> None:
        """Write down what a driver has, whatever is free: it runs already."""
        cores = min(more.cores, max(self.quota.cores - holder.holds.cores, 0))
        holder.holds += Tokens(memory_mib=more.memory_mib, cores=cores)

    def before(self, holder: Holder) -> int:
        """Return how many requests are granted before that of a driver."""
        return self._order().index(holder)

    def waiting(self) -> list[Holder]:
        """Return the drivers that wait, the first one first."""
        return self._order()

    def _order(self) -> list[Holder]:
        return sorted(self._queue, key=lambda one: one.holds == Tokens())

    def _grant(self) -> list[Holder]:
        granted = []
        for holder in self._order():
            assert holder.wants is not None
            if not holder.wants.within(self.free):
                break
            holder.holds += holder.wants
            holder.wants = None
            self._queue.remove(holder)
            granted.append(holder)
        return granted
