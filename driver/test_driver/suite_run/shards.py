"""Divide tests among machines of CI: each runs one shard, and no test is left out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import ConfigurationError

EXAMPLE = "3/8"
# What a test counts that nobody knows the duration of, where no other is known either, in seconds.
UNKNOWN_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One shard of several: the first one has number 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """All shards, by place, and a text that is the same wherever they are divided in this way."""

    shards: tuple[tuple[str, ...], ...]

    @property
    def digest(self) -> str:
        """The text: jobs of CI that show different ones do not run all tests between them."""
        text = "\n".join("\0".join(shard) for shard in self.shards)
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def read_shard(text: str) -> Shard:
    """Return what `--shard` says. Raises ConfigurationError.

    >>> read_shard("3/8")
    Shard(number=3, count=8)
    """
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal()):
        reason = f"expected the number of the shard and how many there are, such as {EXAMPLE}"
        raise ConfigurationError(f"--shard {text}", [reason])
    shard = Shard(number=int(number), count=int(count))
    if not 1 <= shard.number <= shard.count:
        reason = f"is out of range: with {shard.count} shards, their numbers are 1 to {shard.count}"
        raise ConfigurationError(f"--shard {text}", [reason])
    return shard


def divide(names: Sequence[str], seconds: Mapping[str, float], count: int) -> Division:
    """Divide tests so that all shards take about the same time.

    `seconds` has the durations that are known. The same names and durations give the same shards;
    each test is in exactly one of them.

    >>> divide(["a", "b", "c"], {"a": 9, "b": 5, "c": 4}, 2).shards
    (('a',), ('b', 'c'))
    """
    known = [seconds[name] for name in names if name in seconds]
    unknown = sum(known) / len(known) if known else UNKNOWN_SECONDS
    loads = [0.0] * count
    shards: list[list[str]] = [[] for _ in range(count)]
    for name in sorted(names, key=lambda name: (-seconds.get(name, unknown), name)):
        place = min(range(count), key=lambda index: (loads[index], len(shards[index]), index))
        loads[place] += seconds.get(name, unknown)
        shards[place].append(name)
    return Division(shards=tuple(tuple(sorted(shard)) for shard in shards))
