"""An event file that is cut at any byte, as when the driver was killed or the disk was full."""

import dataclasses
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.output import EVENTS_FILE
from test_driver.report.events import EventFile
from test_driver.report.html_data import NO_VERDICT, _events, read_report_data
from test_driver.report.html_report import write_html_report

from ..support.large_events import write_large_events
from ..support.properties import TEXT, examples

LINES = st.lists(
    st.tuples(
        st.sampled_from(["console", "log"]),
        st.none() | st.sampled_from(["server", "a,b"]),
        TEXT,
        st.sampled_from(["info", "warning", "debug"]),
    ),
    max_size=6,
)


def cut(folder: Path, content: bytes, data: st.DataObject) -> tuple[bytes, Path]:
    """Leave the beginning of an event file in a folder."""
    left = content[: round(len(content) * data.draw(st.floats(0, 1)))]
    (folder / EVENTS_FILE).write_bytes(left)
    return left, folder


@examples(100)
@given(st.data(), LINES)
def test_the_events_before_a_cut_are_those_that_were_written(
    data: st.DataObject, lines: list[tuple[str, str | None, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / EVENTS_FILE
        events = EventFile(path)
        for kind, machine, text, level in lines:
            events.write(kind, machine, level=level, text=text)
        events.close()
        written = path.read_bytes()
        assert written.count(b"\n") == len(lines) + 1  # each event is one line
        left, folder = cut(Path(name), written, data)
        found = list(_events(folder / EVENTS_FILE))
        whole = [line for line in written.splitlines() if left.find(line + b"\n") >= 0]
        assert found[: left.count(b"\n")] == [json.loads(line) for line in whole[: len(found)]]
        assert left.count(b"\n") <= len(found) <= left.count(b"\n") + 1
        texts = [event["text"] for event in found if event["kind"] != "schema"]
        assert texts == [text for _, _, text, _ in lines[: len(texts)]]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The events of a test in which everything happens."""
    folder = tmp_path_factory.mktemp("events")
    write_large_events(folder, machines=2, lines=0)
    return (folder / EVENTS_FILE).read_bytes()


@examples(25)
@given(st.data())
def test_a_report_is_made_of_the_events_before_a_cut(large: bytes, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        left, folder = cut(Path(name), large, data)
        found = read_report_data(folder)
        begun = left.count(b'"kind": "step-begin"')
        assert len(found.steps) in (begun, begun - 1)
        assert len(found.commands) <= left.count(b'"kind": "command"')
        assert found.machines == (["node1", "node2"] if b"\n" in left else found.machines)
        if len(left) < len(large) - 1:
            assert {key: found.verdict[key] for key in NO_VERDICT} == NO_VERDICT
        assert dataclasses.asdict(found)["log"]["texts"] == found.log.texts
        assert write_html_report(folder).read_text().rstrip().endswith("</html>")
