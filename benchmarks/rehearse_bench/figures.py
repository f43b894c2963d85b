"""Samples, what is said of them, and ratios between them."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# How the names of earlier versions of this project begin.
BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was measured again and again, in one unit, with one driver."""

    name: str
    driver: str
    unit: str
    samples: tuple[float, ...]

    def document(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "name": self.name,
            "driver": self.driver,
            "unit": self.unit,
            "samples": list(self.samples),
            "median": statistics.median(self.samples),
            "p99": percentile(self.samples, 99),
            "least": min(self.samples),
            "most": max(self.samples),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What could not be measured, and why."""

    name: str
    driver: str
    reason: str

    def document(self) -> dict[str, object]:
        """Return it for programs."""
        return {"name": self.name, "driver": self.driver, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as much one measurement is as another, of the medians."""

    name: str
    value: float

    def document(self) -> dict[str, object]:
        """Return it for programs."""
        return {"name": self.name, "value": self.value}


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the least sample that at least so many percent of all samples do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def merged(measurements: Sequence[Measurement]) -> list[Measurement]:
    """Put the samples of several rounds together, in the order in which names first came."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for one in measurements:
        found.setdefault((one.name, one.driver, one.unit), []).extend(one.samples)
    return [
        Measurement(name=name, driver=driver, unit=unit, samples=tuple(samples))
        for (name, driver, unit), samples in found.items()
    ]


# What is compared within one driver: a name for it, what is measured, and with what.
COMPARISONS = (
    ("`true`, to a fresh bash through a base64 pipe", "true", "true, by a base64 pipe"),
    (
        "100 commands on each of 4 machines, to one machine",
        "100 commands, 4 machines",
        "100 commands, 1 machine",
    ),
    ("warm start, to cold start", "warm start, 1 machine", "cold start, 1 machine"),
)


def ratios(measurements: Sequence[Measurement], own: str) -> list[Ratio]:
    """Return what can be compared: within each driver, and the own driver with others."""
    medians = {(one.name, one.driver): statistics.median(one.samples) for one in measurements}
    drivers = list(dict.fromkeys(one.driver for one in measurements))
    found = []
    for title, name, other in COMPARISONS:
        for driver in drivers:
            upper, lower = medians.get((name, driver)), medians.get((other, driver))
            if upper is not None and lower:
                mark = "" if driver == own else f" ({driver})"
                found.append(Ratio(name=title + mark, value=upper / lower))
    for (name, driver), median in medians.items():
        theirs = medians.get((name, own))
        if driver != own and theirs:
            found.append(Ratio(name=f"{name}: {driver}, to {own}", value=median / theirs))
    return found + _spread(medians, [one for one in drivers if one.startswith(BASELINE)])


def _spread(medians: Mapping[tuple[str, str], float], baselines: Sequence[str]) -> list[Ratio]:
    """Compare a baseline with itself, measured twice: what differs is the spread of this host."""
    return [
        Ratio(
            name=f"{name}: {driver}, to {baselines[0]}", value=median / medians[name, baselines[0]]
        )
        for (name, driver), median in medians.items()
        if driver in baselines[1:] and medians.get((name, baselines[0]))
    ]
