"""The schema of events: what is written, what is documented, and what is read."""

import json
from pathlib import Path

import pytest

from test_driver.cli import main
from test_driver.report.event_schema import COMMON, FIELDS, VERSION
from test_driver.version import version as driver_version

from ..conftest import DriverProcess
from ..support.schemas import check_document
from .test_events import events_of

SCRIPT = """
with subtest("all"):
    machine1.execute("kill -9 $$")
    machine1.execute("echo out; echo err >&2; sleep 9", timeout=0.3)
    machine1.wait_for_file("/", timeout=5)
    machine1.log("a line")
    machine1.checkpoint("here")
    machine1.screenshot("screen")
    machine1.fail("true")
"""


def test_each_event_has_the_fields_of_its_kind_and_no_others(driver_process: DriverProcess) -> None:
    assert driver_process.run(SCRIPT).returncode == 1
    events = events_of(driver_process)
    assert events[0] == {
        **events[0],
        "kind": "schema",
        "version": VERSION,
        "driver": driver_version(),
    }
    for event in events:
        assert tuple(event) == (*COMMON, *FIELDS[event["kind"]]), event
        check_document("events", event)
    seen = {event["kind"] for event in events}
    assert seen == FIELDS.keys() - {"backend", "frame", "trouble"}


def test_structure_is_in_fields(driver_process: DriverProcess) -> None:
    script = SCRIPT.replace('    machine1.fail("true")\n', "")
    place = driver_process.folder / "copied"
    result = driver_process.run(f"{script}\nmachine1.copy_from_host('{__file__}', '{place}')\n")
    assert result.returncode == 0, result.stderr
    events = events_of(driver_process)
    phases = {event["name"]: event["phase"] for event in events if event["kind"] == "step-begin"}
    assert phases["all"] is None
    assert phases["waiting for the machine to finish booting"] == "boot"
    assert phases['waiting for file "/"'] == "wait"
    assert phases["making the checkpoint here"] == "checkpoint"
    assert phases[f"copying {__file__} from the host to {place}"] == "transfer"
    killed, late = [event for event in events if event["kind"] == "command"][:2]
    assert (killed["status"], killed["signal"], killed["timed_out"]) == (137, "SIGKILL", False)
    assert (late["status"], late["timed_out"], late["truncated"]) == (124, True, False)
    streams = {event["text"]: event["stream"] for event in events if event["kind"] == "log"}
    assert (streams["out"], streams["err"]) == ("stdout", "stderr")
    log = (driver_process.output / "log.txt").read_text()
    assert "machine1: stdout: out\n" in log
    assert "machine1: stderr: err\n" in log
    (spent,) = [event for event in events if event["kind"] == "time-spent"]
    assert {"boot", "wait", "command", "transfer", "checkpoint"} <= spent["seconds"].keys()


@pytest.mark.parametrize("version", [VERSION + 1, 99, "2", None, True, 2.5])
def test_events_of_a_newer_schema_are_refused(
    tmp_path: Path, version: object, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {"time": 1.0, "kind": "schema", "machine": None, "version": version}
    (tmp_path / "events.jsonl").write_text(json.dumps(event) + "\n")
    assert main(["--write-report", str(tmp_path)]) != 0
    told = capsys.readouterr().err
    assert (
        f"{tmp_path}: no report can be made: events.jsonl: the events have schema {version!r}"
        in (told)
    )
    assert f"this driver reads schemas up to {VERSION}" in told
    assert not (tmp_path / "report.html").exists()


def test_events_without_a_schema_are_those_of_older_drivers(tmp_path: Path) -> None:
    lines = [
        {"time": 1.0, "kind": "log", "machine": None, "level": "info", "text": "hello"},
        {"time": 2.0, "kind": "step-begin", "machine": None, "step": 1, "within": None}
        | {"name": "waiting for x", "subtest": False},
    ]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(["--write-report", str(tmp_path)]) == 0
    assert (tmp_path / "report.html").exists()
