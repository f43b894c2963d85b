"""What can be wrong with one direction between two machines."""

import math
import sys
from dataclasses import asdict, dataclass

from ..errors import NetworkFaultRefused

PROBABILITIES = ("loss", "duplicate", "reorder", "corrupt")
SECONDS = ("delay", "jitter")
# What is held back takes memory; nobody waits for a frame for longer.
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Impairment:
    """What happens to frames: probabilities from 0 to 1, seconds, and bits per second."""

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    rate: float | None = None

    def __post_init__(self) -> None:
        """Raise NetworkFaultRefused for a value that makes no sense."""
        for name in PROBABILITIES:
            _demand(name, getattr(self, name), 1.0, "a probability from 0 to 1 (0.1 is 10 %)")
        for name in SECONDS:
            accepted = f"seconds from 0 to {LONGEST_SECONDS:g} (0.05 is 50 ms)"
            _demand(name, getattr(self, name), LONGEST_SECONDS, accepted)
        if self.rate is not None:
            accepted = "bits per second, more than 0 (1e6 is 1 Mbit/s), or None for no limit"
            _demand("rate", self.rate, sys.float_info.max, accepted, above=0.0)

    def describe(self) -> str:
        """Return what differs from a good link."""
        return ", ".join(f"{name} {value:g}" for name, value in asdict(self).items() if value)


def combined(impairments: list[Impairment]) -> dict[str, float]:
    """Return the rules for a relay when several impairments are in force on one link."""
    rules = {
        name: 1.0 - math.prod(1.0 - getattr(one, name) for one in impairments)
        for name in PROBABILITIES
    }
    for name in SECONDS:
        rules[name] = sum(getattr(one, name) for one in impairments)
    rules["rate"] = min((one.rate for one in impairments if one.rate), default=0.0)
    return rules


def _demand(name: str, value: object, most: float, accepted: str, above: float = -1.0) -> None:
    """Raise NetworkFaultRefused unless a value is a number in its range."""
    # Nothing that is compared with NaN is true.
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0.0 <= value <= most
        and value > above
    ):
        return
    raise NetworkFaultRefused(f"{name}={value!r} is not accepted: it must be {accepted}")
