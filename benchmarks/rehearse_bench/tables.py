"""The table for people."""

import statistics
from collections.abc import Sequence

from .figures import Failure, Measurement, Ratio, percentile


def table(
    measurements: Sequence[Measurement], ratios: Sequence[Ratio], failures: Sequence[Failure]
) -> str:
    """Return everything that was found, a line each."""
    several = len({one.driver for one in measurements}) > 1
    rows: list[tuple[str, ...]] = [("", "median", "99 %", "least", "most", "samples")]
    for one in measurements:
        samples = one.samples
        numbers = (statistics.median(samples), percentile(samples, 99), min(samples), max(samples))
        name = f"{one.name} ({one.driver})" if several else one.name
        rows.append((name, *(amount(number, one.unit) for number in numbers), str(len(samples))))
    lines = _aligned(rows)
    if ratios:
        lines += ["", *_aligned([(one.name, f"{one.value:.2f}") for one in ratios])]
    if failures:
        lines += ["", "not measured:"]
        lines += [f"  {one.name} ({one.driver}): {one.reason}" for one in failures]
    return "\n".join(lines)


def amount(value: float, unit: str) -> str:
    """Return a value with its unit, seconds in the size that suits them."""
    if unit != "s":
        return f"{value:.1f} {unit}"
    return f"{value * 1000:.1f} ms" if abs(value) < 1 else f"{value:.2f} s"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
