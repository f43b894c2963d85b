"""The arithmetic of benchmarks, and how it is shown."""

import pytest

from rehearse_bench.figures import Failure, Measurement, Ratio, merged, percentile, ratios
from rehearse_bench.tables import amount, table


def measured(name: str, *samples: float, driver: str = "rehearse", unit: str = "s") -> Measurement:
    return Measurement(name=name, driver=driver, unit=unit, samples=samples)


def test_percentiles_are_samples() -> None:
    hundred = [float(number) for number in range(100, 0, -1)]
    assert percentile(hundred, 99) == 99
    assert percentile(hundred, 50) == 50
    assert percentile(hundred, 100) == 100
    assert percentile([7.0], 99) == 7
    assert percentile([2.0, 1.0], 0) == 1


def test_a_measurement_for_programs() -> None:
    assert measured("true", 3, 1, 2).document() == {
        "name": "true",
        "driver": "rehearse",
        "unit": "s",
        "samples": [3, 1, 2],
        "median": 2,
        "p99": 3,
        "least": 1,
        "most": 3,
    }


def test_samples_of_several_rounds_are_put_together() -> None:
    rounds = [measured("a", 1), measured("b", 5), measured("a", 2), measured("a", 9, driver="x")]
    assert merged(rounds) == [measured("a", 1, 2), measured("b", 5), measured("a", 9, driver="x")]


def test_ratios_are_of_medians_within_a_driver_and_between_drivers() -> None:
    found = ratios(
        [
            measured("true", 1, 2, 9),
            measured("true, by a base64 pipe", 8, 8),
            measured("true", 6, driver="nixpkgs"),
            measured("other", 1, driver="nixpkgs"),
        ],
        "rehearse",
    )
    assert found == [
        Ratio(name="`true`, to a fresh bash through a base64 pipe", value=0.25),
        Ratio(name="true: nixpkgs, to rehearse", value=3),
    ]


def test_nothing_is_divided_by_zero() -> None:
    samples = [measured("true", 1), measured("true, by a base64 pipe", 0)]
    assert ratios(samples, "rehearse") == []


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "s", "12.3 ms"),
        (1.5, "s", "1.50 s"),
        (-0.001, "s", "-1.0 ms"),
        (40, "MiB", "40.0 MiB"),
    ],
)
def test_amounts_have_a_unit_that_suits_them(value: float, unit: str, text: str) -> None:
    assert amount(value, unit) == text


def test_the_table_names_drivers_when_there_are_several() -> None:
    text = table(
        [measured("true", 0.002, 0.001), measured("true", 0.004, driver="nixpkgs")],
        [Ratio(name="true: nixpkgs, to rehearse", value=2.0)],
        [Failure(name="checkpoints", driver="nixpkgs", reason="no such method")],
    )
    assert text.splitlines() == [
        "                 median    99 %   least    most  samples",
        "true (rehearse)  1.5 ms  2.0 ms  1.0 ms  2.0 ms        2",
        "true (nixpkgs)   4.0 ms  4.0 ms  4.0 ms  4.0 ms        1",
        "",
        "true: nixpkgs, to rehearse  2.00",
        "",
        "not measured:",
        "  checkpoints (nixpkgs): no such method",
    ]
