"""Shards of tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.errors import ConfigurationError
from test_driver.suite_run.shards import Shard, divide, read_shard


def test_what_is_given() -> None:
    assert read_shard("3/8") == Shard(number=3, count=8)
    assert str(read_shard("3/8")) == "3/8"


@pytest.mark.parametrize("text", ["", "3", "3/", "/8", "a/8", "-1/8", "3/8/9", "1.5/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="expected the number of the shard and how many"):
        read_shard(text)


@pytest.mark.parametrize("text", ["9/8", "0/8", "1/0"])
def test_a_shard_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is out of range: with \d shards"):
        read_shard(text)


_names = st.lists(st.text("abcxyz", min_size=1, max_size=5), unique=True)


@given(_names, st.dictionaries(st.text("abcxyz", min_size=1), st.floats(0, 1e4)), st.integers(1, 9))
def test_each_test_is_in_one_shard(names: list[str], seconds: dict[str, float], count: int) -> None:
    division = divide(names, seconds, count)
    assert len(division.shards) == count
    assert sorted(name for shard in division.shards for name in shard) == sorted(names)
    again = divide(sorted(names, reverse=True), seconds, count)
    assert again == division
    assert again.digest == division.digest


def test_shards_take_about_the_same_time() -> None:
    seconds = {f"t{number}": float(number) for number in range(1, 101)}
    loads = [
        sum(seconds[name] for name in shard) for shard in divide(list(seconds), seconds, 4).shards
    ]
    assert max(loads) - min(loads) <= 4


def test_another_division_has_another_digest() -> None:
    names = ["a", "b", "c"]
    first = divide(names, {"a": 9, "b": 1, "c": 1}, 2)
    second = divide(names, {"a": 1, "b": 1, "c": 9}, 2)
    assert first.digest != second.digest
