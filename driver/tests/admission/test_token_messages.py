"""What drivers and the daemon of the token socket say to one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.admission.token_messages import (
    ANSWERS,
    LARGEST,
    Answer,
    BadMessage,
    Request,
    read_answer,
    read_request,
)

NUMBERS = st.integers(0, LARGEST)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@given(st.builds(Request, memory_mib=NUMBERS, cores=NUMBERS, name=NAMES, held=st.booleans()))
def test_a_request_is_what_was_written(request: Request) -> None:
    line = request.line()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_request(line) == request


@given(
    st.builds(
        Answer,
        answer=st.sampled_from(ANSWERS),
        reason=NAMES,
        free_memory_mib=st.integers(-1000, 1000),
        memory_mib=NUMBERS,
        free_cores=st.integers(-1000, 1000),
        cores=NUMBERS,
        before=NUMBERS,
    )
)
def test_an_answer_is_what_was_written(answer: Answer) -> None:
    assert read_answer(answer.line()) == answer


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"hello", "expected a JSON object a line, got b'hello'"),
        (b"[1]", "expected a JSON object a line"),
        (b"[" * 60000, "expected a JSON object a line"),
        (b"\xff\xfe", "expected a JSON object a line"),
        (b"{}", "version: expected 1, got null"),
        (b'{"version": 2}', "version: expected 1, got 2"),
        (b'{"version": true}', "version: expected 1, got true"),
        (b'{"version": 1}', "memory_mib: expected a whole number from 0, got null"),
        (b'{"version": 1, "memory_mib": -1}', "memory_mib: expected a whole number from 0, got -1"),
        (b'{"version": 1, "memory_mib": true}', "memory_mib: .*, got true"),
        (b'{"version": 1, "memory_mib": 1e99}', r"memory_mib: .*, got 1e\+99"),
        (b'{"version": 1, "memory_mib": 1}', "cores: expected a whole number from 0, got null"),
        (b'{"version": 1, "memory_mib": 1, "cores": "1"}', 'cores: .*, got "1"'),
        (b'{"version": 1, "memory_mib": 1, "cores": 1, "name": 3}', "name: expected a text, got 3"),
    ],
)
def test_a_line_that_is_no_request_says_what_is_wrong(line: bytes, message: str) -> None:
    with pytest.raises(BadMessage, match=message):
        read_request(line)


@given(st.binary(max_size=200))
def test_any_line_is_a_request_or_bad(line: bytes) -> None:
    found: object = None
    try:
        found = read_request(line)
    except BadMessage as error:
        found = str(error)
    assert found


def test_an_answer_has_a_kind() -> None:
    with pytest.raises(BadMessage, match=r'answer: expected one of granted, .*, got "maybe"'):
        read_answer(b'{"version": 1, "answer": "maybe"}')
