"""A file whose test fails in the first attempt."""

import os


def test_attempt() -> None:
    assert os.environ.get("attempt") == "2"
