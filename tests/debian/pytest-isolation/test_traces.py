"""Fifty tests that each leave a trace."""

import pytest
from conftest import Traces


@pytest.mark.parametrize("number", range(50))
def test_trace(traces: Traces, number: int) -> None:
    assert traces.seen() == []
    kind = Traces.kinds[number % len(Traces.kinds)]
    traces.leave(kind)
    if number < len(Traces.kinds):  # once for each kind: a trace would be seen
        assert traces.seen() == [kind]
