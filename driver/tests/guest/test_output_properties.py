"""What is kept of the output of commands, in whatever pieces it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.backend.console_stderr import ConsoleStderr
from test_driver.guest import output_buffer
from test_driver.guest.live_lines import LiveLines
from test_driver.guest.output_buffer import Capture

from ..support.properties import examples, split

LINES = st.lists(
    st.sampled_from([b"\n", b"a", b"\xc3\xa4", b"\xe2\x82\xac", b"\xff", b"\xe2\x82", b"\r"]),
    max_size=20,
).map(b"".join)


@examples(200)
@given(st.data(), st.binary(max_size=60), st.integers(0, 40), st.integers(0, 16))
def test_a_capture_keeps_both_ends_and_counts_the_rest(
    data: st.DataObject, output: bytes, limit: int, slack: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output_buffer, "SLACK_BYTES", slack)
        capture = Capture(limit)
        for piece in data.draw(split(output)):
            capture.write(piece)
        half = limit // 2
        left_out = max(0, len(output) - 2 * half)
        assert capture.left_out == left_out
        last = data.draw(st.integers(0, half))
        assert capture.last(last) == output[len(output) - min(last, len(output)) :]
        middle = b"\n[%d bytes left out]\n" % left_out if left_out else b""
        tail = output[half:][left_out:]
        assert capture.take() == output[:half] + middle + tail
        assert capture.take() == b""


@examples(150)
@given(st.data(), LINES)
def test_stderr_on_a_console_is_the_same_however_it_is_split(
    data: st.DataObject, output: bytes
) -> None:
    lines: list[str] = []
    console = ConsoleStderr(lines.extend)
    for piece in data.draw(split(output)):
        console.write(piece)
    console.close()
    whole = output.decode(errors="replace")
    expected = whole.split("\n") if not whole.endswith("\n") else whole[:-1].split("\n")
    assert lines == (expected if whole else [])


@examples(150)
@given(st.data(), LINES)
def test_lines_of_the_log_are_the_same_however_they_are_split(
    data: st.DataObject, output: bytes
) -> None:
    lines: list[str] = []
    live = LiveLines(lines.append)
    for piece in data.draw(split(output)):
        live.write(piece)
    live.end()
    expected = output.split(b"\n")
    expected = expected if expected[-1] else expected[:-1]
    assert lines == [line.decode(errors="replace") for line in expected]
