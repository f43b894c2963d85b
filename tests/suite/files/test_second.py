"""A file whose test passes in the first attempt, and would fail in another one."""

import os


def test_attempt() -> None:
    assert "attempt" not in os.environ
