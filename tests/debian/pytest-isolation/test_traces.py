"""Fifty tests that each leave a trace."""

import pytest
from conftest import Traces


@pytest.mark.parametrize("number", range(50))
def test_trace(traces: Traces, number: int) -> None:
    assert traces.seen() == []
    traces.leave(Traces.kinds[number % len(Traces.kinds)])


@pytest.mark.parametrize("kind", Traces.kinds)
def test_trace_is_seen(traces: Traces, kind: str) -> None:
    traces.leave(kind)
    assert traces.seen() == [kind]
